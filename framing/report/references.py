"""What the pages cite, in one style: plain text, by author."""

from collections.abc import Iterable

_REFERENCES = {
    "egami": "Egami, N., Hinck, M., Stewart, B. M., & Wei, H. (2023). Using imperfect surrogates for downstream "
    "inference: Design-based supervised learning for social science applications of large language models. "
    "Advances in Neural Information Processing Systems, 36. arXiv:2306.04746",
    "binder": "Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. "
    "International Statistical Review, 51(3), 279–292.",
    "welch": "Welch, B. L. (1947). The generalization of 'Student's' problem when several different population "
    "variances are involved. Biometrika, 34(1/2), 28–35.",
    "boos": "Boos, D. D. (1992). On generalized score tests. The American Statistician, 46(4), 327–333.",
    "holm": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
    "Statistics, 6(2), 65–70.",
    "bh": "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal "
    "Statistical Society B, 57(1), 289–300.",
    "clopper": "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the "
    "case of the binomial. Biometrika, 26(4), 404–413.",
    "lin": "Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on Information "
    "Theory, 37(1), 145–151.",
    "monroe": "Monroe, B. L., Colaresi, M. P., & Quinn, K. M. (2008). Fightin' words: Lexical feature selection and "
    "evaluation for identifying the content of political conflict. Political Analysis, 16(4), 372–403.",
    "zou": "Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect measures: A general "
    "approach. Statistics in Medicine, 27(10), 1693–1702.",
    "brier": "Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly Weather "
    "Review, 78(1), 1–3.",
    "davison": "Davison, A. C., & Hinkley, D. V. (1997). Bootstrap methods and their application. Cambridge "
    "University Press.",
    "naeini": "Naeini, M. P., Cooper, G. F., & Hauskrecht, M. (2015). Obtaining well calibrated probabilities using "
    "Bayesian binning. Proceedings of the AAAI Conference on Artificial Intelligence, 29(1).",
    "nixon": "Nixon, J., Dusenberry, M. W., Zhang, L., Jerfel, G., & Tran, D. (2019). Measuring calibration in deep "
    "learning. CVPR Workshops, 38–41.",
    "krippendorff": "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.",
}


def listed(cited: Iterable[str]) -> list[str]:
    """The references of these short names, by author."""
    return sorted(_REFERENCES[name] for name in cited)
