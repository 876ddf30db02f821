"""Labels of a table of sentences: rows as a stream in, the same rows with columns of labels out."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from framing.classifier.base import BOILERPLATE
from framing.corpus.records import Problem
from framing.engine import EngineName
from framing.errors import FramingError
from framing.labelling.batch import label_batch
from framing.labelling.labeller import Labeller
from framing.labelling.memory import Memory
from framing.labelling.output import TableFormat, table_format
from framing.labelling.parts import PART_ROWS, LabelledPart, LabelSummary, choose_engine, plan_of, run_parts, summarise
from framing.labelling.resumable import WorkFolder, work_folder
from framing.labelling.rows import TextRow, text_rows
from framing.labelling.stream import STDIN, TableStream, spool_stdin
from framing.labelling.survey import Survey, TableColumns, survey
from framing.labelling.window import Reach

PREDICTED_BOILERPLATE = f"predicted_{BOILERPLATE}"


def label_table(
    source: Path, labeller: Labeller, target: Path, columns: TableColumns, engine: EngineName
) -> LabelSummary:
    """Label every row of a table, see `framing.labelling.label`."""
    with work_folder(target) as work:
        stream = spool_stdin(work.path) if source == STDIN else TableStream(source, str(source))
        reach = Reach.of(labeller)
        known = survey(stream, columns, context=columns.article is not None and reach.before > 0)
        added = _added(labeller, known, stream)
        form = table_format(target, stream, known, added)
        used = choose_engine(work, labeller, engine, known.n_items, known.n_items)
        chosen = [columns.id, columns.text, columns.article, columns.order]
        work.follow(plan_of(labeller, stream.sha256(), used, unit="sentence", asked=engine, columns=chosen))

        def parts(first: int, memory: Memory) -> Iterator[LabelledPart]:
            items = islice(text_rows(stream.items(), columns), first, None)
            for part in _parts(items, PART_ROWS + reach.after if columns.article else PART_ROWS):
                yield _labelled(labeller, part, columns, form, list(added)[-1], memory)

        run_parts(work, target.suffix.lower(), known.n_items, labeller.codebook.frame_names, parts)
        with work.writing():
            return _finish(work, labeller, form, used)


def _added(labeller: Labeller, known: Survey, stream: TableStream) -> dict[str, pa.DataType]:
    """Columns of labels and their types, the last of them boilerplate.

    Raises
    ------
    FramingError
        If the table has columns of these names.
    """
    added = labeller.types(PREDICTED_BOILERPLATE if BOILERPLATE in known.types else BOILERPLATE)
    if clash := [name for name in added if name in known.types]:
        raise FramingError(f"{stream.name}: columns {clash} exist already and would be overwritten; rename them first")
    return added


def _parts(items: Iterable[TextRow | Problem], longest: int) -> Iterator[list[TextRow | Problem]]:
    """Items in parts of `PART_ROWS`, or of up to `longest` so that they end with an article."""
    part: list[TextRow | Problem] = []
    last = ""
    for item in items:
        article = (item.article if isinstance(item, TextRow) else "") or last
        if len(part) >= longest or (len(part) >= PART_ROWS and article != last):
            yield part
            part = []
        part.append(item)
        last = article
    if part:
        yield part


def _labelled(
    labeller: Labeller,
    part: list[TextRow | Problem],
    columns: TableColumns,
    form: TableFormat,
    boilerplate: str,
    memory: Memory,
) -> LabelledPart:
    rows = [item for item in part if isinstance(item, TextRow)]
    order = np.argsort([row.place for row in rows])
    ordered = [rows[i] for i in order]
    texts, previous = [row.text for row in ordered], [row.previous for row in ordered]
    labels = label_batch(
        labeller,
        texts,
        previous,
        articles=[row.article for row in ordered] if columns.article else None,
        memory=memory,
        boilerplate=boilerplate,
    )
    lists = {name: pa.array(values[np.argsort(order)], from_pandas=True).to_pylist() for name, values in labels.items()}
    labelled = [{**row.fields, **{name: values[i] for name, values in lists.items()}} for i, row in enumerate(rows)]
    rejected = [item for item in part if isinstance(item, Problem)]
    cut = labeller.overlong(texts, previous)
    return LabelledPart(len(part), labels, cut, rejected, lambda path: form.write(labelled, path))


def _finish(work: WorkFolder, labeller: Labeller, form: TableFormat, engine: str) -> LabelSummary:
    """Join the parts and put the table, and its rejects, in their places; those of an earlier run go."""
    suffix = work.target.suffix.lower()
    whole = work.path / f"whole{suffix}"
    form.join((work.file(part, suffix) for part in range(work.finished())), whole)
    rejects = work.target.with_name(f"{work.target.name}.rejected.jsonl")
    summary = summarise(work, labeller.codebook.frame_names, work.path / "rejected.jsonl", engine)
    if summary.rejects:
        summary.rejects = summary.rejects.replace(rejects)
    else:
        rejects.unlink(missing_ok=True)
    whole.replace(work.target)
    return summary
