"""``split.jsonl``: what a model saw of each coded sentence, written into the model and into its labels.

Labels have one of the model of frames, and others of the classifiers of stance and voice.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import pyarrow as pa
import pyarrow.compute as pc

from framing.artefact import Manifest, sha256_text
from framing.errors import FramingError

SPLIT = "split.jsonl"
STANCE_SPLIT, VOICE_SPLIT = "stance-split.jsonl", "voice-split.jsonl"  # of labels


class SplitRow(TypedDict):
    """A coded sentence of a training run.

    `part` is train, validation or test. `corpus` is the hash of the corpus whose story names these are, None where
    it is not known; models made before it was written lack it. `fold` is there in a model of several folds.
    """

    sentence_id: str
    sha256: str
    story: str
    part: str
    corpus: NotRequired[str | None]
    fold: NotRequired[int]


def split_rows(
    texts: Sequence[str],
    stories: Sequence[str],
    parts: Sequence[str],
    *,
    folds: Sequence[int] | None = None,
    sentence_ids: Sequence[str] | None = None,
    corpus: str | None = None,
) -> list[SplitRow]:
    """Rows of a split; sentences without ids are named by their position."""
    ids = sentence_ids if sentence_ids is not None else [str(i) for i in range(len(texts))]
    rows: list[SplitRow] = [
        {"sentence_id": sentence_id, "sha256": sha256_text(text), "story": story, "part": part, "corpus": corpus}
        for sentence_id, text, story, part in zip(ids, texts, stories, parts, strict=True)
    ]
    if folds is not None:
        for row, fold in zip(rows, folds, strict=True):
            row["fold"] = int(fold)
    return rows


def learned_from(
    rows: Sequence[SplitRow], corpus: str | None = None, sentences: pa.Table | None = None
) -> tuple[frozenset[str], frozenset[str]]:
    """SHA-256 of the texts, and the stories, that a model was trained or tuned on.

    Parameters
    ----------
    rows : sequence of SplitRow
    corpus : str, optional
        Hash of the corpus at hand: names of stories say something only in the corpus they are of. Where one of the two
        is not known they are taken for the same.
    sentences : pyarrow.Table, optional
        ``text`` and ``story`` of the sentences at hand. Where the corpus is not the one of the rows, as when it has
        grown, stories are known again by learned texts that no other story has.
    """
    learned = [row for row in rows if row["part"] != "test"]
    texts = frozenset(row["sha256"] for row in learned)
    same_names = [row for row in learned if None in {row.get("corpus"), corpus} or row["corpus"] == corpus]
    stories = frozenset(row["story"] for row in same_names)
    if sentences is not None and any(row.get("corpus") != corpus for row in learned):
        stories |= _known_again(sentences, texts)
    return texts, stories


def _known_again(sentences: pa.Table, learned: frozenset[str]) -> frozenset[str]:
    """Stories that alone hold a learned text; credits and the like, which many share, tell none from another."""
    homes = sentences.group_by("text").aggregate([("story", "min"), ("story", "max")])
    alone = homes.filter(pc.equal(homes["story_min"], homes["story_max"]))
    pairs = zip(alone["text"].to_pylist(), alone["story_min"].to_pylist(), strict=True)
    return frozenset(story for text, story in pairs if sha256_text(text) in learned)


def write_split(folder: Path, rows: Sequence[SplitRow], name: str = SPLIT) -> None:
    """Write `rows` into `folder`; nothing where there are none."""
    if rows:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text("".join(lines), encoding="utf-8")


def read_record(folder: Path, made: Manifest) -> list[SplitRow]:
    """Rows in the folder of a model, or of its labels.

    Parameters
    ----------
    folder : Path
    made : dict
        Manifest of the model, or what that of the labels says of the model: `framing train` puts ``counts`` there.

    Raises
    ------
    FramingError
        If the model was trained by `framing train` and rows are not there: what they name would be taken for unseen.
    """
    rows = read_split(folder)
    expected = sum(made["counts"].values()) if "counts" in made else len(rows)
    if expected and not rows:
        raise FramingError(
            f"{folder}: {SPLIT} is missing, which says what the model has seen; copy the whole folder again"
        )
    if len(rows) != expected:
        raise FramingError(
            f"{folder / SPLIT}: {len(rows):,} rows, expected {expected:,}, the sentences that the model was trained "
            "with; copy the whole folder again"
        )
    return rows


def read_split(folder: Path, name: str = SPLIT) -> list[SplitRow]:
    """Rows that `write_split` wrote into `folder`; none where there is no such file.

    Raises
    ------
    FramingError
        If a line is not JSON.
    """
    path = folder / name
    if not path.is_file():
        return []
    rows: list[SplitRow] = []
    with path.open(encoding="utf-8", newline="\n") as stream:  # ids may hold what else ends a line
        for number, line in enumerate(stream, start=1):
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise FramingError(f"{path}:{number}: not JSON ({error}); copy the whole folder again") from None
    return rows
