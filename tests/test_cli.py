"""The command line as a user meets it: the whole path, help, errors, and nothing on import."""

import json
import os
import re
import subprocess
import sys
from statistics import median
from time import perf_counter

import pytest
from conftest import DATA, SEEDS
from typer.testing import CliRunner

import framing
from framing.cli.app import app

runner = CliRunner()


def run(*arguments, code=0):
    result = runner.invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def test_the_whole_path_with_another_codebook(tmp_path):
    """Raw articles to a report with the second shipped codebook: nothing is wired to the first."""
    rows = [json.loads(line) for line in (DATA / "generic_news.jsonl").read_text().splitlines()]
    articles = {}
    for row in rows:
        article = articles.setdefault(row["article_id"], {"id": row["article_id"], "text": "", **row})
        article["text"] = row["text"] if row["index"] == 0 else f"{article['text']}\n{row['text']}"
    keys = ("id", "outlet", "date", "text")
    lines = (json.dumps({key: article[key] for key in keys}) + "\n" for article in articles.values())
    (tmp_path / "articles.jsonl").write_text("".join(lines))
    (tmp_path / "s.yaml").write_text("epochs: 1\nmax_tokens: 48\n")

    names = ("corpus", "coding", "model", "labels", "report")
    corpus, coding, model, labels, report = (tmp_path / name for name in names)
    out = run("ingest", tmp_path / "articles.jsonl", "-o", corpus).output
    assert "id = id, text = text, outlet = outlet, date = date" in out
    assert "12 articles read = 12 kept + 0 rejected" in out
    coded = DATA / "generic_news.jsonl"
    book = ("--codebook", "generic-news")
    out = run("sample", corpus, "-n", 48, "--per-story", 4, *book, "-o", coding).output
    assert "sentences drawn, 48 asked for" in out
    drawn = {json.loads(line)["sentence_id"] for line in (coding / "sample.jsonl").read_text().splitlines()}
    codings = [{key: row[key] for key in ("sentence_id", "frames")} for row in rows if row["sentence_id"] in drawn]
    (coding / "annotations.jsonl").write_text("\n".join(map(json.dumps, codings)))
    settings = ("--settings", tmp_path / "s.yaml", "--folds", 2)
    out = run("train", coded, "--corpus", corpus, *book, *settings, "-o", model).output
    assert "human_interest" in out
    assert "macro-F1 0." in out
    out = run("label", corpus, model, "-o", labels).output
    assert "labelled 72 sentences: conflict" in out
    out = run("evaluate", labels, coding, "-o", tmp_path / "evaluation.json").output
    assert f"{len(drawn)} coded sentences of " in out
    assert "weighted by inclusion probabilities" in out
    assert json.loads((tmp_path / "evaluation.json").read_text())["codebook"]["name"] == "generic-news"
    out = run("compare", labels, "--gold", coding, "-o", report).output
    assert re.search(r"corrected with \d+ coded sentences", out)
    assert "Egami" in (report / "report.md").read_text()
    other = tmp_path / "other"
    assert "no inclusion probability" in run("compare", labels, "--gold", coded, "-o", other, code=2).stderr
    assert not other.exists()
    assert "counted from labels" in run("compare", labels, "--where", "part=body", "--format", "md").output
    assert "Attribution of responsibility" in (report / "report.html").read_text()
    twice = run("compare", labels, "--where", "part=body", "--where", "part=headline", "--format", "md", code=2)
    assert "--where part=headline: column part was asked to be body already" in twice.stderr


@pytest.mark.parametrize("folds", [1, 2])
def test_training_says_why_there_are_no_scores(tmp_path, small_model, folds):
    """Every story has the same texts, so that none that is kept for testing is new."""
    frames = ["cooperation", "anti_western", "economic", ""]
    rows = [
        {"sentence_id": f"a{story}#{i}", "text": f"Text {i}.", "story": f"s{story}", "outlet": "Daily",
         "frames": [name] if name else []}
        for story in range(14) for i, name in enumerate(frames)
    ]  # fmt: skip
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("--codebook", "china-russia", "--encoder", small_model.parent / "encoder", "--epochs", 1)
    if folds > 1:
        options += ("--folds", folds)
    out = run("train", tmp_path / "coded.jsonl", *options, "-o", tmp_path / "model").output
    assert re.search(r"no scores: every text (kept for testing )?is also in another (part|fold); code other texts", out)
    assert "F1" not in out
    card = (tmp_path / "model" / "README.md").read_text()
    assert "No scores: every text" in card
    assert "F1" not in card


