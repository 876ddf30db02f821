"""Sheets to code in: CSV or Excel, one row per coder and sentence, one column per frame."""

from collections.abc import Sequence
from pathlib import Path

from framing.annotation.variables import ABSENT
from framing.codebook import Codebook
from framing.corpus.records import Rows, UnreadableError
from framing.errors import FramingError
from framing.exchange.cells import flag, number, read_csv, read_xlsx, text, write_csv, write_xlsx
from framing.exchange.rows import TEXTS, Fields, Found, Item

_FIRST = ("sentence_id", "outlet", "date", *TEXTS)
_FLAGS = ("boilerplate", "unsure")
_BESIDE = {"voice": "a voice", "comment": "a comment", "unsure": "a doubt"}
_LAST = ("unsure", "comment", "coder", "coded_at", "seconds", "codebook")


def to_csv(path: Path, items: Sequence[Item], codebook: Codebook) -> None:
    """Write the sheet as CSV; answers are empty where a sentence is to be coded."""
    write_csv(path, _columns(items, codebook), (_cells(item, codebook) for item in items))


def to_xlsx(path: Path, items: Sequence[Item], codebook: Codebook) -> None:
    """Write the sheet for Excel; answers are empty where a sentence is to be coded."""
    write_xlsx(path, _columns(items, codebook), (_cells(item, codebook) for item in items))


def from_csv(path: Path, codebook: Codebook) -> Found:
    """Read a sheet of CSV or TSV."""
    return _found(read_csv(path), path, codebook)


def from_xlsx(path: Path, codebook: Codebook) -> Found:
    """Read the sheets of a workbook that have ids and frames."""
    return _found(read_xlsx(path, _needed(codebook)), path, codebook)


def _columns(items: Sequence[Item], codebook: Codebook) -> list[str]:
    """Ids and text, then what is to be filled in, then the rest of the ledger."""
    drawn = items[0].drawn if items else {}
    answers = [*codebook.frame_names, "boilerplate", "voice", *_stances(codebook), *_LAST]
    first = [name for name in _FIRST if name in drawn]
    columns = [*first, *answers, *(name for name in drawn if name not in first)]
    if clash := next((name for name in codebook.frame_names if columns.count(name) > 1), None):
        raise FramingError(
            f"frame {clash!r} of codebook {codebook.name} has the name of another column of the sheet; "
            "export another format, or rename the frame"
        )
    return columns


def _needed(codebook: Codebook) -> list[str]:
    return ["sentence_id", *codebook.frame_names]


def _stances(codebook: Codebook) -> list[str]:
    return [f"stance_{target}" for target in codebook.target_names]


def _cells(item: Item, codebook: Codebook) -> Fields:
    cells: Fields = {**item.drawn, "coder": item.coder, "codebook": codebook.sha256}
    if coding := item.coding:
        cells |= {name: getattr(coding, name) for name in ("boilerplate", "voice", *_LAST)}
        cells |= {name: name in coding.frames for name in codebook.frame_names}
        if coding.stance is not None:
            cells |= {f"stance_{name}": coding.stance.get(name, ABSENT) for name in codebook.target_names}
    return cells


def _found(rows: Rows, path: Path, codebook: Codebook) -> Found:
    for line, row in rows:
        try:
            yield line, row if isinstance(row, UnreadableError) else _fields(row, path, codebook)
        except UnreadableError as error:
            yield line, error


def _fields(row: Fields, path: Path, codebook: Codebook) -> Fields | None:
    """Fields of a coding; None if nothing is filled in.

    An answer has a frame or boilerplate filled in; the others, left empty, are then a no. Without any it is not known
    whether nobody has looked or there is no frame.
    """
    _check_columns(row, path, codebook)
    cells = {name: text(value) for name, value in row.items()}
    flags = {name: flag(cells.get(name, ""), name) for name in (*codebook.frame_names, *_FLAGS)}
    cells |= {name: cells[name].strip().lower() for name in ("voice", *_stances(codebook)) if name in cells}
    stance = {name: cells[column] for name in codebook.target_names if cells.get(column := f"stance_{name}")}
    if all(flags[name] is None for name in (*codebook.frame_names, "boilerplate")):
        beside = [name for name in ("voice", *_stances(codebook), "comment") if cells.get(name)]
        if given := next(iter(beside), "unsure" if flags["unsure"] else None):
            what = _BESIDE.get(given, "a stance")
            raise UnreadableError(
                f"{given}: {what} but no frame answer; put 0 in the column of a frame if there is none"
            )
        return None
    return {
        **cells,
        "frames": [name for name in codebook.frame_names if flags[name]],
        **{name: bool(flags[name]) for name in _FLAGS},
        "stance": {target: value for target, value in stance.items() if value != ABSENT} if stance else None,
        "seconds": number(cells.get("seconds", ""), "seconds"),
    }


def _check_columns(row: Fields, path: Path, codebook: Codebook) -> None:
    if missing := [name for name in _needed(codebook) if name not in row]:
        raise FramingError(
            f"{path}: no column {missing[0]!r} (codebook {codebook.name} {codebook.version}); keep the columns that "
            "framing export writes"
        )
    strange = {name for name in row if name.startswith("stance_")} - set(_stances(codebook))
    if strange:
        raise FramingError(
            f"{path}: column {min(strange)!r} is of no target of codebook {codebook.name} {codebook.version}; "
            "remove the column, or use the codebook the sheet was coded with"
        )
