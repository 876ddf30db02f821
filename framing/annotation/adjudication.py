"""Disputed sentences decided by rule: what more than half of the coders say, value by value."""

from dataclasses import dataclass
from pathlib import Path

from framing.annotation.rows import MAJORITY, Coding
from framing.annotation.settling import majority, settle
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION
from framing.errors import FramingError


@dataclass(frozen=True)
class Adjudication:
    """What a rule decided.

    Parameters
    ----------
    decided : list of Coding
        One per sentence; `comment` says by how many of how many.
    tied : dict of str to list of str
        Values without a majority, by id of the sentence, which stays undecided.
    n_coders : int
        Most coders that any disputed sentence has.
    """

    decided: list[Coding]
    tied: dict[str, list[str]]
    n_coders: int


def adjudicate(folder: str | Path, *, dry_run: bool = False) -> Adjudication:
    """Decide by majority the sentences on which coders differ, and keep the decisions in the folder's database.

    What a person decided stays. What a majority decided before is decided anew, and taken back where there is no
    majority any more or nothing left to decide.

    Parameters
    ----------
    folder : str or Path
        Coding folder with a database.
    dry_run : bool
        Decide, but keep nothing.

    Raises
    ------
    FramingError
        If the folder has no database, or answers are to be reviewed after a change of the codebook.
    """
    store = CodingStore.open(folder)
    in_use = store.in_use()
    earlier = {id_: coding for id_, coding in store.decisions().items() if coding.coder == MAJORITY}
    by_people = {id_: coding for id_, coding in store.decisions().items() if id_ not in earlier}
    disputed = settle(store.codings(), by_people).disputed
    if waiting := [coder for coder in store.seats() if store.to_review(coder) & disputed.keys()]:
        raise FramingError(
            f"{store.path}: {', '.join(waiting)}: answers on disputed sentences are to be reviewed after the codebook "
            f"changed; finish with framing annotate {folder} --coder {waiting[0]}"
        )
    results = {sentence_id: majority(answers) for sentence_id, answers in disputed.items()}
    decided = [one.model_copy(update={"codebook": in_use}) for one, tied in results.values() if not tied]
    if not dry_run:
        _keep(store, decided, earlier)
    n_coders = max(map(len, disputed.values()), default=0)
    return Adjudication(decided, {id_: tied for id_, (_, tied) in results.items() if tied}, n_coders)


def _keep(store: CodingStore, decided: list[Coding], earlier: dict[str, Coding]) -> None:
    standing = {one: earlier[one] for one in earlier.keys() - store.to_review(DECISION)}
    new = [one for one in decided if not (before := standing.get(one.sentence_id)) or not one.says_the_same(before)]
    store.decide_by_rule(MAJORITY, new, earlier.keys() - {one.sentence_id for one in decided})
