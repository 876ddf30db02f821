"""Export and import: every format gives back the codings it was given; bad rows are named and lose no good ones."""

import csv
import io
import json
import re
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from framing import Codebook, FramingError
from framing.annotation import read_coded
from framing.annotation.folder import read_all, read_final
from framing.annotation.revision import change_codebook, compare_codebooks
from framing.annotation.rows import Coding
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION
from framing.artefact import new_artefact, sha256_text
from framing.cli.app import app
from framing.exchange import export_codings, import_codings
from framing.exchange.blind import blind_id
from framing.exchange.registry import FORMATS
from framing.spreadsheet import neutral, plain
from framing.web import open_desk

BOOK = Codebook.parse(
    """
    {name: trade, version: "1", language: en, title: Trade, unit: A sentence., boilerplate: Credits.,
    frames: [{name: economic, label: Economy, definition: Gains & losses.},
             {name: conflict, label: Conflict, definition: '"Rivals" < partners.'},
             {name: cooperation, label: Cooperation, definition: Pledges.}],
    targets: [{name: china, label: China, aliases: [China]}, {name: russia, label: Russia, aliases: [Russia]}]}
    """,
    "here",
)
FRAMES = BOOK.frame_names
TEXTS = [
    "=SUM(A1) is how the memo began.",
    "“The sides” agreed,\nhe said; 'nothing' more.",
    "Handel; Verkehr, 贸易 — und\tmehr.",
    "Plain enough.",
]
PROBABILITIES = [0.1 + 0.2, 1.0, 1 / 3, 5e-324]
IDS = [f"=art|1#{i}" for i in range(len(TEXTS))]
FILES = {name: f"codings{form.suffixes[0]}" for name, form in FORMATS.items()}


def coding_folder(path, *, purpose="estimate", codebook=BOOK):
    """A coding folder as `framing sample` writes it, of four sentences hard to write down."""
    with new_artefact(path, "coding") as (folder, manifest):
        rows = []
        for i, (sentence_id, text) in enumerate(zip(IDS, TEXTS, strict=True)):
            drawn = {"sentence_id": sentence_id, "article_id": "=art|1", "index": i, "part": "body", "story": "s,1"}
            drawn |= {"outlet": 'Vale "Herald"', "date": "2024-05-06", "text": text, "title": "+1 for trade"}
            drawn |= {"sha256": sha256_text(text), "previous": TEXTS[i - 1] if i else "", "stratum": "-x", "band": None}
            drawn |= {"inclusion_probability": PROBABILITIES[i] if purpose == "estimate" else None}
            rows.append(drawn | {"purpose": purpose, "seed": 13})
        (folder / "sample.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        if codebook:
            codebook.save(folder / "codebook.yaml")
        manifest["codebook"] = codebook.reference if codebook else None
    return path


def record(folder, codings):
    store = CodingStore.create(folder, BOOK)
    store.record_all([(str(i), coding) for i, coding in enumerate(codings)])
    return store


def coding(sentence=0, coder="anna", **answer):
    answer = {"frames": [], "coded_at": "2026-01-02T03:04:05.678+00:00", "codebook": BOOK.sha256, **answer}
    return Coding(sentence_id=IDS[sentence], coder=coder, **answer)


def lines_of(path):
    return io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")


def spelling(name):
    return " ".join(name.casefold().split())


def stored(folder):
    return CodingStore.open(folder).codings()


@pytest.fixture
def folder(tmp_path):
    return coding_folder(tmp_path / "coding")


# Any text that UTF-8 can hold, rich in what spreadsheets, XML and JSON trip over.
nasty = st.one_of(
    st.sampled_from(["NA", "NaN", "'NA"]),  # texts, not the missing values of R and pandas
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.lists(st.sampled_from([*"=+-@'\"\t\r\n ,;|:x_", "_x000D_", "x005F", "_x005F_", "_x00", "\x01", "é", "😀"])).map(
        "".join
    ),
)
content = st.fixed_dictionaries(
    {
        "frames": st.sets(st.sampled_from(FRAMES)).map(lambda chosen: [name for name in FRAMES if name in chosen]),
        "voice": st.sampled_from([None, "outlet", "source"]),
        "stance": st.none()
        | st.dictionaries(st.sampled_from(BOOK.target_names), st.sampled_from(["favourable", "neutral", "critical"])),
    }
)
boilerplate = st.fixed_dictionaries({"boilerplate": st.just(True), "stance": st.sampled_from([None, {}])})
answers = st.builds(
    lambda said, **values: coding(**said, **values),
    content | boilerplate,
    unsure=st.booleans(),
    comment=nasty,
    coded_at=st.datetimes(timezones=st.timezones()).map(lambda time: time.isoformat()),
    seconds=st.none() | st.floats(0, 1e9),
)
coders = st.from_regex(r"\w[\w .@-]{0,39}", fullmatch=True).filter(lambda name: name == name.strip())
codings_of_some = (
    st.dictionaries(st.tuples(st.integers(0, len(IDS) - 1), coders), answers, min_size=1, max_size=6)
    .filter(lambda chosen: len({name for _, name in chosen}) == len({spelling(name) for _, name in chosen}))
    .map(
        lambda chosen: [
            answer.model_copy(update={"sentence_id": IDS[sentence], "coder": coder})
            for (sentence, coder), answer in chosen.items()
        ]
    )
)


@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=20)
@given(codings=codings_of_some, without_text=st.booleans(), show_outlet=st.booleans())
def test_codings_survive_the_way_out_and_back(form, codings, without_text, show_outlet):
    with tempfile.TemporaryDirectory() as place:
        there, here = (coding_folder(Path(place) / name) for name in ("there", "here"))
        before = record(there, codings).codings()
        assert len(before) == len(codings)
        file = Path(place) / FILES[form]
        written = export_codings(there, file, form=form, without_text=without_text, show_outlet=show_outlet)
        assert written.n_codings == len(before)
        summary = import_codings(here, file, form=form)
        assert (summary.n_added, summary.rejected) == (len(before), [])
        assert stored(here) == before
        again = import_codings(here, file, form=form)
        assert (again.n_added, again.n_unchanged) == (0, len(before))
        assert len(CodingStore.open(here).history()) == len(before)


