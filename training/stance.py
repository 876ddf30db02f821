"""The models of stance to ship, trained on NewsMTSC and the coded real sentences of ``seeds/real``.

The articles are not part of the project (they are their publishers'); the labels are, without text.

Run: ``python training/stance.py ../shared OUTPUT --name stance-large`` for the larger model of stance (an hour of one
core with bf16), and then, as it teaches the other, ``python training/stance.py ../shared ANOTHER_OUTPUT`` (an hour).
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from stance_data import NEWSMTSC, Example, coded, newsmtsc, renamed
from stance_scores import by_target, on_examples, test_sets
from standoff import with_text
from tables import markdown
from uncoded import uncoded_corpus

from framing import Codebook, ingest
from framing.classifier import TrainingSettings
from framing.classifier.record import SplitRow, split_rows
from framing.classifier.splits import hold_out
from framing.classifier.uncoded import Uncoded
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.stance import StanceClassifier, Targeted

HERE = Path(__file__).parent
CODEBOOK = "china-russia"
RENAMED_SHARE = 0.3
SMALL = "stance"
WHAT = {
    SMALL: "One network of 22 million parameters, fine-tuned from `{encoder}`; weights of 8 bits, {size:.0f} MB.\n"
    "`framing label CORPUS -o labels --stance` uses it. It learned half from the codings below and half from what\n"
    "`{teacher}` says of the same sentences; and what that says of articles of a pool that nobody coded, none of\n"
    "which shares a sentence of over 40 characters with the coded and the gold ones.",
    "stance-large": "Low-rank adapters ({size:.0f} MB) in the upper half of `{encoder}`: 110 million parameters, not\n"
    "part of the project (`models/README.md` says where from). `framing label CORPUS -o labels --stance-model\n"
    "stance-large`; a pass has eight times the matrix products of one of `stance`.",
}


def main(shared: Path, output: Path, name: str) -> None:
    """Make corpus and model below `output`."""
    rows = coded_rows(shared, output)
    settings = TrainingSettings.load(HERE / f"{name}.yaml")
    training, validation = examples(rows, shared, settings)
    check_teacher(settings, validation)
    classifier = StanceClassifier(settings)
    further = uncoded(rows, shared, output, settings)
    classifier.fine_tune([e.sentence for e in training], outcomes(training), further)
    classifier.calibrate([e.sentence for e in validation], outcomes(validation))
    classifier.record = record(training, validation)
    classifier.save_pretrained(output / name, overwrite=True)
    print(write_card(output / name, rows, shared))


def check_teacher(settings: TrainingSettings, validation: list[Example]) -> None:
    """Refuse a teacher that learned from stories on which its pupil is scored."""
    if settings.teacher:
        taught = StanceClassifier.from_pretrained(settings.teacher).record
        learned, kept = ({row["story"] for row in taught if row["part"] == part} for part in ("train", "validation"))
        if not kept or learned & {example.story for example in validation}:
            raise FramingError(
                f"teacher {settings.teacher}: learned from stories that are kept for scores here, or does not say from "
                "which it learned; train both on the same codings with the same seed"
            )


def record(training: list[Example], validation: list[Example]) -> list[SplitRow]:
    """What each coded sentence was used for."""
    parts = {"train": training, "validation": validation}
    used = {e.sentence_id: (e, part) for part, rows in parts.items() for e in rows if e.target != NEWSMTSC}
    return split_rows(
        [e.text for e, _ in used.values()],
        [e.story for e, _ in used.values()],
        [part for _, part in used.values()],
        sentence_ids=list(used),
    )


def write_card(model: Path, rows: list[dict[str, Any]], shared: Path) -> str:
    """Write the card of a model of stance: the template with what was measured."""
    codebook = Codebook.load(CODEBOOK)
    classifier = StanceClassifier.from_pretrained(model)
    validation = {row["story"] for row in classifier.record if row["part"] == "validation"}
    tests = {name: on_examples(classifier, test) for name, test in test_sets(shared).items()}
    header = ("target", "coded with it", "presence F1", "stance macro-F1", "where found")
    kept = [row for row in rows if row["story"] in validation]
    size = (model / "model.safetensors").stat().st_size / 1e6
    card = (HERE / "stance.md").read_text(encoding="utf-8").format(
        name=model.name,
        what=WHAT[model.name].format(**classifier.settings.model_dump(), size=size),
        option="" if model.name == SMALL else f" --name {model.name}",
        temperature=classifier.temperature,
        n=sum(row["part"] == "train" for row in classifier.record),
        kept=len(kept),
        rw=tests["rw"],
        mt=tests["mt"],
        coded=markdown(header, by_target(classifier, kept, codebook)),
        gold=markdown(header, by_target(classifier, gold_rows(shared), codebook)),
    )  # fmt: skip
    (model / "README.md").write_text(card, encoding="utf-8")
    return card


def gold_rows(shared: Path, *, boilerplate: bool = False) -> list[dict[str, Any]]:
    """Content sentences of the gold articles, or all, each with the sentence before it."""
    lines = (shared / "gold" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    texts = {(row["article_id"], row["index"]): row["text"] for row in rows}
    return [
        row | {"previous": texts.get((row["article_id"], row["index"] - 1), "")}
        for row in rows
        if boilerplate or not row["boilerplate"]
    ]


def coded_rows(shared: Path, output: Path) -> list[dict[str, Any]]:
    """Coded sentences with text, the sentence before them, and their story; those that have a voice."""
    articles, corpus = shared / "articles" / "articles.jsonl", output / "corpus"
    if not corpus.is_dir():
        ingest([articles], corpus)
    return [row for row in with_text(articles, corpus) if "voice" in row and not row["boilerplate"]]


def examples(
    rows: list[dict[str, Any]], shared: Path, settings: TrainingSettings
) -> tuple[list[Example], list[Example]]:
    """To train on, and to calibrate and score on: NewsMTSC is for training only, coded stories are for one of both."""
    codebook = Codebook.load(CODEBOOK)
    critical = np.array([[value in row["stance"].values() for value in ("favourable", "critical")] for row in rows])
    learned, kept = hold_out(critical, [row["story"] for row in rows], settings.validation_share, settings.seed)
    training = newsmtsc(shared / "benchmarks" / "newsmtsc" / "mt_hf_train.jsonl")
    training += renamed([rows[i] for i in learned], codebook, RENAMED_SHARE, settings.seed)
    return training, coded([rows[i] for i in kept], codebook)


def uncoded(rows: list[dict[str, Any]], shared: Path, output: Path, settings: TrainingSettings) -> list[Targeted]:
    """What the teacher, if there is one, is asked about sentences that are not among the coded `rows`."""
    if not settings.teacher:
        return []
    sentences = Uncoded.of(Corpus.load(uncoded_corpus(shared, output)))
    nowhere = {"stance": {}, "story": "", "sentence_id": ""}
    drawn = sentences.draw((row["text"] for row in rows), settings.max_uncoded, settings.seed).tolist()
    asked = [{"text": sentences.texts[i], "previous": sentences.previous[i], **nowhere} for i in drawn]
    return [example.sentence for example in renamed(asked, Codebook.load(CODEBOOK), RENAMED_SHARE, settings.seed)]


def outcomes(rows: list[Example]) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Positions in `OUTCOMES`, shape (n_rows,)."""
    return np.array([row.outcome for row in rows], dtype=np.intp)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("shared", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--name", choices=WHAT, default=SMALL)
    main(**vars(parser.parse_args()))
