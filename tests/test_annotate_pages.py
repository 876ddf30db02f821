"""The pages for coding in a real browser: by keyboard alone, on a phone, accessible, and without script."""

import re

import pytest
from coding_server import BOOK, Server, write_coding

from framing.annotation.folder import read_all
from framing.annotation.store import CodingStore

EVIL = '<script>window.executed = true</script><img src=x onerror="window.executed = true">'
ARABIC = "قال الوزير إن التجارة زادت بنسبة 12%!"
TEXTS = [EVIL if i % 2 else f"Minister {i} spoke of trade & <b>growth</b>." for i in range(36)]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = write_coding(tmp_path_factory.mktemp("pages") / "coding", 36, texts=TEXTS)
    with Server(folder, coders=("anna", "ben", "carl")) as server:
        yield server, folder


@pytest.fixture
def opened(browser, served):
    """Open a page as a coder does; an error on the console, or a request to elsewhere, fails the test."""
    contexts, problems = [], []

    def go(path, width=1280, **settings):
        context = browser.new_context(viewport={"width": width, "height": 800}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda one: one.url.startswith(("data:", served[0].base)) or problems.append(one.url))
        page.goto(served[0].base + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert [one for one in problems if "422" not in one] == []


def press(page, *keys):
    """Press keys, the last of which leads to another page."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


def done(page):
    return int(page.locator(".progress strong").inner_text())


def sentence(page):
    return page.locator("#sentence").text_content()


def test_thirty_sentences_by_keyboard_undo_reload_and_resume(opened, served):
    page = opened("/code/anna")
    ways = [("1", "v", "Enter"), ("v", "0"), ("b", "Enter"), ("2", "3", "v", "v", "e", "e", "u", "Enter")]
    for i in range(30):
        press(page, *ways[i % 4])
        assert page.locator("#sentence").evaluate("one => one === document.activeElement")
    assert done(page) == 30
    kept = CodingStore.open(served[1])
    by_order = [kept.answer("anna", one) for one in kept.assigned("anna")[:4]]
    assert [one.frames for one in by_order] == [["cooperation"], [], [], ["anti_western", "economic"]]
    assert [one.boilerplate for one in by_order] == [False, False, True, False]
    assert (by_order[3].voice, by_order[3].stance, by_order[3].unsure) == ("source", {"west": "neutral"}, True)
    assert (by_order[0].voice, by_order[0].stance) == ("outlet", {})

    at = sentence(page)
    press(page, "z")
    assert done(page) == 29
    page.get_by_role("status").get_by_text("Undone").wait_for()
    undone = page.url
    press(page, "ArrowLeft")
    assert "coded before" in sentence(page)
    assert page.get_by_role("checkbox", name="Boilerplate").is_checked() is False
    press(page, "ArrowRight")
    assert page.url == undone
    page.keyboard.press("3")
    page.reload()
    assert page.url == undone
    assert page.locator("input[name=frame]:checked").count() == 0
    press(page, "v", "0")
    assert (done(page), sentence(page)) == (30, at)

    press(page, "Backspace")
    press(page, "Backspace")
    press(page, "n")
    assert sentence(page) == at
    again = opened("/code/anna")
    assert (done(again), sentence(again)) == (30, at)
    for _ in range(6):
        press(again, "1", "v", "Enter")
    assert again.locator("h1").inner_text() == "All your sentences are coded"
    assert len([one for one in read_all(served[1], BOOK) if one.coder == "anna"]) == 36


def test_an_empty_answer_is_not_saved_and_a_comment_may_hold_any_key(opened, served):
    page = opened("/code/ben")
    page.keyboard.press("c")
    page.keyboard.type("b1z0?\nsecond line")
    press(page, "Control+Enter")
    assert "Nothing is chosen yet" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Comment").input_value() == "b1z0?\nsecond line"
    press(page, "1", "Enter")
    assert "Who speaks is not chosen yet" in page.get_by_role("alert").inner_text()
    assert page.locator("input[name=frame]:checked").count() == 1
    press(page, "v", "Enter")
    (kept,) = [one for one in read_all(served[1], BOOK) if one.coder == "ben"]
    assert (kept.comment, kept.frames) == ("b1z0?\nsecond line", ["cooperation"])


def test_keys_can_be_switched_off_and_stay_off(opened):
    page = opened("/code/carl")
    page.keyboard.press("?")
    page.get_by_label("Single keys work").click()
    page.locator("#sentence").focus()
    page.keyboard.press("1")
    assert page.locator("input[name=frame]:checked").count() == 0
    page.reload()
    page.keyboard.press("1")
    assert page.locator("input[name=frame]:checked").count() == 0


def test_enter_saves_while_the_keys_are_shown(opened):
    page = opened("/code/ben")
    before = done(page)
    page.keyboard.press("?")
    assert page.get_by_text("undo the last answer").is_visible()
    press(page, "1", "v", "Enter")
    assert done(page) == before + 1


def test_the_help_beside_a_label_needs_no_mouse(opened):
    page = opened("/code/carl")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_text(BOOK.frames[0].definition).is_visible()
    assert page.get_by_text(BOOK.frames[0].include[0]).is_visible()
    assert not page.get_by_text(BOOK.frames[1].definition).is_visible()


def test_without_script_the_form_is_whole(opened, served):
    page = opened("/code/carl", java_script_enabled=False)
    assert page.locator("kbd:visible").count() == 0
    page.get_by_role("checkbox", name="Economic").check()
    page.get_by_role("radiogroup", name="Stance toward China").get_by_role("radio", name="critical").check()
    page.get_by_role("radio", name="source").check()
    page.get_by_role("button", name="Save and next").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    page.get_by_role("radio", name="outlet").check()
    page.get_by_role("button", name="No frame").click()
    assert done(page) == 2
    page.get_by_role("button", name="Undo").click()
    assert done(page) == 1
    (kept,) = [one for one in read_all(served[1], BOOK) if one.coder == "carl"]
    assert (kept.frames, kept.stance, kept.voice) == (["economic"], {"china": "critical"}, "source")


@pytest.mark.parametrize("width", [360, 1280], ids=["phone", "desktop"])
def test_every_page_is_accessible_and_never_scrolls_sideways(opened, width):
    from axe_playwright_python.sync_playwright import Axe

    for path in ("/", "/code/ben", "/code/ben/overview", "/codebook"):
        page = opened(path, width)
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        violations = Axe().run(page).response["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_phone_codes_by_touch(opened, served):
    page = opened("/code/ben", 360, has_touch=True, is_mobile=True)
    before = done(page)
    page.get_by_role("checkbox", name="Cooperation").tap()
    page.get_by_role("radio", name="outlet").tap()
    page.get_by_role("button", name="Save and next").tap()
    page.get_by_role("status").get_by_text("Saved").wait_for()
    assert done(page) == before + 1


def test_markup_in_a_sentence_stays_text(opened):
    page = opened("/code/ben")
    while EVIL not in sentence(page):
        page.get_by_role("link", name="Forward").click()
    assert EVIL in sentence(page)
    assert page.locator("main img").count() == 0
    assert page.evaluate("window.executed") is None


def test_a_sentence_runs_in_the_direction_of_its_script(browser, tmp_path):
    with Server(write_coding(tmp_path / "coding", 2, texts=[ARABIC, "Trade rose by 12%!"])) as server:
        page = browser.new_page()
        page.goto(server.links["anna"])
        for _ in range(2):
            direction = page.locator("#sentence").evaluate("one => getComputedStyle(one).direction")
            assert direction == ("rtl" if ARABIC in sentence(page) else "ltr")
            page.keyboard.press("c")
            page.keyboard.type(ARABIC)
            assert page.get_by_label("Comment").evaluate("one => getComputedStyle(one).direction") == "rtl"
            page.get_by_role("link", name=re.compile("Back|Forward")).click()
        page.close()