@given(nasty)
def test_a_neutralised_cell_starts_no_formula_and_is_restored(value):
    assert plain(neutral(value)) == value
    assert not neutral(value).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("form", FORMATS)
def test_exports_carry_probability_purpose_and_hash_exactly(folder, tmp_path, form):
    file = tmp_path / FILES[form]
    record(folder, [coding(i) for i in range(4)])
    export_codings(folder, file, form=form)
    if form == "xlsx":
        header, *rows = load_workbook(file).active.iter_rows(values_only=True)
        rows = [dict(zip(header, row, strict=True)) for row in rows]
    elif form in {"csv", "table"}:
        rows = list(csv.DictReader(lines_of(file)))
    elif form == "label-studio":
        rows = [task["data"] for task in json.loads(file.read_text())]
    else:
        rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [float(row["inclusion_probability"]) for row in rows] == PROBABILITIES
    assert {row["purpose"] for row in rows} == {"estimate"}
    assert [row["sha256"] for row in rows] == [sha256_text(text) for text in TEXTS]


@pytest.mark.parametrize("form", FORMATS)
def test_without_text_nothing_of_the_article_leaves(folder, tmp_path, form):
    file = tmp_path / FILES[form]
    record(folder, [coding(i) for i in range(4)])
    export_codings(folder, file, form=form, without_text=True)
    content = file.read_bytes()
    if form == "xlsx":
        content = repr(list(load_workbook(file).active.iter_rows(values_only=True))).encode()
    assert b"Plain enough" not in content
    assert b"for trade" not in content
    assert sha256_text("Plain enough.").encode() in content


@pytest.mark.parametrize("form", ["label-studio", "doccano", "csv", "xlsx", "table"])
def test_coders_do_not_learn_the_outlet(folder, tmp_path, form):
    def content(**options):
        export_codings(folder, tmp_path / FILES[form], form=form, coder="anna", overwrite=True, **options)
        if form == "xlsx":
            return repr(list(load_workbook(tmp_path / FILES[form]).active.iter_rows(values_only=True)))
        return (tmp_path / FILES[form]).read_text(encoding="utf-8")

    blind, shown = content(), content(show_outlet=True)
    for telling in ("Herald", "2024-05-06", "art|1", "s,1", "stratum"):  # outlet, date, ids, story
        assert telling not in blind
        assert telling in shown


@pytest.mark.parametrize("form", ["label-studio", "doccano", "csv", "xlsx", "table"])
def test_what_nobody_has_coded_is_there_to_be_coded_and_passed_over_when_it_comes_back(folder, tmp_path, form):
    file = tmp_path / FILES[form]
    assert export_codings(folder, file, form=form).n_uncoded == 4
    summary = import_codings(folder, file, form=form, coder="anna")
    assert (summary.n_blank, summary.n_rows) == (4, 4)
    record(folder, [coding(1, frames=[FRAMES[0]])])
    summary = export_codings(folder, file, form=form, coder="ben", overwrite=True)
    assert (summary.n_codings, summary.n_uncoded) == (0, 4)


def test_nothing_coded_has_no_rows_of_json_lines(folder, tmp_path):
    with pytest.raises(FramingError, match="nothing coded yet"):
        export_codings(folder, tmp_path / "codings.jsonl")
    assert not (tmp_path / "codings.jsonl").exists()


def test_formula_cells_are_neutral_in_sheets(folder, tmp_path):
    record(folder, [coding(comment="=cmd|' /C calc'!A0")])
    for name in ("sheet.csv", "sheet.xlsx"):
        export_codings(folder, tmp_path / name, show_outlet=True)
    row = next(csv.DictReader(lines_of(tmp_path / "sheet.csv")))
    assert (row["comment"], row["sentence_id"], row["title"]) == ("'=cmd|' /C calc'!A0", "'=art|1#0", "'+1 for trade")
    cells = [cell for row in load_workbook(tmp_path / "sheet.xlsx").active.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}


# -- sheets filled in by hand --


def fill_in(file, filled):
    """Fill answers into an exported workbook as a coder would: by row and column name."""
    book = load_workbook(file)
    sheet = book.active
    names = [cell.value for cell in sheet[1]]
    for row, cells in filled.items():
        for name, value in cells.items():
            sheet.cell(row, names.index(name) + 1, value)
    book.save(file)


def test_a_workbook_filled_in_by_hand(folder, tmp_path):
    file = tmp_path / "sheet.xlsx"
    export_codings(folder, file, coder="ben")
    fill_in(file, {
        2: {FRAMES[1]: 1, "voice": "Source", "stance_china": " CRITICAL", "stance_russia": "Absent"},
        3: {FRAMES[0]: 0},
        4: {"boilerplate": True, "comment": "caption", "seconds": 7},
    })  # fmt: skip
    summary = import_codings(folder, file)
    assert (summary.n_added, summary.n_blank, summary.rejected) == (3, 1, [])
    first, second, third = stored(folder)
    assert (first.coder, first.frames, first.voice, first.stance) == (
        "ben",
        [FRAMES[1]],
        "source",
        {"china": "critical"},
    )
    assert (second.frames, second.stance, second.coded_at) == ([], None, None)  # when is not known
    assert (third.boilerplate, third.comment, third.seconds) == (True, "caption", 7.0)
    assert import_codings(folder, file).n_unchanged == 3


