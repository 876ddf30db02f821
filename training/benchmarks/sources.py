"""Who is quoted, by rules, on 400 coded sentences of real news in the voice of a source.

Run: ``python training/benchmarks/sources.py ../shared`` (seconds). The rules were written on the part `dev`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

from standoff import placed, read_articles

from framing.stance import find_source

DETERMINERS = frozenset("the a an its his her their our".split())
Pair = tuple[str, str]  # names that the coders and the rules gave, empty where nobody is named


def main(shared: Path) -> None:
    """Print precision and recall of names: where one is within the other, and where both are the same."""
    articles = read_articles(shared / "articles" / "articles.jsonl")
    parts: dict[str, list[Pair]] = {"dev": [], "test": []}
    for row, text in placed("sources.jsonl", articles):
        found = find_source(text)
        coded = text[slice(*row["source"])] if row["source"] else ""
        parts[row["part"]].append((coded, found.name if found else ""))
    for part, pairs in parts.items():
        print(f"{part}: {len(pairs)} sentences, {sum(coded != '' for coded, _ in pairs)} name a source")
        alike = [(words(coded), words(found)) for coded, found in pairs if coded and found]
        print_scores("  one within the other", sum(within(a, b) or within(b, a) for a, b in alike), pairs)
        print_scores("  the same", sum(a == b for a, b in alike), pairs)


def print_scores(what: str, n_right: int, pairs: Sequence[Pair]) -> None:
    """Precision among names that the rules gave, recall among those of the coders."""
    n_coded, n_found = sum(coded != "" for coded, _ in pairs), sum(found != "" for _, found in pairs)
    print(f"{what}: precision {n_right / n_found:.3f}, recall {n_right / n_coded:.3f}")


def words(name: str) -> list[str]:
    """Words of a name in small letters, without a determiner before them."""
    found = name.lower().replace("’", "'").rstrip(".").split()
    return found[1:] if found and found[0] in DETERMINERS else found


def within(short: list[str], long: list[str]) -> bool:
    """Whether the words of one stand one after the other in the other."""
    return any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