def test_training_gives_no_score_to_a_frame_that_no_held_out_sentence_has(tmp_path, small_model):
    """It is one text, which is in several parts, so not scored. A dash, as in `evaluate`, no 0 that lowers the mean."""
    frames = {"Talks went on": ["cooperation"], "Threats were made": ["anti_western"], "It rained": []}
    rows = [
        {"sentence_id": f"a{story}#{i}", "text": "Trade grew." if story < 6 else f"{text} in week {story}{i}.",
         "outlet": "Daily", "frames": ["economic"] if story < 6 else frames[text]}
        for story in range(30) for i, text in enumerate([*frames, *frames])
    ]  # fmt: skip
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "s.yaml").write_text(
        f"encoder: {small_model.parent / 'encoder'}\nepochs: 8\nhead_learning_rate: 0.05\n"
    )
    options = ("--codebook", "china-russia", "--settings", tmp_path / "s.yaml")
    out = run("train", tmp_path / "coded.jsonl", *options, "-o", tmp_path / "model").output
    assert re.search(r"^economic +- +- +- +0$", out, re.M)
    f1 = [float(score) for score in re.findall(r"^(?:cooperation|anti_western) .* (\d\.\d\d) +\d+$", out, re.M)]
    macro = float(re.search(r"^macro-F1 (.*)$", out, re.M)[1])
    assert macro == pytest.approx(sum(f1) / 2, abs=0.011)
    assert macro > 0
    card = (tmp_path / "model" / "README.md").read_text()
    assert "| economic | - | - | - | 0 |" in card
    assert f"Macro-F1 {macro:.2f} on " in card


def test_errors_are_one_line_on_standard_error_and_exit_with_2(tmp_path):
    result = run("ingest", tmp_path / "nowhere", "-o", tmp_path / "corpus", code=2)
    assert result.stderr == f"error: {tmp_path / 'nowhere'}: no such file or folder; check the path\n"
    assert result.stdout == ""


def test_an_existing_output_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "mine.txt").write_text("x")
    result = run("ingest", SEEDS / "articles", "-o", tmp_path / "corpus", code=2)
    assert "holds files that framing did not write" in result.stderr


