"""The codebook: YAML in, a validated object out, and a hash that every artefact carries."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from framing.errors import FramingError
from framing.resources import shipped

# Column names of corpus and labels; a frame of the same name would overwrite one.
RESERVED = frozenset(
    "sentence_id article_id index part start end text boilerplate predicted_boilerplate outlet group origin date "
    "story title url language none voice source source_verb fold".split()
)
_SHOWN = 3
_FORMS = {
    "name": "lower-case letters and digits, with hyphens for a codebook (my-topic), underscores for a frame (my_frame)",
    "language": "two lower-case letters, in quotes (en)",
}
RESERVED_PREFIXES = ("p_", "stance_")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Stance = Literal["favourable", "neutral", "critical"]
Voice = Literal["outlet", "source"]


class _Loader(yaml.SafeLoader):
    """Refuses a key that comes twice: of two lists under one name, YAML would drop the first silently."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        first: dict[str, yaml.ScalarNode] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or (before := first.setdefault(key.value, key)) is key:
                continue
            problem = f"{key.value!r} is in line {before.start_mark.line + 1} already, expected once"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        return node


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Frame(_Strict):
    """One frame: what it means, what counts as it, what does not, and example sentences."""

    name: Name
    label: Text
    definition: Text
    include: tuple[Text, ...] = ()
    exclude: tuple[Text, ...] = ()
    examples: tuple[Text, ...] = ()


class Target(_Strict):
    """An actor toward whom a sentence may take a stance; `aliases` are the words that mention it."""

    name: Name
    label: Text
    aliases: tuple[Text, ...] = Field(min_length=1)


class Example(_Strict):
    """A worked example: a sentence and its coding."""

    text: Text
    frames: tuple[Name, ...] = ()
    voice: Voice = "outlet"
    stance: dict[Name, Stance] = {}


