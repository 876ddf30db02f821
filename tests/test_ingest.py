"""Ingest: outlets, stories, origins, and the corpus it writes."""

import json
import random
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import SEEDS
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from framing import FramingError, ingest
from framing.corpus import Corpus
from framing.corpus.columns import Columns
from framing.corpus.outlets import OutletTable, credited_agency
from framing.corpus.stories import group_stories

TABLE = OutletTable.load(SEEDS / "outlets.csv")


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.zarya-inform.example/2024/05/x", "Zarya-Inform"),
        ("zarya-inform.example/x", "Zarya-Inform"),
        ("https://news.zarya-inform.example:443/x?y=1", "Zarya-Inform"),
        ("https://not-zarya-inform.example/x", "not-zarya-inform.example"),
        ("https://unknown.example/a", "unknown.example"),
        ("", ""),
        ("n/a", ""),
        ("unknown", ""),
        ("http://[foo", ""),
    ],
)
def test_outlet_of_a_url(url, outlet):
    assert TABLE.by_url(url) == outlet


def test_outlet_table_without_a_column_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("outlet,domain\nA,a.example\n")
    with pytest.raises(FramingError, match=r"t\.csv: outlet table lacks the columns \['group', 'agency'\]"):
        OutletTable.load(tmp_path / "t.csv")


def test_an_outlet_table_names_the_line_without_an_outlet(tmp_path):
    (tmp_path / "t.csv").write_text("outlet,domain,group,agency\n\nA,a.example,,\n\n,b.example,,\n")
    with pytest.raises(FramingError, match=r"t\.csv:5: row without an outlet"):
        OutletTable.load(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("line", "credited"),
    [
        ("VIENNA (Corvane Wire) - The talks ended.", True),
        ("By Ilya Motrenko, Corvane Wire", False),
        ("Corvane Wire", True),
        ("By Corvane Wire", True),
        ("The vote failed, Corvane Wire reported.", True),
        ("The talks ended. — Corvane Wire", True),
        ("The minister told Corvane Wire that talks would go on.", False),
        ("He was quoted by Corvane Wire as saying so.", False),
    ],
)
def test_credit_lines(line, credited):
    assert credited_agency([line], TABLE.agency_names) == ("Corvane Wire" if credited else "")


def test_reprints_of_the_seed_corpus_are_one_story_with_the_agency_as_origin(seed_corpus):
    stories = {}
    for article in seed_corpus.articles:
        stories.setdefault(article.story, []).append(article)
    shared = sorted([a.article_id for a in story] for story in stories.values() if len(story) > 1)
    assert shared == [
        ["corvane-wire-04", "saltmarsh-gazette-07"],
        ["corvane-wire-05", "saltmarsh-gazette-06"],
        ["corvane-wire-06", "saltmarsh-gazette-08"],
    ]
    assert {a.origin for story in stories.values() if len(story) > 1 for a in story} == {"Corvane Wire"}
    assert seed_corpus.n_copies == 3


@pytest.mark.parametrize(
    ("dates", "origin"), [(("2024-01-02", "2024-01-01"), "B"), (("2024-01-01", "2024-01-01"), ""), (("", ""), "")]
)
def test_without_a_credit_the_origin_is_the_outlet_of_the_earliest_date_if_that_is_one(tmp_path, dates, origin):
    text = " ".join(
        f"The ferry of day {i} left the old harbour late and nobody on the quay complained." for i in range(9)
    )
    rows = [{"outlet": name, "date": date, "text": text} for name, date in zip("AB", dates, strict=True)]
    for turned in (rows, rows[::-1]):
        (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in turned))
        articles = ingest([tmp_path / "in.jsonl"], tmp_path / "corpus", overwrite=True).articles
        assert len({article.story for article in articles}) == 1
        assert {article.origin for article in articles} == {origin}


