"""Codings of a coding folder: of the single coders, and the final ones that everything after builds on."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from framing.annotation.database import DATABASE
from framing.annotation.ledger import ANNOTATIONS, CODINGS, KIND, Ledger, read_ledger
from framing.annotation.rows import Coding, read_codings
from framing.annotation.settling import settle
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION
from framing.artefact import read_manifest
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.progress import note

_DRAWN = ("text", "previous", "article_id", "index", "story", "outlet", "sha256", "inclusion_probability", "purpose")


def read_final(path: Path, codebook: Codebook) -> Iterator[Coding]:
    """One coding per sentence: of a file, or of a coding folder (its database if it has one, else its file).

    Sentences on which coders differ and that nobody has decided are left out: they are not coded yet.

    Raises
    ------
    FramingError
        At the first row that is broken, does not fit the codebook or was not drawn; if nothing is coded, if codings
        are still to be reviewed after the codebook changed, or if files of codings are beside the database.
    """
    if not path.is_dir():
        yield from read_codings(path, codebook)
        return
    ledger = _open(path, codebook)
    if not (path / DATABASE).exists():
        yield from _completed(_read_file(path, ANNOTATIONS, codebook), ledger)
        return
    store = _open_database(path, codebook)
    yield from _completed(settle(store.codings(), store.decisions()).final, ledger)


def codebook_of(folder: Path, given: str | Path | None = None) -> Codebook:
    """The codebook of a coding folder: the one in use in its database, else as given, else its ``codebook.yaml``.

    Raises
    ------
    FramingError
        If there is none, or the one given is not the folder's.
    """
    reference = read_manifest(folder, KIND)["codebook"]
    book = None if given is None else Codebook.load(given)
    if (folder / DATABASE).exists():
        used = CodingStore.open(folder).codebook()
        if book:
            book.check_same(used.reference, str(folder))
        return used
    if book is None and (shipped := folder / "codebook.yaml").is_file():
        book = Codebook.load(shipped)
    if book is None:
        raise FramingError(f"{folder}: drawn without a codebook; add --codebook with the one to code with")
    if reference:
        book.check_same(reference, str(folder))
    return book


def codebook_for(codings: str | Path | Iterable[Coding], given: str | Path | Codebook | None) -> Codebook:
    """The codebook of codings: as given, or by default the one of the coding folder they are in.

    Raises
    ------
    FramingError
        If there are no such codings, there is no codebook, or the one given is not the folder's.
    """
    if isinstance(given, Codebook):
        return given
    if isinstance(codings, str | Path):
        if not Path(codings).exists():
            raise FramingError(f"{codings}: no such file or folder of codings; check the path")
        if Path(codings).is_dir():
            return codebook_of(Path(codings), given)
    if given is None:
        raise FramingError("no codebook: name the one that was coded with (--codebook), a YAML file or a shipped name")
    return Codebook.load(given)


def to_learn(
    codings: str | Path | Sequence[str | Path], given: str | Path | Codebook | None
) -> tuple[list[Path], Codebook]:
    """Files and folders of codings to learn from together, and their one codebook, as `codebook_for` finds it.

    A note on standard error counts the disputed sentences, which are left out.

    Raises
    ------
    FramingError
        As `codebook_for`, or if folders have different codebooks.
    """
    paths = [Path(one) for one in ([codings] if isinstance(codings, str | Path) else codings)]
    folders = [path for path in paths if path.is_dir()]
    book = codebook_for((folders or paths)[0], given)
    for folder in folders[1:]:
        book.check_same(codebook_of(folder, None).reference, str(folder))
    _note_disputed(folders)
    return paths, book


def refuse_other_corpus(paths: Iterable[Path], corpus: Path, sha256: str) -> None:
    """Refuse coding folders that were drawn from another corpus than the one given, whose hash is `sha256`.

    Raises
    ------
    FramingError
        If the manifest of a folder says another hash.
    """
    for path in paths:
        drawn = (read_manifest(path, KIND).get("corpus") or {}).get("sha256") if path.is_dir() else None
        if drawn not in {None, sha256}:
            raise FramingError(
                f"{path}: drawn from another corpus ({drawn[:12]}) than {corpus} ({sha256[:12]}), or that was ingested "
                "again; give --corpus with the one it was drawn from, or leave --corpus out: the folder has the text "
                "of its sentences"
            )


def _note_disputed(folders: Sequence[Path]) -> None:
    """Say on standard error that disputed sentences are left out, which are the hard ones."""
    for path in folders:
        if n := _n_disputed(path):
            note(
                f"{path}: {n:,} sentences on which coders differ count as not coded and are left out; decide them with "
                f"framing annotate {path} --adjudicator NAME"
            )


def _n_disputed(codings: Path) -> int:
    return CodingStore.open(codings).tally()[1] if (codings / DATABASE).exists() else 0


def undecided(codings: Path) -> str:
    """What to do about the disputed sentences of a coding folder, to stand behind another remedy; else empty."""
    n = _n_disputed(codings)
    how = f"framing annotate {codings} --adjudicator NAME"
    return f", or decide the disputed ones, which count as not coded ({n:,}): {how}" if n else ""


def refuse_files(folder: Path) -> None:
    """Refuse codings in files where those of the database count: they would be passed over.

    Raises
    ------
    FramingError
        If the folder holds such a file.
    """
    for name in (CODINGS, ANNOTATIONS):
        if (folder / name).exists():
            raise FramingError(
                f"{folder}: holds {name}, which does not count beside {DATABASE}; bring it in with framing import "
                f"{folder} {folder / name} (it is then renamed {name}.imported), or move it away"
            )


def has_codings(path: Path) -> bool:
    """Whether a coding folder keeps the answers of single coders."""
    return (path / DATABASE).is_file() or (path / CODINGS).is_file()


def known_names(folder: Path) -> set[str]:
    """Who has to do with a coding folder, as far as its database knows; see `CodingStore.names`."""
    return CodingStore.open(folder).names() if (folder / DATABASE).exists() else set()


def read_all(path: Path, codebook: Codebook) -> Iterator[Coding]:
    """One coding per coder and sentence: of a file, or of a coding folder (its database, else ``codings.jsonl``).

    Those of a database come in the order of the ledger, which is that of the sheets to code in.

    Raises
    ------
    FramingError
        As `read_final`.
    """
    if not path.is_dir():
        yield from read_codings(path, codebook)
        return
    ledger = _open(path, codebook)
    if (path / DATABASE).exists():
        place = {sentence_id: i for i, sentence_id in enumerate(ledger.rows)}
        codings = _open_database(path, codebook).codings()
        yield from _completed(sorted(codings, key=lambda coding: place.get(coding.sentence_id, -1)), ledger)
    else:
        yield from _completed(_read_file(path, CODINGS, codebook), ledger)


def _open(folder: Path, codebook: Codebook) -> Ledger:
    ledger = read_ledger(folder)
    if reference := ledger.manifest["codebook"]:
        codebook.check_same(reference, str(ledger.folder))
    return ledger


def _open_database(folder: Path, codebook: Codebook) -> CodingStore:
    """The database, if it holds all codings and every answer that counts was given by this codebook."""
    refuse_files(folder)
    store = CodingStore.open(folder)
    codebook.check_same(store.codebook().reference, str(store.path))
    standing = store.standing().keys()
    reopened = store.to_review(DECISION) & standing
    decided = standing - reopened  # whose coders need not look again
    waiting = {f"--coder {name}": len(store.to_review(name) - decided) for name in store.seats()}
    waiting["--adjudicator NAME"] = len(reopened)
    if finish := [f"{option} ({n:,})" for option, n in waiting.items() if n]:
        raise FramingError(
            f"{store.path}: codings to review after the codebook changed: {sum(waiting.values()):,}; finish with "
            f"framing annotate {folder} and {', '.join(finish)}"
        )
    return store


def _read_file(folder: Path, name: str, codebook: Codebook) -> Iterator[Coding]:
    if not (folder / name).is_file():
        raise FramingError(f"{folder}: nothing coded yet, no {name}; put the codings there, or start framing annotate")
    return read_codings(folder / name, codebook)


def _completed(codings: Iterable[Coding], ledger: Ledger) -> Iterator[Coding]:
    """Codings with what the ledger knows of their sentence."""
    for coding in codings:
        place = coding.place or f"{ledger.folder} (id {coding.sentence_id})"
        drawn = ledger.rows.get(coding.sentence_id)
        if drawn is None:
            raise FramingError(
                f"{place}: not among the {len(ledger.rows):,} sentences drawn; remove the row, "
                "a sentence added by hand has no inclusion probability"
            )
        if coding.sha256 not in {None, drawn["sha256"]}:
            raise FramingError(
                f"{place}: another text was coded than was drawn (sha256 differs); code the text of the ledger"
            )
        yield coding.model_copy(update={"place": place} | {name: drawn[name] for name in _DRAWN})
