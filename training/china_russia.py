"""The shipped models of frames: an encoder fine-tuned on the coded real sentences of ``seeds/real``, with its card.

The articles are not part of the project (they are their publishers'); the labels are, without text.

Run: ``python training/china_russia.py ../shared OUTPUT --name china-russia-large`` for the larger model (some seven
hours of one core with bf16; a GPU is used if there is one), and then, as it teaches the other, ``python
training/china_russia.py ../shared ANOTHER_OUTPUT`` (three hours of a core; it takes its teacher from ``models/``).
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from standoff import write_with_text
from tables import markdown
from uncoded import uncoded_corpus

from framing import Codebook, evaluate, ingest, label, train
from framing.annotation import CodedSentences, read_coded
from framing.bootstrap import Interval
from framing.classifier import TrainingSettings, TrainingSummary
from framing.classifier.columns import OUT_OF_FOLD
from framing.cli.model import print_training
from framing.corpus import Corpus
from framing.evaluation import Evaluation

HERE = Path(__file__).parent
CODEBOOK = "china-russia"


@dataclass(frozen=True)
class Words:
    """What the card of one of the models says: what it is, how it was made, what scores and calibration are of."""

    summary: str
    recipe: str
    scores: str
    calibration: str
    reproduction: str


MODELS = {
    "china-russia": Words(
        summary="One network of 22 million parameters, fine-tuned from `{encoder}`; weights of 8 bits, {size:.0f} MB.\n"
        "`framing label CORPUS -o labels` uses it unless another model is named.",
        recipe="for calibration, thresholds and the scores below; then one network on all sentences. They learn half\n"
        "from the codings and half from the probabilities of `china-russia-large`, those of a fold from its network\n"
        "that did not see the fold either, and to read sentences as it does (hints: a linear map from one vector of a\n"
        "sentence to the other's). Of {uncoded:,} sentences that nobody coded they learn its probabilities and hints\n"
        "alone; these are of articles of a pool, none of which shares a sentence of over 40 characters with the coded\n"
        "and the gold ones",
        scores="The shipped network learned from all coded sentences and should be no worse.",
        calibration="and per frame (Platt) for others",
        reproduction="The command makes such a model, not these very weights: its steps were run one by one, with the\n"
        "uncoded sentences in another order, in bf16.",
    ),
    "china-russia-large": Words(
        summary="Low-rank adapters ({size:.0f} MB) beside `{encoder}`: 110 million parameters, not part of the\n"
        "project (`models/README.md` says where from). `framing label CORPUS china-russia-large -o labels`; a pass\n"
        "has eight times the matrix products of one of `china-russia`.",
        recipe="both of which are shipped: in a corpus a story is scored by one that did not see it, sentences\n"
        "elsewhere get the mean of both. Each learns half from the codings and half from the mean of {ensemble}\n"
        "networks that learned the codings of the same stories. Of {uncoded:,} sentences that nobody coded it learns\n"
        "that mean alone; these are of articles of a pool, none of which shares a sentence of over 40 characters with\n"
        "the coded and the gold ones",
        scores="Their mean, which other texts get, should be no worse.",
        calibration="while others get the probabilities of the networks",
        reproduction="The command makes such a model, not the weights that are shipped: these were trained on an\n"
        "H100 by the same functions, side by side, with the encoder's weights rounded to 10 bits to bring them there.\n"
        "Of the eight networks of the ensembles one learned nothing and two learned less than the rest, and taught\n"
        "nevertheless, which the command does not let them any more. That flattened what the network in `fold-1`\n"
        "says; so the log odds in its head were stretched until the upper half of those of the uncoded sentences is\n"
        "spread like that of `fold-0`. No coding had a part in the factors, but that they are there was decided on\n"
        "the scores below, which are a little too good by that.",
    ),
}


def main(shared: Path, output: Path, name: str) -> None:
    """Make corpus, annotations with text, and model below `output`."""
    articles = shared / "articles" / "articles.jsonl"
    corpus = ingest([articles], output / "corpus").corpus
    coded = write_with_text(articles, corpus.folder, output / "coded.jsonl")
    settings = TrainingSettings.load(HERE / f"{name}.yaml")
    summary = train(
        coded,
        output / name,
        codebook=CODEBOOK,
        corpus=corpus.folder,
        uncoded=uncoded_corpus(shared, output),
        settings=settings,
    )
    print_training(summary)
    card = write_card(summary, coded, corpus, shared / "gold" / "gold.jsonl")
    print(card)


def write_card(summary: TrainingSummary, coded: Path, corpus: Corpus, gold: Path) -> str:
    """Write the model's card: the template with what was measured."""
    model, settings = summary.folder, summary.classifier.settings
    codebook, words = Codebook.load(CODEBOOK), MODELS[model.name]
    size = sum(path.stat().st_size for path in model.rglob("model.safetensors")) / 1e6
    out_of_fold = evaluate(_with_groups(model, corpus), coded, model=model, include_seen=True, by="group")
    labelled = model.parent / "gold.jsonl"
    label(gold, model, labelled, unit="sentence", article_column="article_id", order_column="index", overwrite=True)
    sentences = read_coded(coded, codebook)
    card = (HERE / "china-russia.md").read_text(encoding="utf-8").format(
        name=model.name,
        summary=words.summary.format(encoder=settings.encoder, size=size),
        recipe=words.recipe.format(uncoded=summary.n_uncoded, ensemble=settings.ensemble),
        reproduction=words.reproduction,
        scored=words.scores,
        calibrated=words.calibration,
        version=codebook.version,
        folds=settings.folds,
        n=len(sentences),
        articles=len({json.loads(line)["article_id"] for line in coded.read_text(encoding="utf-8").splitlines()}),
        outlets=len(set(sentences.outlets)),
        positives=_positives(sentences, codebook),
        scores=_scores(out_of_fold),
        groups=_groups(out_of_fold, codebook),
        gold=_scores(evaluate(labelled, gold, model=model)),
        calibration=_calibration(out_of_fold),
    )  # fmt: skip
    (model / "README.md").write_text(card, encoding="utf-8")
    return card


