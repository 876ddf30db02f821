"""Training by `accelerate launch` on two processes, here of the processor: one model comes out."""

import os
import subprocess
import sys

from framing.classifier import load_classifier
from framing.resources import shipped

LAUNCH = "--multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no --dynamo_backend no".split()


def test_two_processes_train_and_the_first_writes(seed_corpus, tmp_path):
    rows = (shipped("seeds") / "annotations.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    coded, model = tmp_path / "coded.jsonl", tmp_path / "model"
    coded.write_text("".join(rows[:200]), encoding="utf-8")
    options = ["--codebook", "china-russia", "--corpus", seed_corpus.corpus.folder, "--epochs", "1", "-o", model]
    done = subprocess.run(
        [sys.executable, "-m", "accelerate.commands.launch", *LAUNCH, "-m", "framing", "train", coded, *options],
        env=os.environ | {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"wrote {model}") == 1
    assert load_classifier(model).predict_proba(["It rained."]).shape == (1, 3)
    assert {path.name for path in tmp_path.iterdir()} == {"coded.jsonl", "model"}
