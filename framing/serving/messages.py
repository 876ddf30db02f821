"""What clients may ask and what they are answered, as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from framing.classifier.base import Classifier
from framing.errors import FramingError

MAX_PROBLEMS = 10
_MISSING = {"sentences": "a list named sentences", "text": "a string named text"}
_EXPECTED = {  # in place of the validator's words, by the type of its error
    "extra_forbidden": "no such field",
    "list_type": "a list",
    "model_type": 'an object, {"sentences": [...]}',
    "string_type": "a string",
    "too_short": "at least one sentence",
}
_SHOWN = 60  # characters of what was found


@dataclass(frozen=True)
class Limits:
    """How much the server takes on.

    Parameters
    ----------
    body_bytes : int
        Of one request.
    sentences : int
        Of one request.
    characters : int
        Of a sentence, and of the one before it. The classifier reads the first `max_tokens` word pieces in any case.
    waiting : int
        Sentences of all requests that wait for the classifier; beyond, requests are answered with 503.

    Raises
    ------
    FramingError
        If one is not positive, or a request of `sentences` could never be taken on.
    """

    body_bytes: int = 1024 * 1024
    sentences: int = 1_000
    characters: int = 5_000
    waiting: int = 10_000

    def __post_init__(self) -> None:
        if min(self.body_bytes, self.sentences, self.characters) < 1:
            raise FramingError(f"limits: expected positive numbers, found {self}; choose higher ones")
        if self.waiting < self.sentences:
            raise FramingError(
                f"--max-waiting {self.waiting}: expected at least --max-sentences ({self.sentences}), else a request "
                "of that size could never be taken on; choose a higher number"
            )


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_id(given: Any) -> Any:
    if type(given) not in {str, int, NoneType}:  # true and 1.0 would come back as 1
        raise PydanticCustomError("id", "a string or a whole number")
    return given


Id = Annotated[str | int | None, BeforeValidator(_as_id)]


class Sentence(_Strict):
    """A sentence to label; a plain string stands for its text alone."""

    text: str
    id: Id = Field(None, description="Comes back with the labels.")
    previous: str = Field("", description="The sentence before it, which some models read.")


def _as_sentence(given: Any) -> Any:
    if not isinstance(given, str | dict):
        raise PydanticCustomError("sentence", "a string, or an object with a text")
    return {"text": given} if isinstance(given, str) else given


Given = Annotated[Sentence, BeforeValidator(_as_sentence, json_schema_input_type=str | Sentence)]


class LabelRequest(_Strict):
    """Sentences to label."""

    sentences: list[Given] = Field(min_length=1)


class Model(_Strict):
    """Which model labelled, and with which codebook."""

    name: str
    sha256: str
    codebook: dict[str, str] = Field(description="name, version, sha256")

    @classmethod
    def of(cls, classifier: Classifier) -> Self:
        """Describe a classifier that was loaded from a folder or written to one."""
        name = classifier.folder.resolve().name if classifier.folder else classifier.codebook.name
        return cls(name=name, sha256=classifier.manifest["sha256"], codebook=classifier.codebook.reference)


class SentenceLabels(_Strict):
    """Labels of one sentence."""

    id: str | int | None = Field(description="As it was sent.")
    frames: list[str] = Field(description="Frames that apply: probability at or above the model's threshold.")
    boilerplate: bool = Field(description="Not article content; it has no frames.")
    probabilities: dict[str, float] = Field(description="Of each frame and of boilerplate, 0 to 1.")


class LabelAnswer(_Strict):
    """Labels of all sentences, in the order they were sent."""

    model: Model
    sentences: list[SentenceLabels]


class Health(_Strict):
    """The server works, and how busy it is."""

    status: str
    model: Model
    waiting: int = Field(description="Sentences that wait for the classifier.")


class Problem(_Strict):
    """One thing that was expected and not found."""

    where: str
    expected: str
    found: str


class Failure(_Strict):
    """Why a request was not answered, and what to do."""

    error: str
    problems: list[Problem] = Field(description=f"At most {MAX_PROBLEMS}.")


class Refused(Exception):  # noqa: N818 - an answer rather than an error
    """A request that is answered with a `Failure`."""

    def __init__(
        self, status: int, error: str, problems: Sequence[Problem] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(error)
        self.status, self.headers = status, headers
        self.failure = Failure(error=error, problems=list(problems[:MAX_PROBLEMS]))


def read_request(body: bytes, limits: Limits) -> LabelRequest:
    """Parse and check a request.

    Raises
    ------
    Refused
        400 if it is no JSON, 422 if it does not fit: all that is amiss is named.
    """
    try:
        request = LabelRequest.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False)
        if found[0]["type"] == "json_invalid":
            problem = Problem(where="body", expected="JSON", found=found[0]["msg"])
            raise Refused(400, 'The body is not JSON; send {"sentences": [...]}.', [problem]) from None
        problems = [
            Problem(where=_place(one["loc"]), expected=_expected(one), found=_brief(one["input"])) for one in found
        ]
    else:
        problems = _beyond(request, limits)
    if problems:
        raise Refused(422, "The request does not fit; mend what is named and send it again.", problems)
    return request


def _beyond(request: LabelRequest, limits: Limits) -> list[Problem]:
    """What is too much or too little of a well-formed request."""
    if (n := len(request.sentences)) > limits.sentences:
        return [Problem(where="sentences", expected=f"at most {limits.sentences:,} sentences", found=f"{n:,}")]
    problems = []
    for i, sentence in enumerate(request.sentences):
        if not sentence.text.strip():
            where, expected = f"sentences[{i}].text", "at least one character that is not white space"
            problems.append(Problem(where=where, expected=expected, found=_brief(sentence.text)))
        for name, text in (("text", sentence.text), ("previous", sentence.previous)):
            if len(text) > limits.characters:
                where, expected = f"sentences[{i}].{name}", f"at most {limits.characters:,} characters"
                problems.append(Problem(where=where, expected=expected, found=f"{len(text):,}"))
    return problems


def _expected(error: ErrorDetails) -> str:
    """What should have been there, in our words where we have some."""
    if error["type"] == "missing":
        return _MISSING[str(error["loc"][-1])]
    return _EXPECTED.get(error["type"], error["msg"])


def _place(location: Sequence[int | str]) -> str:
    """`sentences[3].text` of ("sentences", 3, "text")."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".") or "body"


def _brief(found: object) -> str:
    text = repr(found)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def answer(
    model: Model,
    labels: Sequence[str],
    request: LabelRequest,
    probabilities: NDArray[np.float64],
    decided: NDArray[np.bool_],
) -> LabelAnswer:
    """Labels of a request.

    Parameters
    ----------
    model : Model
    labels : sequence of str, length n_frames + 1
        The frames, then ``boilerplate``.
    request : LabelRequest
        Of n_sentences.
    probabilities, decided : ndarray, shape (n_sentences, n_frames + 1)
    """
    frames = labels[:-1]
    return LabelAnswer(
        model=model,
        sentences=[
            SentenceLabels(
                id=sentence.id,
                frames=[name for name, applies in zip(frames, row[:-1], strict=True) if applies],
                boilerplate=row[-1],
                probabilities=dict(zip(labels, values, strict=True)),
            )
            for sentence, values, row in zip(
                request.sentences, np.round(probabilities, 6).tolist(), decided.tolist(), strict=True
            )
        ],
    )