def _with_groups(model: Path, corpus: Corpus) -> Path:
    """What the sentences got out of fold, with the group of their outlet."""
    table = pq.read_table(model / OUT_OF_FOLD)
    rows = corpus.sentences(["outlet", "group"])
    groups = dict(zip(rows["outlet"].to_pylist(), rows["group"].to_pylist(), strict=True))
    target = model.parent / OUT_OF_FOLD
    pq.write_table(table.append_column("group", [[groups.get(name) for name in table["outlet"].to_pylist()]]), target)
    return target


def _positives(sentences: CodedSentences, codebook: Codebook) -> str:
    counts = sentences.frames.sum(axis=0).tolist()
    return ", ".join(f"{name} {count:,}" for name, count in zip(codebook.frame_names, counts, strict=True))


def _scores(result: Evaluation) -> str:
    rows = [
        (f.frame, *map(_cell, (f.precision, f.recall, f.f1, f.average_precision)), f"{f.positives:,}")
        for f in result.frames
    ]
    rows.append(("macro", "", "", _cell(result.macro_f1), "", ""))
    return markdown(("frame", "precision", "recall", "F1", "average precision", "positives"), rows)


def _groups(result: Evaluation, codebook: Codebook) -> str:
    rows = [
        (
            group.group,
            f"{group.n_sentences:,}",
            *("too few" if f.too_few else f"{_cell(f.f1)}; {f.positives:,}" for f in group.frames),
        )
        for group in result.groups
    ]
    return markdown(("group", "sentences", *codebook.frame_names), rows)


def _calibration(result: Evaluation) -> str:
    rows = [(f.frame, _cell(f.ece, digits=3), _cell(f.brier, digits=3)) for f in result.frames]
    return markdown(("frame", "expected calibration error", "Brier score"), rows)


def _cell(interval: Interval | None, digits: int = 2) -> str:
    if interval is None:
        return "-"
    low, high = interval.low, interval.high
    limits = f" ({low:.{digits}f}-{high:.{digits}f})" if interval.has_limits else ""
    return f"{interval.value:.{digits}f}{limits}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("shared", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--name", choices=MODELS, default=CODEBOOK)
    main(**vars(parser.parse_args()))
