"""Folders of artefacts on any Arrow filesystem: local, S3, Google Cloud Storage, HDFS."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import fs

from framing.artefact import MANIFEST, Manifest
from framing.errors import FramingError


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

    def complete(self, folder: Path) -> None:
        """Remove what lost workers left half-written, and copy the files of a local folder here, the manifest last."""
        for info in self.files.get_file_info(fs.FileSelector(self.path)):
            if ".partial-" in info.base_name:
                self.files.delete_file(info.path)
        for file in sorted(folder.iterdir(), key=lambda file: file.name == MANIFEST):
            with self.files.open_output_stream(self / file.name) as stream:
                stream.write(file.read_bytes())
