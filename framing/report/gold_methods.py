"""The paragraph on the gold for the methods section of a paper: how it was drawn, who coded it, how well they agree."""

from framing.annotation.reliability import VariableAgreement
from framing.codebook import Codebook
from framing.evaluation.analysis import Analysis
from framing.evaluation.comparison import Comparison
from framing.evaluation.provenance import CoderFacts, DesignFacts, ModelFacts
from framing.report.stance import variable_labels
from framing.report.words import level_name, plural, score


def gold_methods(analysis: Analysis, codebook: Codebook) -> str:
    """Sentences on the design, the coders and what of the gold the classifier had learned from."""
    comparison, origin = analysis.comparison, analysis.provenance
    sentences = [_used(comparison, origin.design), _unseen(origin.model)]
    if origin.design:
        sentences.insert(0, _drawn(origin.design))
    if origin.coders:
        sentences.append(_coders(origin.coders))
    if analysis.agreement:
        labels = variable_labels(codebook)
        alphas = ", ".join(f"{labels[a.variable]} {_alpha(a)}" for a in analysis.agreement)
        level = level_name(comparison.level)
        sentences.append(
            f"Krippendorff's (2011) alpha ({level} intervals resampling stories in brackets) was: {alphas}."
        )
    return " ".join(sentences)


def _drawn(design: DesignFacts) -> str:
    least, most = design.per_story
    per_story = f"up to {least}" if least == most else f"up to {least}, in some strata up to {most},"
    size = "partly equal, partly higher in rare bands of score" if design.by_score else "equal for all sentences"
    apart = ", but for what a model took for boilerplate," if design.by_score else ""
    many = f"{design.n_strata:,} strata with as many each as far as possible"
    strata = many if design.n_strata > 1 else "one stratum"
    return (
        f"Sentences to code were drawn by {design.by}, from {strata}, in two stages: stories, then {per_story} "
        "sentences of a drawn story, both by randomised systematic sampling with probability proportional to size. "
        f"Sizes were {size}; the inclusion probability of every sentence of these strata{apart} is known and above "
        "zero."
    )


def _used(comparison: Comparison, design: DesignFacts | None) -> str:
    used = f"{plural(comparison.n_gold, 'coded sentence')} of {plural(comparison.n_gold_stories, 'story')} are used"
    if comparison.gold and comparison.gold.assumed_simple_random:
        return f"{used}, assumed to be a simple random sample of each group."
    if design:
        return f"Of {design.n_drawn:,} drawn ({design.n_asked:,} were asked for), {used}."
    return f"{used}, drawn as a probability sample with recorded inclusion probabilities."


def _unseen(model: ModelFacts) -> str:
    parts = []
    if model.n_also_gold:
        parts.append(
            f"Of these, {model.n_also_gold:,} had trained the classifier too, but none the network that scored it: the "
            "same sentences trained and corrected."
        )
    if several := model.n_gold_of_several_folds:
        parts.append(
            f"The very text of {several:,} was coded in stories of several folds, so that the network that scored it "
            "had learned it."
        )
    if parts:
        return " ".join(parts)
    if model.n_learned:
        return "None had been seen by the model that scored them."
    return "What the model had learned from is not known, so it may have seen them."


def _coders(coders: CoderFacts) -> str:
    text = f"They were coded by {plural(coders.n_coders, 'coder')}, "
    text += f"{plural(coders.n_twice, 'sentence')} twice or more" if coders.n_twice else "each sentence once"
    if not coders.n_disputed:
        return f"{text}, and never differed." if coders.n_twice else f"{text}."
    ways = ((coders.by_majority, "by majority"), (coders.by_person, "by an adjudicator"))
    known = " and ".join(f"{n:,} {way}" for n, way in ways if n)
    settled = f"settled: {known}" if known else "settled beforehand, it is not recorded by which rule"
    return f"{text}. On {coders.n_disputed:,} they differed in some value; these were {settled}."


def _alpha(found: VariableAgreement) -> str:
    alpha = found.alpha
    return f"{score(alpha)} ({alpha.low:.2f} to {alpha.high:.2f})" if alpha.has_limits else score(alpha)
