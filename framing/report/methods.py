"""The methods section of a paper, ready to paste, with its references."""

from framing.codebook import Codebook
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import Comparison
from framing.evaluation.recalibration import FOLDS
from framing.report.stance import stance_methods
from framing.report.words import level_name, many, plural, score

REFERENCES = {
    "egami": "Egami, N., Hinck, M., Stewart, B. M., & Wei, H. (2023). Using imperfect surrogates for downstream "
    "inference: Design-based supervised learning for social science applications of large language models. "
    "Advances in Neural Information Processing Systems, 36. arXiv:2306.04746",
    "binder": "Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. "
    "International Statistical Review, 51(3), 279-292.",
    "welch": "Welch, B. L. (1947). The generalization of 'Student's' problem when several different population "
    "variances are involved. Biometrika, 34(1/2), 28-35.",
    "holm": "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
    "Statistics, 6(2), 65-70.",
    "bh": "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal "
    "Statistical Society B, 57(1), 289-300.",
    "clopper": "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the "
    "case of the binomial. Biometrika, 26(4), 404-413.",
    "lin": "Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on Information "
    "Theory, 37(1), 145-151.",
    "monroe": "Monroe, B. L., Colaresi, M. P., & Quinn, K. M. (2008). Fightin' words: Lexical feature selection and "
    "evaluation for identifying the content of political conflict. Political Analysis, 16(4), 372-403.",
    "zou": "Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect measures: A general "
    "approach. Statistics in Medicine, 27(10), 1693-1702.",
    "krippendorff": "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.",
}


def methods(analysis: Analysis, codebook: Codebook) -> str:
    """A paragraph that says what was done."""
    comparison = analysis.comparison
    estimator = _corrected(analysis) if comparison.corrected else _uncorrected(comparison)
    return f"{_material(comparison)} {estimator}{stance_methods(analysis, codebook)} {_contrast()}"


def references(analysis: Analysis) -> list[str]:
    """What the paragraph cites, by author."""
    cited = ["binder", "lin", "monroe"]
    if analysis.comparison.corrected:
        cited += ["egami", "welch", "holm", "bh", "clopper"]
    if analysis.agreement:
        cited.append("krippendorff")
    if analysis.stance and analysis.stance.corrected:
        cited.append("zou")
    return sorted(REFERENCES[name] for name in cited)


def _material(comparison: Comparison) -> str:
    book = comparison.codebook
    only = "".join(f" with {column} {value}" for column, value in comparison.where.items())
    n_sentences, n_stories = plural(comparison.n_sentences, "sentence"), plural(comparison.n_stories, "story")
    return (
        f"We compared {len(comparison.groups)} {many(comparison.by)} on {n_sentences}{only} of {n_stories} "
        "(articles, near-duplicates of each other taken as one where they are known). Boilerplate was left out. "
        f"Sentences were labelled by a classifier with the codebook {book['name']} {book['version']} (sha256 "
        f"{book['sha256'][:12]})."
    )


def _uncorrected(comparison: Comparison) -> str:
    return (
        f"Shares are counts of predicted labels, not corrected for misclassification; {level_name(comparison.level)} "
        "intervals are t-intervals on the logit scale, clustered by story (Binder, 1983). No difference was tested."
    )


def _corrected(analysis: Analysis) -> str:
    c = analysis.comparison
    design = (
        "assumed to be a simple random sample of each group"
        if c.gold and c.gold.assumed_simple_random
        else "drawn as a probability sample with recorded inclusion probabilities"
    )
    text = (
        f"{plural(c.n_gold, 'sentence')} of {plural(c.n_gold_stories, 'story')}, {design}, were coded, and not "
        "seen by the model that scored them. "
    )
    if analysis.agreement:
        alphas = ", ".join(f"{a.variable} {score(a.alpha)}" for a in analysis.agreement)
        text += f"Coders agreed at Krippendorff's (2011) alpha of {alphas}. "
    return text + (
        "Shares were estimated by design-based supervised learning in Hajek form (Egami et al., 2023): the mean of "
        f"recalibrated scores (ridge logistic regression on the logit of the score and group terms, cross-fitted over "
        f"{FOLDS} folds of stories) plus the mean error of the coded sentences weighted by inverse inclusion "
        f"probability. {level_name(c.level)} intervals are t-intervals on the logit scale with standard errors "
        "clustered by story (Binder, 1983), joined with Clopper-Pearson (1934) intervals where fewer than five coded "
        "sentences have the frame. Differences take the covariance of shared stories into account, with Welch's (1947) "
        "degrees of freedom; p-values were adjusted over all pairs and frames by Holm (1979) for claims and by "
        "Benjamini and Hochberg (1995) for exploration."
    )


def _contrast() -> str:
    return (
        "Profiles of labels were compared by Jensen-Shannon distance (Lin, 1991) against a permutation of stories, "
        "vocabulary by log-odds with an informative Dirichlet prior (Monroe et al., 2008) on the number of stories "
        "that use a term."
    )
