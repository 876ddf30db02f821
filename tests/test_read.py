"""Readers: every format gives the same article, and what cannot be read says where and why."""

import csv
import gzip
import json

import pytest

from framing import FramingError, ingest
from framing.corpus.columns import Columns
from framing.corpus.delimited import csv_records

TEXT = "The two sides signed the accord. Trade rose by a fifth."
ROW = {"id": "a1", "outlet": "Vale Herald", "date": "2024-05-06", "title": "Accord signed", "text": TEXT, "page": "3"}


def write_txt(path):
    (path / "Vale Herald").mkdir()
    (path / "Vale Herald" / "a1.txt").write_text(f"Accord signed\n\n{TEXT}")
    return path


def write_md(path):
    front = "---\noutlet: Vale Herald\ndate: 2024-05-06\nid: a1\npage: '3'\n---\n"
    (path / "a1.md").write_text(
        f"{front}# Accord signed\n\nThe two sides *signed* the accord.\nTrade rose by a fifth.\n"
    )
    return path / "a1.md"


def write_html(path):
    more = "The mayor spoke at length of the bridge. " * 5
    body = f"<article><h1>Accord signed</h1><p>{TEXT}</p><p>{more}</p></article>"
    head = '<title>Accord signed</title><meta property="article:published_time" content="2024-05-06">'
    (path / "Vale Herald").mkdir()
    (path / "Vale Herald" / "a1.html").write_text(f"<html><head>{head}</head><body>{body}</body></html>")
    return path


