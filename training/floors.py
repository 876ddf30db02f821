"""The evaluation gate: scores of the shipped model on the seed corpus, below which CI fails.

Run: ``python training/floors.py`` measures, and raises the floors in ``tests/floors.json``; they are lowered only with
``--lower``. The margin leaves room for other versions of torch, not for a worse model.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from framing import evaluate, ingest, label
from framing.artefact import sha256_file
from framing.resources import shipped

MODEL = "china-russia"
FLOORS = Path(__file__).parents[1] / "tests" / "floors.json"
MARGIN = 0.005


def measure() -> dict[str, Any]:
    """F1 per frame and macro-F1 on the coded sentences of the seed corpus, and the hash of their codings."""
    seeds = shipped("seeds")
    with tempfile.TemporaryDirectory() as folder:
        corpus, labels = Path(folder) / "corpus", Path(folder) / "labels"
        ingest([seeds / "articles"], corpus, outlet_table=seeds / "outlets.csv")
        label(corpus, MODEL, labels)
        result = evaluate(labels, seeds / "annotations.jsonl")
    scores = {frame.frame: frame.f1.value for frame in result.frames} | {"macro": result.macro_f1.value}
    return {"data_sha256": sha256_file(seeds / "annotations.jsonl"), "sentences": result.n_sentences, "f1": scores}


def main() -> None:
    """Write the floors, and say which would have to be lowered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lower", action="store_true", help="lower floors that are no longer reached")
    measured = measure()
    measured["f1"] = {name: round(value - MARGIN, 3) for name, value in measured["f1"].items()}
    lower = parser.parse_args().lower
    if FLOORS.exists() and not lower:
        before = json.loads(FLOORS.read_text(encoding="utf-8"))
        if fallen := [f"{name} {floor} to {measured['f1'][name]}" for name, floor in before["f1"].items()
                      if measured["f1"][name] < floor]:  # fmt: skip
            raise SystemExit(f"would lower {', '.join(fallen)}: better the model, or add --lower and say why")
    FLOORS.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    print(FLOORS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
