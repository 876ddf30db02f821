"""Label Studio: its JSON of tasks with annotations, and the labelling configuration of such a project.

A task is a sentence, an annotation one coder's answer; `completed_by` is read as a user id, an email, or an object
with either. Skipped annotations (`was_cancelled`), drafts and predictions are no answers.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, get_args
from xml.sax.saxutils import quoteattr

from framing.annotation.rows import Coding
from framing.annotation.variables import ABSENT
from framing.artefact import sha256_text
from framing.codebook import Codebook, Stance, Voice
from framing.corpus.read import json_rows
from framing.corpus.records import UnreadableError
from framing.exchange.rows import Fields, Found, Item, read_rows

_TEXT = "text"  # the object that all controls belong to
_FLAGS = ("boilerplate", "unsure")


def write(path: Path, items: Sequence[Item], codebook: Codebook) -> None:
    """Write the tasks; sentences to code have no annotations."""
    tasks: list[Fields] = []
    for _, group in groupby(items, key=lambda item: item.drawn["sentence_id"]):
        same = list(group)
        annotations = [_annotation(item.coding, codebook) for item in same if item.coding]
        tasks.append({"data": {**same[0].drawn, "codebook": codebook.sha256}, "annotations": annotations})
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1), encoding="utf-8")


def _annotation(coding: Coding, codebook: Codebook) -> Fields:
    answers: list[tuple[str, list[str]]] = [("frames", coding.frames)]
    answers += [(name, [name]) for name in _FLAGS if getattr(coding, name)]
    answers += [("voice", [coding.voice])] if coding.voice else []
    if coding.stance is not None:
        answers += [(f"stance_{name}", [coding.stance.get(name, ABSENT)]) for name in codebook.target_names]
    results = [_result(coding, name, "choices", chosen) for name, chosen in answers if chosen]
    return {
        "completed_by": {"email": coding.coder},
        "result": [*results, *([_result(coding, "comment", "textarea", [coding.comment])] if coding.comment else [])],
        "created_at": coding.coded_at,
        "lead_time": coding.seconds,
        "was_cancelled": False,
        "codebook": coding.codebook,
    }


def _result(coding: Coding, name: str, kind: str, values: list[str]) -> Fields:
    return {
        "id": sha256_text(json.dumps([coding.sentence_id, coding.coder, name]))[:10],
        "from_name": name,
        "to_name": _TEXT,
        "type": kind,
        "origin": "manual",
        "value": {"text" if kind == "textarea" else "choices": values},
    }


def read(path: Path, _codebook: Codebook) -> Found:
    """Read a full JSON export; a line is a task of the file, counted from 1."""
    for number, task in read_rows(path, json_rows):
        if isinstance(task, UnreadableError):
            yield number, task
            continue
        for fields in _answers(task):
            yield number, fields


def _answers(task: Fields) -> Iterator[Fields | UnreadableError | None]:
    data, annotations = task.get("data"), task.get("annotations")
    if not isinstance(data, dict) or not isinstance(annotations, list):
        yield UnreadableError("expected a task with data and annotations; export JSON, not JSON-MIN or CSV")
        return
    if not annotations:
        yield None
    for annotation in annotations:
        try:
            yield None if annotation.get("was_cancelled") else {**data, **_fields(annotation)}
        except UnreadableError as error:
            yield error
        except (AttributeError, KeyError, TypeError) as error:
            yield UnreadableError(
                f"id {data.get('sentence_id')}: an annotation not of Label Studio's form ({error!r}); export it again"
            )


def _fields(annotation: Fields) -> Fields:
    fields: Fields = {
        "coder": _coder(annotation.get("completed_by")),
        "coded_at": annotation.get("created_at"),
        "seconds": annotation.get("lead_time"),
        "frames": [],
    }
    if codebook := annotation.get("codebook"):  # else the task says which it was exported with
        fields["codebook"] = codebook
    for result in annotation["result"]:
        name, value = result["from_name"], result["value"]
        if name == "comment":
            fields[name] = value["text"] if isinstance(value["text"], str) else "\n".join(value["text"])
            continue
        chosen = list(value["choices"])
        if name == "frames":
            fields[name] = chosen
        elif name in _FLAGS:
            fields[name] = bool(chosen)
        elif name == "voice":
            fields[name] = _one(name, chosen)
        elif name.startswith("stance_"):
            stance = fields.setdefault("stance", {})
            if (toward := _one(name, chosen)) != ABSENT:
                stance[name.removeprefix("stance_")] = toward
        else:
            raise UnreadableError(f"a result of {name!r}; set the project up with the XML that framing export writes")
    return fields


def _one(name: str, chosen: list[str]) -> str:
    if len(chosen) != 1:
        raise UnreadableError(f"{name}: expected one choice, found {chosen}; choose one in Label Studio")
    return chosen[0]


def _coder(completed_by: Any) -> str:
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("email") or completed_by.get("id")
    return "" if completed_by is None else str(completed_by)


def labelling_config(codebook: Codebook) -> str:
    """XML to paste into a project's settings (Labeling Interface, Code), so that it asks what the codebook codes."""
    frames = [(frame.name, f"{frame.label}: {frame.definition}") for frame in codebook.frames]
    stances = [(value, codebook.stance.get(value, "")) for value in get_args(Stance)]
    voices = [(value, codebook.voice.get(value, "")) for value in get_args(Voice)]
    parts = [
        '<Header value="$title" size="4"/>',
        '<Text name="previous" value="$previous"/>',
        f'<Text name="{_TEXT}" value="$text"/>',
        *_choices("frames", "Frames", frames, multiple=True),
        *_choices("boilerplate", "", [("boilerplate", codebook.boilerplate)], multiple=True),
        *_choices("voice", "Voice", voices),
    ]
    for target in codebook.targets:
        parts += _choices(f"stance_{target.name}", f"Stance: {target.label}", [*stances, (ABSENT, "")])
    parts += _choices("unsure", "", [("unsure", "Have another look at this one")], multiple=True)
    parts.append(f'<TextArea name="comment" toName="{_TEXT}" placeholder="Comment" maxSubmissions="1" rows="2"/>')
    return "<View>\n" + "".join(f"  {part}\n" for part in parts) + "</View>\n"


def _choices(name: str, title: str, values: Sequence[tuple[str, str]], *, multiple: bool = False) -> list[str]:
    kind = "multiple" if multiple else "single"
    choices = [
        f"  <Choice value={quoteattr(value)}" + (f" hint={quoteattr(hint)}" if hint else "") + "/>"
        for value, hint in values
    ]
    head = [f'<Header value={quoteattr(title)} size="5"/>'] if title else []
    return [
        *head,
        f'<Choices name="{name}" toName="{_TEXT}" choice="{kind}" showInline="true">',
        *choices,
        "</Choices>",
    ]
