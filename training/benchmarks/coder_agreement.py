"""Agreement of 100,000 codings: seconds to read them, without intervals and with.

python training/benchmarks/coder_agreement.py
"""

import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from framing import Codebook, agreement
from framing.annotation.rows import read_codings

SENTENCES, PER_STORY = 50_000, 10
PREVALENCE, ERROR = (0.3, 0.1, 0.02), 0.03


def write_codings(path: Path, names: tuple[str, ...], n_coders: int) -> None:
    """Every sentence coded by two of the coders, who err independently; with voice, stance and time."""
    rng = np.random.default_rng(0)
    has = rng.random((SENTENCES, len(names))) < PREVALENCE
    with path.open("w", encoding="utf-8") as out:
        for i in range(SENTENCES):
            for coder in rng.choice(n_coders, 2, replace=False):
                seen = has[i] ^ (rng.random(len(names)) < ERROR)
                row = {
                    "sentence_id": f"article-{i // PER_STORY}#{i % PER_STORY}",
                    "coder": f"coder-{coder}",
                    "frames": [name for name, on in zip(names, seen, strict=True) if on],
                    "voice": "source" if (i + (rng.random() < ERROR)) % 2 else "outlet",
                    "stance": {"china": "neutral"} if (i + (rng.random() < ERROR)) % 3 == 0 else {},
                    "coded_at": f"2024-05-{1 + 28 * i // SENTENCES:02}T10:00:00Z",
                }
                out.write(json.dumps(row) + "\n")


def timed(what: str, call: Callable[[], object]) -> None:
    """Print the wall-clock time of a call and the processor's."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    print(f"  {what:24} {time.perf_counter() - wall:5.1f} s, processor {time.process_time() - cpu:5.1f} s")


def main() -> None:
    """Time two coders, and thirty (435 pairs)."""
    codebook = Codebook.load("china-russia")
    for n_coders in (2, 30):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "codings.jsonl"
            write_codings(path, codebook.frame_names, n_coders)
            print(f"{2 * SENTENCES:,} codings by {n_coders} coders")
            codings = list(read_codings(path, codebook))
            timed("read and checked", lambda path=path: list(read_codings(path, codebook)))
            timed("without intervals", partial(agreement, codings, codebook, intervals=False))
            timed("with intervals", partial(agreement, codings, codebook))


if __name__ == "__main__":
    main()
