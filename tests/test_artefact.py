"""Artefacts are whole or not there: overwriting, failing, interrupted and full-disk writes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SEEDS

from framing import Codebook, FramingError, ingest
from framing.artefact import check_target, new_artefact, new_file, read_manifest, write_json


def test_an_artefact_appears_when_all_is_written(tmp_path):
    with new_artefact(tmp_path / "a", "corpus") as (folder, manifest):
        (folder / "data").write_text("x")
        manifest["n"] = 1
        assert not (tmp_path / "a").exists()
    assert read_manifest(tmp_path / "a", "corpus")["n"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_error_leaves_what_was_there(tmp_path):
    with new_artefact(tmp_path / "a", "corpus") as (folder, _):
        (folder / "data").write_text("old")
    with pytest.raises(ZeroDivisionError), new_artefact(tmp_path / "a", "corpus", overwrite=True) as (folder, _):
        (folder / "data").write_text(str(1 / 0))
    assert (tmp_path / "a" / "data").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_existing_output_is_refused_or_overwritten(tmp_path):
    for overwrite in (False, True):
        with new_artefact(tmp_path / "a", "corpus", overwrite=overwrite):
            pass
    with (
        pytest.raises(FramingError, match=r"a: exists already; .* add --overwrite"),
        new_artefact(tmp_path / "a", "corpus"),
    ):
        pass


def test_a_folder_that_framing_did_not_write_is_never_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years of work")
    with (
        pytest.raises(FramingError, match="holds files that framing did not write"),
        new_artefact(tmp_path / "thesis", "corpus", overwrite=True),
    ):
        pass
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "years of work"


@pytest.mark.parametrize("name", ["data", "new.csv", "tables/new.csv"])
def test_a_file_never_comes_to_stand_among_those_of_an_artefact(tmp_path, monkeypatch, name):
    with new_artefact(tmp_path / "coding", "coding") as (folder, _):
        (folder / "data").write_text("drawn")
    monkeypatch.chdir(tmp_path / "coding")
    for target in (tmp_path / "coding" / name, Path(name), tmp_path / "coding" / ".." / "coding" / name):
        with (
            pytest.raises(FramingError, match=rf"would stand in .*coding, .* choose a place outside it, as {tmp_path}"),
            new_file(target, overwrite=True),
        ):
            pass
    assert sorted(path.name for path in (tmp_path / "coding").iterdir()) == ["data", "framing.json"]


@pytest.mark.parametrize("name", [".", "..", "../..", "inner/.."])
def test_the_current_folder_is_refused_before_anything_is_computed(tmp_path, monkeypatch, name):
    """The system does not let it be replaced."""
    (tmp_path / "outer" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "outer" / "here")
    with pytest.raises(
        FramingError, match=rf"^{name}: the current folder, .*; name a new folder, as {Path(name) / 'model'}$"
    ):
        check_target(Path(name), "model", overwrite=True)
    check_target(Path(name) / "model", "model", overwrite=False)


def test_a_mount_point_is_refused_before_anything_is_computed():
    with pytest.raises(FramingError, match=r"^/proc: .* or a mount point"):
        check_target(Path("/proc"), "model", overwrite=False)


def test_an_artefact_of_another_kind_is_never_replaced(tmp_path):
    with new_artefact(tmp_path / "corpus", "corpus"):
        pass
    with (
        pytest.raises(FramingError, match="expected a model folder, found a corpus folder"),
        new_artefact(tmp_path / "corpus", "model", overwrite=True),
    ):
        pass


def test_numbers_that_are_not_defined_are_null_in_json(tmp_path):
    write_json(tmp_path / "x.json", {"a": [float("nan"), 1.5], "b": None})
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": [None, 1.5], "b": None}


def test_a_half_written_folder_is_not_taken_for_whole(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(FramingError, match=r"not a corpus folder \(no framing\.json\)"):
        read_manifest(tmp_path / "a", "corpus")
    with new_artefact(tmp_path / "m", "model"):
        pass
    with pytest.raises(FramingError, match="expected a corpus folder, found a model folder"):
        read_manifest(tmp_path / "m", "corpus")


def test_a_file_appears_when_all_is_written(tmp_path):
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "out.csv") as partial:
        partial.write_text("half" * (1 // 0))
    assert list(tmp_path.iterdir()) == []


# A process started in the background of a shell inherits an ignored SIGINT.
WITH_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


def start(*command, **options):
    return subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    """The system refuses to write more than 2,000 bytes to a file, as a full disk would."""
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "from framing.cli.app import main\n"
        "sys.argv = ['framing', 'codebook', 'show', 'china-russia', '-o', sys.argv[1]]\n"
        "main()\n"
    )
    process = start("-c", script, str(tmp_path / "page.md"))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.startswith(f"error: {tmp_path / 'page.md'}: could not be written (")
    assert "free some space" in errors
    assert errors.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_artefact(tmp_path):
    with new_artefact(tmp_path / "a", "corpus") as (folder, _):
        (folder / "data").write_text("old")
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from framing.artefact import new_artefact\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "with new_artefact(Path(sys.argv[1]), 'corpus', overwrite=True) as (folder, _):\n"
        "    (folder / 'data').write_text('x' * 5000)\n"
    )
    process = start("-c", script, str(tmp_path / "a"))
    _, errors = process.communicate(timeout=60)
    assert "FramingError" in errors
    assert (tmp_path / "a" / "data").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_an_interrupted_write_leaves_nothing(tmp_path, sign):
    """Stopped as soon as the temporary folder is there, in the middle of the write."""
    script = (
        f"{WITH_CTRL_C}"
        "import sys, time\n"
        "from pathlib import Path\n"
        "from framing.artefact import new_artefact\n"
        "with new_artefact(Path(sys.argv[1]), 'corpus') as (folder, _):\n"
        "    (folder / 'half').write_text('x')\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "corpus")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout.readline() == b"writing\n"
    os.kill(process.pid, sign)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_on_the_command_line_is_one_line(tmp_path):
    script = (
        f"{WITH_CTRL_C}"
        "import framing.corpus.ingestion as ingestion, time\n"
        "from framing.cli.app import main\n"
        "def slow(texts):\n"
        "    print('started', flush=True)\n"
        "    time.sleep(60)\n"
        "ingestion.group_stories = slow\n"
        "main()\n"
    )
    process = start("-c", script, "ingest", str(SEEDS / "articles"), "-o", str(tmp_path / "corpus"))
    assert process.stdout.readline() == "started\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == "stopped; nothing half-written was left behind\n"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_while_a_model_is_saved_is_one_error(tmp_path, seed_training):
    """Safetensors and tokenizers have exceptions of their own."""
    script = (
        "import resource, sys\n"
        "from framing import FrameClassifier, FramingError\n"
        "classifier = FrameClassifier.from_pretrained(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try:\n"
        "    classifier.save_pretrained(sys.argv[2])\n"
        "except FramingError as error:\n"
        "    print(error)\n"
    )
    process = start("-c", script, str(seed_training.folder), str(tmp_path / "model"))
    output, _ = process.communicate(timeout=60)
    assert "could not be written" in output
    assert list(tmp_path.iterdir()) == []


def test_same_sources_same_bytes(tmp_path, seed_corpus):
    again = ingest([SEEDS / "articles"], tmp_path / "again", outlet_table=SEEDS / "outlets.csv").corpus
    for name in ("articles.parquet", "sentences.parquet", "framing.json"):
        assert (again.folder / name).read_bytes() == (seed_corpus.corpus.folder / name).read_bytes()


def test_artefacts_of_another_codebook_are_refused(seed_labels):
    from framing.labelling import read_labels

    with pytest.raises(FramingError, match=r"made with codebook china-russia 1\.4 .* expected generic-news"):
        read_labels(seed_labels, codebook="generic-news")
    assert json.loads((seed_labels / "framing.json").read_text())["codebook"] == Codebook.load("china-russia").reference
