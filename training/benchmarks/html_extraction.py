"""How much of an article does HTML extraction get? Mean token F1 against pages with known full text.

python training/benchmarks/html_extraction.py ../shared
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from statistics import mean

import trafilatura

from framing.corpus.documents import read_html
from framing.corpus.records import UnreadableError


def tokens(text: str) -> Counter[str]:
    """Bag of lower-case words."""
    return Counter(re.findall(r"\w+", text.lower()))


def token_f1(found: str, expected: str) -> float:
    """F1 of the bags of words."""
    one, two = tokens(found), tokens(expected)
    return 2 * (one & two).total() / (one.total() + two.total())


def main(shared: Path) -> None:
    """Print the mean F1 of our reader and of the extractor with its defaults, and what could not be read."""
    pages = json.loads((shared / "articles" / "html" / "manifest.json").read_text(encoding="utf-8"))
    ours, defaults, unreadable = [], [], []
    for page in pages:
        data = (shared / "articles" / page["path"]).read_bytes()
        try:
            text = read_html(data)["text"]
        except UnreadableError:
            unreadable.append(page["path"])
            text = ""
        if page["expected"] == "full_text":
            ours.append(token_f1(text, page["expected_text"]))
            defaults.append(token_f1(trafilatura.extract(data) or "", page["expected_text"]))
    print(f"{len(pages)} pages, unreadable: {unreadable or 'none'}")
    print(f"mean token F1 on {len(ours)} full texts: {mean(ours):.4f} (defaults {mean(defaults):.4f})")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
