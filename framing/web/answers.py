"""A coder's answer, from the fields of the form to a coding that fits the codebook."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

from framing.annotation.rows import Coding
from framing.codebook import Codebook, Stance
from framing.web.security import Form

MAX_COMMENT = 2000  # characters
_STANCE = "stance-"


@dataclass(frozen=True)
class Answer:
    """What the form says, fitting or not.

    Parameters
    ----------
    frames : tuple of str
    none : bool
        The coder says that no frame applies; without it an empty answer is taken for a slip.
    boilerplate, unsure : bool
    voice : str, optional
    stance : dict of str to str
        By target; targets that are not present are left out.
    comment : str
    """

    frames: tuple[str, ...] = ()
    none: bool = False
    boilerplate: bool = False
    voice: str | None = None
    stance: dict[str, str] = field(default_factory=dict)
    unsure: bool = False
    comment: str = ""

    @classmethod
    def of_form(cls, form: Form) -> "Answer":
        """Read the fields; those that are not of an answer are passed over."""
        stance = {name.removeprefix(_STANCE): values[-1] for name, values in form.items() if name.startswith(_STANCE)}
        return cls(
            tuple(dict.fromkeys(form.get("frame", []))),
            "none" in form,
            "boilerplate" in form,
            form.get("voice", [None])[-1],
            {target: value for target, value in stance.items() if value},
            "unsure" in form,
            form.get("comment", [""])[-1].replace("\r\n", "\n").strip(),
        )

    @classmethod
    def of_coding(cls, coding: Coding) -> "Answer":
        """The answer that was kept."""
        nothing = not coding.frames and not coding.boilerplate
        stance = coding.stance or {}
        return cls(
            tuple(coding.frames), nothing, coding.boilerplate, coding.voice, stance, coding.unsure, coding.comment
        )

    def problems(self, codebook: Codebook) -> list[str]:
        """Why the answer cannot be kept, in words for the coder; empty if it can."""
        found = [
            *_unknown("frame", self.frames, codebook.frame_names),
            *_unknown("target", self.stance, codebook.target_names),
            *_unknown("stance", self.stance.values(), get_args(Stance)),
            *_unknown("voice", [self.voice] if self.voice else [], tuple(codebook.voice)),
        ]
        if self.boilerplate and (self.frames or self.stance):
            found.append("Boilerplate has no frames and no stance: clear them, or clear boilerplate.")
        elif self.none and self.frames:
            found.append("Either no frame applies, or those that you chose: clear them, or save them.")
        elif not (self.frames or self.none or self.boilerplate):
            found.append("Nothing is chosen yet: choose a frame, “No frame”, or boilerplate.")
        if len(self.comment) > MAX_COMMENT:
            found.append(f"The comment has {len(self.comment):,} characters, {MAX_COMMENT:,} are possible: shorten it.")
        return found

    def unsaid(self, codebook: Codebook) -> list[str]:
        """What a coder has yet to say, in words; voice has no default, as many would leave it as they find it."""
        if self.voice or self.boilerplate or not codebook.voice:
            return []
        return [f"Who speaks is not chosen yet: {' or '.join(sorted(codebook.voice))}."]

    def coding(self, sentence_id: str, coder: str, codebook: Codebook, seconds: float | None = None) -> Coding:
        """The coding to keep; what the codebook does not have stays unsaid."""
        return Coding(
            sentence_id=sentence_id,
            frames=[name for name in codebook.frame_names if name in self.frames],
            coder=coder,
            boilerplate=self.boilerplate,
            voice=None if self.boilerplate else self.voice,
            stance=self.stance if codebook.targets and not self.boilerplate else None,
            unsure=self.unsure,
            comment=self.comment,
            codebook=codebook.sha256,
            seconds=seconds,
        )


def _unknown(what: str, found: Iterable[str], allowed: tuple[str, ...]) -> list[str]:
    return [
        f"The codebook has no {what} “{name[:40]}”: the form is not of this codebook, reload the page."
        for name in found
        if name not in allowed
    ]
