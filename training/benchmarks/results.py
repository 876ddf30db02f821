"""Results of the published benchmarks: a line per method and seed, kept so that runs can be added to."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "results"


class Results:
    """Figures of one benchmark, in ``results/<name>.jsonl``."""

    def __init__(self, name: str) -> None:
        self.path = FOLDER / f"{name}.jsonl"
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        self.rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.commit = _commit()  # as the run begins; rows from before this was kept have none

    def has(self, task: str, method: str, seed: int) -> bool:
        """Whether this was measured before."""
        return any((row["task"], row["method"], row["seed"]) == (task, method, seed) for row in self.rows)

    def scores(self, task: str, method: str) -> dict[int, float]:
        """What was measured, by seed."""
        return {row["seed"]: row["score"] for row in self.rows if (row["task"], row["method"]) == (task, method)}

    def add(self, task: str, method: str, seed: int, score: float) -> None:
        """Keep a figure, at once; runs of other methods may add theirs at the same time."""
        row = {"task": task, "method": method, "seed": seed, "score": round(score, 4), "commit": self.commit}
        self.rows.append(row)
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")

    def print_table(self) -> None:
        """Mean score, spread (standard deviation over seeds) and number of seeds, a row per method."""
        tasks = list(dict.fromkeys(row["task"] for row in self.rows))
        print("\n| | " + " | ".join(tasks) + " |\n|---" + "|---" * len(tasks) + "|")
        for method in dict.fromkeys(row["method"] for row in self.rows):
            print(f"| {method} | " + " | ".join(self._cell(task, method) for task in tasks) + " |")

    def _cell(self, task: str, method: str) -> str:
        found = list(self.scores(task, method).values())
        if not found:
            return "-"
        spread = f" ± {np.std(found, ddof=1):.3f}" if len(found) > 1 else ""
        return f"{np.mean(found):.3f}{spread} ({len(found)})"


def _commit() -> str:
    """Short hash of the commit that is checked out, empty where there is no git."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=FOLDER.parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.stdout.strip()