def test_every_row_of_a_workbook_is_read_whatever_size_it_states(folder, tmp_path):
    export_codings(folder, tmp_path / "sheet.xlsx", coder="ben")
    fill_in(tmp_path / "sheet.xlsx", {row: {FRAMES[0]: 1} for row in range(2, 6)})
    with zipfile.ZipFile(tmp_path / "sheet.xlsx") as book, zipfile.ZipFile(tmp_path / "wrong.xlsx", "w") as wrong:
        for name in book.namelist():
            wrong.writestr(name, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B3"', book.read(name)))
    assert import_codings(folder, tmp_path / "wrong.xlsx").n_added == len(IDS)


def test_a_sheet_of_notes_beside_the_codings_is_named_and_left_out(folder, tmp_path):
    export_codings(folder, tmp_path / "sheet.xlsx", coder="ben")
    fill_in(tmp_path / "sheet.xlsx", {2: {FRAMES[0]: 1}})
    book = load_workbook(tmp_path / "sheet.xlsx")
    for note in (["What I noticed"], ["The memo is hard to code."]):
        book.create_sheet("notes", 0).append(note)
    book.create_sheet("Sheet3")
    book.save(tmp_path / "sheet.xlsx")
    summary = import_codings(folder, tmp_path / "sheet.xlsx")
    assert (summary.n_added, summary.n_blank) == (1, 3)
    assert [each.reason.split(",")[0] for each in summary.rejected] == [
        "sheet 'notes1': no column 'sentence_id'", "sheet 'notes': no column 'sentence_id'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("unsure", 1, "a doubt"),
        ("voice", "source", "a voice"),
        ("stance_china", "critical", "a stance"),
        ("comment", "what is this?", "a comment"),
    ],
)
def test_a_row_that_says_nothing_of_frames_is_no_answer(folder, tmp_path, name, value, what):
    file = tmp_path / "sheet.xlsx"
    export_codings(folder, file, coder="ben")
    fill_in(file, {2: {name: value}, 3: {name: value, FRAMES[0]: 0}, 4: {name: value, "boilerplate": 1}})
    summary = import_codings(folder, file)
    (rejected,) = summary.rejected
    assert (rejected.line, rejected.remedy) == (2, "put 0 in the column of a frame if there is none")
    assert rejected.reason == f"{name}: {what} but no frame answer"
    assert (summary.n_added, summary.n_blank) == (2, 1)


def test_boilerplate_is_undisputed_whatever_else_the_sheet_says(folder, tmp_path):
    store, file = record(folder, [coding(coder="anna", boilerplate=True)]), tmp_path / "sheet.xlsx"
    export_codings(folder, file, coder="ben")
    fill_in(file, {2: {"boilerplate": 1, "voice": "outlet", FRAMES[0]: 1, "stance_china": "neutral"}})
    import_codings(folder, file)
    assert store.tally() == (1, 0)
    ben = store.answer("ben", IDS[0])
    assert (ben.frames, ben.voice, ben.stance) == ([], None, {})
    assert import_codings(folder, file).n_unchanged == 1


def test_a_sheet_made_by_hand_needs_only_ids_and_frames(folder, tmp_path):
    book = Workbook()
    book.active.append(["sentence_id", *FRAMES])
    book.active.append([IDS[3].replace("=", "'="), *[1 for _ in FRAMES]])
    book.save(tmp_path / "mine.xlsx")
    with pytest.raises(FramingError, match=r"no coder; add --coder"):
        import_codings(folder, tmp_path / "mine.xlsx")
    assert import_codings(folder, tmp_path / "mine.xlsx", coder="cleo").n_added == 1
    assert stored(folder)[0].frames == sorted(FRAMES)


