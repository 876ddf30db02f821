"""Export: the answers of a coding folder, or the sentences still to code, as a file of another tool."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from framing.annotation.coders import check_coder
from framing.annotation.database import DATABASE
from framing.annotation.folder import codebook_of, known_names, read_all, read_final
from framing.annotation.ledger import ANNOTATIONS, CODINGS, Ledger, read_ledger
from framing.annotation.rows import Coding
from framing.annotation.store import CodingStore
from framing.artefact import new_file
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.exchange.blind import blinded
from framing.exchange.registry import FORMATS, name_of_format
from framing.exchange.rows import TEXTS, Item


@dataclass(frozen=True)
class ExportSummary:
    """What was written: codings, and sentences without one; `config` is the file that sets the tool up, if any.

    `n_undecided` sentences that were drawn for an estimate have no final answer; 0 unless final ones were asked for.
    """

    output: Path
    form: str
    n_codings: int
    n_uncoded: int
    coders: tuple[str, ...]
    config: Path | None
    n_undecided: int


def export_codings(
    folder: str | Path,
    output: str | Path,
    *,
    form: str | None = None,
    codebook: str | Path | None = None,
    coder: str | None = None,
    final: bool = False,
    without_text: bool = False,
    show_outlet: bool = False,
    overwrite: bool = False,
) -> ExportSummary:
    """Write the codings of a folder: a row per coder and sentence, with the ledger's ids and probabilities.

    Coders are not to know the outlet, so all formats that hold sentences to code leave out outlet and date, and have
    hashes in place of ids, which may name the outlet; `import_codings` knows both. JSON lines hold answers only, for
    other commands, and have all fields.

    Parameters
    ----------
    folder : str or Path
        Coding folder. Its answers are those of the database, else of ``codings.jsonl`` or ``annotations.jsonl``.
    output : str or Path
        File to write.
    form : str, optional
        Name in `framing.exchange.registry.FORMATS`; by default what the suffix says.
    codebook : str or Path, optional
        Needed where the folder was drawn without one and has no database yet.
    coder : str, optional
        Only the answers of this coder, and what this coder has still to code, marked as theirs: of the sentences
        assigned in the database, or of all if none are.
    final : bool
        One row per sentence, the answer that counts after settling, instead of one per coder.
    without_text : bool
        Leave out sentence, sentence before, and title; the hash of the sentence stays.
    show_outlet : bool
        Write outlet, date, and all other fields of the ledger, with its ids.
    overwrite : bool
        Replace a file that stands at `output`.

    Raises
    ------
    FramingError
        If the folder, the format or the output is not sound, or there is nothing to write.
    """
    if final and coder is not None:
        raise FramingError("--final and --coder: final answers are nobody's own; leave one of the two out")
    target, ledger = Path(output), read_ledger(folder)
    coder = None if coder is None else check_coder(coder, "--coder", known_names(ledger.folder))
    name = name_of_format(target, form)
    book = codebook_of(ledger.folder, codebook)
    codings = [each for each in _codings(ledger.folder, book, final=final) if coder in {None, each.coder}]
    blind = FORMATS[name].has_uncoded and not show_outlet
    to_estimate = {name for name, row in ledger.rows.items() if row["purpose"] == "estimate"}
    items = _items(ledger, codings, coder or "", blind=blind, left_out=TEXTS if without_text else ())
    if not FORMATS[name].has_uncoded:
        if not codings:
            raise FramingError(
                f"{ledger.folder}: nothing coded yet; csv, xlsx, label-studio and doccano give what to code"
            )
        items = [_with_number(item, len(to_estimate)) for item in items]
    with new_file(target, overwrite=overwrite) as partial:
        FORMATS[name].write(partial, items, book)
        config = _write_config(target, name, book, overwrite=overwrite)
    n_uncoded = sum(item.coding is None for item in items) if FORMATS[name].has_uncoded else 0
    coders = tuple(sorted({coding.coder for coding in codings}))
    decided = {coding.sentence_id for coding in codings}
    n_undecided = len(to_estimate - decided) if final else 0
    return ExportSummary(target, name, len(codings), n_uncoded, coders, config, n_undecided)


def _write_config(target: Path, name: str, codebook: Codebook, *, overwrite: bool) -> Path | None:
    if not (config := FORMATS[name].config):
        return None
    path = target.with_suffix(".xml")
    with new_file(path, overwrite=overwrite) as partial:
        partial.write_text(config(codebook), encoding="utf-8")
    return path


def _codings(folder: Path, codebook: Codebook, *, final: bool) -> list[Coding]:
    if final:
        return list(read_final(folder, codebook))
    if (folder / DATABASE).exists() or (folder / CODINGS).is_file():
        return list(read_all(folder, codebook))
    return list(read_final(folder, codebook)) if (folder / ANNOTATIONS).is_file() else []


def _to_code(ledger: Ledger, coder: str) -> Collection[str]:
    """Ids of the sentences to be coded: a coder's own, where some are assigned."""
    assigned = CodingStore.open(ledger.folder).assigned(coder) if (ledger.folder / DATABASE).exists() else []
    return set(assigned) or ledger.rows.keys()


def _with_number(item: Item, n_drawn: int) -> Item:
    """The sentence with how many were drawn for an estimate, so that a reader knows whether some are missing."""
    estimates = item.drawn["purpose"] == "estimate"
    return replace(item, drawn=item.drawn | {"n_drawn": n_drawn}) if estimates else item


def _items(ledger: Ledger, codings: list[Coding], coder: str, *, blind: bool, left_out: Collection[str]) -> list[Item]:
    """Sentences in the order of the ledger: with each answer there is, or once without if it is to be coded."""
    to_code = _to_code(ledger, coder)
    answers: dict[str, list[Coding]] = defaultdict(list)
    for coding in codings:
        answers[coding.sentence_id].append(coding)
    items = []
    for sentence_id, row in ledger.rows.items():
        shown = blinded(row) if blind else row
        drawn = {name: value for name, value in shown.items() if name not in left_out}
        found = answers.get(sentence_id, [])
        items += [Item(drawn, coding, coding.coder) for coding in found]
        if not found and sentence_id in to_code:
            items.append(Item(drawn, None, coder))
    return items
