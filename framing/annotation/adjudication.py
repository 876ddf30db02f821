"""Disputed sentences decided by rule: what more than half of the coders say, value by value."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from framing.annotation.folder import settle
from framing.annotation.rows import Coding
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION
from framing.errors import FramingError

MAJORITY = "majority"  # stands as the coder of these decisions

Value = tuple[str, str]  # what is decided: boilerplate, voice, a frame, or the stance toward a target; and its name


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


def majority(answers: Sequence[Coding]) -> tuple[Coding, list[str]]:
    """What more than half of the coders of a sentence say, for each value by itself.

    Parameters
    ----------
    answers : sequence of Coding
        Of one sentence, one per coder.

    Returns
    -------
    (Coding, list of str)
        The decision, and the values on which no more than half agree: ``boilerplate``, ``voice``, frames, and
        ``stance on TARGET``. The decision lacks them, so it is one only where there are none.

    Notes
    -----
    Each frame, boilerplate, voice, and the stance toward each target is a value; not to be taken is one too. Where
    most say boilerplate nothing else is asked for.
    """
    votes: dict[Value, object] = {}
    fewest, tied = len(answers), []
    for variable, said in ballots(answers):
        value, count = Counter(said).most_common(1)[0]
        if 2 * count <= len(answers):
            tied.append(f"stance on {variable[1]}" if variable[0] == "stance" else variable[1] or variable[0])
            continue
        fewest = min(fewest, count)
        votes[variable] = value
        if variable == ("boilerplate", "") and value:
            break
    voice = votes.get(("voice", ""))
    decision = Coding(
        sentence_id=answers[0].sentence_id,
        frames=[name for (what, name), value in votes.items() if what == "frame" and value],
        boilerplate=bool(votes.get(("boilerplate", ""))),
        voice=None if voice is None else str(voice),
        stance=_stance(votes) if any(answer.stance is not None for answer in answers) else None,
        coder=MAJORITY,
        comment=f"{fewest} of {len(answers)}",
    )
    return decision, tied


def _stance(votes: dict[Value, object]) -> dict[str, str]:
    """Stance by target, empty where it is absent toward all, which is an answer too."""
    return {name: str(value) for (what, name), value in votes.items() if what == "stance" and value}


def ballots(answers: Sequence[Coding]) -> Iterator[tuple[Value, list[object]]]:
    """Every value to be decided, and what each coder says of it: True or False of a frame, None of an absent stance."""
    yield ("boilerplate", ""), [answer.boilerplate for answer in answers]
    for frame in sorted({frame for answer in answers for frame in answer.frames}):
        yield ("frame", frame), [frame in answer.frames for answer in answers]
    yield ("voice", ""), [answer.voice for answer in answers]
    for target in sorted({target for answer in answers for target in answer.stance or {}}):
        yield ("stance", target), [(answer.stance or {}).get(target) for answer in answers]


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