def test_a_csv_saved_by_excel_in_europe(folder, tmp_path):
    export_codings(folder, tmp_path / "sheet.csv", coder="ben")
    header, *rows = csv.reader(lines_of(tmp_path / "sheet.csv"))
    rows[2][header.index(FRAMES[0])] = "1"
    rows[2][header.index("inclusion_probability")] = "0.3333333"  # Excel saves what it shows
    with (tmp_path / "sheet.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([header, *rows])
    assert import_codings(folder, tmp_path / "sheet.csv").n_added == 1
    drawn = next(iter(read_final(folder, BOOK)))
    assert drawn.inclusion_probability == 1 / 3


@pytest.mark.parametrize(
    ("empty", "one", "delimiter", "point"), [("NA", "1", ",", "."), ("", "1.0", ",", "."), ("", "1", ";", ",")]
)
def test_a_csv_written_by_r_by_pandas_or_with_decimal_commas(folder, tmp_path, empty, one, delimiter, point):
    export_codings(folder, tmp_path / "sheet.csv", coder="ben")
    rows = list(csv.DictReader(lines_of(tmp_path / "sheet.csv")))
    rows[2] |= {FRAMES[0]: one, "seconds": "7.5".replace(".", point)}
    for each in rows:
        each["inclusion_probability"] = each["inclusion_probability"].replace(".", point)
    with (tmp_path / "sheet.csv").open("w", encoding="utf-8", newline="") as stream:
        lines = [[value or empty for value in each.values()] for each in rows]
        csv.writer(stream, delimiter=delimiter).writerows([rows[0], *lines])
    summary = import_codings(folder, tmp_path / "sheet.csv")
    assert (summary.n_added, summary.n_blank, summary.rejected) == (1, 3, [])
    (ben,) = stored(folder)
    assert (ben.frames, ben.voice, ben.stance, ben.comment, ben.seconds) == ([FRAMES[0]], None, None, "", 7.5)


def test_a_missing_column_of_a_frame_is_refused(folder, tmp_path):
    (tmp_path / "sheet.csv").write_text(f"sentence_id,{FRAMES[0]}\n'{IDS[0]},1\n")
    with pytest.raises(FramingError, match=rf"no column '{FRAMES[1]}'.*keep the columns"):
        import_codings(folder, tmp_path / "sheet.csv", coder="anna")


# -- Label Studio and doccano as these tools write --


def label_studio_export():
    """The shape of Label Studio's JSON export (community edition), with the three forms of `completed_by`."""

    def choices(name, *values):
        return {"value": {"choices": list(values)}, "id": "Dx_aB91ISN", "from_name": name, "to_name": "text",
                "type": "choices", "origin": "manual"}  # fmt: skip

    def annotation(by, *result, **changes):
        return {
            "id": 25, "completed_by": by, "result": list(result), "was_cancelled": False, "ground_truth": False,
            "created_at": "2026-03-09T22:16:08.728353Z", "updated_at": "2026-03-09T22:16:08.728378Z",
            "draft_created_at": None, "lead_time": 4.288, "prediction": {}, "result_count": 2,
            "unique_id": "5a9b", "import_id": None, "last_action": None, "task": 1, "project": 83,
            "updated_by": 1, "parent_prediction": None, "parent_annotation": None, "last_created_by": None, **changes,
        }  # fmt: skip

    comment = {"value": {"text": ["one", "two"]}, "id": "kW", "from_name": "comment", "to_name": "text",
               "type": "textarea", "origin": "manual"}  # fmt: skip
    annotations = [
        [
            annotation(7, choices("frames", FRAMES[2], FRAMES[0]), choices("voice", "outlet"), comment),
            annotation(
                {"id": 8, "email": "ben@example.org", "first_name": "", "last_name": ""}, choices("unsure", "unsure")
            ),
            annotation("cleo@example.org", choices("stance_china", "critical"), choices("stance_russia", "absent")),
        ],
        [annotation(7, choices("boilerplate", "boilerplate")), annotation(8, was_cancelled=True)],
        [annotation(None)],
        [],
    ]
    return [
        {
            "id": i + 1, "annotations": given, "file_upload": "0c1d-tasks.json", "drafts": [], "predictions": [],
            "data": {"sentence_id": IDS[i], "text": TEXTS[i], "sha256": sha256_text(TEXTS[i])}, "meta": {},
            "created_at": "2026-03-09T21:52:49.513742Z", "updated_at": "2026-03-09T22:16:08.746926Z", "inner_id": i + 1,
            "total_annotations": len(given), "cancelled_annotations": 0, "total_predictions": 0, "comment_count": 0,
            "unresolved_comment_count": 0, "last_comment_updated_at": None, "project": 83, "updated_by": 1,
            "comment_authors": [],
        }
        for i, given in enumerate(annotations)
    ]  # fmt: skip


def test_a_label_studio_export(folder, tmp_path):
    (tmp_path / "project-83.json").write_text(json.dumps(label_studio_export()))
    summary = import_codings(folder, tmp_path / "project-83.json")
    assert (summary.form, summary.n_added, summary.n_blank) == ("label-studio", 4, 2)
    assert [(each.line, each.reason) for each in summary.rejected] == [(3, "no coder")]
    assert import_codings(folder, tmp_path / "project-83.json", coder="dora").n_added == 1
    found = {(each.sentence_id, each.coder): each for each in stored(folder)}
    seven = found[IDS[0], "7"]
    assert (seven.frames, seven.voice, seven.comment) == (sorted([FRAMES[0], FRAMES[2]]), "outlet", "one\ntwo")
    assert (seven.seconds, seven.coded_at) == (4.288, "2026-03-09T22:16:08.728353Z")
    assert found[IDS[0], "ben@example.org"].unsure
    assert found[IDS[0], "cleo@example.org"].stance == {"china": "critical"}
    assert found[IDS[1], "7"].boilerplate
    assert found[IDS[2], "dora"].frames == []


def test_the_labelling_configuration_asks_what_the_results_are_named(folder, tmp_path):
    summary = export_codings(folder, tmp_path / "tasks.json")
    config = ElementTree.parse(summary.config).getroot()
    controls = {node.get("name"): node for node in config.iter() if node.get("toName")}
    stances = {f"stance_{name}" for name in BOOK.target_names}
    assert set(controls) == {"frames", "boilerplate", "voice", "unsure", "comment"} | stances
    assert [choice.get("value") for choice in controls["frames"]] == list(FRAMES)
    assert {node.get("toName") for node in controls.values()} == {"text"}
    data = json.loads((tmp_path / "tasks.json").read_text())[0]["data"]
    shown = {value[1:] for node in config.iter() if (value := node.get("value", "")).startswith("$")}
    assert shown <= set(data)


def test_label_studio_of_another_form_is_a_rejected_row(folder, tmp_path):
    tasks = label_studio_export()
    tasks[1]["annotations"][0]["result"][0]["from_name"] = "sentiment"
    tasks[2]["annotations"][0]["result"] = [{"from_name": "frames"}]
    tasks.append({"id": 9, "text": "flat", "sentiment": "good"})
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    summary = import_codings(folder, tmp_path / "export.json")
    assert [(bad.line, bad.reason.split(";")[0][:22]) for bad in summary.rejected] == [
        (2, "a result of 'sentiment"), (3, "id =art|1#2: an annota"), (5, "expected a task with d"),
    ]  # fmt: skip
    assert summary.n_added == 3


def test_doccano_with_labels_that_are_frames_only(folder, tmp_path):
    rows = [
        {"id": 41, "text": TEXTS[0], "sentence_id": IDS[0], "label": [FRAMES[0]], "Comments": []},
        {"id": 42, "text": TEXTS[1], "sentence_id": IDS[1], "label": [], "Comments": []},
        {"id": 43, "text": TEXTS[2], "sentence_id": IDS[2], "label": ["none"], "Comments": ["?"]},
        {"id": 44, "text": TEXTS[3], "sentence_id": IDS[3], "label": ["sport"], "Comments": []},
    ]
    (tmp_path / "ben.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    summary = import_codings(folder, tmp_path / "ben.jsonl", coder="ben")
    assert (summary.form, summary.n_added, summary.n_blank) == ("doccano", 2, 1)
    assert [(bad.line, bad.sentence_id) for bad in summary.rejected] == [(4, IDS[3])]
    assert [(each.frames, each.comment) for each in stored(folder)] == [([FRAMES[0]], ""), ([], "?")]


def test_labels_of_a_table_that_contradict_each_other_are_refused(folder, tmp_path):
    (tmp_path / "table.csv").write_text(f"id,labels,user\n'{IDS[0]},none|economic,ben\n'{IDS[1]},none,ben\n")
    summary = import_codings(folder, tmp_path / "table.csv")
    assert summary.n_added == 1
    assert [(each.line, each.reason) for each in summary.rejected] == [
        (2, "label 'none' beside others that contradict it")
    ]


# -- what is refused, and what is not done twice --


def write_rows(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(sentence=0, **changes):
    return {"sentence_id": IDS[sentence], "frames": [], "coder": "anna", **changes}


@pytest.mark.parametrize(
    ("bad", "reason", "remedy"),
    [
        (row(sentence_id="other#1"), "'other#1' is not among the 4 drawn", "import into the folder it was drawn for"),
        (row(sha256="0" * 64), "sha256 '0000", "import into the folder that this was drawn for"),
        (row(text="Something else."), "text 'Something else.' is not what the ledger has", "rows were mixed up"),
        (row(inclusion_probability=0.25), "inclusion_probability 0.25, the ledger has 0.3", "was drawn for"),
        (row(purpose="training"), "purpose 'training', the ledger has 'estimate'", "was drawn for"),
        (row(frames=["sport"]), "frame 'sport' is not in codebook trade", "use the codebook"),
        (row(voice="crowd"), "voice 'crowd' is unknown", "write outlet or source"),
        (row(stance={"china": "warm"}), "stance 'warm' is unknown", "write favourable, neutral or critical"),
        (row(codebook="f" * 64), "coded with another codebook", "code it again"),
        (row(coder=" "), "no coder", "add --coder"),
        (row(coded_at="yesterday"), "expected a time in ISO 8601", "mend the row"),
        (row(seconds=-1.0), "seconds: Input should be greater than or equal to 0", "mend the row"),
        (row(frames="conflict"), "frames: Input should be a valid list", "mend the row"),
        ([1], "expected a JSON object, found list", "put one record in"),
        ({"sentence_id": IDS[0], "coder": "anna"}, "no frames", "add the field"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_come_in(folder, tmp_path, bad, reason, remedy):
    file = write_rows(tmp_path / "codings.jsonl", row(1), bad, row(2))
    summary = import_codings(folder, file)
    assert [each.sentence_id for each in stored(folder)] == IDS[1:3]
    (rejected,) = [json.loads(line) for line in summary.rejects.read_text().splitlines()]
    assert rejected["line"] == 2
    assert rejected["reason"].startswith(reason) or reason in rejected["reason"]
    assert remedy in rejected["remedy"]
    assert "\n" not in str(summary.rejected[0])
    write_rows(file, row(1), row(2))
    import_codings(folder, file)
    assert not summary.rejects.exists()


def test_where_no_row_is_good_nothing_is_made(folder, tmp_path):
    with pytest.raises(FramingError, match=r"no row could be imported, 1 rejected.*first: .*codings.jsonl:1"):
        import_codings(folder, write_rows(tmp_path / "codings.jsonl", row(frames=["sport"])))
    assert not (folder / "coding.sqlite").exists()


def test_labels_of_a_cell_may_be_parted_by_what_people_write(folder, tmp_path):
    cells = ["conflict, economic", "conflict;economic", "|conflict| economic|;", "conflict, sport", " | "]
    lines = [f'"\'{IDS[i % 4]}","{cell}",{"ben" if i < 4 else "eva"}' for i, cell in enumerate(cells)]
    (tmp_path / "table.csv").write_text("\n".join(["id,labels,user", *lines]))
    summary = import_codings(folder, tmp_path / "table.csv")
    assert [each.frames for each in stored(folder)] == [["conflict", "economic"]] * 3
    assert (summary.n_added, summary.n_blank) == (3, 1)
    (rejected,) = summary.rejected
    assert (rejected.line, rejected.reason.partition(" (")[0]) == (5, "frame 'sport' is not in codebook trade 1")


def test_another_answer_is_refused_unless_it_is_to_replace(folder, tmp_path):
    first = write_rows(tmp_path / "a.jsonl", row(), row(1))
    second = write_rows(tmp_path / "b.jsonl", row(frames=[FRAMES[0]]), row(1))
    import_codings(folder, first)
    summary = import_codings(folder, second)
    assert (summary.n_unchanged, summary.rejected[0].remedy) == (1, "add --replace to take this one")
    assert stored(folder)[0].frames == []
    for file, frames in ((second, [FRAMES[0]]), (first, []), (second, [FRAMES[0]])):
        assert import_codings(folder, file, replace=True).n_replaced == 1
        assert stored(folder)[0].frames == frames
    assert import_codings(folder, second, replace=True).n_unchanged == 2


def test_an_answer_withdrawn_since_does_not_come_back_by_itself(folder, tmp_path):
    file = write_rows(tmp_path / "a.jsonl", row(), row(1))
    import_codings(folder, file)
    CodingStore.open(folder).undo("anna", token="w")
    assert "withdrawn" in import_codings(folder, file).rejected[0].reason
    assert import_codings(folder, file, replace=True).n_added == 1
    assert len(stored(folder)) == 2


def test_one_sentence_answered_twice_in_a_file(folder, tmp_path):
    file = write_rows(tmp_path / "a.jsonl", row(), row(), row(unsure=True))
    summary = import_codings(folder, file)
    assert (summary.n_added, summary.n_unchanged) == (1, 1)
    assert summary.rejected[0].reason == "answered otherwise in line 1 of this file"


def test_an_answer_twice_in_a_file_is_refused_twice_where_the_database_has_another(folder, tmp_path):
    record(folder, [coding(frames=[FRAMES[0]])])
    summary = import_codings(folder, write_rows(tmp_path / "a.jsonl", row(), row(), row(1)))
    assert (summary.n_added, summary.n_unchanged) == (1, 0)
    assert [each.line for each in summary.rejected] == [1, 2]


def test_a_dry_run_writes_nothing(folder, tmp_path):
    before = {path.name for path in folder.iterdir()}
    summary = import_codings(folder, write_rows(folder / "codings.jsonl", row(), row(1, voice="x")), dry_run=True)
    assert (summary.n_added, len(summary.rejected)) == (1, 1)
    assert {path.name for path in folder.iterdir()} == before | {"codings.jsonl"}


@pytest.mark.parametrize("name", ["codings.jsonl", "annotations.jsonl"])
def test_a_file_of_codings_beside_the_database_is_not_passed_over(folder, tmp_path, name):
    record(folder, [coding()])
    beside = write_rows(folder / name, row(1))
    elsewhere = write_rows(tmp_path / "more.jsonl", row(2))
    remedy = rf"framing import .*{name} \(it is then renamed {name}.imported\)"
    for attempt in (
        lambda: list(read_all(folder, BOOK)),
        lambda: list(read_final(folder, BOOK)),
        lambda: import_codings(folder, elsewhere),
        lambda: export_codings(folder, tmp_path / "out.csv"),
    ):
        with pytest.raises(FramingError, match=remedy):
            attempt()
    import_codings(folder, beside, final=name == "annotations.jsonl")
    assert len(list(read_final(folder, BOOK))) == 2
    import_codings(folder, elsewhere)
    assert len(list(read_final(folder, BOOK))) == 3


def test_a_coder_is_given_what_is_assigned_to_them(folder, tmp_path):
    store = record(folder, [coding(0, "ben"), coding(3, "ben")])
    store.assign_all(lambda *_: {"ben": IDS[:2]}, {})
    summary = export_codings(folder, tmp_path / "ben.csv", coder=" ben ")
    assert [each["sentence_id"] for each in csv.DictReader(lines_of(tmp_path / "ben.csv"))] == [
        blind_id(IDS[0]), blind_id(IDS[1]), blind_id(IDS[3]),
    ]  # fmt: skip
    assert (summary.n_codings, summary.n_uncoded) == (2, 1)
    assert export_codings(folder, tmp_path / "anna.csv", coder="anna").n_uncoded == 4


def test_names_of_coders_are_brought_to_one_form(folder, tmp_path):
    file = write_rows(tmp_path / "a.jsonl", row(), row(1, coder=" anna "), row(2, coder=7), row(3, coder="Majority "))
    summary = import_codings(folder, file)
    assert [each.coder for each in stored(folder)] == ["anna", "anna", "7"]
    assert "stands for what framing adjudicate decides" in summary.rejected[0].reason
    import_codings(folder, write_rows(tmp_path / "b.jsonl", row(3, coder=None)), coder="anna ")
    assert CodingStore.open(folder).seats() == ["7", "anna"]
    for name in ("majority", "a/b", " "):
        with pytest.raises(FramingError, match=r"--coder .*take"):
            import_codings(folder, file, coder=name, final=True)
        with pytest.raises(FramingError, match=r"--coder .*take"):
            export_codings(folder, tmp_path / "c.csv", coder=name)


def test_a_name_in_another_spelling_is_no_second_coder(folder, tmp_path):
    import_codings(folder, write_rows(tmp_path / "a.jsonl", row(coder="Ben"), row(coder="anna")))
    names = ["ben", "Anna ", " Ben", "Eva", "EVA"]
    file = write_rows(tmp_path / "b.jsonl", *(row(1 + i // 2, coder=name) for i, name in enumerate(names)))
    rejected = import_codings(folder, file).rejected
    remedies = [(each.line, each.remedy.partition(",")[0]) for each in rejected]
    assert remedies == [(1, "write Ben"), (2, "write anna"), (5, "write Eva")]
    assert rejected[0].reason == "coder 'ben': 'Ben' is known here and differs only in capitals or spaces"
    assert CodingStore.open(folder).seats() == ["Ben", "Eva", "anna"]
    for again in (
        lambda: import_codings(folder, file, coder="BEN"),
        lambda: export_codings(folder, tmp_path / "ben.csv", coder="BEN"),
        lambda: open_desk(folder, ["BEN"]),
        lambda: open_desk(folder, adjudicator="BEN"),
    ):
        with pytest.raises(FramingError, match=r"--(coder|adjudicator) 'BEN': 'Ben' is known here .*; write Ben"):
            again()
    with pytest.raises(FramingError, match="--coder 'CLEO': 'Cleo' is known here"):
        open_desk(folder, ["Cleo", "CLEO"])
    assert list(open_desk(folder, ["Ben ", " Ben"], adjudicator="Dora ").queues) == ["Ben"]


def test_the_name_in_a_row_and_the_one_on_the_command_line_must_not_differ(folder, tmp_path):
    """The sheet was exported for anna, and Ben filled it in."""
    export_codings(folder, tmp_path / "sheet.xlsx", coder="anna")
    coders = {2: "anna", 3: "", 4: "ben "}
    fill_in(tmp_path / "sheet.xlsx", {line: {FRAMES[0]: 1, "coder": coder} for line, coder in coders.items()})
    summary = import_codings(folder, tmp_path / "sheet.xlsx", coder="ben")
    (rejected,) = summary.rejected
    assert (rejected.line, rejected.reason) == (2, "the row says anna, --coder says ben")
    assert "empty the row's coder" in rejected.remedy
    assert {(each.sentence_id, each.coder) for each in stored(folder)} == {(IDS[1], "ben"), (IDS[2], "ben")}
    fill_in(tmp_path / "sheet.xlsx", {2: {"coder": ""}})
    assert import_codings(folder, tmp_path / "sheet.xlsx", coder="ben").n_added == 1


def test_decisions_by_majority_come_back_as_such(folder, tmp_path):
    import_codings(folder, write_rows(tmp_path / "final.jsonl", row(coder="majority"), row(1, coder=None)), final=True)
    assert [each.coder for each in CodingStore.open(folder).decisions().values()] == ["majority", ""]
    with pytest.raises(FramingError, match="stands for what framing adjudicate decides"):
        import_codings(folder, write_rows(tmp_path / "mine.jsonl", row(2, coder="MAJORITY")), final=True)


def fill_in_labels(file, form):
    """Code the first sentence of an exported file, as its tool would."""
    if form == "label-studio":
        tasks = json.loads(file.read_text())
        tasks[0]["annotations"] = [{"completed_by": "anna", "result": []}]
        file.write_text(json.dumps(tasks))
    elif form == "doccano":
        first, *others = file.read_text().splitlines(keepends=True)
        file.write_text(json.dumps(json.loads(first) | {"label": ["none"]}) + "\n" + "".join(others))
    elif form == "xlsx":
        fill_in(file, {2: {FRAMES[0]: 0}})
    else:
        header, first, *others = csv.reader(lines_of(file))
        first[header.index("labels" if form == "table" else FRAMES[0])] = "none" if form == "table" else "0"
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows([header, first, *others])


@pytest.mark.parametrize("form", ["label-studio", "doccano", "csv", "xlsx", "table"])
def test_what_was_coded_by_the_codebook_of_before_is_to_be_reviewed(folder, tmp_path, form):
    store, file = CodingStore.create(folder, BOOK), tmp_path / FILES[form]
    export_codings(folder, file, form=form, coder="anna")
    fill_in_labels(file, form)
    new = BOOK.model_copy(update={"version": "2", "unit": "A clause."})
    change_codebook(folder, compare_codebooks(BOOK, new))
    summary = import_codings(folder, file, form=form)
    assert store.to_review("anna") == {IDS[0]}
    assert (summary.n_added, summary.n_to_review, summary.rejected) == (1, 1, [])
    assert import_codings(folder, file, form=form).n_unchanged == 1
    again = write_rows(tmp_path / "again.jsonl", row())
    assert import_codings(folder, again).n_replaced == 1
    assert store.to_review("anna") == set()
    assert import_codings(folder, file, form=form).n_unchanged == 1  # what was reviewed is not outdated again
    assert store.to_review("anna") == set()


@pytest.mark.parametrize("form", ["csv", "table"])
def test_a_tsv_has_tabs(folder, tmp_path, form):
    before = record(folder, [coding(i, comment="a, b; c\td") for i in range(4)]).codings()
    export_codings(folder, tmp_path / "codings.tsv", form=form)
    assert "\t" in lines_of(tmp_path / "codings.tsv").readline()
    here = coding_folder(tmp_path / "here")
    assert import_codings(here, tmp_path / "codings.tsv").form == form
    assert stored(here) == before


def test_what_stood_at_the_target_says_nothing_of_the_format_to_write(folder, tmp_path):
    record(folder, [coding()])
    for name, form in (("a.csv", "table"), ("a.jsonl", "doccano")):
        export_codings(folder, tmp_path / name, form=form)
        written = export_codings(folder, tmp_path / name, overwrite=True)
        assert written.form == name.partition(".")[2]


def test_files_of_the_folder_move_away_once_they_are_in(folder):
    write_rows(folder / "codings.jsonl", row(frames=[FRAMES[0]]), row(coder="ben"), row(1), row(1, coder="ben"))
    write_rows(folder / "annotations.jsonl", row(coder="adjudicated", frames=[FRAMES[0]]), row(1, coder="agreed"))
    summary = import_codings(folder, folder / "codings.jsonl")
    assert summary.moved_to == folder / "codings.jsonl.imported"
    with pytest.raises(FramingError, match="add --final"):
        import_codings(folder, folder / "annotations.jsonl")
    import_codings(folder, folder / "annotations.jsonl", final=True)
    assert not (folder / "annotations.jsonl").exists()
    assert {each.sentence_id: each.frames for each in read_final(folder, BOOK)} == {IDS[0]: [FRAMES[0]], IDS[1]: []}
    assert len(stored(folder)) == 4


def test_a_file_of_the_folder_with_a_bad_row_stays_until_it_is_mended(folder):
    file = write_rows(folder / "codings.jsonl", row(), row(1, frames=["sport"]))
    assert import_codings(folder, file).moved_to is None
    assert file.exists()
    write_rows(file, row(), row(1))
    assert import_codings(folder, file).moved_to is not None


def test_final_answers_are_what_was_decided_and_agreed(folder, tmp_path):
    unlike = [coding(1, voice="outlet"), coding(1, "ben", voice="source")]
    store = record(folder, [coding(0), coding(0, "ben", unsure=True), *unlike])
    store.record(coding(2, "chair", frames=[FRAMES[1]]), token="d", seat=DECISION)
    summary = export_codings(folder, tmp_path / "annotations.jsonl", final=True)
    rows = [json.loads(line) for line in (tmp_path / "annotations.jsonl").read_text().splitlines()]
    assert [(each["sentence_id"], each["frames"]) for each in rows] == [(IDS[0], []), (IDS[2], [FRAMES[1]])]
    assert summary.n_codings == 2
    other = coding_folder(tmp_path / "other")
    import_codings(other, tmp_path / "annotations.jsonl", final=True)
    assert set(CodingStore.open(other).decisions()) == {IDS[0], IDS[2]}


def test_what_has_no_final_answer_is_said(folder, tmp_path):
    """Two differ on the second sentence, and nobody coded the others."""
    store = record(folder, [coding(0), coding(1), coding(1, "ben", frames=[FRAMES[0]])])

    def export(*options):
        target = tmp_path / "final.jsonl"
        target.unlink(missing_ok=True)
        return CliRunner().invoke(app, ["export", str(folder), "-o", str(target), *options]).output

    assert "3 drawn sentences have no final answer, so no estimate can be made from this file" in export("--final")
    assert "no final answer" not in export()
    for i in (1, 2, 3):
        store.record(coding(i, "chair"), token=f"d{i}", seat=DECISION)
    assert "no final answer" not in export("--final")


def test_a_file_of_final_answers_says_how_many_were_drawn(folder, tmp_path):
    record(folder, [coding(i) for i in range(3)])
    whole, short = tmp_path / "final.jsonl", tmp_path / "short.jsonl"
    export_codings(folder, whole, final=True)
    lines = whole.read_text().splitlines()
    short.write_text("\n".join(lines[1:]) + "\n")
    assert {json.loads(line)["n_drawn"] for line in lines} == {4}
    assert [read_coded(path, BOOK).n_uncoded for path in (folder, whole, short)] == [1, 1, 2]
    export_codings(folder, tmp_path / "all.csv", show_outlet=True)
    assert "n_drawn" not in (tmp_path / "all.csv").read_text()


def test_a_sample_for_training_has_no_probability_to_check_or_lose(tmp_path):
    there, here = (coding_folder(tmp_path / name, purpose="training") for name in ("there", "here"))
    record(there, [coding()])
    for name, file in FILES.items():
        export_codings(there, tmp_path / file, form=name, overwrite=True)
        assert not import_codings(here, tmp_path / file, form=name).rejected
    with pytest.raises(FramingError, match=r"inclusion_probability 0\.5, the ledger has None"):
        import_codings(here, write_rows(tmp_path / "p.jsonl", row(inclusion_probability=0.5)))


def test_a_folder_without_a_codebook_needs_one_named(tmp_path):
    folder = coding_folder(tmp_path / "coding", codebook=None)
    BOOK.save(tmp_path / "trade.yaml")
    file = write_rows(tmp_path / "codings.jsonl", row())
    with pytest.raises(FramingError, match="--codebook"):
        import_codings(folder, file)
    assert import_codings(folder, file, codebook=tmp_path / "trade.yaml").n_added == 1
    with pytest.raises(FramingError, match="use artefacts of one codebook"):
        import_codings(folder, file, codebook="generic-news")


@pytest.mark.parametrize("form", FORMATS)
def test_the_format_is_known_by_the_file(folder, tmp_path, form):
    record(folder, [coding()])
    export_codings(folder, tmp_path / FILES[form], form=form)
    assert import_codings(folder, tmp_path / FILES[form]).form == form


def test_unknown_formats_are_refused_and_files_not_overwritten(folder, tmp_path):
    with pytest.raises(FramingError, match="add --format, one of jsonl, label-studio"):
        export_codings(folder, tmp_path / "codings.txt")
    (tmp_path / "tasks.xml").write_text("mine")
    with pytest.raises(FramingError, match=r"tasks\.xml: exists already"):
        export_codings(folder, tmp_path / "tasks.json")
    assert not (tmp_path / "tasks.json").exists()
    assert (tmp_path / "tasks.xml").read_text() == "mine"


def test_a_text_too_long_for_a_cell_is_refused_not_cut(folder, tmp_path):
    record(folder, [coding(comment="x" * 40_000)])
    with pytest.raises(FramingError, match=r"comment of =art.* 40,000 characters.*export csv"):
        export_codings(folder, tmp_path / "sheet.xlsx", show_outlet=True)


def test_a_frame_named_as_a_column_cannot_overwrite_it(tmp_path):
    frame = BOOK.frames[0].model_copy(update={"name": "comment"})
    book = BOOK.model_copy(update={"frames": (frame, *BOOK.frames[1:]), "examples": ()})
    folder = coding_folder(tmp_path / "coding", codebook=book)
    with pytest.raises(FramingError, match=r"frame 'comment'.*another column"):
        export_codings(folder, tmp_path / "sheet.csv")


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_commands_say_what_happened(folder, tmp_path):
    sheet = tmp_path / "sheet.xlsx"
    result = run("export", folder, "-o", sheet, "--coder", "anna")
    assert "4 sentences to code" in result.output
    fill_in(sheet, {2: {FRAMES[0]: 1}, 3: {FRAMES[0]: 0, "voice": "crowd"}})
    result = run("import", folder, sheet, "--dry-run")
    assert "dry run: nothing was written" in result.output
    result = run("import", folder, sheet)
    assert result.exit_code == 0
    assert "4 rows = 1 added + 2 not filled in + 1 rejected" in result.output
    assert "sheet.xlsx:3 (id =art|1#1): voice 'crowd' is unknown" in result.output
    result = run("import", folder, tmp_path / "none.csv")
    assert (result.exit_code, "no such file" in result.stderr) == (2, True)


@pytest.mark.parametrize("name", ["coding.sqlite", "sample.jsonl", "codings.jsonl", "mine.csv"])
def test_no_output_replaces_or_joins_the_files_of_the_folder(folder, name):
    record(folder, [coding(), coding(coder="ben")])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for command in (["export", folder, "--format", "jsonl"], ["agreement", folder, "--no-intervals"]):
        refused = run(*command, "-o", folder / name, "--overwrite")
        assert refused.exit_code == 2
        assert f"{name}: would stand in {folder}" in refused.stderr
        assert f"choose a place outside it, as {folder.parent / name}" in refused.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
