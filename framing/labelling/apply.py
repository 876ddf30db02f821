"""`framing label`: a corpus or a table of sentences in, labels out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from framing.artefact import check_target, new_artefact, new_file
from framing.classifier.base import BOILERPLATE, Classifier
from framing.classifier.record import write_split
from framing.corpus import Corpus
from framing.corpus.records import Problem, as_text
from framing.errors import FramingError
from framing.labelling.batch import label_batch
from framing.labelling.labels import KIND
from framing.labelling.memory import Memory
from framing.labelling.tables import FORMATS, SentenceTable, check_format, read_table, write_table

if TYPE_CHECKING:
    from framing.classifier.assignment import Assignment

PART_ROWS = 50_000
PREDICTED_BOILERPLATE = f"predicted_{BOILERPLATE}"


@dataclass
class LabelSummary:
    """What was labelled: `positives` counts sentences per frame, `rejected` rows are not in the output."""

    output: Path
    n_sentences: int
    n_boilerplate: int
    positives: dict[str, int]
    rejected: list[Problem] = field(default_factory=list)


def label(
    source: str | Path,
    model: str | Path | Classifier,
    output: str | Path,
    *,
    unit: Literal["article", "sentence"] = "article",
    id_column: str = "sentence_id",
    text_column: str = "text",
    article_column: str | None = None,
    order_column: str | None = None,
    overwrite: bool = False,
) -> LabelSummary:
    """Label every sentence of a corpus, or of a table.

    A model of several folds scores each story of a corpus by one network that did not see it, and the manifest of the
    labels says ``out_of_fold``; of a table, where stories are not known, it gives the mean of its networks.

    Columns of the output: the input's own; per frame ``p_<frame>`` (probability) and ``<frame>`` (0 or 1);
    ``boilerplate``, marked at ingest or recognised by the model, where frames are 0. If a table has a column of
    that name it is kept, and ours is ``predicted_boilerplate``.

    Parameters
    ----------
    source : str or Path
        Corpus folder, or with ``unit="sentence"`` a csv, jsonl or parquet file (gz too).
    model : str, Path or Classifier
        Model folder, name of a shipped model, or a classifier.
    output : str or Path
        Labels folder, or with ``unit="sentence"`` a csv, jsonl or parquet file. Rows that could not be read go
        to ``<output>.rejected.jsonl``.
    unit : {"article", "sentence"}
    id_column, text_column : str
        Of a table. Ids must be unique.
    article_column, order_column : str, optional
        Of a table: which sentences belong together and in which order, for models that read the sentence before.
    overwrite : bool
        Replace what stands at `output`.

    Raises
    ------
    FramingError
        If source, model or columns do not fit, or the output cannot be written.
    """
    if unit == "article":
        if Path(source).is_file():
            raise FramingError(f"{source}: a file, expected a corpus folder; for a table add --unit sentence")
        if Path(output).suffix.lower() in FORMATS:
            raise FramingError(f"{output}: labels of a corpus are a folder of Parquet files; leave the suffix out")
        check_target(Path(output), KIND, overwrite=overwrite)
        corpus = Corpus.load(source)
        return _label_corpus(corpus, _classifier(model), Path(output), overwrite=overwrite)
    if order_column and not article_column:
        raise FramingError("--order-column needs --article-column, which says what belongs together")
    check_format(Path(output))
    if Path(output).resolve() == Path(source).resolve():
        raise FramingError(f"{output}: is the source itself; choose another output")
    columns = _Columns(id_column, text_column, article_column, order_column)
    return _label_table(Path(source), _classifier(model), Path(output), columns, overwrite=overwrite)


@dataclass(frozen=True)
class _Columns:
    id: str
    text: str
    article: str | None
    order: str | None


def _classifier(model: str | Path | Classifier) -> Classifier:
    from framing.classifier import load_classifier  # needs torch, which evaluation does without

    return model if isinstance(model, Classifier) else load_classifier(model)


def _label_corpus(corpus: Corpus, classifier: Classifier, target: Path, *, overwrite: bool) -> LabelSummary:
    sentences = corpus.sentences()
    texts = sentences["text"].to_pylist()
    previous = _previous(sentences["article_id"].to_pylist(), sentences["index"].to_pylist(), texts)
    assignment, memory = _assignment(classifier, corpus, sentences), Memory()
    totals = np.zeros(len(classifier.labels), dtype=int)
    with new_artefact(target, KIND, overwrite=overwrite) as (folder, manifest):
        for part, start in enumerate(range(0, len(sentences), PART_ROWS)):
            here = slice(start, start + PART_ROWS)
            rows = sentences.slice(start, PART_ROWS)
            columns = label_batch(
                classifier,
                texts[here],
                previous[here],
                marked=rows[BOILERPLATE].to_numpy(zero_copy_only=False),
                assignment=assignment[here] if assignment is not None else None,
                memory=memory,
            )
            table = rows.drop_columns([BOILERPLATE])
            for name, values in columns.items():
                table = table.append_column(name, pa.array(values))
            pq.write_table(table, folder / f"part-{part:05d}.parquet")
            totals += [int(columns[name].sum()) for name in classifier.labels]
        classifier.codebook.save(folder / "codebook.yaml")
        write_split(folder, classifier.record)  # so that evaluation can leave out what the model saw
        manifest |= {
            "codebook": classifier.codebook.reference,
            "model": {"sha256": classifier.manifest["sha256"], "thresholds": classifier.thresholds},
            "corpus": {"sha256": corpus.manifest["sha256"], "articles": corpus.manifest["articles"]},
            "sentences": len(sentences),
            "out_of_fold": "folds" in classifier.manifest,
        }
    return _summary(classifier, target, len(sentences), totals)


def _assignment(classifier: Classifier, corpus: Corpus, sentences: pa.Table) -> "Assignment | None":
    """Which network scores which sentence, where there are several."""
    from framing.classifier import FoldedClassifier  # needs torch

    if not isinstance(classifier, FoldedClassifier):
        return None
    return classifier.assign(sentences["text"].to_pylist(), sentences["story"].to_pylist(), corpus.manifest["sha256"])


def _label_table(
    source: Path, classifier: Classifier, target: Path, columns: _Columns, *, overwrite: bool
) -> LabelSummary:
    with new_file(target, overwrite=overwrite) as partial:
        table = read_table(source)
        table.ids(columns.id)
        texts = table.texts(columns.text)
        boilerplate = PREDICTED_BOILERPLATE if BOILERPLATE in table.columns else BOILERPLATE
        _refuse_overwriting(table.columns, [*_frame_columns(classifier), boilerplate], source)
        kept = [i for i, text in enumerate(texts) if text.strip()]
        previous = _table_context(table, texts, columns)
        added = label_batch(classifier, [texts[i] for i in kept], [previous[i] for i in kept], boilerplate=boilerplate)
        rows = [
            {**table.rows[i], **{column: values[row].item() for column, values in added.items()}}
            for row, i in enumerate(kept)
        ]
        write_table(rows, partial, source)
    rejected = [*table.problems, *_without_text(table, texts, columns)]
    _write_rejected(target, rejected)
    totals = np.array([int(added[label].sum()) for label in (*classifier.codebook.frame_names, boilerplate)])
    return _summary(classifier, target, len(kept), totals, rejected)


def _without_text(table: SentenceTable, texts: list[str], columns: _Columns) -> list[Problem]:
    return [
        Problem(str(table.path), line, f"no text in column {columns.text!r}; fill it", as_text(row[columns.id]))
        for line, row, text in zip(table.lines, table.rows, texts, strict=True)
        if not text.strip()
    ]


def _write_rejected(target: Path, rejected: list[Problem]) -> None:
    """Write the rejects beside the output; those of an earlier run go."""
    path = target.with_name(f"{target.name}.rejected.jsonl")
    path.unlink(missing_ok=True)
    if rejected:
        with new_file(path) as partial:
            partial.write_text("".join(json.dumps(p.as_dict(), ensure_ascii=False) + "\n" for p in rejected), "utf-8")


def _frame_columns(classifier: Classifier) -> list[str]:
    return [column for name in classifier.codebook.frame_names for column in (f"p_{name}", name)]


def _table_context(table: SentenceTable, texts: list[str], columns: _Columns) -> list[str]:
    if columns.article is None:
        return [""] * len(texts)
    order = [row.get(columns.order) for row in table.rows] if columns.order else range(len(texts))
    return _previous(table.texts(columns.article), order, texts)


def _previous(articles: Sequence[Any], order: Sequence[Any], texts: Sequence[str]) -> list[str]:
    """Text before each sentence in its article, empty for the first."""
    previous = [""] * len(texts)
    by_article: dict[Any, list[int]] = {}
    for position, article in enumerate(articles):
        by_article.setdefault(article, []).append(position)
    for positions in by_article.values():
        positions.sort(key=lambda position: _order_key(order[position]))
        for before, after in pairwise(positions):
            previous[after] = texts[before]
    return previous


def _order_key(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise FramingError(f"--order-column: expected numbers, found {value!r}; mend the column") from None


def _refuse_overwriting(own: Sequence[str], added: Sequence[str], source: Path) -> None:
    if clash := [name for name in added if name in own]:
        raise FramingError(f"{source}: columns {clash} exist already and would be overwritten; rename them first")


def _summary(
    classifier: Classifier,
    target: Path,
    n: int,
    totals: NDArray[np.int_],
    rejected: list[Problem] | None = None,
) -> LabelSummary:
    positives = {name: int(count) for name, count in zip(classifier.codebook.frame_names, totals, strict=False)}
    return LabelSummary(target, n, int(totals[-1]), positives, rejected or [])
