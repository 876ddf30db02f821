"""Repair of article text: mojibake, invisible characters, hard wraps, glued sentences."""

import re

_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\u200e\u200f\u202a-\u202e]")
_SPACES = re.compile(r"[^\S\n]+")
_PARAGRAPHS = re.compile(r"\s*\n\s*")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_WRAPPED = (45, 100)  # length of a line in hard-wrapped text
_STOPPED = re.compile(r"[.!?][”’\"')\]]*\s*$")  # the end of a sentence, perhaps of a quoted one

# "bloc.The": a stop, perhaps a closing quote, then at once a capitalised word.
_GLUED = re.compile(
    r"(?:(?<=[a-z0-9%)\]’”\"'])|(?<=[A-Z][A-Z]))([.!?]|[.!?][”’\"')\]]|…)(?=[“‘(\"']?(?:[A-Z][a-z’']+|[A-Z]{2,}|[AI])\b)"
)
_DOMAIN_END = re.compile(r"(?:Com|Org|Net|Ru|Cn|Uk|Gov|Info|Tv)\b")
_MAIL_END = re.compile(r"[\w.-]+@")
_WORD_BEFORE = re.compile(r"[\w.@/:-]*$")
_LONGEST_ADDRESS = 200
# "(Jane Doe via Getty Images)The visit": a picture credit set into running text becomes a line of its own.
_CREDIT = re.compile(
    r"\s*(\((?:[^()]*(?:Getty Images|via (?:AP|AFP|Reuters)|AP Photo|/Xinhua|/AFP|/EPA)|Photo[ :/])[^()]*\)+)"
    r"\s*(?=[A-Z])"
)
_STRAY_QUOTE = re.compile(r"(?<=[.!?,]) ([\"”])(?=\s|$)")


def repair(text: str) -> str:
    """Repair article text; paragraphs come out separated by one newline, everything else on one line.

    Mojibake is undone (ftfy), soft hyphens and other invisible characters go, runs of white space become one
    space, hard-wrapped lines are joined, and a missing space after a full stop ("bloc.The") is put in.
    What was repaired is not to be repaired again: its paragraphs stand as lines, which may look hard-wrapped.
    """
    import ftfy

    text = ftfy.fix_text(text, uncurl_quotes=False, unescape_html=True, normalization="NFC")
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _unwrap(text)
    text = _PARAGRAPHS.sub("\n", _SPACES.sub(" ", text)).strip()
    return "\n".join(_repair_line(line) for line in text.split("\n"))


def repair_line(text: str) -> str:
    """Repair a title or a single sentence: as `repair`, on one line."""
    return " ".join(repair(text).split("\n"))


def _unwrap(text: str) -> str:
    """Join lines that were broken at a fixed width; paragraphs are then set off by blank lines."""
    blocks = _BLANK_LINE.split(text)
    broken = [line for block in blocks for line in block.strip().split("\n")[:-1]]
    wrapped = [line for line in broken if _WRAPPED[0] <= len(line) <= _WRAPPED[1] and not _STOPPED.search(line)]
    if len(wrapped) * 2 <= len(broken):
        return text
    return "\n\n".join(" ".join(block.split("\n")) for block in blocks)


def _repair_line(line: str) -> str:
    line = _unglue(_STRAY_QUOTE.sub(r"\1", line))
    return _CREDIT.sub(r"\n\1\n", line).strip()


def _unglue(line: str) -> str:
    parts: list[str] = []
    last = 0
    for match in _GLUED.finditer(line):
        end = match.end()
        if _is_address(line, match.start(), end):
            continue
        # A straight quote right behind the stop opens or closes: an odd count before it means it closes.
        if line[end : end + 1] == '"' and line.count('"', 0, end) % 2:
            end += 1
        if match[0][-1:] == '"' and line.count('"', 0, end) % 2:
            end -= 1
        parts += [line[last:end], " "]
        last = end
    return "".join((*parts, line[last:]))


def _is_address(line: str, start: int, end: int) -> bool:
    word = _WORD_BEFORE.search(line[max(0, start - _LONGEST_ADDRESS) : start])
    before = word[0] if word else ""
    return (
        bool(_DOMAIN_END.match(line, end) or _MAIL_END.match(line, end))
        or "www." in before
        or "://" in before
        or "@" in before
    )
