"""Labels of stance and voice: in a corpus and in tables, in parts, resumed, and read back."""

import csv
import json
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_resume import killed_at
from typer.testing import CliRunner

from framing import FrameClassifier, FramingError, label
from framing.artefact import sha256_text
from framing.classifier.record import split_rows
from framing.cli.app import app
from framing.corpus import Corpus
from framing.evaluation.stance import fit_stance
from framing.labelling import Labeller, label_batch, read_labels, table
from framing.labelling import corpus as corpus_module
from framing.labelling.corpus import label_corpus
from framing.stance import StanceClassifier, VoiceClassifier, stance_columns, voice_columns

TARGETS, STANCES = ("china", "russia", "west"), ("favourable", "neutral", "critical")
STANCE_COLUMNS = [
    *(f"{name}" for target in TARGETS for name in (f"stance_{target}", *(f"p_{target}_{s}" for s in STANCES))),
    "voice",
    "p_source",
    "source",
    "source_verb",
]
TEXTS = (
    "“Russia is a friend,” the minister said.",
    "Moscow attacked the West.",
    "Trade rose by a fifth.",
    "He said it again.",
    "Moscow attacked the West.",
    "China visited the town.",
)
ROWS = [
    {"sentence_id": f"s{i}", "article": f"a{i // 5}", "text": TEXTS[i % len(TEXTS)] + " Yes." * (i // 18)}
    for i in range(40)
]


@pytest.fixture
def labeller(small_model, small_stance):
    frames = FrameClassifier.from_pretrained(small_model)
    frames.thresholds = {**frames.thresholds, "boilerplate": 1.0}
    return Labeller.load(frames, **small_stance)


@pytest.fixture
def corpus(tmp_path, seed_corpus):
    """Some articles of the seed corpus."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    pq.write_table(seed_corpus.corpus.sentences().slice(0, 150), folder / "sentences.parquet")
    return Corpus(folder, seed_corpus.corpus.manifest)


@pytest.fixture
def small_parts(monkeypatch):
    for module in (corpus_module, table):
        monkeypatch.setattr(module, "PART_ROWS", 7)


def write(path, rows=ROWS):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_corpus_gets_what_the_classifiers_say_of_its_content(tmp_path, corpus, labeller, small_parts):
    summary = label_corpus(corpus, labeller, tmp_path / "labels", "torch")
    assert label_corpus(corpus, Labeller(labeller.frames), tmp_path / "frames", "torch").values == {}
    labels = read_labels(tmp_path / "labels")
    for name, counts in summary.values.items():
        assert counts == {value: (labels.column(name) == value).sum() for value in counts}
    assert [*summary.values] == [name for name in STANCE_COLUMNS if name == "voice" or name.startswith("stance_")]
    alone = read_labels(tmp_path / "frames").table
    assert [name for name in labels.table.column_names if name not in alone.column_names] == STANCE_COLUMNS
    for name in alone.column_names:  # with voice whole articles are read, so batches are others
        if name.startswith("p_"):
            np.testing.assert_allclose(labels.table[name].to_numpy(), alone[name].to_numpy(), atol=2e-6)
        else:
            assert labels.table[name].equals(alone[name])
    rows = labels.table.to_pylist()
    before = [a["text"] if a["article_id"] == b["article_id"] else "" for a, b in pairwise([rows[0], *rows])]
    before[0] = ""
    texts = [row["text"] for row in rows]
    expected = stance_columns(labeller.stance, texts, labeller.codebook, before)
    content = labels.content
    assert 0 < content.sum() < len(content)
    expected |= voice_columns(labeller.voice, texts, before, [row["article_id"] for row in rows])
    for name in STANCE_COLUMNS:
        found, said = labels.column(name), expected[name]
        if name.startswith("p_"):
            np.testing.assert_allclose(found[content].astype(float), said[content].astype(float), atol=2e-6)
            assert np.isnan(found[~content].astype(float)).all()
        else:
            assert found[content].tolist() == said[content].tolist()
            assert set(found[~content]) == {"absent" if name.startswith("stance_") else ""}
    assert set(labels.column("voice")[content]) == {"outlet", "source"}
    assert set(labels.column("stance_west")) > {"absent"}
    assert labels.manifest["model"]["encoder"] == labeller.frames.manifest["settings"]["encoder"]
    assert labels.manifest["stance"]["sha256"] == labeller.stance.manifest["sha256"]
    assert labels.manifest["voice"]["sha256"] == labeller.voice.manifest["sha256"]
    assert "stance" not in read_labels(tmp_path / "frames").manifest


def test_labels_know_what_stance_and_voice_learned_from(tmp_path, corpus, labeller):
    texts = corpus.sentences()["text"].to_pylist()
    labeller.stance.record = split_rows(texts[:2], ["a", "a"], ["train", "validation"])
    labeller.voice.record = split_rows(texts[1:3], ["a", "a"], ["train", "train"])
    label_corpus(corpus, labeller, tmp_path / "labels", "torch")
    labels = read_labels(tmp_path / "labels")
    assert labels.seen_for_stance == {sha256_text(text) for text in texts[:3]}
    assert labels.unseen_for_stance(np.array([4, 1, 0, 3])).tolist() == [0, 3]
    label_corpus(corpus, Labeller(labeller.frames), tmp_path / "frames", "torch")
    assert not read_labels(tmp_path / "frames").seen_for_stance


def test_labels_of_stance_can_be_estimated_from(tmp_path, corpus, labeller):
    label_corpus(corpus, labeller, tmp_path / "labels", "torch")
    labels = read_labels(tmp_path / "labels")
    gold = labels.column("stance_west")
    fit = fit_stance(
        labels.stance_probabilities("west"), gold, np.ones(len(gold)), labels.names("story"), labels.names("outlet")
    )
    for record in fit.records():
        own = gold[labels.names("outlet") == record.outlet]
        assert record.shares["critical"].prevalence == pytest.approx((own == "critical").mean(), abs=1e-9)
    label_corpus(corpus, Labeller(labeller.frames), tmp_path / "frames", "torch")
    with pytest.raises(FramingError, match="no column 'p_west_favourable'; label again with --stance"):
        read_labels(tmp_path / "frames").stance_probabilities("west")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_table_has_the_same_columns_and_nothing_where_a_target_is_absent(tmp_path, small_model, labeller, suffix):
    target = tmp_path / f"out{suffix}"
    stances = {"stance": labeller.stance, "voice": labeller.voice}
    label(write(tmp_path / "in.jsonl"), labeller.frames, target, unit="sentence", **stances)
    if suffix == ".parquet":
        rows = pq.read_table(target).to_pylist()
    elif suffix == ".csv":
        with target.open() as stream:
            rows = list(csv.DictReader(stream))
    else:
        rows = [json.loads(line, parse_constant=pytest.fail) for line in target.read_text().splitlines()]
    columns = [name for name in rows[0] if name not in ROWS[0]]
    assert columns[-1] == "boilerplate"
    assert columns[-len(STANCE_COLUMNS) - 1 : -1] == STANCE_COLUMNS
    assert rows[2]["stance_russia"] == "absent"
    assert rows[2]["p_russia_critical"] == ("" if suffix == ".csv" else None)
    assert (rows[0]["voice"], rows[0]["source"], rows[0]["source_verb"]) == ("source", "the minister", "said")
    probabilities = read_labels(target, model=small_model).stance_probabilities("russia")
    total = sum(probabilities.values())
    assert total[[0, 1]] == pytest.approx([1, 1], abs=1e-5)
    assert np.isnan(total[2])


def test_own_columns_of_that_name_are_not_overwritten(tmp_path, small_model, small_stance):
    source = write(tmp_path / "in.jsonl", [{**row, "voice": "mine", "stance_west": "mine"} for row in ROWS])
    with pytest.raises(FramingError, match=r"columns \['stance_west', 'voice'\] exist already"):
        label(source, small_model, tmp_path / "out.jsonl", unit="sentence", **small_stance)
    label(source, small_model, tmp_path / "out.jsonl", unit="sentence")
    assert json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])["voice"] == "mine"


def test_killed_anywhere_it_goes_on_to_the_same_bytes(
    tmp_path, corpus, small_model, small_stance, small_parts, monkeypatch
):
    source = write(tmp_path / "in.jsonl")

    def run(target, **options):
        return label(source, small_model, target, unit="sentence", article_column="article", **small_stance | options)

    run(tmp_path / "whole.jsonl")
    for number in (3, 8, 5):
        killed_at(monkeypatch, number, lambda: run(tmp_path / "out.jsonl"))
    other = StanceClassifier.from_pretrained(small_stance["stance"])
    other.temperature += 1
    voice = VoiceClassifier.from_pretrained(small_stance["voice"])
    voice.article_context = None
    for options in ({"stance": other}, {"stance": False}, {"voice": voice}):
        with pytest.raises(
            FramingError,
            match=r"but stance and voice are labelled by other models, or by none( and another engine computes)?; run",
        ):
            run(tmp_path / "out.jsonl", **options)
    run(tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    labeller = Labeller.load(small_model, **small_stance)
    label_corpus(corpus, labeller, tmp_path / "whole", "torch")
    killed_at(monkeypatch, 12, lambda: label_corpus(corpus, labeller, tmp_path / "labels", "torch"))
    label_corpus(corpus, labeller, tmp_path / "labels", "torch")
    for file in (tmp_path / "whole").iterdir():
        assert (tmp_path / "labels" / file.name).read_bytes() == file.read_bytes()


def test_a_sentence_that_comes_twice_is_computed_once_for_each_target(labeller, monkeypatch):
    computed, run = [], labeller.stance.predict_proba
    monkeypatch.setattr(labeller.stance, "predict_proba", lambda pairs: computed.extend(pairs) or run(pairs))
    columns = label_batch(labeller, TEXTS, marked=np.array([False] * 5 + [True]))
    assert sorted(pair.text for pair in computed) == [TEXTS[1], TEXTS[1], TEXTS[0]]
    assert columns["p_west_critical"][1] == columns["p_west_critical"][4]
    assert columns["stance_china"].tolist() == ["absent"] * 6, "boilerplate has no stance"


def test_voice_reads_the_sentence_before(labeller):
    texts = ["“It is so,” the mayor said."] + ["It rained."] * 3
    columns = label_batch(labeller, texts, ["", texts[0], "Trade rose.", texts[0]])
    said, plain, again = columns["p_source"][1:]
    assert said == again > plain


def test_scattered_articles_are_refused_since_voice_reads_the_sentence_before(tmp_path, small_model, small_stance):
    source = write(tmp_path / "in.jsonl", [{**row, "article": "ab"[i % 2]} for i, row in enumerate(ROWS)])
    options = {"unit": "sentence", "article_column": "article"}
    label(source, small_model, tmp_path / "frames.jsonl", **options)
    with pytest.raises(FramingError, match=r"article 'a' goes on here after another; .* sort the table"):
        label(source, small_model, tmp_path / "out.jsonl", **options, **small_stance)


def test_a_codebook_without_targets_has_voice_only(labeller):
    labeller.frames.codebook = labeller.codebook.model_copy(update={"targets": ()})
    columns = label_batch(labeller, TEXTS)
    assert [name for name in columns if name in STANCE_COLUMNS] == STANCE_COLUMNS[-4:]
    assert list(columns) == list(labeller.types())


def test_columns_and_types_agree_also_of_nothing(labeller):
    for texts in (TEXTS, []):
        columns = label_batch(labeller, texts)
        for name, kind in labeller.types().items():
            assert pa.array(columns.pop(name), from_pandas=True).cast(kind).type == kind
        assert not columns


def test_the_command_takes_models_by_folder(tmp_path, labeller, small_stance):
    source, model = write(tmp_path / "in.jsonl"), tmp_path / "model"
    labeller.frames.save_pretrained(model)
    models = ["--stance-model", str(small_stance["stance"]), "--voice-model", str(small_stance["voice"])]
    command = ["label", str(source), str(model), "-o", str(tmp_path / "out.jsonl"), "--unit", "sentence"]
    result = CliRunner().invoke(app, [*command, *models])
    assert result.exit_code == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert rows[1]["stance_russia"] in STANCES
    for column, values in {"stance_russia": STANCES, "voice": ("outlet", "source")}.items():
        told = ", ".join(f"{sum(row[column] == value for row in rows)} {value}" for value in values)
        assert f"{column.replace('stance_', 'stance toward ')}: {told}\n" in result.output
    result = CliRunner().invoke(app, [*command, "--overwrite", "--stance-model", str(small_stance["voice"])])
    assert "expected a stance-model folder, found a voice-model folder" in result.output


def test_the_shipped_models_label_when_none_are_named(tmp_path, labeller):
    """Real weights."""
    try:
        StanceClassifier.from_pretrained("stance")
        VoiceClassifier.from_pretrained("voice")
    except FramingError:
        pytest.skip("needs the shipped models stance and voice, which are not here")
    source = write(
        tmp_path / "in.jsonl",
        [
            {"sentence_id": "a", "text": "Russia is a generous and faithful friend of our people, the mayor said."},
            {"sentence_id": "b", "text": "Washington's brutal and hypocritical policy has brought only suffering."},
        ],
    )
    label(source, labeller.frames, tmp_path / "out.jsonl", unit="sentence", stance=True)
    one, two = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert (one["stance_russia"], one["voice"], one["source"]) == ("favourable", "source", "the mayor")
    assert (two["stance_west"], two["voice"]) == ("critical", "outlet")
