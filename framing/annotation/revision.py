"""The codebook in use, changed: what is different, which codings that touches, and their names brought over.

A coding that a change touches keeps its values and the hash of the codebook it was coded with until it is coded again,
which is how it is known that it is to be reviewed; all others get the hash of the new codebook.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from framing.annotation.ledger import KIND
from framing.annotation.rows import Coding
from framing.annotation.store import CodingStore
from framing.artefact import MANIFEST, read_manifest, whole_file, write_json
from framing.codebook import Codebook
from framing.errors import FramingError

Kind = Literal["frame", "target", "voice", "stance", "boilerplate", "unit"]
How = Literal["added", "removed", "renamed", "merged", "redefined", "widened"]
Part = tuple[Kind, str]


@dataclass(frozen=True)
class Change:
    """One part of the codebook that changed.

    Parameters
    ----------
    kind, name : str
        Which part, by its new name (its old one if it was removed).
    how : str
        ``widened`` is redefined so that codings without it may have it now.
    before : tuple of str
        Old names of a renamed or merged part.
    gone, come : tuple of str
        Rules that are no more, and new ones.
    """

    kind: Kind
    name: str
    how: How
    before: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> "Change":
        """From a record of `CodingStore.changes_since`."""
        before, gone, come = (tuple(record[name]) for name in ("before", "gone", "come"))
        return cls(record["kind"], record["name"], record["how"], before, gone, come)

    def concerns(self, coding: Coding) -> bool:
        """Whether a coding, in the new names, has what changed."""
        return {
            "frame": self.name in coding.frames,
            "target": self.name in (coding.stance or {}),
            "voice": self.name == coding.voice,
            "stance": self.name in (coding.stance or {}).values(),
            "boilerplate": coding.boilerplate,
            "unit": True,
        }[self.kind]

    def asks_review(self, coding: Coding) -> bool:
        """Whether a coding, in the new names, has to be looked at again."""
        if self.how in {"added", "widened"} and not coding.boilerplate:
            return True
        return self.how in {"redefined", "widened"} and self.concerns(coding)


@dataclass(frozen=True)
class Revision:
    """The way from one codebook to the next: `names` of old frames and targets that are others now, and `changes`."""

    old: Codebook
    new: Codebook
    names: dict[Part, str]
    changes: tuple[Change, ...]

    def migrate(self, codings: Sequence[Coding]) -> list[Coding]:
        """The same codings in the new codebook's names, those to review with the hash they had.

        Raises
        ------
        FramingError
            If a coding has a frame or target that was removed.
        """
        for change in self.changes:
            n = sum(change.concerns(coding) for coding in codings) if change.how == "removed" else 0
            if n and change.kind in {"frame", "target"}:
                raise FramingError(
                    f"{change.kind} {change.name} is not in {self.new.name} {self.new.version}, but has {n:,} "
                    f"of the codings; add --rename {change.name}=NEW or --merge {change.name}+OTHER=OTHER, or keep it"
                )
        return [self._migrated(coding) for coding in codings]

    def _migrated(self, coding: Coding) -> Coding:
        frames = list(dict.fromkeys(self.names.get(("frame", name), name) for name in coding.frames))
        stance: dict[str, str] = {}
        for name, value in (coding.stance or {}).items():
            stance.setdefault(self.names.get(("target", name), name), value)
        moved = coding.model_copy(update={"frames": frames, "stance": stance if coding.stance is not None else None})
        if coding.codebook != self.old.sha256 or self.asks_review(coding, moved):
            return moved
        return moved.model_copy(update={"codebook": self.new.sha256})

    def asks_review(self, coding: Coding, moved: Coding) -> bool:
        """Whether a coding has to be looked at again: one change says so, or merged targets had two stances."""
        return any(change.asks_review(moved) for change in self.changes) or self.at_odds(coding)

    def at_odds(self, coding: Coding, target: str | None = None) -> bool:
        """Whether a coding takes different stances toward targets that are one now (any, or `target`)."""
        found: dict[str, set[str]] = {}
        for name, value in (coding.stance or {}).items():
            found.setdefault(self.names.get(("target", name), name), set()).add(value)
        return any(len(values) > 1 for name, values in found.items() if target in {None, name})


@dataclass(frozen=True)
class Touched:
    """A change, how many codings it touches, and how many of them are to be reviewed because of it."""

    change: Change
    n_codings: int
    n_review: int


def compare_codebooks(
    old: Codebook,
    new: Codebook,
    *,
    renamed: Mapping[str, str] | None = None,
    merged: Mapping[str, str] | None = None,
    widened: Sequence[str] = (),
) -> Revision:
    """What differs between two codebooks; labels, examples, title and version do not count.

    Parameters
    ----------
    old, new : Codebook
    renamed, merged : mapping of str to str
        New name by old name, of frames and targets. Nothing is guessed: a name that is not here and not in the new
        codebook was removed.
    widened : sequence of str
        Redefined parts (frame, target, voice, stance or ``boilerplate``) that sentences without them may have now.

    Raises
    ------
    FramingError
        If a name that is given is not in the codebook it should be in, or was not redefined.
    """
    renamed, merged = dict(renamed or {}), dict(merged or {})
    names = {_part(before, after, old, new): after for before, after in (renamed | merged).items()}
    _check_names(names, merged, old, new)
    was, now = _rules(old), _rules(new)
    changes: list[Change] = []
    for part, rules in now.items():
        sources = tuple(name for (kind, name), after in names.items() if (kind, after) == part)
        if sources:
            changes.append(Change(*part, "renamed" if len(sources) == 1 else "merged", sources))
        if len(sources) > 1:
            continue  # a merged part is by definition what its sources were
        before = was.get((part[0], sources[0]) if sources else part)
        if before is None:
            changes.append(Change(*part, "added", come=rules))
        elif set(before) != set(rules):
            gone, come = (tuple(r for r in a if r not in b) for a, b in ((before, rules), (rules, before)))
            changes.append(Change(*part, "widened" if part[1] in widened else "redefined", gone=gone, come=come))
    changes += [Change(*part, "removed") for part in was if part not in now and part not in names]
    if unknown := set(widened) - {change.name for change in changes if change.how == "widened"}:
        raise FramingError(f"--widened {min(unknown)}: its rules are the same in both; leave it out")
    return Revision(old, new, names, tuple(changes))


def change_codebook(folder: str | Path, revision: Revision, *, dry_run: bool = False) -> list[Touched]:
    """Put the new codebook in use: answers, history and the folder's own copy, or nothing.

    Should the machine stop between the database and the copy, the same call again finishes it.

    Parameters
    ----------
    folder : str or Path
        Coding folder with a database.
    revision : Revision
        From the codebook in use.
    dry_run : bool
        Only say what would be done.

    Raises
    ------
    FramingError
        If codings have a frame or target that was removed, or another codebook is in use.
    """
    store = CodingStore.open(folder)
    if dry_run:
        answers = [*store.codings(), *store.decisions().values()]
        revision.migrate(answers)
    elif revision.old.sha256 == revision.new.sha256:
        answers = []
    else:
        answers = store.revise(
            revision.new,
            revision.migrate,
            replaces=revision.old.sha256,
            changes=json.dumps([asdict(change) for change in revision.changes], ensure_ascii=False),
        )
    if not dry_run:
        _write_copy(store.folder, revision.new)
    moved = revision.migrate(answers)
    return [_touched(change, revision, answers, moved) for change in revision.changes]


def _touched(change: Change, revision: Revision, answers: list[Coding], moved: list[Coding]) -> Touched:
    merged_target = change.how == "merged" and change.kind == "target"
    review = [
        change.asks_review(after) or (merged_target and revision.at_odds(before, change.name))
        for before, after in zip(answers, moved, strict=True)
    ]
    touched = [asked or change.concerns(after) for asked, after in zip(review, moved, strict=True)]
    return Touched(change, sum(touched), sum(review))


def _write_copy(folder: Path, codebook: Codebook) -> None:
    with whole_file(folder / "codebook.yaml") as partial:
        codebook.save(partial)
    manifest = read_manifest(folder, KIND)
    with whole_file(folder / MANIFEST) as partial:
        write_json(partial, manifest | {"codebook": codebook.reference})


def _rules(codebook: Codebook) -> dict[Part, tuple[str, ...]]:
    """What decides whether a sentence gets a value, by part."""
    rules: dict[Part, tuple[str, ...]] = {
        ("frame", frame.name): (
            frame.definition,
            *(f"counts: {rule}" for rule in frame.include),
            *(f"does not count: {rule}" for rule in frame.exclude),
        )
        for frame in codebook.frames
    }
    rules |= {("target", target.name): target.aliases for target in codebook.targets}
    rules |= {("voice", value): (rule,) for value, rule in codebook.voice.items()}
    rules |= {("stance", value): (rule,) for value, rule in codebook.stance.items()}
    return rules | {("boilerplate", "boilerplate"): (codebook.boilerplate,), ("unit", "unit"): (codebook.unit,)}


def _part(before: str, after: str, old: Codebook, new: Codebook) -> Part:
    """Whether an old name and its new one are of frames or of targets."""
    if before in old.frame_names and after in new.frame_names:
        return "frame", before
    if before in old.target_names and after in new.target_names:
        return "target", before
    raise FramingError(
        f"{before}={after}: expected a frame or target of {old.name} {old.version} "
        f"({', '.join(old.frame_names + old.target_names)}) and its name in {new.name} {new.version} "
        f"({', '.join(new.frame_names + new.target_names)}); mend the name or the codebook"
    )


def _check_names(names: Mapping[Part, str], merged: Mapping[str, str], old: Codebook, new: Codebook) -> None:
    """Names that fall together must be told to, and a name that is left must be gone."""
    for (kind, before), after in names.items():
        had, has = (old.frame_names, new.frame_names) if kind == "frame" else (old.target_names, new.target_names)
        others = [b for (k, b), a in names.items() if (k, a) == (kind, after) and b != before]
        if before in has and (kind, before) not in {(k, a) for (k, _), a in names.items()}:
            raise FramingError(f"{before}={after}: {before} is still in the new codebook; remove it there")
        if after in had and (kind, after) not in names:
            raise FramingError(f"{before}={after}: {after} was there before; write --merge {before}+{after}={after}")
        if others and before not in merged:
            raise FramingError(
                f"{before}={after}: {others[0]} becomes {after} too; write --merge {before}+{others[0]}={after}"
            )
