"""`framing label --engine ray`: the rows of the local engine, also where a worker is lost. Skipped where Ray is not."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import numpy as np
import psutil
import pytest
from typer.testing import CliRunner

from framing import FramingError, ingest, label
from framing.cli.app import app
from framing.labelling import read_labels
from framing.labelling.place import PARTIAL, Place
from framing.labelling.ray_engine import label_with_ray
from framing.resources import shipped

PART_ROWS = 16
# Ray leaves processes of its own to the system.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def cluster():
    ray = pytest.importorskip("ray", reason="needs Ray (pip install 'framing[ray]'), which is not installed")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
    yield ray
    ray.shutdown()


def workers():
    """Processes of this test's cluster that hold the model."""
    return [one for one in psutil.Process().children(recursive=True) if "_Labeller" in " ".join(one.cmdline())]


def test_a_worker_lost_in_mid_run_changes_no_row(cluster, seed_training, small_stance, tmp_path):
    articles = shipped("seeds") / "articles" / "corvane-wire.jsonl"
    corpus, output = ingest([articles], tmp_path / "corpus").corpus.folder, tmp_path / "labels"
    local = label(corpus, seed_training.folder, tmp_path / "local", **small_stance).output
    expected = read_labels(local).table
    n_parts = -(-len(expected) // PART_ROWS)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            label_with_ray,
            corpus.as_uri(),
            seed_training.folder,
            output,
            workers=2,
            part_rows=PART_ROWS,
            **small_stance,
        )
        while not running.done() and not list(output.glob(f"{PARTIAL}/part-*")):
            sleep(0.01)
        lost = workers()[0]
        lost.kill()
        done = len(list(output.glob(f"{PARTIAL}/part-*")))
        summary = running.result()
    assert done < n_parts
    found = read_labels(output).table
    assert found.schema == expected.schema
    for name in expected.column_names:
        if name.startswith("p_"):
            np.testing.assert_allclose(found[name], expected[name], atol=1e-5)
        else:
            assert found[name].equals(expected[name])
    assert (summary.n_sentences, summary.n_rejected) == (len(expected), 0)
    counts = [*summary.positives.values(), summary.n_boilerplate]
    assert counts == [sum(expected[name].to_pylist()) for name in seed_training.classifier.labels]
    assert read_labels(output).manifest == json.loads((local / "framing.json").read_text())
    assert {path.name for path in output.iterdir()} == {
        *(path.name for path in local.iterdir() if path.suffix != ".parquet"),
        *(f"part-{part:05d}.parquet" for part in range(n_parts)),
    }
    with pytest.raises(FramingError, match="exists already"):
        label_with_ray(corpus, seed_training.folder, output)


def test_labels_stand_until_others_can_take_their_place(cluster, tmp_path):
    articles = shipped("seeds") / "articles" / "corvane-wire.jsonl"
    corpus, output = ingest([articles], tmp_path / "corpus").corpus.folder, tmp_path / "labels"
    files = {"framing.json": '{"kind": "labels"}', "part-00000.parquet": "old"}
    write(output, files)
    with pytest.raises(FramingError):
        label_with_ray(corpus, tmp_path / "no-model", output, overwrite=True)
    assert contents(output) == files


def test_parts_without_a_manifest_are_not_taken_for_those_of_a_broken_run(cluster, tmp_path):
    articles = shipped("seeds") / "articles" / "corvane-wire.jsonl"
    corpus, output = ingest([articles], tmp_path / "corpus").corpus.folder, tmp_path / "dataset"
    write(output, {"part-0.parquet": "of Spark"})
    with pytest.raises(FramingError, match="files that framing did not write"):
        label_with_ray(corpus, "model", output)
    assert contents(output) == {"part-0.parquet": "of Spark"}


@pytest.mark.parametrize("n_moved", range(4))
def test_a_run_that_ends_while_its_files_are_moved_can_be_repeated(tmp_path, n_moved):
    output, folder = tmp_path / "labels", tmp_path / "folder"
    place, files = Place.of(output), {"codebook.yaml": "new", "framing.json": "{}", "part-00000.parquet": "new"}
    whole = sorted(files, key="framing.json".__eq__)
    write(output, {name: files[name] for name in whole[:n_moved]})
    write(output / PARTIAL, {name: files[name] for name in whole[n_moved:]})
    assert place.is_free() == (n_moved < len(whole))
    place.begin()
    assert contents(output) == (files if n_moved == len(whole) else {})
    write(output / PARTIAL, {"part-00000.parquet": "newer", ".part-00001.parquet.partial-1": "lost"})
    write(folder, {"framing.json": "{}"})
    place.complete(folder)
    assert contents(output) == {"framing.json": "{}", "part-00000.parquet": "newer"}
    assert not (output / PARTIAL).exists()


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_without_ray_it_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(FramingError, match=r"pip install 'framing\[ray\]'"):
        label_with_ray(tmp_path / "corpus", "model", tmp_path / "labels")
    result = CliRunner().invoke(app, ["label", "a", "b", "-o", "c", "--engine", "ray", "--unit", "sentence"])
    assert result.exit_code == 2
    assert "labels a corpus" in result.output
