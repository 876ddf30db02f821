"""A sentence and one target to what the network reads: the target's mentions are marked, and weigh half."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedTokenizerBase

from framing.classifier.inputs import Encoded
from framing.stance.mentions import Span

_MARK = "*"


@dataclass(frozen=True)
class Targeted:
    """A sentence with the places where it mentions one target.

    Parameters
    ----------
    text : str
    mentions : sequence of (int, int)
        First and past-the-last character of each, in order, without overlap; at least one.
    """

    text: str
    mentions: Sequence[Span]

    @classmethod
    def implied(cls, name: str, text: str) -> "Targeted":
        """A sentence about a target that it does not name: the name is put before it."""
        return cls(f"{name}: {text}", [(0, len(name))])


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
        the mentions and half that of the whole sentence.
    """
    texts_and_spans = [marked(sentence) for sentence in sentences]
    texts = [text for text, _ in texts_and_spans]
    if not texts:
        return []
    tokens = tokenizer(texts, truncation=True, max_length=max_tokens, return_offsets_mapping=True)
    rows = []
    for i, (_, spans) in enumerate(texts_and_spans):
        starts, ends = np.array(tokens["offset_mapping"][i]).T
        inside = np.zeros(len(starts), dtype=bool)
        for start, end in spans:
            inside |= (starts < end) & (ends > start)
        weights = np.full(len(starts), 1 / len(starts)) + inside / max(1, inside.sum())
        rows.append(
            {
                "input_ids": tokens["input_ids"][i],
                "attention_mask": tokens["attention_mask"][i],
                "pool_mask": weights.tolist(),
            }
        )
    return rows


def marked(sentence: Targeted) -> tuple[str, list[Span]]:
    """The text with marks, and where the mentions now are."""
    parts, spans, length, last = [], [], 0, 0
    for start, end in sentence.mentions:
        before = f"{sentence.text[last:start]}{_MARK} "
        parts += [before, sentence.text[start:end], f" {_MARK}"]
        begin = length + len(before)
        spans.append((begin, begin + end - start))
        length, last = begin + end - start + len(_MARK) + 1, end
    return "".join([*parts, sentence.text[last:]]), spans