def altered(text, rng):
    """Cut to 60 percent, 4 words in 100 exchanged, boilerplate around it."""
    words = text.split()
    words = words[: int(len(words) * 0.6)]
    for _ in range(len(words) // 25):
        words[rng.randrange(len(words))] = rng.choice(words)
    return " ".join(words)


def test_altered_copies_are_found_and_nothing_else(seed_corpus):
    texts = [article.content for article in seed_corpus.articles]
    rng = random.Random(1)
    copies = [altered(text, rng) for text in texts]
    before, after = group_stories(texts), group_stories([*texts, *copies])
    assert list(after[: len(texts)]) == list(before)
    found = sum(after[len(texts) + i] == before[i] for i in range(len(texts)))
    assert found / len(texts) >= 0.95
    assert set(after) == set(before)


@settings(max_examples=30)
@given(st.permutations(range(12)))
def test_stories_do_not_depend_on_the_order_of_articles(order):
    rng = random.Random(3)
    vocabulary = [f"word{i}" for i in range(400)]
    bases = [" ".join(rng.choices(vocabulary, k=120)) for _ in range(6)]
    texts = [*bases, *(" ".join(base.split()[:80]) for base in bases)]
    stories = group_stories([texts[i] for i in order])
    partition = {frozenset(order[k] for k in range(12) if stories[k] == story) for story in set(stories)}
    assert partition == {frozenset({i, i + 6}) for i in range(6)}


def test_short_texts_are_copies_only_word_for_word():
    brief = "The ferry to the island does not run on Monday because of the storm."
    other = brief.replace("Monday", "Tuesday")
    assert list(group_stories([brief, other, brief.upper(), "Photo of the day", "Photo of the day", ""])) == [
        0,
        1,
        0,
        3,
        4,
        5,
    ]


def test_a_copy_cut_to_a_quarter_is_found(seed_corpus):
    texts = [article.content for article in seed_corpus.articles]
    copies = [" ".join(text.split()[: len(text.split()) // 4]) for text in texts]
    stories = group_stories([*texts, *copies])
    found = sum(stories[len(texts) + i] == stories[i] for i in range(len(texts)))
    assert found / len(texts) >= 0.95


def test_sentences_point_into_the_text_of_their_article(seed_corpus):
    articles = {row["article_id"]: row for row in seed_corpus.corpus.articles().to_pylist()}
    rows = seed_corpus.corpus.sentences().to_pylist()
    assert len(rows) == seed_corpus.corpus.manifest["sentences"]
    for row in rows:
        article = articles[row["article_id"]]
        part = article["title"] if row["part"] == "headline" else article["text"]
        assert part[row["start"] : row["end"]] == row["text"]
        assert (row["outlet"], row["date"], row["story"]) == (article["outlet"], article["date"], article["story"])
    assert len({row["sentence_id"] for row in rows}) == len(rows)


def test_ids_and_extra_columns_survive(tmp_path):
    row = {"id": "x7", "outlet": "V", "text": "A sentence.", "section": "World", "tags": ["a", "b"], "language": "xx"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    ingest([tmp_path / "a.jsonl"], tmp_path / "corpus")
    (article,) = Corpus.load(tmp_path / "corpus").articles().to_pylist()
    assert article["article_id"] == "x7"
    assert article["section"] == "World"
    assert json.loads(article["tags"]) == ["a", "b"]
    assert article["source_language"] == "xx", "a column that collides with one of ours is renamed"


@pytest.mark.parametrize(
    ("column", "outlets", "by_folder"),
    [("paper", ["North Star", "Valley Tribune"], []), ("Herausgeber", ["batch"], ["batch"])],
)
def test_an_outlet_named_after_a_folder_is_known_as_such(tmp_path, column, outlets, by_folder):
    (tmp_path / "in" / "batch").mkdir(parents=True)
    table = f"{column},body\nValley Tribune,The council met.\nNorth Star,The rain fell.\n"
    (tmp_path / "in" / "batch" / "articles.csv").write_text(table)
    summary = ingest([tmp_path / "in"], tmp_path / "corpus")
    assert sorted({article.outlet for article in summary.articles}) == outlets
    assert summary.named_by_folder == by_folder


def test_an_article_given_twice_without_id_is_rejected_once(tmp_path):
    row = json.dumps({"outlet": "V", "text": "A sentence that stands here twice."}) + "\n"
    (tmp_path / "a.jsonl").write_text(row * 2)
    summary = ingest([tmp_path / "a.jsonl"], tmp_path / "corpus")
    assert (len(summary.articles), len(summary.rejected)) == (1, 1)
    assert "the same article as" in summary.rejected[0].reason


def test_files_of_one_name_in_two_folders_are_two_articles(tmp_path):
    for folder in ("north", "south"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "001.a.txt").write_text(f"News of the {folder}.")
    summary = ingest([tmp_path / "in"], tmp_path / "corpus")
    first, second = (article.article_id for article in summary.articles)
    assert first == "001.a"
    assert second.startswith("south-")


def test_tables_that_each_count_from_1_are_read_without_their_ids(tmp_path):
    for outlet in ("Vellmar Post", "North Star"):
        (tmp_path / "in" / outlet).mkdir(parents=True)
        table = f"id,text\n1,The council of {outlet} met.\n2,Rain fell on {outlet}.\n"
        (tmp_path / "in" / outlet / "articles.csv").write_text(table)
    summary = ingest([tmp_path / "in"], tmp_path / "corpus", columns=Columns(id="none"))
    assert not summary.rejected
    assert [(article.article_id[:10], article.extra) for article in summary.articles] == [
        (outlet, {"id": number}) for outlet in ("north-star", "vellmar-po") for number in "12"
    ]


def test_one_article_given_in_two_ways_is_read_once(tmp_path):
    (tmp_path / "V").mkdir()
    (tmp_path / "V" / "a.txt").write_text("A sentence of the one article.")
    summary = ingest([tmp_path / "V", tmp_path / "V" / "a.txt"], tmp_path / "V" / "corpus", outlet="V")
    assert len(summary.articles) == summary.n_read == 1
    again = ingest([tmp_path / "V"], tmp_path / "V" / "corpus", outlet="V", overwrite=True)
    assert again.n_read == 1, "the corpus below the source was read as articles"


def test_missing_values_and_lists_of_a_table(tmp_path):
    row = {"id": 17.0, "outlet": "V", "title": float("nan"), "text": ["One paragraph.", "Two."], "date": None}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    (article,) = ingest([tmp_path / "a.parquet"], tmp_path / "corpus").articles
    assert (article.article_id, article.title, article.date) == ("17", "", "")
    assert article.text == "One paragraph.\nTwo."


def test_columns_carried_along_are_text(tmp_path):
    row = {"outlet": "V", "text": "A sentence.", "seen": datetime(2024, 5, 6), "price": Decimal("1.50"), "page": 3.0}
    row |= {"score": float("nan"), "raw": b"\xff", "tags": ["a", "é"]}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    (article,) = ingest([tmp_path / "a.parquet"], tmp_path / "corpus").articles
    assert article.extra == {
        "seen": "2024-05-06 00:00:00", "price": "1.50", "page": "3", "score": "", "raw": r"\xff", "tags": '["a", "é"]',
    }  # fmt: skip


def test_bytes_are_text_or_rejected(tmp_path):
    rows = [{"id": b"x", "outlet": "V", "text": b"A sentence."}, {"id": b"y", "outlet": "V", "text": b"\xff\xfe"}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    summary = ingest([tmp_path / "a.parquet"], tmp_path / "corpus")
    assert [article.article_id for article in summary.articles] == ["x"]
    assert "bytes that are not UTF-8 text" in summary.rejected[0].reason


def test_objects_of_news_api_and_mongodb_are_read_as_their_values(tmp_path):
    row = {"source": {"id": None, "name": "Vale Herald"}, "text": "A sentence of both."}
    dates = [{"$date": "2024-05-06T07:08:09Z"}, {"day": 6}]
    lines = (json.dumps({**row, "_id": {"$oid": f"5f{i}"}, "date": date}) + "\n" for i, date in enumerate(dates))
    (tmp_path / "a.jsonl").write_text("".join(lines))
    summary = ingest([tmp_path / "a.jsonl"], tmp_path / "corpus")
    assert [(a.article_id, a.outlet, a.date) for a in summary.articles] == [
        ("5f0", "Vale Herald", "2024-05-06"),
        ("5f1", "Vale Herald", ""),
    ]
    assert [warning.line for warning in summary.warnings] == [2]


def test_the_outlet_column_is_passed_over_where_the_outlet_is_given(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"outlet": {"domain": 7}, "text": "A sentence."}) + "\n")
    assert ingest([tmp_path / "a.jsonl"], tmp_path / "corpus", outlet="V").articles[0].outlet == "V"


def test_every_sheet_of_a_workbook_is_read(tmp_path):
    book = Workbook()
    for sheet, name in ((book.active, "one"), (book.create_sheet(), "two")):
        sheet.append(["id", "outlet", "text"])
        sheet.append([name, "V", f"Sheet {name}."])
    book.save(tmp_path / "a.xlsx")
    assert [a.article_id for a in ingest([tmp_path / "a.xlsx"], tmp_path / "corpus").articles] == ["one", "two"]


def test_a_bad_sheet_or_row_of_a_workbook_costs_itself_only(tmp_path):
    book = Workbook()
    book.active.title = "Twice"
    rows = [["id", "text", "text"], ["lost", "A.", "B."]]
    for row in rows:
        book.active.append(row)
    sheet = book.create_sheet()
    for row in (["id", "outlet", "text"], ["one", "V", "Talks began."], ["wide", "V", "Talks ended.", None, "late"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    summary = ingest([tmp_path / "a.xlsx"], tmp_path / "corpus")
    assert [article.article_id for article in summary.articles] == ["one"]
    assert [(problem.line, problem.reason) for problem in summary.rejected] == [
        (1, "sheet 'Twice': two columns are named 'text'; rename one"),
        (5, "expected 3 columns, found a value in column 5; name the column, or empty the cell"),
    ]


def test_extra_columns_never_overwrite_each_other(tmp_path):
    row = {"id": "x", "outlet": "V", "text": "A sentence.", "story": "mine", "source_story": "also mine"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n")
    ingest([tmp_path / "a.jsonl"], tmp_path / "corpus")
    (article,) = Corpus.load(tmp_path / "corpus").articles().to_pylist()
    assert {article[name] for name in article if "story" in name} == {"x", "mine", "also mine"}


def test_language_is_noted(tmp_path):
    text = "Министры встретились в Москве и подписали соглашение о торговле. Товарооборот вырос на пятую часть."
    (tmp_path / "a.jsonl").write_text(json.dumps({"outlet": "V", "text": text}) + "\n")
    assert ingest([tmp_path / "a.jsonl"], tmp_path / "corpus").articles[0].language == "ru"


def test_all_real_articles_are_kept_or_rejected(tmp_path, shared):
    source = shared / "articles" / "articles.jsonl"
    summary = ingest([source], tmp_path / "corpus")
    assert len(summary.articles) + len(summary.rejected) == 631
    assert not summary.rejected
    lengths = sorted(len(s.text) for article in summary.articles for s in article.sentences if not s.boilerplate)
    assert lengths[int(0.999 * len(lengths))] < 1000, "sentences are glued together"


def test_real_pages_do_not_crash_and_give_their_text(tmp_path, shared):
    pages = [path for path in (shared / "articles" / "html").iterdir() if path.suffix == ".html"]
    summary = ingest(pages, tmp_path / "corpus", outlet="any")
    assert len(summary.articles) == len(pages) == 60
