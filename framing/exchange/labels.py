"""A coding as a list of labels, for tools that know nothing else.

Frames are labels by their names. What else was coded has a prefix: ``voice:source``, ``stance:china:critical``,
``stance:absent`` (stances were coded, and there is none), ``unsure:yes``. ``boilerplate``, and ``none`` for a sentence
that was coded and has no frame, cannot be names of frames. No label at all means that nobody has coded the sentence.
"""

from collections.abc import Iterable

from framing.annotation.rows import Coding
from framing.annotation.variables import ABSENT
from framing.corpus.records import UnreadableError
from framing.exchange.rows import Fields

BOILERPLATE = "boilerplate"
NONE = "none"


def to_labels(coding: Coding) -> list[str]:
    """Labels that say all of a coding but its comment and who made it when."""
    labels = [*coding.frames, *([BOILERPLATE] if coding.boilerplate else [])] or [NONE]
    if coding.voice:
        labels.append(f"voice:{coding.voice}")
    if coding.stance is not None:
        labels += [f"stance:{target}:{value}" for target, value in coding.stance.items()] or [f"stance:{ABSENT}"]
    return [*labels, "unsure:yes"] if coding.unsure else labels


def from_labels(labels: Iterable[str]) -> Fields:
    """Undo `to_labels`; whether the names are the codebook's is for others to check.

    Raises
    ------
    UnreadableError
        At a label of another form, or two that contradict each other.
    """
    fields: Fields = {"frames": [], "boilerplate": False, "unsure": False}
    given = dict.fromkeys(labels)
    for label in given:
        match label.split(":"):
            case ["none"]:
                pass
            case ["boilerplate"]:
                fields["boilerplate"] = True
            case ["unsure", "yes"]:
                fields["unsure"] = True
            case ["stance", "absent"]:
                fields.setdefault("stance", {})
            case ["voice", value] if "voice" not in fields:
                fields["voice"] = value
            case ["stance", target, value] if target not in fields.get("stance", {}):
                fields.setdefault("stance", {})[target] = value
            case ["voice", _] | ["stance", _, _]:
                raise UnreadableError(f"label {label!r} contradicts another one of this sentence; keep one of them")
            case [name]:
                fields["frames"].append(name)
            case _:
                raise UnreadableError(
                    f"label {label!r}: expected a frame, none, boilerplate, voice:..., stance:TARGET:... or "
                    "unsure:yes; rename the label"
                )
    if NONE in given and (fields["frames"] or fields["boilerplate"]):
        raise UnreadableError(f"label {NONE!r} beside others that contradict it; keep one of them")
    return fields
