"""Names of one source that are written in several ways: "Trump", "Mr. Trump", "U.S. President Donald Trump"."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache

from framing.evaluation.name_swap import countries
from framing.stance.phrases import DETERMINERS

_TITLE = re.compile(
    r"\b(?:mr|mrs|ms|dr|gen|sen|rep|gov|lt|col|prof|adm|capt)\b\.?|\b(?:secretary[ -]general|attorney general|"
    r"president|minister|premier|chancellor|secretary|ambassador|senator|congress(?:man|woman)|governor|mayor|speaker|"
    r"spokes(?:man|woman|person)|chief|head|director|chair(?:man|woman)?|commissioner|envoy|adviser|advisor|professor|"
    r"analyst|expert|economist|researcher|lawmaker|leader|ceo|aide|diplomat)\b",
    re.IGNORECASE,
)
_OWNERS = ("'s", "’s")
_MOST = 0.8
_LONGEST = 3  # words of the name of a person


def one_name(counts: Mapping[str, int]) -> dict[str, str]:
    """The name that each spelling of a source is counted under.

    Titles and roles before the name of a person are left out, and a single name stands for who bears it: whose name
    ends with it or, as Chinese names do, begins with it, in four of five cases at least. Names of countries, capitals
    and peoples stand for themselves. A determiner is written small.

    Parameters
    ----------
    counts : mapping of str to int
        Spellings, and how often each is found.
    """
    names = {name: _without_title(name) for name in counts}
    bearers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, bare in names.items():
        words = bare.split()
        if 1 < len(words) <= _LONGEST and all(word[0].isupper() and not word.endswith(_OWNERS) for word in words):
            for part in {words[0], words[-1]} - _places():
                bearers[part][bare] += counts[name]
    whole = {part: who for part, found in bearers.items() for who, n in found.items() if n >= _MOST * found.total()}
    return {name: whole.get(bare, bare) for name, bare in names.items()}


def _without_title(name: str) -> str:
    """The name of a person without what stands before it; other names as they are, with a small determiner."""
    titles = list(_TITLE.finditer(name))
    rest = name[titles[-1].end() :].split() if titles else []
    if rest and all(word[0].isupper() for word in rest):
        return " ".join(rest)
    first, _, others = name.partition(" ")
    return f"{first.lower()} {others}" if others and first.lower() in DETERMINERS else name


@cache
def _places() -> frozenset[str]:
    """Names of countries, their capitals and peoples, which are no family names."""
    return frozenset(name for bearer in countries() for names in bearer for name in names)
