"""Who codes what, and in which order: all code all, or a share is coded by all and the rest is dealt out."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from framing.annotation.ledger import Ledger
from framing.annotation.store import CodingStore
from framing.errors import FramingError

SEED = 13
ALL = 100.0


def assign_coders(
    store: CodingStore, ledger: Ledger, coders: Sequence[str], *, overlap: float | None = None, seed: int | None = None
) -> None:
    """Give every coder of a coding folder sentences and an order, and remember it in the database.

    Coders who were assigned before stay, and keep every sentence they have coded; with the same settings and no new
    coder nothing changes. What nobody has coded is dealt anew among all.

    Parameters
    ----------
    store : CodingStore
    ledger : Ledger
        Of the same folder.
    coders : sequence of str
        Names, as `framing.annotation.coders.check_coders` gives them; new ones are added.
    overlap : float, optional
        Percent of the sentences that all code, 0 to 100. By default as before, or 100 for a new database.
    seed : int, optional
        By default as before, or `SEED`.

    Raises
    ------
    FramingError
        If the overlap is not usable.
    """
    if overlap is not None and not 0 <= overlap <= ALL:
        raise FramingError(f"--overlap {overlap:g}: expected a percentage from 0 to 100")
    before = {name: store.setting(name) for name in ("overlap", "seed")}
    overlap = float(before["overlap"] or ALL) if overlap is None else overlap
    seed = int(before["seed"] or SEED) if seed is None else seed
    settings = {"overlap": repr(overlap), "seed": str(seed)}
    if settings == before and set(coders) <= set(store.coders()):
        return
    strata = {sentence_id: str(row.get("stratum", "")) for sentence_id, row in ledger.rows.items()}

    def deal(known: list[str], coded: dict[str, set[str]]) -> dict[str, list[str]]:
        return assign(strata, sorted({*known, *coders}), overlap=overlap, seed=seed, coded=coded)

    store.assign_all(deal, settings)


def assign(
    strata: Mapping[str, str],
    coders: Sequence[str],
    *,
    overlap: float = ALL,
    seed: int = SEED,
    coded: Mapping[str, set[str]] | None = None,
) -> dict[str, list[str]]:
    """Sentences of each coder, in the order to code them.

    Parameters
    ----------
    strata : mapping of str to str
        Stratum of each sentence by id.
    coders : sequence of str
        Distinct names.
    overlap : float
        Percent of the sentences that every coder gets, 0 to 100, spread over the strata in proportion; a larger
        overlap holds a smaller one. The others go to one coder each, evenly within each stratum, so that no coder's
        habits weigh on one stratum.
    seed : int
        Order and overlap are sorted by hashes of it: a coder's order does not depend on who else codes.
    coded : mapping of str to set of str, optional
        What each coder has coded: it stays theirs. Others than `coders` may be among them; what they coded is not
        dealt out, unless all code it.

    Returns
    -------
    dict of str to list of str
    """
    coded = {coder: mine & strata.keys() for coder, mine in (coded or {}).items()}
    shared = _spread(strata, seed)[: round(len(strata) * overlap / ALL)]
    theirs = {coder: {*shared, *coded.get(coder, ())} for coder in coders}
    taken = set().union(shared, *coded.values())
    _deal([one for one in _by_stratum(strata, seed) if one not in taken], strata, theirs)
    return {coder: sorted(theirs[coder], key=lambda one: _rank(seed, coder, one)) for coder in coders}


def _by_stratum(strata: Mapping[str, str], seed: int) -> list[str]:
    return sorted(strata, key=lambda one: (strata[one], _rank(seed, "", one)))


def _spread(strata: Mapping[str, str], seed: int) -> list[str]:
    """All sentences, so that any first part of them holds each stratum in proportion."""
    size, seen = Counter(strata.values()), Counter[str]()
    at = {}
    for sentence_id in _by_stratum(strata, seed):
        stratum = strata[sentence_id]
        at[sentence_id] = (seen[stratum] + 0.5) / size[stratum]
        seen[stratum] += 1
    return sorted(strata, key=lambda one: (at[one], _rank(seed, "", one)))


def _deal(sentence_ids: list[str], strata: Mapping[str, str], theirs: dict[str, set[str]]) -> None:
    """Give each sentence to the coder with the fewest of its stratum, of these to the one with the fewest in all."""
    held = {coder: Counter(strata[one] for one in mine) for coder, mine in theirs.items()}
    total = {coder: len(mine) for coder, mine in theirs.items()}
    for sentence_id in sentence_ids:
        stratum = strata[sentence_id]
        coder = min(theirs, key=lambda name: (held[name][stratum], total[name], name))
        theirs[coder].add(sentence_id)
        held[coder][stratum] += 1
        total[coder] += 1


def _rank(seed: int, coder: str, sentence_id: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{coder}\0{sentence_id}".encode()).digest()
