"""Sentence boundaries in English news text.

Why our own rules: the codebook's unit needs a quotation of several sentences split into its sentences.
Libraries keep quotations whole (pysbd, sentencex) or break at abbreviations that news is full of ("Gov. Ron",
"(AP) - "; syntok). ``tests/test_sentences.py`` holds the boundaries checked by hand.
"""

import re

# Never end a sentence.
_TITLES = frozenset(
    "mr mrs ms messrs dr prof gen gov sen rep lt col capt cmdr sgt maj adm brig rev fr st mt ft hon pres sec supt "
    "det insp amb atty dept vs cf e.g i.e ca approx est no nos art fig figs vol pp op ed eds jan feb mar apr jun "
    "jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri sat sun".split()
)
# End a sentence only where the next word plainly begins one.
_MAYBE = frozenset(
    "inc corp co ltd llc plc bros jr sr etc al u.s u.k u.n e.u u.s.a u.s.s.r p.r.c d.c b.c a.d ph.d m.d calif fla "
    "ill mass mich minn miss mo okla ore pa tenn tex va vt wash wis conn del ga ariz ark colo ind kan ky la md "
    "mont neb nev n.h n.j n.m n.y n.c n.d s.c s.d w.va wyo ave blvd rd sq".split()
)
# Belong to the time of day before them: "9 a.m. ET", "10 p.m. Moscow time", "8 a.m. Monday".
_CLOCK = frozenset(
    "et est edt pt pst pdt ct cst mt gmt utc bst cet msk eastern pacific central moscow beijing london local "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december".split()
)
_STARTERS = frozenset(
    "a an the this that these those it its he she they we i you his her their our my your there here in on at by "
    "for from to with of as if when while since after before during under over until unless although though "
    "because but and or so yet nor however moreover meanwhile still also then now today yesterday what who why "
    "how where which whose some many most more both each every all no not only one two three such another other "
    "last next earlier later according despite amid among asked".split()
)
_SAYING = re.compile(
    r"(?:[A-Z][\w.’'-]*\s+){1,4}(?:said|says|asked|asks|wrote|writes|added|told|tweeted|shouted|replied|cried)\b"
)
# Searched from the first mark of a row only, a row of dots is read once, not once from each dot.
_STOP = re.compile(r"(?<![.!?…])[.!?…]+(?P<close>[\"”’'»)\]]*)(?P<gap>\s+)(?P<open>[\"“‘'«(\[—–-]*\s?)(?=[^\sa-z])")
# A cross-heading in capitals set into running text: "TRADE WAR LOOMS The minister said". What follows it is looked
# at behind it: asked for in the expression, each word of a long row of capitals would begin the search again.
_CAPITALS = re.compile(r"(?:\b[A-Z][A-Z’':-]+\s){3,}")
_CAPITALISED = re.compile(r"[A-Z][a-z]")
_LONG_CAPITALS = re.compile(r"\b[A-Z]{4,}")  # a row of acronyms is no heading
_WORD_BEFORE = re.compile(r"[\w.&’'-]*\w$")
_WORD_AFTER = re.compile(r"[A-Za-z]+")
_LONGEST_WORD = 40  # looking further back would make long lines quadratic
_INITIALS = re.compile(r"(?:[a-z]\.)*[a-z]", re.IGNORECASE)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Split text into sentences.

    Parameters
    ----------
    text : str
        Repaired text; a newline always ends a sentence.

    Returns
    -------
    list of (int, int)
        Start and end offsets, in order, not overlapping, without surrounding white space; together they cover
        every character that is not white space.
    """
    spans: list[tuple[int, int]] = []
    offset = 0
    for line in text.split("\n"):
        start = 0
        for end in (*_boundaries(line), len(line)):
            if sentence := line[start:end].strip():
                begin = offset + line.index(sentence, start)
                spans.append((begin, begin + len(sentence)))
            start = end
        offset += len(line) + 1
    return spans


def _boundaries(line: str) -> list[int]:
    stops = (match.start("gap") for match in _STOP.finditer(line) if _ends_sentence(line, match))
    headings = (match.end() for match in _CAPITALS.finditer(line) if _is_heading(line, match))
    return sorted({*stops, *headings})


def _is_heading(line: str, match: re.Match[str]) -> bool:
    return bool(_CAPITALISED.match(line, match.end())) and len(_LONG_CAPITALS.findall(match[0])) > 1


def _ends_sentence(line: str, match: re.Match[str]) -> bool:
    stop = match[0].split()[0]
    after = match.end()
    if match["close"] and stop[0] in "?!" and _SAYING.match(line, after):
        return False  # "Why?" Wang asked.
    if not stop.startswith(".") or stop.startswith("..") or match["close"]:
        return True
    word_match = _WORD_BEFORE.search(line[max(0, match.start() - _LONGEST_WORD) : match.start()])
    word = word_match[0].lower().rsplit("-", 1)[-1] if word_match else ""  # "R-S.C.", "non-U.S."
    next_match = _WORD_AFTER.match(line, after)
    next_word = next_match[0].lower() if next_match else ""
    return _may_end(word, next_word, line, match)


def _may_end(word: str, next_word: str, line: str, match: re.Match[str]) -> bool:
    if word in _TITLES:
        # "No. 2" but "he said no. The"; "on Dec. 4" but "in Dec. The".
        return next_word in _STARTERS and word in {"no", "sat", "sun", "art", "mar", "fig"}
    if word.isdigit() and not line[: match.start()].removesuffix(word).strip():
        return False  # "1. Open the door": the number of a list
    if word in {"a.m", "p.m"}:
        return next_word not in _CLOCK
    if word in _MAYBE or _INITIALS.fullmatch(word):
        return bool(match["open"].strip(" (")) or next_word in _STARTERS
    return True
