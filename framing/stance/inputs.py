"""A sentence and one target to what the network reads: the target's mentions are marked, and weigh half."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedTokenizerBase

from framing.classifier.inputs import Encoded
from framing.stance.mentions import MentionFinder, Span

_MARK = "*"
_BREAK = " | "  # between the sentence before and the sentence
_LONGEST_CONTEXT = 300  # characters


@dataclass(frozen=True)
class Targeted:
    """A sentence with the places where one target is mentioned, in it or in what stands before it.

    Parameters
    ----------
    text : str
    mentions : sequence of (int, int)
        First and past-the-last character of each, in order, without overlap; at least one.
    start : int
        Where the sentence begins; what stands before is context, which is read but not judged.
    """

    text: str
    mentions: Sequence[Span]
    start: int = 0


def targeted(find: MentionFinder, text: str, previous: str = "") -> dict[str, Targeted]:
    """What to ask the network about a sentence: the targets that it names.

    A sentence that names none may be about those that the sentence before names ("they", "the two countries"): then it
    is read with that sentence.

    Parameters
    ----------
    find : MentionFinder
    text, previous : str
        `previous` is the sentence before, empty where there is none; of a long one the end counts.

    Returns
    -------
    dict of str to Targeted
        For each such target.
    """
    if found := find(text):
        return {name: Targeted(text, spans) for name, spans in found.items()}
    context = previous if len(previous) <= _LONGEST_CONTEXT else previous[-_LONGEST_CONTEXT:].partition(" ")[2]
    start = len(context) + len(_BREAK)
    return {name: Targeted(f"{context}{_BREAK}{text}", spans, start) for name, spans in find(context).items()}


def encode_targeted(
    tokenizer: PreTrainedTokenizerBase, sentences: Sequence[Targeted], max_tokens: int
) -> list[Encoded]:
    """Tokenise sentences with marks around the mentions of their target.

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
        ``input_ids``, ``attention_mask``, and ``pool_mask``, weights by which the mean over the tokens is half that of
        the mentions and half that of the sentence.
    """
    inputs = [marked(sentence) for sentence in sentences]
    texts = [sentence.text for sentence in inputs]
    if not texts:
        return []
    tokens = tokenizer(texts, truncation=True, max_length=max_tokens, return_offsets_mapping=True)
    rows = []
    for i, sentence in enumerate(inputs):
        starts, ends = np.array(tokens["offset_mapping"][i]).T
        mention = np.zeros(len(starts), dtype=bool)
        for start, end in sentence.mentions:
            mention |= (starts < end) & (ends > start)
        own = (starts >= sentence.start) | (ends == 0)  # special tokens have no place
        weights = own / own.sum() + mention / max(1, mention.sum())
        rows.append(
            {
                "input_ids": tokens["input_ids"][i],
                "attention_mask": tokens["attention_mask"][i],
                "pool_mask": weights.tolist(),
            }
        )
    return rows


def marked(sentence: Targeted) -> Targeted:
    """The same with marks in its text."""
    parts, spans, length, last = [], [], 0, 0
    for start, end in sentence.mentions:
        before = f"{sentence.text[last:start]}{_MARK} "
        parts += [before, sentence.text[start:end], f" {_MARK}"]
        begin = length + len(before)
        spans.append((begin, begin + end - start))
        length, last = begin + end - start + len(_MARK) + 1, end
    text = "".join([*parts, sentence.text[last:]])
    return Targeted(text, spans, sentence.start and sentence.start + len(text) - len(sentence.text))
