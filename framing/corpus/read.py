"""Readers: one function per format, all yielding `Record` or `Problem`."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from framing.artefact import MANIFEST
from framing.corpus.columns import Columns
from framing.corpus.delimited import column_names, csv_records, title_note
from framing.corpus.documents import read_html, read_markdown, read_text
from framing.corpus.records import Problem, Record, Rows, UnreadableError
from framing.errors import FramingError

# JSON's escapes; the group holds one half of a character without the other, as a text cut in two has it.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def read_sources(sources: Iterable[Path], encoding: str = "utf-8") -> Iterator[Record | Problem]:
    """Read articles from files, folders (recursively) and saved Hugging Face datasets.

    Parameters
    ----------
    sources : iterable of Path
        Formats by suffix: txt, md, html, htm, csv, tsv, xlsx, json, jsonl, ndjson, parquet, each also with
        ``.gz`` behind it. Hidden files are passed over.
    encoding : str
        Encoding of the text formats. Bytes that do not fit are a problem of that file, never replaced.

    Raises
    ------
    FramingError
        If a source does not exist or Python does not know the encoding.
    """
    try:
        "".encode(encoding)
    except LookupError:
        raise FramingError(f"--encoding {encoding}: unknown encoding; try utf-8, cp1252 or utf-16") from None
    read: set[Path] = set()
    for source in sources:
        if not source.exists():
            raise FramingError(f"{source}: no such file or folder; check the path")
        if (source / MANIFEST).is_file():
            raise FramingError(f"{source}: framing made this folder, expected raw articles; check the path")
        for path in source_files(source):
            if path.resolve() not in read:
                read.add(path.resolve())
                yield from _read_file(path, source, encoding)


def source_files(source: Path) -> list[Path]:
    """Files below a source; hidden ones and folders that framing wrote (an old corpus) are passed over."""
    if not source.is_dir() or _is_saved_dataset(source):
        return [source]
    if (source / MANIFEST).is_file():
        return []
    return [file for path in sorted(source.iterdir()) if not path.name.startswith(".") for file in source_files(path)]


def _is_saved_dataset(path: Path) -> bool:
    return (path / "dataset_info.json").is_file() or (path / "dataset_dict.json").is_file()


def _read_file(path: Path, source: Path, encoding: str) -> Iterator[Record | Problem]:
    line = 0
    try:
        for line, row in _rows(path, encoding):
            if isinstance(row, UnreadableError):
                yield Problem(str(path), line, str(row))
            else:
                yield Record(row, path, line, source)
    except UnreadableError as error:
        yield Problem(str(path), line, str(error))
    except UnicodeDecodeError as error:
        yield Problem(
            str(path),
            line,
            f"not {error.encoding} text (byte {error.start}); save it as UTF-8, or tell ingest its --encoding",
        )
    except (OSError, EOFError, zlib.error) as error:
        yield Problem(str(path), line, f"could not be read ({error}); check the file")


def _rows(path: Path, encoding: str) -> Rows:
    if path.is_dir():
        return _dataset(path)
    suffix = suffix_of(path)
    if suffix not in _READERS:
        raise UnreadableError(f"unknown format '{suffix}'; expected one of {', '.join(sorted(_READERS))}")
    data = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
    if not data.strip():
        raise UnreadableError("empty file; remove it or fill it")
    if suffix not in _BINARY and b"\0" in data[:8192] and "16" not in encoding and "32" not in encoding:
        raise UnreadableError(f"binary data in a {suffix} file; export the articles as text, or name --encoding utf-16")
    return _READERS[suffix](data, path, encoding)


def suffix_of(path: Path) -> str:
    """Suffix of the format, lower case, without ``.gz``."""
    return Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


def _document(parse: Callable[[str], dict[str, Any]]) -> Callable[[bytes, Path, str], Rows]:
    def rows(data: bytes, _path: Path, encoding: str) -> Rows:
        yield 0, parse(_decode(data, encoding))

    return rows


def _html(data: bytes, _path: Path, _encoding: str) -> Rows:
    # An HTML page declares its own encoding; the extractor reads the declaration.
    yield 0, read_html(data)


def csv_rows(data: bytes, path: Path, encoding: str) -> Rows:
    """Lines of CSV or TSV by their columns; delimiter guessed from the first rows, as many columns as named."""
    return csv_records(io.StringIO(_decode(data, encoding), newline=""), suffix_of(path))


def jsonl_rows(data: bytes, _path: Path, encoding: str) -> Rows:
    """Lines of JSON objects."""
    for line, text in enumerate(_decode(data, encoding).split("\n"), start=1):
        if text.strip():
            yield line, json_record(_whole(text))


def _whole(text: str) -> str:
    """JSON in which halves of characters, which no file can hold, are U+FFFD, as ftfy makes them in articles."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _ESCAPE.sub(lambda found: "\\ufffd" if found[1] else found[0], text)


