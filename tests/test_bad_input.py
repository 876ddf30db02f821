"""Bad input: each is one line that names the thing and the remedy, and loses nothing that is good."""

import json
import re

import pytest
from openpyxl import Workbook

from framing import Codebook, FramingError, ingest, learning_curve, train
from framing.corpus import Corpus

GOOD = {"id": "good", "outlet": "Vale Herald", "date": "2024-05-06", "text": "The sides signed. Trade rose."}


def ingest_with_good(tmp_path, name, content, **options):
    """Ingest a bad file beside a good one; returns the summary and the one reason of the bad one."""
    source = tmp_path / "in"
    source.mkdir(exist_ok=True)
    (source / "0-good.jsonl").write_text(json.dumps(GOOD) + "\n")
    (source / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    summary = ingest([source], tmp_path / "corpus", **options)
    assert "good" in {article.article_id for article in summary.articles}
    written = [json.loads(line) for line in (tmp_path / "corpus" / "rejected.jsonl").read_text().splitlines()]
    assert [row["reason"] for row in written] == [problem.reason for problem in summary.rejected]
    assert all("\n" not in str(problem) for problem in summary.rejected)
    return summary


def row(**changes):
    return json.dumps({**GOOD, "id": "bad", **changes}) + "\n"


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("empty.csv", "", 0, "empty file; remove it or fill it"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 0, "binary data in a .txt file; export"),
        ("notes.docx", "x", 0, r"unknown format '.docx'; expected one of"),
        ("b.jsonl", '\n{"id": "x", "text":\n', 2, r"broken JSON .*; mend the line"),
        ("b.json", "{nonsense", 0, "broken JSON"),
        ("deep.jsonl", '{"a":' * 9_999, 1, "broken JSON .*recursion.*; mend the line"),
        ("deep.json", "[" * 9_999, 0, "broken JSON .*recursion"),
        ("header.csv", 'id,outlet,"te"xt\nbad,V,A.\n', 0, "expected names of columns in the first line .*; mend its quotes"),  # noqa: E501
        ("digits.json", f'[{{"id": {"9" * 5000}, "text": "x"}}]', 0, "broken JSON"),
        ("digits.jsonl", f'{{"id": {"9" * 5000}, "text": "x"}}', 1, "broken JSON"),
        ("list.jsonl", "[1, 2]\n", 1, "expected a JSON object, found list"),
        ("n.jsonl", '{"id": "bad", "outlet": "V", "lead": "x"}\n', 1, r"no text column among \['id', 'lead', 'outlet'\]; name it with --text-column"),  # noqa: E501
        ("none.jsonl", row(text="   "), 1, "the text column 'text' is empty"),
        ("twice.jsonl", row(id="good"), 1, r"id 'good' was used before at .*0-good.jsonl:1; .*--id-column none"),
        ("latin.txt", "Der Präsident sprach.".encode("latin-1"), 0, r"not utf-8 text \(byte \d+\); save it as UTF-8, or tell ingest its --encoding"),  # noqa: E501
        ("long.jsonl", row(text="word " * 1_000_001), 1, "5,000,005 characters in one article, expected at most 1,000,000"),  # noqa: E501
        ("symbols.jsonl", row(text="*** --- 123"), 1, "no sentence in the text"),
        ("credit.jsonl", row(text="Photo: Jane Doe"), 1, "no sentence in the text"),
        ("homeless.jsonl", row(outlet=""), 1, "no outlet: the outlet column 'outlet' is empty in this row"),
        ("ragged.csv", "id,outlet,text\nbad,V\n", 2, "expected 3 columns, found 2; mend the row"),
        ("quotes.csv", 'id,outlet,text\nbad,V,"The sides" signed.\n', 2, "broken CSV .*; mend the quotes of the row"),
        ("same.csv", "id,text,text\nbad,A sentence.,Another.\n", 0, "two columns are named 'text'; rename one"),
        ("nested.jsonl", row(text={"body": "x"}), 1, r"column 'text': expected text, found dict .*--text-column"),
        ("medium.jsonl", row(outlet={"id": 7}), 1, r"column 'outlet': expected text, found dict .*--outlet-column"),
        ("nan.jsonl", '{"id": "bad", "outlet": "V", "text": NaN}\n', 1, "the text column 'text' is empty"),
        ("na.csv", "id,outlet,text\nbad,V,NA\n", 2, "the text column 'text' is empty"),
        ("url.jsonl", row(outlet="", url="http://[foo"), 1, "no outlet"),
        ("nourl.jsonl", row(outlet="", url="n/a"), 1, "no outlet"),
        ("nexis.txt", "2 of 9 DOCUMENTS\n\nTalks began.\n\n 3 of 9 DOCUMENTS\r\n\nTalks ended.\n", 0, r"expected one article, found 2 in one file \('2 of 9 DOCUMENTS', '3 of 9 DOCUMENTS' \.\.\.\); save a file for each"),  # noqa: E501
        ("proquest.txt", "Document 1 of 2\nTalks began.\nDocument 2 of 2\nTalks ended.\n", 0, "expected one article, found 2"),  # noqa: E501
        ("title.csv", "Export of May\nid,outlet,text\n", 2, "expected 1 columns, found 3; mend the row; if 'Export of May' is a title or a comment, remove what"),  # noqa: E501
        ("comment.csv", "# by me, in May\nbad,V,A sentence.\n", 2, "expected 2 columns, found 3; .*; if '# by me' is a title or a comment"),  # noqa: E501
        ("excel.csv", "Export of May,,\nid,outlet,text\n", 2, r"no text column among \[.*\]; name it with --text-column; if 'Export of May' is a title"),  # noqa: E501
        ("index.csv", ",outlet,lead\n0,V,A sentence.\n", 2, r"no text column among \[.*\]; name it with --text-column$"),  # noqa: E501
        ("pages.json", '{"results": [{"text": "x"}]}', 1, "name it with --text-column; if 'results' holds the articles, save the list of them alone"),  # noqa: E501
        ("deeper.json", '{"response": {"status": "ok", "docs": [{"text": "x"}]}}', 1, "if 'response' holds the articles"),  # noqa: E501
        ("front.md", "---\ndate: 2024-02-30\n---\nThe sides signed.", 0, "broken front matter .*; mend the YAML"),
        ("fake.xlsx", "not a workbook", 0, "not an Excel workbook"),
        ("fake.parquet", "not parquet at all", 0, "not a Parquet file"),
        ("cut.jsonl.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03cut", 0, "could not be read"),
        ("blank.html", "<html><body></body></html>", 0, "no article text found in the page"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and len(value) < 16 else "",
)  # fmt: skip
def test_a_bad_file_or_row_is_rejected_with_its_place_and_remedy(tmp_path, name, content, line, reason):
    summary = ingest_with_good(tmp_path, name, content)
    (problem,) = summary.rejected
    assert problem.file.endswith(name)
    assert problem.line == line
    assert re.search(reason, problem.reason), problem.reason
    assert summary.n_read == len(summary.articles) + 1


@pytest.mark.parametrize("name", ["half.jsonl", "half.json"])
def test_half_a_character_is_replaced_and_the_rest_is_kept(tmp_path, name):
    half = row(id="bad \ud83d", outlet="V\ude00", author="\ud83d\ude00 \\ud83d \ud83dé", tags=["\ud83d"])
    ingest_with_good(tmp_path, name, half)
    _, article = Corpus.load(tmp_path / "corpus").articles().to_pylist()
    assert (article["article_id"], article["outlet"]) == ("bad \ufffd", "V\ufffd")
    assert (article["author"], article["tags"]) == ("😀 \\ud83d \ufffdé", '["\ufffd"]')


@pytest.mark.parametrize("padding", [(), ("", ""), (None, None, "May")])
def test_a_title_above_the_columns_of_a_sheet_is_named(tmp_path, padding):
    book = Workbook()
    for cells in (("Export", *padding), ("id", "outlet", "text"), ("bad", "V", "A sentence.")):
        book.active.append(cells)
    book.save(tmp_path / "title.xlsx")
    summary = ingest_with_good(tmp_path, "title.xlsx", (tmp_path / "title.xlsx").read_bytes())
    remedy = "if 'Export' is a title or a comment, remove what stands above the names of the columns"
    assert [problem.line for problem in summary.rejected] == [2, 3]
    assert all(problem.reason.endswith(remedy) for problem in summary.rejected)


def test_rows_behind_a_stray_quote_are_kept(tmp_path):
    good = "".join(f"r{i},V,Sentence {i} of them.\n" for i in range(9))
    summary = ingest_with_good(tmp_path, "quotes.csv", f'id,outlet,text\nbad,V,"A" b.\n{good}')
    assert len(summary.articles) == 1 + 9
    assert [problem.line for problem in summary.rejected] == [2]


@pytest.mark.parametrize("closing", ["", 'r4,V,"Quoted, and good."\n', 'r4,V,"Two\n\nlines."\n'])
def test_rows_behind_a_quote_that_is_not_closed_are_kept(tmp_path, closing):
    lines = f'id,outlet,text\nr1,V,"One\nor two."\nbad,V,"Open.\nr2,V,Two signed.\nr3,V,Three signed.\n{closing}'
    summary = ingest_with_good(tmp_path, "open.csv", lines)
    kept = {"good", "r1", "r2", "r3", *(["r4"] if closing else [])}
    assert {article.article_id for article in summary.articles} == kept
    (problem,) = summary.rejected
    assert problem.line == 4
    assert "the lines up to" in problem.reason
    assert "mend the quotes" in problem.reason


def test_a_misspelt_column_is_named_and_nothing_is_written(tmp_path):
    from framing.corpus.columns import Columns

    with pytest.raises(FramingError, match=r"--date-column pubdate: in none of the sources; found \['date', 'id'"):
        ingest_with_good(tmp_path, "b.jsonl", row(), columns=Columns(date="pubdate"))
    assert not (tmp_path / "corpus").exists()


def test_a_link_to_nothing_is_rejected(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "gone.txt").symlink_to(tmp_path / "nowhere")
    summary = ingest_with_good(tmp_path, "a.txt", "A sentence.", outlet="V")
    assert [problem.file.rsplit("/")[-1] for problem in summary.rejected] == ["gone.txt"]


def test_rows_around_a_broken_one_are_kept(tmp_path):
    lines = [row(id="one"), "{broken\n", row(id="two")]
    summary = ingest_with_good(tmp_path, "mixed.jsonl", "".join(lines))
    assert {article.article_id for article in summary.articles} == {"good", "one", "two"}
    assert summary.rejected[0].line == 2


@pytest.mark.parametrize("date", ["2024-02-31", "sometime", "03/04/2024"])
def test_a_date_that_cannot_be_read_costs_the_date_not_the_article(tmp_path, date):
    summary = ingest_with_good(tmp_path, "dates.jsonl", row(date=date))
    assert not summary.rejected
    (warning,) = summary.warnings
    assert (warning.article_id, warning.line) == ("bad", 1)
    assert "kept without a date" in warning.reason
    assert [a.date for a in summary.articles] == ["2024-05-06", ""]
    assert json.loads((tmp_path / "corpus" / "warnings.jsonl").read_text())["reason"] == warning.reason


def test_the_named_encoding_is_used(tmp_path):
    summary = ingest_with_good(
        tmp_path, "latin.txt", "Präsident Müller sprach.".encode("cp1252"), encoding="cp1252", outlet="V"
    )
    assert "Präsident Müller sprach." in {article.text for article in summary.articles}


def test_an_encoding_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(FramingError, match="--encoding klingon: unknown encoding; try utf-8"):
        ingest_with_good(tmp_path, "a.txt", "x", encoding="klingon")


def test_nothing_readable_is_an_error_with_the_first_reason(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(FramingError, match=r"no article could be read, 1 rejected; first problem: .*empty\.csv: empty"):
        ingest([tmp_path / "empty.csv"], tmp_path / "corpus")


def test_an_empty_folder_is_named(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(FramingError, match=r"mine: no article could be read, no file found; expected .*check the path"):
        ingest([tmp_path / "mine"], tmp_path / "corpus")


def test_a_table_without_rows_is_told_from_no_file(tmp_path):
    Workbook().save(tmp_path / "empty.xlsx")
    (tmp_path / "header.csv").write_text("id,outlet,text\n")
    for name in ("empty.xlsx", "header.csv"):
        with pytest.raises(FramingError, match=rf"{name}: no article could be read, no rows in it; expected rows"):
            ingest([tmp_path / name], tmp_path / "corpus")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frames": ["conflict"]}, r"coded\.jsonl:1 \(id a#0\): frame 'conflict' is not in codebook china-russia 1\.4"),
        ({"stance": {"mars": "neutral"}}, "target 'mars' is not in codebook"),
        ({"stance": {"west": "angry"}}, "stance 'angry' is unknown; write favourable, neutral or critical"),
        ({"voice": "choir"}, "voice 'choir' is unknown; write outlet or source"),
        ({"frames": "economic"}, r"\(id a#0\): frames: Input should be a valid list, found 'economic'"),
        ({"frames": {"economic": 0}}, "frames: Input should be a valid list"),
        ({"boilerplate": "false"}, "boilerplate: Input should be a valid boolean"),
        ({"text": " "}, "text: String should have at least 1 character"),
    ],
)
def test_codings_that_do_not_fit_the_codebook_are_named(tmp_path, changes, message):
    coding = {"sentence_id": "a#0", "text": "A sentence.", "frames": [], **changes}
    (tmp_path / "coded.jsonl").write_text(json.dumps(coding) + "\n")
    with pytest.raises(FramingError, match=message):
        train(tmp_path / "coded.jsonl", tmp_path / "model", codebook=Codebook.load("china-russia"))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "empty file; expected one JSON object per coded sentence"),
        ("{broken\n", r"coded\.jsonl:1: broken JSON"),
        ('{"frames": []}\n', "expected an object with sentence_id and frames"),
        ('{"sentence_id": "a#0", "frames": []}\n', "no text of this sentence, neither in the row nor in the corpus"),
        ('{"sentence_id": "a#0", "frames": [], "text": "x"}\n' * 2, r"coded before at .*coded\.jsonl:1"),
    ],
)
def test_broken_codings_are_named(tmp_path, content, message):
    (tmp_path / "coded.jsonl").write_text(content)
    with pytest.raises(FramingError, match=message):
        train(tmp_path / "coded.jsonl", tmp_path / "model", codebook="china-russia")


