"""Are near-duplicates found? Plants 200 altered copies in the pool of real articles and counts the pairs found.

Every copy gets all four: light edits (4 words in 100 dropped, doubled or exchanged), cut to its first 60 percent,
boilerplate added at both ends, and a new headline.

Run: ``python training/benchmarks/stories.py ../shared``
"""

import gzip
import json
import random
import sys
from itertools import combinations
from pathlib import Path
from time import perf_counter

import numpy as np

from framing.corpus.boilerplate import is_boilerplate
from framing.corpus.sentences import split_sentences
from framing.corpus.stories import group_stories
from framing.corpus.text import repair

COPIES, KEPT, EDITED = 200, 0.6, 0.04
HEAD = "By our foreign desk\nSubscribe to our newsletter and never miss a story.\n"
TAIL = (
    "\nReporting by our staff; editing by the night desk.\nRead more: five things to know today.\nAll rights reserved."
)


def content(text: str) -> str:
    """Text as `framing ingest` compares it: repaired, without boilerplate."""
    text = repair(text)
    sentences = (text[start:end] for start, end in split_sentences(text))
    return " ".join(sentence for sentence in sentences if not is_boilerplate(sentence))


def altered(text: str, rng: random.Random) -> str:
    """A copy as another outlet might print it."""
    words = text.split(" ")
    words = words[: int(len(words) * KEPT)]
    for _ in range(int(len(words) * EDITED)):
        place = rng.randrange(len(words))
        words[place] = rng.choice(["", f"{words[place]} {words[place]}", rng.choice(words)])
    return f"A headline of our own\n{HEAD}{' '.join(words)}{TAIL}"


def pairs(stories: np.ndarray) -> set[tuple[int, int]]:
    """All pairs of one story."""
    members: dict[int, list[int]] = {}
    for item, story in enumerate(stories):
        members.setdefault(int(story), []).append(item)
    return {pair for items in members.values() for pair in combinations(items, 2)}


def main(shared: Path) -> None:
    """Print recall and precision of the pairs."""
    with gzip.open(shared / "articles" / "pool.jsonl.gz", "rt", encoding="utf-8") as stream:
        texts = [json.loads(line)["text"] for line in stream]
    rng = random.Random(2026)
    long = [i for i, text in enumerate(texts) if len(text.split()) >= 150]
    originals = rng.sample(long, COPIES)
    n = len(texts)
    contents = [content(text) for text in [*texts, *(altered(texts[i], rng) for i in originals)]]
    start = perf_counter()
    natural = group_stories(contents[:n])
    planted = pairs(group_stories(contents))
    seconds = perf_counter() - start
    copy_of = {n + k: original for k, original in enumerate(originals)}
    hits = sum((original, copy) in planted for copy, original in copy_of.items())
    with_copy = [(a, b) for a, b in planted if b in copy_of]
    right = sum(natural[copy_of.get(a, a)] == natural[copy_of[b]] for a, b in with_copy)
    print(f"{n} articles + {COPIES} planted copies, two groupings in {seconds:.0f} s")
    print(
        f"pair recall {hits / COPIES:.3f}; precision {right / len(with_copy):.3f} of {len(with_copy)} pairs with a copy"
    )
    print(f"natural near-duplicate pairs in the pool: {len(pairs(natural))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
