"""Cells of spreadsheets: safe to open, and exactly the value that was written when they are read back."""

import csv
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from framing.corpus.read import csv_rows, xlsx_rows
from framing.corpus.records import MISSING, Rows, UnreadableError
from framing.errors import FramingError
from framing.exchange.rows import Fields, read_rows
from framing.spreadsheet import neutral, plain

_LONGEST = 32_767  # characters in a cell of Excel
_FLAGS = {
    "": None,
    **dict.fromkeys(("1", "1.0", "1,0", "x", "yes", "true"), True),  # pandas writes 1.0 beside empty cells
    **dict.fromkeys(("0", "0.0", "0,0", "no", "false"), False),
}
_WIDE = {"title": 30, "previous": 50, "text": 70, "comment": 30, "sentence_id": 20}
# What XML cannot hold, and what Excel or openpyxl would take for such a character, _x000D_ (ECMA-376, ST_Xstring).
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4})|x(?=005F)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Fields]) -> None:
    """Write rows as CSV, with tabs to a ``.tsv``, that Excel, too, reads as UTF-8; cells that would run are neutral."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)


def write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Fields]) -> None:
    """Write rows as an Excel sheet, header fixed.

    Raises
    ------
    FramingError
        If a text is longer than a cell may be.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    cells = [[_excel(_cell(row.get(name)), name, row) for name in columns] for row in rows]  # may raise: before opening
    book = Workbook(write_only=True)
    sheet = book.create_sheet("coding")
    sheet.freeze_panes = "B2"
    for position, name in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = _WIDE.get(name, max(12, len(name) + 2))
    sheet.append(columns)
    for row in cells:
        sheet.append(row)
    book.save(path)


def read_csv(path: Path) -> Rows:
    """Lines of a CSV file, neutralised cells as they were."""
    return read_rows(path, csv_rows)


def read_xlsx(path: Path, needed: Collection[str]) -> Rows:
    """Rows of the sheets of an Excel workbook that have the columns `needed`, escaped characters as they were."""
    for line, row in read_rows(path, partial(xlsx_rows, needed=needed)):
        yield line, row if isinstance(row, UnreadableError) else {name: _unescaped(row[name]) for name in row}


def text(value: Any) -> str:
    """A cell as text: numbers as Python writes them, dates ISO 8601, empty where there is nothing or R wrote NA."""
    if value is None or value in MISSING:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # Excel knows no other numbers
    if isinstance(value, date):
        return value.isoformat()
    return plain(str(value))


def number(cell: str, name: str) -> float | None:
    """A cell as a number, with a point or a decimal comma; None where it is empty.

    Raises
    ------
    UnreadableError
        If it is no number.
    """
    try:
        return float(cell.replace(",", ".")) if cell.strip() else None
    except ValueError:
        raise UnreadableError(f"column {name}: {cell!r:.40}, expected a number; mend the cell") from None


def flag(cell: str, name: str) -> bool | None:
    """A cell as yes or no; None where it is empty.

    Raises
    ------
    UnreadableError
        If it is neither.
    """
    value = cell.strip().lower()
    if value not in _FLAGS:
        raise UnreadableError(f"column {name}: {cell!r:.40}, expected 1, 0 or an empty cell; mend the cell")
    return _FLAGS[value]


def _cell(value: Any) -> str | int:
    """Text of a value; floats by their shortest form that reads back equal, as text, since Excel keeps 15 digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    return neutral(value if isinstance(value, str) else repr(value))


def _excel(cell: str | int, name: str, row: Fields) -> str | int:
    if isinstance(cell, int):
        return cell
    escaped = _UNSAFE.sub(lambda found: f"_x{ord(found[0]):04x}_", cell)
    if len(escaped) > _LONGEST:
        raise FramingError(
            f"column {name} of {row['sentence_id']}: {len(escaped):,} characters, a cell of Excel holds {_LONGEST:,}; "
            "export csv, or leave the text out"
        )
    return escaped


def _unescaped(value: Any) -> Any:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if isinstance(value, str) else value