def test_too_little_to_learn_from_says_what_is_missing(tmp_path):
    rows = [{"sentence_id": f"a#{i}", "text": f"Sentence {i}.", "frames": ["economic"]} for i in range(20)]
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(FramingError) as error:
        train(tmp_path / "coded.jsonl", tmp_path / "model", codebook="china-russia")
    message = str(error.value)
    assert "20 coded sentences, at least 50 are needed" in message
    assert "1 story, at least 6 are needed" in message
    assert "frame cooperation has 0 positives in 0 stories, at least 5 in 2 are needed" in message


def test_a_frame_in_one_story_cannot_be_both_learned_and_tested(tmp_path):
    frames = ["cooperation", "anti_western", "economic"]
    rows = [
        {"sentence_id": f"a{i}#0", "text": f"Sentence {i}.", "story": "s0" if i % 3 == 0 else f"s{i}",
         "frames": [frames[i % 3]]}
        for i in range(60)
    ]  # fmt: skip
    (tmp_path / "coded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    message = (
        "^too little to train on: frame cooperation has 20 positives in 1 story, at least 5 in 2 are needed; "
        "code more sentences$"
    )
    with pytest.raises(FramingError, match=message):
        train(tmp_path / "coded.jsonl", tmp_path / "model", codebook="china-russia")
    with pytest.raises(FramingError, match=message):
        learning_curve(tmp_path / "coded.jsonl", codebook="china-russia")
