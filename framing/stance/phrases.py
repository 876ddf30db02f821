"""Noun phrases of an English sentence, found by words that begin or end them; no tagger, so that it costs little."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from framing.stance.reporting import VERBS

_TOKEN = re.compile(
    r"(?:[A-Z]\.){2,}(?:[’']s)?|\b[JS]r\.|\b(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Lt|Col|Prof|Adm|Capt|St|[A-Z])\.(?!$)"
    r"|\w+(?:[-’'&.]\w+)*(?:(?<=s)[’'](?=\s[a-z]))?|\S"
)
_QUOTED = re.compile(
    r"^[^\"]*[,.?!…]\"(?=[^\"]*(?:\"[^\"]*\"[^\"]*)*$)"  # the rest of a quotation that an earlier sentence opened
    r"|^[^“”]*”|^[^'‘“\"]{20,}[,.?!]['’](?!\w)"
    r"|“[^“”]*(?:”|$)|\"[^\"]*(?:\"|$)"  # one of this sentence, which may go on in the next
    r"|(?<!\w)‘(?:[^‘’]|’(?=\w))*’|(?<!\w)'(?:[^']|'(?=\w))+[,.?!]'(?!\w)"
)

QUOTE = "“"  # what stands for a quotation
ENDS = frozenset(",.;:!?()[]—–-/…" + QUOTE)
CLAUSES = frozenset(
    "that but as when while because which if where whether although though since so who whom whose nor than until "
    "unless after before and or".split()
)
BE = frozenset("is are was were be been being get gets got".split())
OPENERS = frozenset("but and however meanwhile still yet so then now likewise also nevertheless or instead".split())
PREPOSITIONS = frozenset("in on at during after before under with by for since from of to through despite".split())
PRONOUNS = frozenset("he she they it we i you him them who which what me us her".split())
DAYS_AND_MONTHS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august "
    "september october november december today yesterday week month year night morning afternoon evening".split()
)
WHEN = DAYS_AND_MONTHS | frozenset("last this late early earlier next may days weekend".split())
_NO_PART = BE | VERBS | frozenset("has have had there to not would will can could may might must should do did".split())
_ALONE = frozenset("this that these those here some many others most one people nobody everyone both all".split())
DETERMINERS = frozenset("the a an its his her their our one another several two three some many most both".split())
_PLURAL = ("s", "media", "police", "people")
_AFTER_NOUN = frozenset("last late earlier released published briefed familiar quoted quoting".split())
_LIMITS = ENDS | CLAUSES
_NEVER_INSIDE = (_LIMITS - {"and"}) | DAYS_AND_MONTHS | _NO_PART
_LONGEST = 14  # words of a noun phrase


@dataclass(frozen=True)
class Word:
    """A word, a mark, or a whole quotation, and where it is in the sentence.

    `lower` is in small letters, without an ending of possession.
    """

    text: str
    lower: str
    start: int
    end: int

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital or a digit."""
        return self.text[0].isupper() or self.text[0].isdigit()


Words = Sequence[Word]


def words_of(text: str) -> list[Word]:
    """Words and marks of a sentence, a quotation as one word."""
    found, end = [], 0
    for match in [*_QUOTED.finditer(text), None]:
        start = match.start() if match else len(text)
        found += [_word(m[0], *m.span()) for m in _TOKEN.finditer(text, end, start)]
        if match:
            end = match.end()
            found.append(_word(QUOTE, start, end))
    return found


def _word(text: str, start: int, end: int) -> Word:
    return Word(text, text.lower().removesuffix("'s").removesuffix("’s"), start, end)


def phrase_from(words: Words, start: int) -> Words:
    """The noun phrase that begins at a word; empty if none does."""
    end = start
    while end < min(len(words), start + _LONGEST) and not _ends_phrase(words, start, end):
        end += 1
    return noun_phrase(words[start:end])


def phrase_to(words: Words, last: int) -> Words:
    """The noun phrase that ends with a word; empty if none does."""
    start = _start(words, last)
    if last >= start > 1 and words[start - 1].lower == "and":
        first = _start(words, start - 2)
        both = words[first : last + 1]
        if noun_phrase(words[first : start - 1]) and noun_phrase(both) == both:
            return both
    return noun_phrase(words[start : last + 1])


def _start(words: Words, last: int) -> int:
    """Where a phrase that ends with a word begins, as far as marks and conjunctions say."""
    start = last + 1
    while start > 0 and last - start < _LONGEST and words[start - 1].lower not in _LIMITS:
        start -= 1
    return start


def noun_phrase(words: Words) -> Words:
    """The words without what opens a clause, if they can be a noun phrase or a pronoun; else none."""
    while words and (words[0].lower in OPENERS or (words[0].lower.endswith("ly") and len(words) > 1)):
        words = words[1:]
    verbs = [i for i, word in enumerate(words) if word.lower in _NO_PART and not _is_preposition(words, i)]
    if verbs:
        words = words[verbs[-1] + 1 :]
        if words and not (words[0].capital or words[0].lower in DETERMINERS):
            return []
    if len(words) > 2 and words[0].lower in ("on", "in", "at") and words[1].lower in WHEN:
        words = words[2:]
    return words if words and _may_stand(words) else []


def has_role(phrase: Words) -> bool:
    """Whether a word of it is in small letters and no preposition or determiner, as "minister"."""
    return any(not word.capital and word.lower not in PREPOSITIONS | DETERMINERS for word in phrase)


def names_somebody(phrase: Words) -> bool:
    """Whether it begins with a capital or a determiner."""
    return bool(phrase) and (phrase[0].capital or phrase[0].lower in DETERMINERS)


def _may_stand(words: Words) -> bool:
    """Whether first and last word may be those of a noun phrase, and bare small letters are a plural or a pronoun."""
    first, last = words[0].lower, words[-1].lower
    if first in PREPOSITIONS or last in PREPOSITIONS | DETERMINERS:
        return False
    if len(words) == 1 and (first in _ALONE or first.endswith(("ly", "ing"))):
        return False
    named = any(word.capital for word in words) or first in DETERMINERS | PRONOUNS
    return named or last.endswith(_PLURAL)


def _ends_phrase(words: Words, start: int, i: int) -> bool:
    """Whether a phrase from `start` has ended before a word."""
    word, begun = words[i], i > start
    if word.lower in _NEVER_INSIDE:
        return True
    if word.lower in PREPOSITIONS and word.lower not in ("of", "for"):  # "the envoy in Paris", but "Brand in Paris"
        following = words[i + 1] if i + 1 < len(words) else None
        belongs = following is not None and (following.capital or following.lower == "the")
        return not (begun and not words[i - 1].capital and belongs)
    return begun and word.lower in _AFTER_NOUN


def _is_preposition(words: Words, i: int) -> bool:
    """Whether it is the "to" of "the ambassador to China"."""
    following = words[i + 1] if words[i].lower == "to" and i + 1 < len(words) else None
    return following is not None and (following.capital or following.lower in DETERMINERS)
