"""Codebooks: what is shipped, what is refused, how a page looks."""

import pytest
import yaml
from typer.testing import CliRunner

from framing import Codebook, FramingError
from framing.cli.app import app
from framing.codebook.page import TEMPLATE, codebook_markdown, codebook_page
from framing.codebook.schema import shipped_codebooks

MINIMAL = {
    "name": "town",
    "version": "1",
    "language": "en",
    "title": "Town news",
    "unit": "A sentence.",
    "boilerplate": "Credits.",
    "frames": [{"name": "conflict", "label": "Conflict", "definition": "A clash."}],
}


def write(tmp_path, **changes):
    path = tmp_path / "book.yaml"
    path.write_text(yaml.safe_dump({**MINIMAL, **changes}), encoding="utf-8")
    return path


def test_two_codebooks_are_shipped_by_name():
    assert set(shipped_codebooks()) == {"china-russia", "generic-news"}
    assert Codebook.load("china-russia").frame_names == ("cooperation", "anti_western", "economic")
    assert len(Codebook.load("generic-news").frames) == 5


def test_comments_and_layout_do_not_change_the_hash_but_a_word_does(tmp_path):
    path = write(tmp_path)
    before = Codebook.load(path).sha256
    path.write_text("# a comment\n" + path.read_text().replace("A clash.", '"A clash."'))
    assert Codebook.load(path).sha256 == before
    path.write_text(path.read_text().replace("A clash.", "A fight."))
    assert Codebook.load(path).sha256 != before


@pytest.mark.parametrize("name", ["china-russia", "generic-news"])
def test_saved_and_loaded_is_equal(tmp_path, name):
    book = Codebook.load(name)
    book.save(tmp_path / "copy.yaml")
    assert Codebook.load(tmp_path / "copy.yaml") == book


def test_two_frames_of_one_name_are_refused_by_name(tmp_path):
    with pytest.raises(FramingError, match=r"book\.yaml: .*2 frames are named 'conflict'"):
        Codebook.load(write(tmp_path, frames=MINIMAL["frames"] * 2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frames": []}, "frames"),
        ({"frames": [{"name": "boilerplate", "label": "B", "definition": "b"}]}, "may not be named 'boilerplate'"),
        ({"frames": [{"name": "Big Frame", "label": "B", "definition": "b"}]}, "frames.0.name"),
        ({"frames": [{"name": "origin", "label": "O", "definition": "o"}]}, "may not be named 'origin'"),
        ({"frames": [{"name": "p_war", "label": "P", "definition": "p"}]}, "may not be named 'p_war'"),
        (
            {
                "frames": [{"name": "town_critical", "label": "C", "definition": "c"}],
                "targets": [{"name": "town", "label": "The town", "aliases": ["the town"]}],
            },
            "may not be named 'town_critical', that is a stance",
        ),
        ({"colour": "red"}, "colour"),
        ({"version": 1.0}, "version: .*; put it in quotes"),
        ({"examples": [{"text": "x", "frames": ["peace"]}]}, "unknown frames"),
        ({"targets": [{"name": "town", "label": "The town", "aliases": []}]}, "targets.0.aliases"),
    ],
)
def test_what_breaks_a_rule_is_named_in_one_line(tmp_path, changes, message):
    with pytest.raises(FramingError, match=message) as error:
        Codebook.load(write(tmp_path, **changes))
    assert "\n" not in str(error.value)


def test_labels_that_reports_could_not_tell_apart_are_named_but_do_not_lock_out_what_has_them(tmp_path):
    frames = [{"name": name, "label": "Dispute", "definition": name} for name in ("strike", "suit")]
    book = Codebook.load(path := write(tmp_path, frames=frames))
    with pytest.raises(FramingError, match=r"book\.yaml: several frames have the label 'Dispute', .*; change one"):
        book.check_labels(str(path))
    assert "several frames have the label" in CliRunner().invoke(app, ["codebook", "check", str(path)]).stderr


def test_an_impossible_date_is_named(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text().replace("version: '1'", "version: 2024-02-30"))
    with pytest.raises(FramingError, match=r"book\.yaml: an impossible date .*; mend it, or quote it"):
        Codebook.load(path)


def test_a_key_that_comes_twice_is_refused(tmp_path):
    path = tmp_path / "book.yaml"
    path.write_text(TEMPLATE.format(name="town"))
    lines = path.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.strip() == "include:")
    path.write_text("\n".join([*lines[: first + 2], "    include:", "      - Another.", *lines[first + 2 :]]))
    with pytest.raises(FramingError, match=rf"book\.yaml:{first + 3}: .*'include' is in line {first + 1} already"):
        Codebook.load(path)


def test_unknown_name_lists_the_shipped_ones():
    with pytest.raises(FramingError, match="china-russia, generic-news"):
        Codebook.load("no-such-book")


def test_template_is_a_sound_codebook(tmp_path):
    path = tmp_path / "new.yaml"
    path.write_text(TEMPLATE.format(name="my-topic"))
    assert Codebook.load(path).name == "my-topic"


def test_page_shows_every_rule_and_escapes_markup(tmp_path):
    frame = {"name": "conflict", "label": "Conflict", "definition": "A <b>clash</b> & more.", "include": ["Blows."]}
    book = Codebook.load(write(tmp_path, frames=[frame]))
    assert "- Blows." in codebook_markdown(book)
    page = codebook_page(book)
    assert "&lt;b&gt;clash&lt;/b&gt; &amp; more." in page
    assert "<b>clash" not in page


def test_a_page_fits_a_phone_its_tables_scroll_and_long_words_break(browser, tmp_path):
    book = Codebook.load("china-russia")
    path = tmp_path / "book.html"
    path.write_text(codebook_page(book.model_copy(update={"unit": "x" * 200})), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".scroll[tabindex]").count() == page.locator("table").count() == 2
    page.close()
