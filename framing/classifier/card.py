"""The model card, a README.md in the model folder."""

from collections import Counter

import yaml

from framing.annotation import CodedSentences
from framing.classifier.settings import TrainingSettings
from framing.classifier.summary import TrainingSummary
from framing.decisions import two_decimals


def model_card(coded: CodedSentences, summary: TrainingSummary) -> str:
    """Markdown that says what the model is for, what it learned from, and how good it is."""
    classifier = summary.classifier
    codebook, settings = classifier.codebook, classifier.settings
    coders = Counter(coded.coders)
    return "\n".join(
        [
            f"# Frame classifier for codebook {codebook.name} {codebook.version}",
            "",
            f"Tags sentences with the frames {', '.join(codebook.frame_names)} (none, one or several may apply). "
            f"Fine-tuned from `{settings.encoder}` by `framing train`.",
            "",
            "## Training data",
            "",
            f"{len(coded)} coded sentences of {len(set(coded.stories))} stories and {len(set(coded.outlets))} outlets: "
            f"{_split(summary)} `split.jsonl` says which sentence was where.",
            "Coded by: " + ", ".join(f"{name or 'not recorded'} ({n})" for name, n in sorted(coders.items())) + ".",
            *([_taught(settings, summary.n_uncoded)] if settings.taught else []),
            "",
            "## Scores on stories it was not trained on",
            "",
            *_scores(summary),
            "",
            "## Use",
            "",
            "For sentences like those it was trained on: same language, topic and kind of outlet. Shares counted "
            "from its labels are biased, differently for each outlet; code a sample of your own corpus and evaluate "
            "before you compare. It knows nothing of the truth of a sentence.",
            "",
            "## Settings",
            "",
            "```yaml",
            yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False).strip(),
            "```",
            "",
        ]
    )


def _scores(summary: TrainingSummary) -> list[str]:
    """Lines of the table of scores, or why there is none."""
    if not summary.scores:
        return [f"{summary.no_scores.capitalize()}."]
    rows = [
        f"| {score.frame} | {' | '.join(score.shown)} | {score.positives} | "
        f"{summary.classifier.thresholds_in_articles[score.frame]:.2f} |"
        for score in summary.scores
    ]
    return [
        f"Macro-F1 {two_decimals(summary.macro_f1)} on {summary.n_test} sentences{summary.left_out}; "
        "`framing evaluate` gives intervals.",
        "",
        "| frame | precision | recall | F1 | positives | threshold |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def _taught(settings: TrainingSettings, n_uncoded: int) -> str:
    further = f" Of {n_uncoded:,} more, which nobody coded, it learned only that." if n_uncoded else ""
    teacher = (
        f"the model `{settings.teacher}` says" if settings.teacher else f"the mean of {settings.ensemble} others says"
    )
    hints = " It also learned to read sentences as that model does (hints)." if settings.teacher else ""
    return f"Half of what it learned of them is what {teacher}.{further}{hints}"


def _split(summary: TrainingSummary) -> str:
    settings = summary.classifier.settings
    folds = settings.folds
    if settings.refit:
        return (
            f"dealt by story to {folds} folds; the scores below are from networks that did not see the story they "
            "score, and chose thresholds and calibration. The network here then learned from all sentences."
        )
    if folds > 1:
        return (
            f"dealt by story to {folds} folds. Network k, in `fold-k`, learned from all folds but its own; the scores "
            "below are from the network that did not see the story, so the same sentences can correct estimates."
        )
    return (
        f"{summary.n_train} to train, {summary.n_validation} to choose thresholds, "
        f"{summary.n_test + summary.n_repeated} held out; no story is on two sides."
    )
