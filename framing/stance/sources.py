"""Who a sentence quotes: the noun phrase beside a reporting verb, "according to", a colon or a dash; English."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from framing.stance.phrases import (
    BE,
    DAYS_AND_MONTHS,
    ENDS,
    OPENERS,
    PRONOUNS,
    QUOTE,
    WHEN,
    Words,
    has_role,
    names_somebody,
    noun_phrase,
    phrase_from,
    phrase_to,
    words_of,
)
from framing.stance.reporting import ACTS, PARTICIPLES, PARTICLES, VERBS

_HEADLINE = re.compile(r"^(?P<name>(?:[A-Z][\w.’'-]*\s?){1,5})(?P<verb>:)\s")
_DASH = re.compile(r"\s(?P<verb>[—–])\s(?P<name>(?:[A-Z][\w.’'-]*\s?){1,5}|[a-z]+(?:\s[a-z]+)?)$")
_SAYING = VERBS | PARTICIPLES
_ATTRIBUTED, _ORDINARY, _WEAK = range(3)  # "..., Brand said." says more surely whose the sentence is
_BETWEEN = frozenset("has have had also later then once again earlier often still even just now further".split()) | BE
_OCCASIONS = DAYS_AND_MONTHS | frozenset("statement interview speech conference briefing report letter tweet".split())
_WHERE = frozenset("in on at during".split())
_INVERTED = frozenset("say says said added noted explained stressed wrote warned argued reported announced".split())
_RELAYED = frozenset("reported reports".split())  # by an agency, what another said
_SUBORDINATE = frozenset("after when before if until unless".split())
_READ = 2000  # characters: what is longer is no sentence
_ADJUNCT = 7  # words of "in an interview on Monday"


@dataclass(frozen=True)
class Source:
    """Whom a sentence quotes: a name or role as written, and the reporting verb, "according to", ":" or a dash."""

    name: str
    verb: str


@dataclass(frozen=True)
class _Cue:
    who: Words
    verb: Words
    rank: int


def find_source(text: str) -> Source | None:
    """The source that a sentence names.

    Parameters
    ----------
    text : str
        A sentence that quotes or paraphrases somebody.

    Returns
    -------
    Source or None
        None where nobody is named: there is no reporting verb, or its subject is a pronoun.
    """
    words = words_of(text[:_READ])
    cues = [cue for first, after in _verbs(words) if (cue := _cue(words, first, after))]
    best = min(cues, key=lambda cue: cue.rank, default=None)  # the first of the best
    if best and not _is_pronoun(best.who):
        return Source(*(text[part[0].start : part[-1].end] for part in (best.who, best.verb)))
    for pattern in (_HEADLINE, _DASH):
        if match := pattern.search(text):
            return Source(match["name"].strip(), match["verb"])
    return None


def _verbs(words: Words) -> Iterator[tuple[int, int]]:
    """Where a reporting verb or "according to" begins, and ends."""
    for i, word in enumerate(words):
        following = words[i + 1].lower if i + 1 < len(words) else ""
        if following in PARTICLES.get(word.lower, ()):
            yield i, i + 2
        elif word.lower in _SAYING or word.text in ACTS:
            yield i, i + 1


def _cue(words: Words, first: int, after: int) -> _Cue | None:
    """Who speaks by a verb or "according to"; None if nobody."""
    verb, before = words[first].lower, words[first - 1] if first else None
    who: Words = []
    rank = _WEAK
    if verb == "according":
        who, rank = phrase_from(words, after), _ORDINARY
    elif _may_invert(words, first, after):
        who, rank = _after_role(words, phrase_from(words, after)), _ATTRIBUTED
    elif verb in PARTICIPLES and (before is None or before.lower not in BE):
        who = _opening(words) if before and before.text == "," else []
    elif who := _subject(words, first):
        rank = _rank(words, who, first, after)
    elif before and before.lower in ("and", "but"):
        who = _opening(words)
    return _Cue(who, words[first:after], rank) if who else None


def _may_invert(words: Words, verb: int, after: int) -> bool:
    """Whether who speaks stands behind the verb: it follows a quotation, or a comma, and then nothing is said."""
    before, who = [word.text for word in words[max(verb - 2, 0) : verb]], phrase_from(words, after)
    if not who:
        return False
    if before[-1:] == [QUOTE] or before == [QUOTE, ","]:
        return True
    return before[-1:] == [","] and words[verb].lower in _INVERTED and names_somebody(who) and _closes(words, who)


def _rank(words: Words, who: Words, verb: int, after: int) -> int:
    """How surely the subject of a verb is whose the sentence is."""
    start = words.index(who[0])
    before = words[start - 1].lower if start else ""
    if words[verb].lower in ACTS or before in _SUBORDINATE:
        return _WEAK
    behind = before in (QUOTE, ",") and _closes(words, words[verb:after], {"."})
    return _ATTRIBUTED if behind and words[verb].lower not in _RELAYED else _ORDINARY


def _closes(words: Words, part: Words, ends: frozenset[str] | set[str] = ENDS) -> bool:
    """Whether the sentence ends after a part of it, or says then where or when."""
    following = next((word for word in words if word.start >= part[-1].end), None)
    return following is None or following.text in ends or following.lower in _WHERE


def _opening(words: Words) -> Words:
    """The name or pronoun that a sentence begins with."""
    rest = words[1:] if words[0].lower in OPENERS else words
    if rest and rest[0].lower in PRONOUNS:
        return rest[:1]
    return noun_phrase(list(takewhile(lambda word: word.capital and word.text not in ENDS, rest)))


def _subject(words: Words, verb: int) -> Words:
    """The noun phrase before a verb, its auxiliaries, and what is put between; none before a passive."""
    last = verb - 1
    while last >= 0 and (words[last].lower in _BETWEEN or words[last].lower.endswith("ly")):
        if words[last].lower in BE and words[verb].lower not in PARTICIPLES:
            return []  # "was told"
        last -= 1
    while last > 0:
        if words[last].lower in ("who", "which", "that"):
            last -= 1 + (words[last - 1].text == ",")
        elif words[last].text == ")":
            last = _back_to(words, last, "(") - 1
        elif words[last].text == ",":
            return _before_apposition(words, last)
        elif between := _adjunct(words, last):
            last -= between
        else:
            break
    return phrase_to(words, last)


def _before_apposition(words: Words, comma: int) -> Words:
    """Who speaks where a comma stands before the verb: "Brand, the minister," or "the minister, Brand,"."""
    opened = _back_to(words, comma - 1, ",")
    name, outer = noun_phrase(words[opened + 1 : comma]), phrase_to(words, opened - 1) if opened > 0 else []
    return name if name and all(word.capital for word in name) and has_role(outer) else outer


def _after_role(words: Words, who: Words) -> Words:
    """The name behind a role and a comma, as in "said its head, Ruth Vale"; else the phrase itself."""
    comma = words.index(who[-1]) + 1
    name = phrase_from(words, comma + 1) if comma < len(words) and words[comma].text == "," else []
    return name if name and all(word.capital for word in name) and not any(word.capital for word in who) else who


def _is_pronoun(who: Words) -> bool:
    """Whether it begins with one, and is no name such as "He Lan"."""
    return who[0].lower in PRONOUNS and not (len(who) > 1 and all(word.capital for word in who))


def _back_to(words: Words, last: int, mark: str) -> int:
    """Where the mark before a word is, -1 if there is none."""
    return next((i for i in range(last, -1, -1) if words[i].text == mark), -1)


def _adjunct(words: Words, last: int) -> int:
    """How many words up to this one say when or on what occasion, as "on Monday", "in a statement"."""
    for i in range(last, max(last - _ADJUNCT, -1), -1):
        if words[i].text in ENDS:
            break
        if words[i].lower in _WHERE:
            if any(word.lower in _OCCASIONS for word in words[i + 1 : last + 1]):
                return last + 1 - i
            break
    return len(list(takewhile(lambda word: word.lower in WHEN, reversed(words[: last + 1]))))
