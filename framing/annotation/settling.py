"""What the answers to a sentence come to: what coders differ on, what most of them say, and what counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from framing.annotation.rows import MAJORITY, Coding
from framing.annotation.variables import ABSENT

Value = tuple[str, str]  # what is decided: boilerplate, voice, a frame, or the stance toward a target; and its name


@dataclass(frozen=True)
class Settled:
    """Sentences with one answer, and by id those whose coders differ and that nobody has decided."""

    final: list[Coding]
    disputed: dict[str, list[Coding]]


def settle(codings: Iterable[Coding], decisions: Mapping[str, Coding]) -> Settled:
    """Bring the coders' answers together: what was decided counts (see `stands`), else what all who coded say.

    Parameters
    ----------
    codings : iterable of Coding
        One per coder and sentence.
    decisions : mapping of str to Coding
        Adjudicated answers by sentence.
    """
    by_sentence: dict[str, list[Coding]] = defaultdict(list)
    for coding in codings:
        by_sentence[coding.sentence_id].append(coding)
    standing = {name: one for name, one in decisions.items() if stands(one, by_sentence.get(name, []))}
    final, disputed = list(standing.values()), {}
    for sentence_id, answers in by_sentence.items():
        if sentence_id in standing:
            continue
        if differences(answers):
            disputed[sentence_id] = answers
        else:
            final.append(_together(answers))
    return Settled(final, disputed)


def stands(decision: Coding, answers: Sequence[Coding]) -> bool:
    """Whether a decision counts: a person's always, a majority's as long as coders differ and most of them say so.

    Without answers, as where only final ones were imported, it does, too.
    """
    if decision.coder != MAJORITY or not answers:
        return True
    now, tied = majority(answers)
    return bool(differences(answers)) and not tied and now.says_the_same(decision)


def _together(answers: Sequence[Coding]) -> Coding:
    """One of answers that do not differ, with the stance and the voice that any of them has, by all who gave it."""
    fullest = max(answers, key=lambda answer: answer.stance is not None)
    voice = next((answer.voice for answer in answers if answer.voice), None)
    coders = [answer.coder for answer in answers]
    return fullest.model_copy(update={"voice": voice, "coder": " and ".join(filter(None, coders))})


def ballots(answers: Sequence[Coding]) -> Iterator[tuple[Value, list[object]]]:
    """Every value to be decided, and what each coder says of it: True or False of a frame, None where not coded."""
    yield ("boilerplate", ""), [answer.boilerplate for answer in answers]
    for frame in sorted({frame for answer in answers for frame in answer.frames}):
        yield ("frame", frame), [frame in answer.frames for answer in answers]
    yield ("voice", ""), [answer.voice for answer in answers]
    for target in sorted({target for answer in answers for target in answer.stance or {}}):
        yield ("stance", target), [_stance_toward(target, answer) for answer in answers]


def _stance_toward(target: str, answer: Coding) -> str | None:
    return None if answer.stance is None else answer.stance.get(target, ABSENT)


def coded(said: Sequence[object]) -> list[object]:
    """What is said of a value by those who coded it."""
    return [one for one in said if one is not None]


def differences(answers: Sequence[Coding]) -> list[Value]:
    """Values on which coders differ who both coded them."""
    return [value for value, said in ballots(answers) if len(set(coded(said))) > 1] if len(answers) > 1 else []


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
        ``stance on TARGET``. The decision lacks them, so it is one only where there are none. Its `comment` says by
        how many of how many the closest value was decided.

    Notes
    -----
    Each frame, boilerplate, voice, and the stance toward each target is a value; not to be taken is one too. Of voice
    and stance only those have a vote who coded them. Where most say boilerplate nothing else is asked for.
    """
    votes: dict[Value, object] = {}
    counts, tied = list[tuple[int, int]](), []
    for variable, ballot in ballots(answers):
        if not (said := coded(ballot)):
            continue
        value, count = Counter(said).most_common(1)[0]
        if 2 * count <= len(said):
            tied.append(f"stance on {variable[1]}" if variable[0] == "stance" else variable[1] or variable[0])
            continue
        counts.append((count, len(said)))
        votes[variable] = value
        if variable == ("boilerplate", "") and value:
            break
    closest = min(counts, key=lambda one: (one[0] / one[1], one), default=(0, len(answers)))
    voice = votes.get(("voice", ""))
    decision = Coding(
        sentence_id=answers[0].sentence_id,
        frames=[name for (what, name), value in votes.items() if what == "frame" and value],
        boilerplate=bool(votes.get(("boilerplate", ""))),
        voice=None if voice is None else str(voice),
        stance=_stance(votes) if any(answer.stance is not None for answer in answers) else None,
        coder=MAJORITY,
        comment="{} of {}".format(*closest),
    )
    return decision, tied


def _stance(votes: dict[Value, object]) -> dict[str, str]:
    """Stance by target, empty where it is absent toward all, which is an answer too."""
    return {name: str(value) for (what, name), value in votes.items() if what == "stance" and value != ABSENT}
