"""Tables of sentences as streams: one row in memory at a time, whatever their size."""

import gzip
import hashlib
import io
import shutil
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from framing.artefact import sha256_file
from framing.corpus.delimited import csv_records
from framing.corpus.read import TABLES, json_record, source_files, suffix_of
from framing.corpus.read import read_sources as read_whole
from framing.corpus.records import Problem, Record, UnreadableError
from framing.errors import FramingError

STDIN = Path("-")
_HEAD = 64  # bytes that tell JSON lines from CSV


@dataclass(frozen=True)
class TableStream:
    """A csv, tsv, jsonl or parquet file (.gz too), or a folder of them; other tables of ingest are read whole.

    Parameters
    ----------
    path : Path
    name : str
        As the user gave it.
    """

    path: Path
    name: str

    def files(self) -> list[Path]:
        """The files, in the order in which they are read.

        Raises
        ------
        FramingError
            If there is none.
        """
        if not self.path.exists():
            raise FramingError(f"{self.name}: no such table of sentences; check the path")
        if not (files := [file for file in source_files(self.path) if suffix_of(file) in TABLES]):
            raise FramingError(
                f"{self.name}: no table of sentences, expected csv, jsonl or parquet; of articles as texts make a "
                "corpus with framing ingest"
            )
        return files

    def items(self) -> Iterator[Record | Problem]:
        """Rows, and what could not be read, in order."""
        for file in self.files():
            yield from _items(file, Path(self.name) if file == self.path else file)

    def sha256(self) -> str:
        """Hash of all there is to read."""
        names = (f"{file.relative_to(self.path)} {sha256_file(file)}\n" for file in self.files())
        return hashlib.sha256("".join(names).encode()).hexdigest()


def spool_stdin(folder: Path) -> TableStream:
    """Keep what comes by standard input, JSON lines or CSV, since it is read more than once.

    Raises
    ------
    FramingError
        If it is a JSON list.
    """
    stream = sys.stdin.buffer
    head = stream.read(_HEAD)
    first = head.removeprefix(BOM_UTF8).lstrip()
    if first[:1] == b"[" and first[1:].lstrip()[:1] == b"{":
        raise FramingError("standard input: a JSON list, expected JSON lines or CSV; put each object on a line")
    path = folder / ("stdin.jsonl" if first[:1] in b"{" else "stdin.csv")
    with path.open("wb") as copy:
        copy.write(head)
        shutil.copyfileobj(stream, copy)
    return TableStream(path, "standard input")


def _items(file: Path, name: Path) -> Iterator[Record | Problem]:
    """Rows of a file, and what could not be read, which are said to be of `name`."""
    if (suffix := suffix_of(file)) not in _READERS:
        yield from read_whole([file])
        return
    line = 0
    try:
        with _opened(file) as stream:
            for line, row in _READERS[suffix](stream, suffix):
                if isinstance(row, UnreadableError):
                    yield Problem(str(name), line, str(row))
                else:
                    yield Record(row, name, line, name)
    except UnreadableError as error:
        yield Problem(str(name), line, str(error))
    except (OSError, EOFError, zlib.error) as error:
        yield Problem(str(name), line, f"could not be read further ({error}); check the file")


def _opened(file: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(file)) if file.suffix.lower() == ".gz" else file.open("rb")


def _jsonl(stream: IO[bytes], _suffix: str) -> Iterator[tuple[int, dict[str, Any] | UnreadableError]]:
    for line, raw in enumerate(stream, start=1):
        if not raw.strip():
            continue
        try:
            yield line, json_record(raw.decode("utf-8-sig" if line == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            yield line, UnreadableError(f"not UTF-8 text (byte {error.start} of the line); mend the line")


def _csv(stream: IO[bytes], suffix: str) -> Iterator[tuple[int, dict[str, Any] | UnreadableError]]:
    with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        for line, row in csv_records(text, suffix):
            yield line, row if isinstance(row, UnreadableError) else _decoded(row)


def _decoded(row: dict[str, str]) -> dict[str, Any] | UnreadableError:
    """The row, unless there are bytes in it or in the names of its columns that could not be decoded."""
    try:
        "".join((*row, *row.values())).encode()
    except UnicodeEncodeError:
        return UnreadableError("not UTF-8 text; mend the row, or save the table as UTF-8")
    return row


def _parquet(stream: IO[bytes], _suffix: str) -> Iterator[tuple[int, dict[str, Any] | UnreadableError]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    line = 0
    try:
        for batch in pq.ParquetFile(stream).iter_batches(batch_size=1_000):
            for i in range(len(batch)):
                line += 1
                try:
                    yield line, batch.slice(i, 1).to_pylist()[0]
                except UnicodeDecodeError:
                    yield line, UnreadableError("bytes that are not UTF-8 text; write the row again")
    except pa.ArrowInvalid as error:
        raise UnreadableError(f"not a Parquet file ({error}); write it again") from None


_READERS = {".jsonl": _jsonl, ".ndjson": _jsonl, ".csv": _csv, ".tsv": _csv, ".parquet": _parquet}