def write_csv(path):
    with (path / "a.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ROW)
        writer.writeheader()
        writer.writerow(ROW)
    return path / "a.csv"


def write_tsv(path):
    (path / "a.tsv").write_text("\t".join(ROW) + "\n" + "\t".join(ROW.values()) + "\n")
    return path / "a.tsv"


def write_xlsx(path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(list(ROW))
    book.active.append(list(ROW.values()))
    book.save(path / "a.xlsx")
    return path / "a.xlsx"


def write_jsonl(path):
    (path / "a.jsonl").write_text(json.dumps(ROW) + "\n")
    return path / "a.jsonl"


def write_json(path):
    (path / "a.json").write_text(json.dumps([ROW]))
    return path / "a.json"


def write_gz(path):
    with gzip.open(path / "a.jsonl.gz", "wt") as stream:
        stream.write(json.dumps(ROW) + "\n")
    return path / "a.jsonl.gz"


def write_parquet(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([ROW]), path / "a.parquet")
    return path / "a.parquet"


def write_dataset(path):
    from datasets import Dataset

    Dataset.from_list([ROW]).save_to_disk(str(path / "saved"))
    return path / "saved"


WRITERS = [
    write_txt, write_md, write_html, write_csv, write_tsv, write_xlsx, write_jsonl, write_json, write_gz,
    write_parquet, write_dataset,
]  # fmt: skip


@pytest.mark.parametrize("write", WRITERS, ids=lambda writer: writer.__name__.removeprefix("write_"))
def test_every_format_gives_the_same_article(tmp_path, write):
    (tmp_path / "in").mkdir()
    summary = ingest([write(tmp_path / "in")], tmp_path / "corpus")
    (article,) = summary.articles
    assert (article.article_id, article.outlet, article.title) == ("a1", "Vale Herald", "Accord signed")
    assert article.text.startswith(TEXT)
    assert article.date == ("" if write is write_txt else "2024-05-06")
    assert [s.text for s in article.sentences[:3]] == ["Accord signed", *TEXT.replace(". ", ".|").split("|")]
    if write not in {write_txt, write_html}:
        assert article.extra == {"page": "3"}


def test_a_page_of_a_single_document_is_an_article(tmp_path):
    (tmp_path / "a.txt").write_text("1 of 1 DOCUMENTS\n\nThe sides signed.\n\nThe bill is 3 of 4 documents\nlong.\n")
    assert len(ingest([tmp_path / "a.txt"], tmp_path / "corpus", outlet="V").articles) == 1


def test_columns_are_guessed_printed_and_may_be_named(tmp_path):
    source = tmp_path / "a.csv"
    source.write_text("Headline,Body,Publisher,lead\nAccord signed,The sides signed.,Vale Herald,Another text here.\n")
    summary = ingest([source], tmp_path / "one")
    assert summary.guessed[str(source)] == (
        "text = Body, title = Headline, outlet = Publisher; kept without a role: lead"
    )
    named = ingest([source], tmp_path / "two", columns=Columns(text="lead"))
    assert named.articles[0].text == "Another text here."
    assert named.articles[0].extra == {"Body": "The sides signed."}


def test_semicolons_and_byte_order_mark_of_a_spreadsheet(tmp_path):
    source = tmp_path / "a.csv"
    source.write_bytes("\ufefftext;outlet\nThe sides signed.;Vale Herald\n".encode())
    assert ingest([source], tmp_path / "corpus").articles[0].outlet == "Vale Herald"


@pytest.mark.parametrize(
    "table",
    [
        "text|outlet\nThe sides, at last, signed.|Vale Herald\n",
        "text;outlet;topic (one, two, three, other)\nThe sides, at last, signed.;Vale Herald;one\n",
        'text,outlet,topics (a; b; c)\n"The sides, at last, signed.",Vale Herald,a;b\n',
        'text,outlet\n"The sides, at last, signed.",Vale Herald\nRain; and wind.\n',
    ],
)
def test_the_delimiter_is_the_one_that_fits_the_rows(tmp_path, table):
    (tmp_path / "a.csv").write_text(table)
    (article,) = ingest([tmp_path / "a.csv"], tmp_path / "corpus").articles
    assert (article.text, article.outlet) == ("The sides, at last, signed.", "Vale Herald")


def test_a_broken_row_does_not_make_another_delimiter_of_a_sign_within_cells(tmp_path):
    rows = [TEXT, "Rain, and wind", "It rained."]
    table = "outlet,text,topics (a|b)\n" + "".join(f"V,{text},a|b\n" for text in rows)
    (tmp_path / "a.csv").write_text(table)
    summary = ingest([tmp_path / "a.csv"], tmp_path / "corpus")
    assert (len(summary.articles), len(summary.rejected)) == (2, 1)


def test_blank_lines_alone_are_no_table():
    assert list(csv_records(["\n", "\n"], ".csv")) == []


def test_the_answer_of_a_news_api_is_its_articles(tmp_path):
    article = {"source": {"id": None, "name": "Vale Herald"}, "publishedAt": "2024-05-06T07:08:09Z", "content": TEXT}
    (tmp_path / "a.json").write_text(json.dumps({"status": "ok", "totalResults": 1, "articles": [article]}))
    related = {"outlet": "V", "body": "An article of its own.", "articles": [{"title": "Another"}]}
    (tmp_path / "b.json").write_text(json.dumps(related))
    own = {"outlet": "V", "inhalt": TEXT, "articles": [{"title": "Another"}]}
    (tmp_path / "c.json").write_text(json.dumps(own))
    (named,) = ingest([tmp_path / "c.json"], tmp_path / "named", columns=Columns(text="inhalt")).articles
    assert named.text == TEXT
    summary = ingest([tmp_path / "a.json", tmp_path / "b.json"], tmp_path / "corpus")
    assert [(a.outlet, a.date, a.text) for a in summary.articles] == [
        ("Vale Herald", "2024-05-06", TEXT),
        ("V", "", "An article of its own."),
    ]
    assert not summary.rejected


def test_blank_rows_above_the_columns_of_a_sheet_are_passed_over(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active["A3"], book.active["B3"], book.active["A4"], book.active["B4"] = "text", "outlet", TEXT, "V"
    book.save(tmp_path / "a.xlsx")
    assert [a.line for a in ingest([tmp_path / "a.xlsx"], tmp_path / "corpus").articles] == [4]


def test_csv_is_read_where_integers_of_c_are_short(tmp_path, monkeypatch):
    limit = csv.field_size_limit

    def as_on_windows(characters):
        if characters >= 2**31:
            raise OverflowError("Python int too large to convert to C long")
        return limit(characters)

    monkeypatch.setattr(csv, "field_size_limit", as_on_windows)
    (article,) = ingest([write_csv(tmp_path)], tmp_path / "corpus").articles
    assert article.text == TEXT


@pytest.mark.parametrize("above", ["\n", " \r\n\n", "sep=;\r\n"])
def test_lines_above_the_names_of_the_columns_are_passed_over(tmp_path, above):
    (tmp_path / "a.csv").write_text(f"{above}text;outlet\nThe sides signed, at last.;Vale Herald\n", newline="")
    (article,) = ingest([tmp_path / "a.csv"], tmp_path / "corpus").articles
    assert (article.outlet, article.line) == ("Vale Herald", above.count("\n") + 2)


def test_folders_are_read_to_the_bottom_without_hidden_files(tmp_path):
    for name in ("b/c/x.txt", "b/y.txt", ".git/z.txt", ".hidden.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(f"A sentence of {name}.")
    summary = ingest([tmp_path / "in"], tmp_path / "corpus")
    assert [(a.article_id, a.outlet) for a in summary.articles] == [("x", "c"), ("y", "b")]


def test_a_source_that_is_not_there_stops_everything(tmp_path):
    with pytest.raises(FramingError, match=r"nowhere: no such file or folder"):
        ingest([tmp_path / "nowhere"], tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()