def test_codebook_commands(tmp_path):
    assert "china-russia 1.4 (en) is sound" in run("codebook", "check", "china-russia").output
    assert "### Cooperation (`cooperation`)" in run("codebook", "show", "china-russia").output
    run("codebook", "show", "china-russia", "--format", "html", "-o", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
    run("codebook", "new", "my-topic", "-o", tmp_path / "my.yaml")
    assert "my-topic 0.1" in run("codebook", "check", tmp_path / "my.yaml").output
    assert "exists already" in run("codebook", "new", "my-topic", "-o", tmp_path / "my.yaml", code=2).stderr
    refused = run("codebook", "new", "My Topic", "-o", tmp_path / "x.yaml", code=2).stderr
    assert "x.yaml: name: 'My Topic' is not of the form lower-case letters and digits" in refused
    assert not (tmp_path / "x.yaml").exists()


def test_many_rejects_are_counted_and_the_first_are_shown(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"outlet": "V", "text": "A sentence."}\n' + "{broken\n" * 9)
    out = run("ingest", tmp_path / "a.jsonl", "-o", tmp_path / "corpus").output
    assert "10 articles read = 1 kept + 9 rejected" in out
    assert out.count("broken JSON") == 5
    assert "\n  ... and 4 more\n" in out
    assert f"9 rejected, all in {tmp_path / 'corpus' / 'rejected.jsonl'}" in out


def test_outlets_named_after_a_folder_are_said(tmp_path):
    (tmp_path / "in" / "batch").mkdir(parents=True)
    (tmp_path / "in" / "batch" / "a.csv").write_text("Herausgeber,body\nValley Tribune,The council met.\n")
    out = run("ingest", tmp_path / "in", "-o", tmp_path / "corpus").output
    assert "a.csv: text = body; kept without a role: Herausgeber\n" in out
    assert re.search(r"outlets named after the folder.*\n  batch\n", out)


def test_outlets_that_differ_in_case_or_spaces_only_are_said_and_not_merged(tmp_path):
    names = ["Vellmar Post", "VELLMAR POST", "Vellmar  Post", "North Star"]
    rows = [{"outlet": name, "text": f"Talks {i} began."} for i, name in enumerate(names)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = run("ingest", tmp_path / "a.jsonl", "-o", tmp_path / "corpus").output
    note = r"differ only in case or spaces .* write one name in .*--outlets.*"
    assert re.search(rf"{note}:\n  'VELLMAR POST', 'Vellmar  Post', 'Vellmar Post'\n", out)
    assert all(re.search(rf"^{name} +1 ", out, re.M) for name in names)
    (tmp_path / "a.jsonl").write_text(json.dumps(rows[0]) + "\n" + json.dumps(rows[3]))
    assert "case or spaces" not in run("ingest", tmp_path / "a.jsonl", "-o", tmp_path / "other").output


def test_one_fold_is_no_fold(tmp_path):
    error = run("train", tmp_path / "coded.jsonl", "--folds", 1, "-o", tmp_path / "model", code=2).stderr
    assert "Invalid value for '--folds'" in error


@pytest.mark.parametrize("group", [(), ("codebook",)])
def test_descriptions_of_commands_are_whole_in_80_columns(group):
    out = run(*group, "-h").output
    _, commands = out.split("Commands:")
    assert "..." not in commands


def test_help_is_quick_and_lists_the_path_in_order():
    times = []
    for _ in range(3):
        start = perf_counter()
        done = subprocess.run([sys.executable, "-m", "framing", "--help"], capture_output=True, text=True, check=True)
        times.append(perf_counter() - start)
    commands = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ") and line.split()]
    path = ["ingest", "train", "label", "evaluate", "compare"]
    assert [name for name in commands if name in path][-5:] == path
    assert median(times) < 2, "an import of torch or transformers has crept in (half a second on a quiet machine)"


def test_import_is_light_and_public_names_are_few():
    code = "import framing, sys; print([m for m in ('torch','transformers','pyarrow','pydantic') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    assert len(framing.__all__) <= 12
    for name in framing.__all__:
        assert getattr(framing, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = framing.nonsense


def test_labels_are_evaluated_and_compared_without_torch():
    code = (
        "import sys; from framing import compare, evaluate; from framing.labelling import read_labels; "
        "print([m for m in ('torch', 'transformers') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_settings_out_of_range_are_one_line(tmp_path):
    (tmp_path / "coded.jsonl").write_text("")
    arguments = (tmp_path / "coded.jsonl", "--codebook", "china-russia", "-o", tmp_path / "model")
    result = run("train", *arguments, "--epochs", "0", code=2)
    assert result.stderr.startswith("error: framing train: setting epochs: Input should be greater than or equal to 1")


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(tmp_path, seed):
    (tmp_path / "coded.jsonl").write_text("")
    coded = (tmp_path / "coded.jsonl", "--seed", seed)
    assert "'--seed': Input should be" in run("leakage", *coded, "china-russia", code=2).stderr
    assert "setting seed: Input should be" in run("learning-curve", *coded, "--codebook", "china-russia", code=2).stderr


def test_options_of_label_that_would_do_nothing_are_refused(tmp_path):
    command = ("label", tmp_path / "corpus", "-o", tmp_path / "labels")
    refused = run(*command, "--workers", 2, code=2).stderr
    assert refused == "error: --workers needs --engine ray, found auto; add it, or leave --workers out\n"
    refused = run(*command, "--voice-model", "voice", code=2).stderr
    assert refused.startswith("error: --voice-model needs --stance or --stance-model")


def test_output_that_nobody_reads_to_the_end_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "framing", "codebook", "show", "china-russia"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.stderr == ""


def test_version():
    assert run("--version").output == f"framing {framing.__version__}\n"
