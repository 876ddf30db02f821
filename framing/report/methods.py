"""The methods section of a paper, ready to paste, with its references."""

import framing
from framing.codebook import Codebook
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import Comparison
from framing.evaluation.prevalence import RARE_POSITIVES
from framing.evaluation.profiles import PERMUTATIONS
from framing.evaluation.proportions import ICC
from framing.evaluation.recalibration import FOLDS
from framing.report.gold_methods import gold_methods
from framing.report.references import listed
from framing.report.stance import stance_methods, target_labels
from framing.report.words import level_name, many, plural


def methods(analysis: Analysis, codebook: Codebook) -> list[str]:
    """Paragraphs that say what was done: material and labels, gold, estimation."""
    comparison = analysis.comparison
    material = f"{_material(comparison)} {_labels(analysis)}"
    if not comparison.corrected:
        return [material, f"{_uncorrected(comparison)}{stance_methods(analysis, codebook)} {_contrast()}"]
    estimation = f"{_corrected(comparison)}{stance_methods(analysis, codebook)} {_contrast()}"
    tests = f"{_other_tests(analysis)} {_families(analysis, codebook)}"
    return [material, gold_methods(analysis, codebook), f"{estimation} {tests}"]


def references(analysis: Analysis) -> list[str]:
    """What the paragraph cites, by author."""
    cited = ["binder", "lin", "monroe"]
    if analysis.comparison.corrected:
        cited += ["egami", "welch", "holm", "bh", "clopper", "zou", "boos"]
    if analysis.agreement:
        cited.append("krippendorff")
    return listed(cited)


def _material(comparison: Comparison) -> str:
    book = comparison.codebook
    only = "".join(f" with {column} {value}" for column, value in comparison.where.items())
    n_sentences, n_stories = plural(comparison.n_sentences, "sentence"), plural(comparison.n_stories, "story")
    return (
        f"With framing {framing.__version__} we compared {len(comparison.groups)} {many(comparison.by)} on "
        f"{n_sentences}{only} of {n_stories} (articles, near-duplicates of each other taken as one where they are "
        "known). What was taken for boilerplate, by rules or by the classifier, was left out. The codebook was "
        f"{book['name']} {book['version']} (sha256 {book['sha256'][:12]})."
    )


def _labels(analysis: Analysis) -> str:
    model = analysis.provenance.model
    encoder = f"fine-tuned from {model.encoder}" if model.encoder else ""
    known = ", ".join(fact for fact in (encoder, _hash(model.sha256)) if fact)
    others = [f"{name} ({_hash(sha)})" for name, sha in (("stance", model.stance), ("voice", model.voice)) if sha]
    version = f" with framing {model.version}" if model.version else ""
    text = f"Sentences were labelled by a classifier{f' ({known})' if known else ''}{version}"
    text += f"; other classifiers labelled {' and '.join(others)}." if others else "."
    if not model.n_learned:
        return text
    text += f" The classifier of frames had learned from {plural(model.n_learned, 'coded sentence')} of distinct text"
    if not model.n_folds:
        return f"{text}."
    return (
        f"{text}, dealt by story to {model.n_folds} folds (cross-fitting): every story was scored by one network, "
        "which had not learned from that story."
    )


def _hash(sha256: str) -> str:
    return f"sha256 {sha256[:12]}" if sha256 else ""


def _uncorrected(comparison: Comparison) -> str:
    return (
        f"Shares are counts of predicted labels, not corrected for misclassification; {level_name(comparison.level)} "
        "intervals are t-intervals on the logit scale, clustered by story (Binder, 1983). No difference was tested."
    )


def _corrected(c: Comparison) -> str:
    return (
        "Shares were estimated by design-based supervised learning in Hajek form (Egami et al., 2023): the mean of "
        "recalibrated scores (ridge logistic regression on the logit of the score and group terms, cross-fitted "
        f"over {FOLDS} folds of stories) plus the mean error of the coded sentences weighted by inverse inclusion "
        f"probability. {level_name(c.level)} intervals are t-intervals on the logit scale with standard errors "
        f"clustered by story (Binder, 1983). Where fewer than {RARE_POSITIVES} coded sentences of a group have the "
        "frame, or lack it, or the standard error is above p (1 - p) of a share p, they are joined with "
        "Clopper-Pearson (1934) intervals at the effective sample size n / (1 + (n/m - 1) r) of n coded sentences "
        f"from m stories, an intraclass correlation r of {ICC:.2f} being assumed, not estimated; where the plain "
        "t-interval then leaves 0 to 1, it takes the place of the logit one. Differences take the covariance of "
        "shared stories into account, with Welch's (1947) degrees of freedom; where the interval of one of both "
        "shares is joined in this way, that of the difference is joined with limits from both (Zou and Donner, "
        "2008), and its p-value is no smaller than by those."
    )


def _other_tests(analysis: Analysis) -> str:
    trends = (
        "Trends are least-squares slopes of score plus weighted error on time, with standard errors clustered by story "
        "and m - 2 degrees of freedom, m the dated stories with coded sentences. "
        if analysis.trends.trends
        else ""
    )
    return (
        f"{trends}That the classifier errs alike in all groups was tested by score tests of equal sensitivity and of "
        "equal specificity (Boos, 1992), with variances about the common rate, pooled over groups; that its error does "
        "not drift, by the slope on time of coded label minus score."
    )


def _families(analysis: Analysis, codebook: Codebook) -> str:
    """Which tests were adjusted together, and which were not."""
    comparison, stance, named = analysis.comparison, analysis.stance, target_labels(codebook)
    tested = [(e.name, len([d for d in e.differences if d.p == d.p])) for e in (comparison.main, *comparison.variants)]
    families = [f"{n:,} differences of shares ({name})" for name, n in tested if n]
    if n := len([t for t in analysis.trends.trends if t.p == t.p]):
        families.append(f"{n:,} trends")
    for target in stance.targets if stance else ():
        if n := len([d for d in target.differences if d.p == d.p]):
            families.append(f"{n:,} differences of net stance (toward {named[target.target]})")
    return (
        "P-values were adjusted by Holm (1979) for claims, those of shares by Benjamini and Hochberg (1995) for "
        f"exploration too, within each family of tests: {'; '.join(families) or 'none'}. No error rate holds over all "
        "families together, and the tests of equal errors, of drift and of profiles are not adjusted."
    )


def _contrast() -> str:
    return (
        f"Profiles of labels were compared by Jensen-Shannon distance (Lin, 1991) against {PERMUTATIONS} permutations "
        "of stories, vocabulary by log-odds with an informative Dirichlet prior (Monroe et al., 2008) on the number of "
        "stories that use a term."
    )
