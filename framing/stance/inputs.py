"""A sentence and its targets to what the network reads: mentions are marked, and those of one target weigh half."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedTokenizerBase

from framing.arrays import Codes
from framing.classifier.inputs import Encoded
from framing.stance.mentions import MentionFinder, Span

_MARK = "*"
_BREAK = " | "  # between the sentence before and the sentence
_LONGEST_CONTEXT = 300  # characters
_LONGEST = 450  # characters of both; more would cut the sentence itself, at 128 tokens


@dataclass(frozen=True)
class Targeted:
    """A sentence and one target: where it is mentioned, in the sentence or in what stands before it.

    Parameters
    ----------
    text : str
    mentions : sequence of (int, int)
        First and past-the-last character of each, in order, without overlap; at least one.
    start : int
        Where the sentence begins; what stands before is context, which is read but not judged.
    others : sequence of (int, int)
        Further mentions, of other targets above all: they are marked too, so that one pass serves all targets. None
        overlaps with `mentions`.
    """

    text: str
    mentions: Sequence[Span]
    start: int = 0
    others: Sequence[Span] = ()


def targeted(find: MentionFinder, text: str, previous: str = "") -> dict[str, Targeted]:
    """What to ask the network about a sentence: the targets that it or the sentence before names.

    A sentence may be about targets that only the sentence before names ("they", "the two countries"): then it is read
    with that sentence. Of a target that it names itself its own mentions count.

    Parameters
    ----------
    find : MentionFinder
    text, previous : str
        `previous` is the sentence before, empty where there is none; of a long one the end counts, and none beside a
        very long sentence.

    Returns
    -------
    dict of str to Targeted
        For each such target.
    """
    start, found = 0, find(text)
    context = _context(text, previous)
    if find(context).keys() - found.keys():
        start, text = len(context) + len(_BREAK), f"{context}{_BREAK}{text}"
        found = find(text)
    asked: dict[str, Targeted] = {}
    for name, spans in found.items():
        own = tuple(span for span in spans if span[0] >= start) or tuple(spans)
        asked[name] = Targeted(text, own, start, _others(found, own))
    return asked


def _context(text: str, previous: str) -> str:
    """What is read of the sentence before: its end, in whole words, less for a long sentence."""
    room = min(_LONGEST_CONTEXT, max(0, _LONGEST - len(text)))
    return previous if len(previous) <= room else previous[len(previous) - room :].partition(" ")[2]


def _others(found: dict[str, list[Span]], asked: Sequence[Span]) -> tuple[Span, ...]:
    """The mentions that are not those asked about."""
    return tuple(sorted({span for spans in found.values() for span in spans} - set(asked)))


def encode_targeted(
    tokenizer: PreTrainedTokenizerBase, sentences: Sequence[Targeted], max_tokens: int
) -> list[Encoded]:
    """Tokenise sentences with marks around the mentions of targets.

    Marks of punctuation do as well as tokens of their own (Zhou and Chen 2022, An improved baseline for sentence-level
    relation extraction, AACL), and need no change of any tokenizer.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        A fast tokenizer.
    sentences : sequence of Targeted, length n
    max_tokens : int
        Longer sentences are cut at the end.

    Returns
    -------
    list of dict, length n
        ``input_ids``, ``attention_mask``; ``pool_mask``, weights by which the mean over the tokens is half that of the
        mentions and half that of the sentence; ``owner``, which is the same for rows of the same tokens.
    """
    inputs = [marked(sentence) for sentence in sentences]
    owners = {text: number for number, text in enumerate(dict.fromkeys(sentence.text for sentence in inputs))}
    if not owners:
        return []
    tokens = tokenizer(list(owners), truncation=True, max_length=max_tokens, return_offsets_mapping=True)
    rows = []
    for sentence in inputs:
        owner = owners[sentence.text]
        rows.append(
            {
                "input_ids": tokens["input_ids"][owner],
                "attention_mask": tokens["attention_mask"][owner],
                "pool_mask": _weights(sentence, np.array(tokens["offset_mapping"][owner])),
                "owner": owner,
            }
        )
    return rows


def _weights(sentence: Targeted, places: Codes) -> list[float]:
    """Weights of tokens at `places`, their first and past-the-last characters, shape (n_tokens, 2)."""
    starts, ends = places.T
    mention = np.zeros(len(starts), dtype=bool)
    for start, end in sentence.mentions:
        mention |= (starts < end) & (ends > start)
    own = (starts >= sentence.start) | (ends == 0)  # special tokens have no place
    weights: list[float] = (own / own.sum() + mention / max(1, mention.sum())).tolist()
    return weights


def marked(sentence: Targeted) -> Targeted:
    """The same with marks in its text."""
    before, after = f"{_MARK} ", f" {_MARK}"
    parts, spans, start, last = [], [], sentence.start, 0
    for number, (first, end) in enumerate(sorted([*sentence.mentions, *sentence.others])):
        parts += [sentence.text[last:first], before, sentence.text[first:end], after]
        if (first, end) in sentence.mentions:
            shift = number * len(before + after) + len(before)
            spans.append((first + shift, end + shift))
        if end <= sentence.start:
            start += len(before + after)
        last = end
    return Targeted("".join([*parts, sentence.text[last:]]), spans, start)