def json_record(text: str) -> dict[str, Any] | UnreadableError:
    """The JSON object of a line, or what is wrong with it."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        return UnreadableError(f"broken JSON ({error}); mend the line")
    if not isinstance(value, dict):
        return UnreadableError(f"expected a JSON object, found {type(value).__name__}; put one record in {{...}}")
    return value


def json_rows(data: bytes, _path: Path, encoding: str) -> Rows:
    """Objects of a JSON list, alone or in the answer of a news API, or the one there is."""
    text = _whole(_decode(data, encoding))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        raise UnreadableError(f"broken JSON ({error}); for one object per line name the file .jsonl") from None
    for number, row in enumerate(_listed(value), start=1):
        yield (
            number,
            row if isinstance(row, dict) else UnreadableError("expected a JSON object; mend the entry"),
        )


def _listed(value: Any) -> list[Any]:
    articles = value.get("articles") if isinstance(value, dict) and not Columns().guess(value).text else None
    if isinstance(articles, list) and all(isinstance(one, dict) and Columns().guess(one).text for one in articles):
        value = articles or value
    return value if isinstance(value, list) else [value]


def xlsx_rows(data: bytes, _path: Path, _encoding: str, needed: Collection[str] = ()) -> Rows:
    """Rows of all sheets of a workbook by their columns, values as Excel types them.

    A sheet whose columns cannot be told apart, or that lacks one of those `needed`, costs its own rows only.
    """
    from openpyxl import load_workbook

    try:
        sheets = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets
    except Exception as error:
        raise UnreadableError(f"not an Excel workbook ({error}); save it as .xlsx") from None
    before = 0  # rows of all sheets are counted through, so that a line names one row
    for sheet in sheets:
        sheet.reset_dimensions()  # some programs state too small a size, beyond which rows would be lost
        rows = enumerate(sheet.iter_rows(values_only=True), start=1)
        line, cells = next((row for row in rows if _filled(row[1])), (1, ()))
        header = _sheet_columns(sheet.title, cells, needed)
        if isinstance(header, UnreadableError):
            yield before + line, header
        for line, values in rows:
            if not isinstance(header, UnreadableError) and _filled(values):
                yield before + line, _sheet_row(header, values)
        before += line


def _sheet_columns(sheet: str, cells: Sequence[Any], needed: Collection[str]) -> list[str] | UnreadableError:
    """Names of the columns; none of an empty sheet."""
    try:
        header = column_names([str(name).strip() if name is not None else "" for name in cells])
    except UnreadableError as error:
        return UnreadableError(f"sheet {sheet!r}: {error}")
    if header and (missing := [name for name in needed if name not in header]):
        return UnreadableError(
            f"sheet {sheet!r}: no column {missing[0]!r}, its rows are left out; add the column, or remove the sheet"
        )
    return header


def _sheet_row(header: list[str], values: Sequence[Any]) -> dict[str, Any] | UnreadableError:
    last = _filled(values)[-1]
    if last > len(header):
        return UnreadableError(
            f"expected {len(header)} columns, found a value in column {last}; "
            f"name the column, or empty the cell{title_note(header, last)}"
        )
    return dict(zip_longest(header, values[: len(header)]))


def _filled(cells: Sequence[Any]) -> list[int]:
    """Places of the cells that are not empty, from 1."""
    return [place for place, value in enumerate(cells, start=1) if value is not None]


def _parquet(data: bytes, _path: Path, _encoding: str) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        line = 0
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                line += 1
                yield line, row
    except pa.ArrowInvalid as error:
        raise UnreadableError(f"not a Parquet file ({error}); write it again") from None


def _dataset(path: Path) -> Rows:
    from datasets import DatasetDict, load_from_disk

    try:
        loaded = load_from_disk(str(path))
    except Exception as error:
        raise UnreadableError(f"not a readable Hugging Face dataset ({error}); save it with save_to_disk") from None
    splits = loaded.values() if isinstance(loaded, DatasetDict) else [loaded]
    line = 0
    for split in splits:
        for row in split:
            line += 1
            yield line, dict(row)


def _decode(data: bytes, encoding: str) -> str:
    if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        encoding = "utf-8-sig"
    return data.decode(encoding)


_READERS: dict[str, Callable[[bytes, Path, str], Rows]] = {
    ".txt": _document(read_text),
    ".md": _document(read_markdown),
    ".html": _html,
    ".htm": _html,
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".xlsx": xlsx_rows,
    ".json": json_rows,
    ".jsonl": jsonl_rows,
    ".ndjson": jsonl_rows,
    ".parquet": _parquet,
}
_BINARY = {".xlsx", ".parquet", ".html", ".htm"}
TABLES = frozenset(_READERS) - {".txt", ".md", ".html", ".htm"}  # formats of many rows in a file