class Codebook(_Strict):
    """A codebook, as read from YAML.

    Parameters
    ----------
    name, version, language : str
        Identity; `language` is an ISO 639-1 code, the language of the articles.
    unit : str
        What is coded and how it is read.
    frames : tuple of Frame
        At least one; names are lower case, unique, and not reserved column names.
    targets : tuple of Target
        Targets of stance; may be empty.
    voice, stance : dict
        Rule per value.
    boilerplate : str
        What is not article content.
    examples : tuple of Example
        Worked examples; they may use only the frames and targets above.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Text
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
    title: Text
    unit: Text
    frames: tuple[Frame, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = ()
    voice: dict[Voice, Text] = {}
    stance: dict[Stance, Text] = {}
    boilerplate: Text
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _names_are_sound(self) -> Self:
        for what, names in (("frame", self.frame_names), ("target", self.target_names)):
            for name, count in Counter(names).items():
                if count > 1:
                    raise ValueError(f"{count} {what}s are named {name!r}; rename or remove all but one")
        for name in self.frame_names:
            if name not in RESERVED and not name.startswith(RESERVED_PREFIXES):
                continue
            raise ValueError(f"a frame may not be named {name!r}, it is a column of the labels; rename it")
        stances = {f"{target}_{stance}" for target in self.target_names for stance in get_args(Stance)}
        if taken := stances & set(self.frame_names):
            raise ValueError(
                f"a frame may not be named {min(taken)!r}, that is a stance toward a target in the labels; rename it"
            )
        for example in self.examples:
            if unknown := set(example.frames) - set(self.frame_names):
                raise ValueError(f"example {example.text[:40]!r} uses unknown frames {sorted(unknown)}")
            if unknown := set(example.stance) - set(self.target_names):
                raise ValueError(f"example {example.text[:40]!r} uses unknown targets {sorted(unknown)}")
        return self

    @property
    def frame_names(self) -> tuple[str, ...]:
        """Names of the frames, in the codebook's order."""
        return tuple(frame.name for frame in self.frames)

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the targets, in the codebook's order."""
        return tuple(target.name for target in self.targets)

    @property
    def sha256(self) -> str:
        """Hash of the content; comments and layout of the YAML do not change it."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def reference(self) -> dict[str, str]:
        """What artefacts carry to say which codebook they were made with."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}

    @classmethod
    def load(cls, source: str | Path) -> Self:
        """Read a codebook from a YAML file, or a shipped one by its name.

        Parameters
        ----------
        source : str or Path
            Path of a YAML file, or the name of a shipped codebook such as ``china-russia``.

        Raises
        ------
        FramingError
            If there is no such file or name, the YAML is broken, or the content breaks a rule.
        """
        path = _find(source)
        try:
            return cls.parse(path.read_text(encoding="utf-8"), str(path))
        except UnicodeDecodeError:
            raise FramingError(f"{path}: not UTF-8 text; save the codebook as UTF-8") from None

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """Read a codebook from YAML text; `where` is named in errors.

        Raises
        ------
        FramingError
            If the YAML is broken or the content breaks a rule.
        """
        try:
            content = yaml.load(text, _Loader)  # noqa: S506 a SafeLoader
        except yaml.MarkedYAMLError as error:
            line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
            raise FramingError(f"{where}{line}: broken YAML: {error.problem}; mend the line") from None
        except yaml.YAMLError as error:
            raise FramingError(f"{where}: broken YAML: {' '.join(str(error).split())}") from None
        except ValueError as error:
            raise FramingError(f"{where}: an impossible date or number ({error}); mend it, or quote it") from None
        if not isinstance(content, dict):
            raise FramingError(f"{where}: expected a YAML mapping with name, frames ...; see 'framing codebook new'")
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise FramingError(f"{where}: {_problems(error)}") from None

    def check_labels(self, where: str) -> None:
        """Refuse labels that reports could not tell apart; codebooks that are in use already may have such.

        Raises
        ------
        FramingError
            If two frames, or two targets, have the same label.
        """
        for what, named in (("frame", self.frames), ("target", self.targets)):
            labels = Counter(one.label for one in named)
            if alike := [label for label, count in labels.items() if count > 1]:
                raise FramingError(
                    f"{where}: several {what}s have the label {alike[0]!r}, by which reports name them; change one"
                )

    def save(self, path: Path) -> None:
        """Write the codebook as YAML that `load` reads back equal."""
        path.write_text(self.yaml(), encoding="utf-8")

    def yaml(self) -> str:
        """The codebook as YAML that `parse` reads back equal."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)

    def check_same(self, other: dict[str, str], where: str) -> None:
        """Refuse an artefact whose `reference` is of another codebook.

        Raises
        ------
        FramingError
            If name, version or hash differ.
        """
        if other["sha256"] != self.sha256:
            raise FramingError(
                f"{where}: made with codebook {other['name']} {other['version']} ({other['sha256'][:12]}), "
                f"expected {self.name} {self.version} ({self.sha256[:12]}); use artefacts of one codebook"
            )


def shipped_codebooks() -> dict[str, Path]:
    """Shipped codebooks by name."""
    return {path.stem: path for path in sorted((shipped("seeds") / "codebooks").glob("*.yaml"))}


def _find(source: str | Path) -> Path:
    path = Path(source)
    if path.is_file():
        return path
    known = shipped_codebooks()
    if str(source) not in known:
        raise FramingError(f"{source}: no such codebook file; shipped by name: {', '.join(known)}")
    return known[str(source)]


def _problems(error: ValidationError) -> str:
    """The first three problems on one line, each with its place and what was found."""
    parts = []
    for problem in error.errors()[:_SHOWN]:
        place = ".".join(str(step) for step in problem["loc"]) or "codebook"
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "string_pattern_mismatch":
            form = _FORMS.get(place.rsplit(".")[-1], problem["ctx"]["pattern"])
            message = f"{problem['input']!r} is not of the form {form}"
        elif problem["type"] == "string_type" and not isinstance(problem["input"], dict | list):
            message += "; put it in quotes"
        parts.append(f"{place}: {message}")
    more = error.error_count() - len(parts)
    return "; ".join(parts) + (f" (and {more} more)" if more else "")
