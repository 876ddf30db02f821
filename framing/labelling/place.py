"""Folders of artefacts on any Arrow filesystem: local, S3, Google Cloud Storage, HDFS."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import fs

from framing.artefact import MANIFEST, Manifest
from framing.errors import FramingError

PARTIAL = ".framing-partial"


@dataclass(frozen=True)
class Place:
    """A folder on any Arrow filesystem.

    Parameters
    ----------
    files : pyarrow.fs.FileSystem
    path : str
    name : str
        As the user gave it.
    """

    files: fs.FileSystem
    path: str
    name: str

    @classmethod
    def of(cls, name: str | Path) -> "Place":
        """A local folder, or a URI such as ``s3://bucket/corpus``, ``gs://`` or ``hdfs://``.

        Raises
        ------
        FramingError
            If Arrow does not know the kind of URI.
        """
        try:
            local = fs.LocalFileSystem(), str(Path(name).resolve())
            files, path = fs.FileSystem.from_uri(str(name)) if "://" in str(name) else local
        except (pa.ArrowInvalid, OSError) as error:
            raise FramingError(f"{name}: not a folder that Arrow can open ({error}); check the address") from None
        return cls(files, path.rstrip("/"), str(name))

    def __truediv__(self, name: str) -> str:
        return f"{self.path}/{name}"

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return bool(self.files.get_file_info(self / name).type == fs.FileType.File)

    def manifest(self, kind: str) -> Manifest:
        """The manifest of the artefact there.

        Raises
        ------
        FramingError
            If it is none of this kind.
        """
        if not self.has(MANIFEST):
            raise FramingError(f"{self.name}: not a {kind} folder (no {MANIFEST}); check the path")
        with self.files.open_input_stream(self / MANIFEST) as stream:
            manifest: Manifest = json.loads(stream.read())
        if manifest.get("kind") != kind:
            raise FramingError(f"{self.name}: expected a {kind} folder, found {manifest.get('kind')}; check the path")
        return manifest

    @property
    def partial(self) -> "Place":
        """The folder within this one where a run gathers its files until all are there."""
        return Place(self.files, self / PARTIAL, self.name)

    def is_free(self) -> bool:
        """Whether nothing is here but what a broken run has left."""
        return self._broke_off() or not self._others()

    def begin(self) -> None:
        """Remove what a broken run has left, and make an empty `partial`; an artefact that is here stays as it is."""
        if self._broke_off():
            self._clear()
        self.files.create_dir(self.partial.path)
        self.files.delete_dir_contents(self.partial.path)

    def complete(self, folder: Path) -> None:
        """Add the files of a local folder to those in `partial`, and put them all in place of what is here.

        The manifest goes first and comes last: what has one is whole.
        """
        for file in sorted(folder.iterdir(), key=_is_manifest):
            with self.files.open_output_stream(self.partial / file.name) as stream:
                stream.write(file.read_bytes())
        self._clear()
        whole = [info for info in self.partial._list() if not info.base_name.startswith(".")]  # others: of lost workers
        for info in sorted(whole, key=_is_manifest):
            self.files.move(info.path, self / info.base_name)
        self.files.delete_dir(self.partial.path)

    def _broke_off(self) -> bool:
        """Whether a run ended amid `complete`: its manifest is written, and not yet here."""
        return self.partial.has(MANIFEST) and not self.has(MANIFEST)

    def _clear(self) -> None:
        """Remove all but `partial`, the manifest first."""
        for info in sorted(self._others(), key=_is_manifest, reverse=True):
            if info.type == fs.FileType.Directory:
                self.files.delete_dir(info.path)
            else:
                self.files.delete_file(info.path)

    def _others(self) -> list[fs.FileInfo]:
        return [info for info in self._list() if info.base_name != PARTIAL]

    def _list(self) -> list[fs.FileInfo]:
        found: list[fs.FileInfo] = self.files.get_file_info(fs.FileSelector(self.path, allow_not_found=True))
        return found


def _is_manifest(file: Path | fs.FileInfo) -> bool:
    return (file.name if isinstance(file, Path) else file.base_name) == MANIFEST
