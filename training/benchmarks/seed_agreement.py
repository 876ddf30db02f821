"""Agreement of the two coders of the seed corpus: the figures of its datasheet.

python training/benchmarks/seed_agreement.py
"""

from collections import Counter
from collections.abc import Hashable

from framing import Codebook
from framing.annotation.rows import Coding, read_codings
from framing.resources import shipped


def krippendorff_alpha(pairs: list[tuple[Hashable, Hashable]]) -> float:
    """Nominal alpha of two coders without missing values: Krippendorff (2011), Computing Krippendorff's Alpha."""
    values = Counter(value for pair in pairs for value in pair)
    n = values.total()
    observed = sum(one != two for one, two in pairs) / len(pairs)
    expected = 1 - sum(count * (count - 1) for count in values.values()) / (n * (n - 1))
    return 1 - observed / expected


def main() -> None:
    """Print alpha per frame, boilerplate, voice and target, over the rows of the corpus as it is split."""
    codebook = Codebook.load("china-russia")
    rows: dict[str, list[Coding]] = {}
    for coding in read_codings(shipped("seeds") / "codings.jsonl", codebook):
        rows.setdefault(coding.sentence_id, []).append(coding)
    measures = {name: (lambda c, name=name: name in c.frames) for name in codebook.frame_names}
    measures |= {"boilerplate": lambda c: c.boilerplate, "voice": lambda c: c.voice}
    measures |= {f"stance {name}": (lambda c, name=name: c.stance.get(name)) for name in codebook.target_names}
    print(f"{len(rows)} sentences coded twice")
    for what, value in measures.items():
        print(f"{what:18} {krippendorff_alpha([(value(one), value(two)) for one, two in rows.values()]):.3f}")


if __name__ == "__main__":
    main()
