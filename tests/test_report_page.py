"""The report page in a real browser: what it shows, what it lets one do, and what it must never do."""

import csv
import io
import json
import re
import struct
from xml.etree import ElementTree

import pytest
import yaml

from framing import Codebook, compare

BOOK = Codebook.load("china-russia")
EVIL = '<script>window.executed = true</script><img src=x onerror="window.executed = true">\'"'
# Ten outlets, in the order of their share of cooperation; ties are in alphabetical order on the page.
OUTLETS = ["Zeta & Sons", "=SUM(A1)", "Delta_100%", "Alpha", "Beta", "Epsilon", "Gamma", "-0.5", "Theta", "Unknown"]


def write_table(path, outlets, text="Two ministers met.", book=BOOK):
    """A labelled table: 6 stories of 2 sentences per outlet, of which the first outlet has the most with a frame."""
    frames = [column for name in book.frame_names for column in (f"p_{name}", name)]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow("sentence_id outlet article_id story date title text boilerplate".split() + frames)
        for o, outlet in enumerate(outlets):
            for i in range(12):
                labels = [int(i < 12 - o - k) for k in range(len(book.frame_names))]
                story = f"{o}-{i // 2}"
                cells = [f"s{o}-{i}", outlet, f"a{story}", story, f"2024-05-{1 + o:02d}", text, text, 0]
                writer.writerow(cells + [x for one in labels for x in (0.9 * one, one)])
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    return compare(write_table(folder / "labels.csv", OUTLETS), folder / "report", codebook="china-russia")


@pytest.fixture(scope="module")
def corrected_report(tmp_path_factory):
    """With gold of every second sentence, twice coded: matrices, error rates, agreement, trends."""
    folder = tmp_path_factory.mktemp("corrected")
    table = write_table(folder / "labels.csv", OUTLETS)
    with table.open() as stream:
        rows = list(csv.DictReader(stream))[::2]
    codings = [
        {
            "sentence_id": row["sentence_id"],
            "frames": [name for name in BOOK.frame_names if float(row[name]) and int(row["story"][-1]) % 5],
            "inclusion_probability": 0.5,
        }
        for row in rows
    ]
    gold = folder / "gold.jsonl"
    gold.write_text("".join(json.dumps(row) + "\n" for row in codings), encoding="utf-8")
    return compare(table, folder / "report", codebook="china-russia", gold=gold)


@pytest.fixture(scope="module")
def hostile_report(tmp_path_factory):
    """Markup in the codebook, the outlets, the headlines and the sentences."""
    folder = tmp_path_factory.mktemp("hostile")
    content = BOOK.model_dump(mode="json") | {"title": f"Title {EVIL}"}
    content["frames"][0]["label"] = f"Label {EVIL}"
    content["frames"][0]["definition"] = f"Definition {EVIL}"
    (folder / "book.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    table = write_table(folder / "labels.csv", [f"Outlet {EVIL}", "B", *"CDEFGHIJ"], text=f"Headline {EVIL}")
    return compare(table, folder / "report", codebook=folder / "book.yaml")


@pytest.fixture
def opened(browser):
    """Open a report as a reader does; anything on the console and any request but for the file fails the test."""
    contexts, problems = [], []

    def watch(route):
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            problems.append(route.request.url)
            route.abort()

    def go(path, width=1280, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        context.route("**/*", watch)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []


def open_details(page):
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")


def column(page, name, index):
    """Shown texts of a column of a table, hidden rows left out."""
    rows = page.locator(f"table[data-name={name}] > tbody > tr:visible")
    return [row.locator("th, td").nth(index).inner_text() for row in rows.all()]


def saved(page, button, scope):
    """Name and bytes of what a button downloads."""
    with page.expect_download() as download:
        page.locator(scope).get_by_role("button", name=button).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def table_block(name):
    return f".table:has(table[data-name={name}])"


def sort_button(page, name, heading):
    return page.locator(f"table[data-name={name}] thead").get_by_role("button", name=heading)


def test_columns_sort_by_their_numbers_and_back(opened, report):
    page = opened(report.page)
    sort_button(page, "shares", "Cooperation").click()
    assert column(page, "shares", 0) == OUTLETS
    heading = page.locator("table[data-name=shares] thead th").nth(2)
    assert heading.get_attribute("aria-sort") == "descending"
    sort_button(page, "shares", "Cooperation").click()
    assert column(page, "shares", 0) == OUTLETS[::-1]
    assert heading.get_attribute("aria-sort") == "ascending"
    sort_button(page, "shares", "outlet").click()
    assert column(page, "shares", 0)[2:5] == ["Alpha", "Beta", "Delta_100%"]
    assert page.locator("table[data-name=shares] th[aria-sort]").count() == 1


def test_sorting_needs_no_mouse_and_keeps_the_focus(opened, report):
    page = opened(report.page)
    sort_button(page, "shares", "Anti-Western").focus()
    page.keyboard.press("Enter")
    assert column(page, "shares", 0)[0] == OUTLETS[0]
    page.keyboard.press("Space")
    assert column(page, "shares", 0)[-1] == OUTLETS[0]
    assert page.evaluate("document.activeElement.textContent") == "Anti-Western"


def test_missing_numbers_stay_last_both_ways(opened, report):
    page = opened(report.page)
    page.evaluate("document.querySelector('table[data-name=shares] tbody tr').cells[2].dataset.value = ''")
    first = column(page, "shares", 0)[0]
    for _ in range(2):
        sort_button(page, "shares", "Cooperation").click()
        assert column(page, "shares", 0)[-1] == first
    _, content = saved(page, "JSON", table_block("shares"))
    assert json.loads(content)[-1]["cooperation"] is None


def test_a_filter_keeps_rows_with_all_words_and_says_how_many(opened, report):
    page = opened(report.page)
    block = page.locator(table_block("shares"))
    status = block.get_by_role("status")
    assert status.inner_text() == "10 rows"
    block.get_by_label("Filter").fill("TA 12")
    assert column(page, "shares", 0) == ["Beta", "Delta_100%", "Theta", "Zeta & Sons"]
    assert status.inner_text() == "4 of 10 rows"
    block.get_by_label("Filter").fill("")
    assert len(column(page, "shares", 0)) == 10


def test_a_very_long_table_shows_a_part_until_asked_but_sorts_saves_and_prints_all(opened, report, tmp_path):
    """Ten outlets a hundred times over, each time with another number before their names."""
    rows = re.search("(?<=<tbody>).*?(?=</tbody>)", report.page.read_text(encoding="utf-8"), re.DOTALL)[0]
    many = "".join(rows.replace('scope="row">', f'scope="row">{i} ') for i in range(100))
    long = tmp_path / "report.html"
    long.write_text(report.page.read_text(encoding="utf-8").replace(rows, many, 1), encoding="utf-8")
    page = opened(long)
    block = page.locator(table_block("shares"))
    visible = page.locator("table[data-name=shares] > tbody > tr:visible")
    assert block.get_by_role("status").inner_text() == "1000 rows, first 200 shown"
    sort_button(page, "shares", "outlet").dblclick()
    assert column(page, "shares", 0)[::10] == [f"{i} Zeta & Sons" for i in range(99, 79, -1)]
    block.get_by_label("Filter").fill("alpha")
    assert column(page, "shares", 0) == [f"{i} Alpha" for i in range(99, -1, -1)]
    block.get_by_label("Filter").fill("")
    assert len(saved(page, "CSV", table_block("shares"))[1].splitlines()) == 1001
    page.emulate_media(media="print")
    assert visible.count() == 1000
    page.emulate_media(media="screen")
    assert visible.count() == 200
    block.get_by_role("button", name="Show all rows").click()
    assert visible.count() == 1000


def test_csv_has_every_row_in_the_order_shown_at_full_precision(opened, report):
    page = opened(report.page)
    sort_button(page, "shares", "Cooperation").click()
    page.locator(table_block("shares")).get_by_label("Filter").fill("alpha")
    name, content = saved(page, "CSV", table_block("shares"))
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert name == "shares.csv"
    assert [row["outlet"] for row in rows] == ["Zeta & Sons", "'=SUM(A1)", *OUTLETS[2:]]
    shares = {s.group: s.share for s in report.comparison.main.shares if s.frame == "cooperation"}
    for outlet, row in zip(OUTLETS, rows, strict=True):
        share = shares[outlet]
        assert float(row["cooperation"]) == share.value
        limits = [row["cooperation_low"], row["cooperation_high"]]
        assert limits == ["", ""] if not share.has_limits else [float(x) for x in limits] == [share.low, share.high]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("@x", "'@x"), ("-x", "'-x"), ("-", "'-"), ("-0.5", "-0.5"),
        ("+1e3", "+1e3"), ("a=b", "a=b"), ('=f("a,b")', '"\'=f(""a,b"")"'), ("–", "–"),
    ],
)  # fmt: skip
def test_cells_that_a_spreadsheet_would_run_are_neutralised(opened, report, text, cell):
    page = opened(report.page)
    page.evaluate("text => document.querySelector('table[data-name=data] tbody tr').cells[6].textContent = text", text)
    _, content = saved(page, "CSV", table_block("data"))
    assert content.decode().split("\r\n")[1].split(",", 6)[6] == cell


def test_json_has_numbers_as_numbers(opened, report):
    name, content = saved(opened(report.page), "JSON", table_block("data"))
    assert name == "data.json"
    records = {record["outlet"]: record for record in json.loads(content)}
    assert len(records) == 10
    assert records["=SUM(A1)"] == {
        "outlet": "=SUM(A1)", "articles": 6, "sentences": 12, "boilerplate": 0, "stories": 6, "shared stories": 0,
        "period": "2024-05-02 to 2024-05-02",
    }  # fmt: skip


def test_latex_is_a_booktabs_tabular_of_what_is_shown(opened, report):
    name, content = saved(opened(report.page), "LaTeX", table_block("shares"))
    lines = content.decode().splitlines()
    assert name == "shares.tex"
    assert lines[1:5] == [
        r"\begin{tabular}{lrrrr}",
        r"\toprule",
        r"outlet & sentences & Cooperation & Anti-Western & Economic \\",
        r"\midrule",
    ]
    assert lines[-2:] == [r"\bottomrule", r"\end{tabular}"]
    body = {line.split(" & ")[0]: line for line in lines[5:-2]}
    assert len(body) == 10
    assert body[r"Zeta \& Sons"].startswith(r"Zeta \& Sons & 12 & 100\% & 92\% (")
    assert r"Delta\_100\%" in body


def test_a_plot_is_saved_as_it_looks(opened, report):
    page = opened(report.page)
    figure = "figure[data-name=shares-cooperation]"
    name, content = saved(page, "SVG", figure)
    svg = ElementTree.fromstring(content)
    assert (name, svg.tag) == ("shares-cooperation.svg", "{http://www.w3.org/2000/svg}svg")
    ground = svg[0]
    assert (ground.tag.rpartition("}")[2], ground.get("fill"), ground.get("width")) == (
        "rect",
        "#fff",
        svg.get("width"),
    )
    dots = svg.findall(".//{*}circle")
    assert len(dots) == 10
    for dot in dots:
        assert "fill: rgb(255, 255, 255)" in dot.get("style")
        assert "stroke: rgb(0, 114, 178)" in dot.get("style")
    assert [text.text for text in svg.iterfind(".//{*}g/{*}text")] == OUTLETS
    texts = [text.text for text in svg.iterfind("{*}text")]
    assert (texts[0], texts[-1]) == ("Cooperation", "share of sentences, %")  # no legend: all dots are of one kind
    assert page.locator(figure).inner_text().count("Cooperation") == 1


def test_a_plot_is_saved_as_pixels_at_three_times_its_size(opened, report):
    page = opened(report.page)
    figure = "figure[data-name=shares-cooperation]"
    name, content = saved(page, "PNG", figure)
    box = page.locator(f"{figure} svg").get_attribute("viewBox").split()
    assert (name, content[:8]) == ("shares-cooperation.png", b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (3 * int(box[2]), 3 * (int(box[3]) + 26))  # the title on top
    colours = page.evaluate(
        """async (bytes) => {
          const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
          const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
          context.drawImage(bitmap, 0, 0);
          const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
          return [...new Set(new Uint32Array(data.buffer))].map((pixel) => pixel.toString(16));
        }""",
        list(content),
    )
    assert {"ffffffff", "ffb27200"} <= set(colours)  # white ground and the frame's blue, as ABGR


def test_markup_in_texts_stays_text_on_the_page_and_in_downloads(opened, hostile_report):
    page = opened(hostile_report.page)
    open_details(page)
    sort_button(page, "shares", "outlet").click()
    page.locator(table_block("shares")).get_by_label("Filter").fill("outlet <script>")
    assert column(page, "shares", 0) == [f"Outlet {EVIL}"]
    assert page.locator("h1").inner_text() == f"Title {EVIL}"
    assert page.locator("figcaption").first.inner_text() == f"Label {EVIL}"
    assert f"Definition {EVIL}" in page.locator("#codebook details").text_content()
    assert page.locator("blockquote").first.text_content().strip().startswith(f"Headline {EVIL}")
    assert page.locator("body img").count() == 0
    assert page.locator("script").count() == 1
    _, table = saved(page, "JSON", table_block("shares"))
    assert f"Outlet {EVIL}" in {record["outlet"] for record in json.loads(table)}
    _, plot = saved(page, "SVG", "figure >> nth=0")
    assert not ElementTree.fromstring(plot).findall(".//{*}script")
    assert page.evaluate("window.executed") is None


def test_the_policy_stops_a_script_that_is_not_the_pages_own(browser, report, tmp_path):
    """Escaping is the first line; should it ever fail, an injected script still does not run."""
    injected = tmp_path / "report.html"
    injected.write_text(report.page.read_text(encoding="utf-8").replace("<main>", f"<main>{EVIL}"), encoding="utf-8")
    page = browser.new_page()
    page.goto(injected.as_uri())
    assert page.locator(".toolbar").count() > 0
    assert page.evaluate("window.executed") is None
    page.close()


@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
def test_axe_finds_nothing_serious(opened, hostile_report, report, corrected_report, width):
    from axe_playwright_python.sync_playwright import Axe

    for each in (report, hostile_report, corrected_report):
        page = opened(each.page, width)
        open_details(page)
        violations = Axe().run(page).response["violations"]
        serious = [one for one in violations if one["impact"] in {"serious", "critical"}]
        assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []


@pytest.mark.parametrize("width", [360, 390, 1280], ids=["small phone", "phone", "desktop"])
def test_the_page_never_scrolls_sideways(opened, hostile_report, report, corrected_report, width):
    for each in (report, hostile_report, corrected_report):
        page = opened(each.page, width)
        open_details(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for region in page.get_by_role("region").all():
        box = region.bounding_box()
        assert box is None or box["x"] + box["width"] <= width


def test_long_names_are_whole_in_tables_and_told_apart_in_plots(opened, tmp_path):
    ministries = [f"Ministry of Foreign Affairs of the {name}" for name in ("Harbor Republic", "Northern League")]
    names = [*ministries, "MORNING MAIL OF WOMMA", "中国国际广播电台新闻频道英语部", "W" * 120, "A", "B", "C"]
    report = compare(write_table(tmp_path / "labels.csv", names), tmp_path / "report", codebook="china-russia")
    page = opened(report.page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    for name in ("shares", "differences", "trends"):
        region = page.locator(".scroll", has=page.locator(f"table[data-name={name}]"))
        for box in region.all():
            assert box.evaluate("one => one.scrollWidth - one.clientWidth") <= 0, name
    heads = page.locator(".matrix >> nth=0").locator("thead span")
    assert set(heads.all_text_contents()) == set(names)
    assert heads.evaluate_all("all => all.filter((one) => one.scrollHeight > one.clientHeight + 1).length") == 0
    for plot in page.locator("figure.plot svg").all():
        shown = plot.locator(".name")
        assert len(set(shown.all_text_contents())) == shown.count()
        assert shown.evaluate_all("all => Math.min(...all.map((one) => one.getBBox().x))") >= 0


def test_examples_run_in_the_direction_of_their_script(opened, tmp_path):
    table = write_table(tmp_path / "labels.csv", ["A", "B"], text="قال الوزير إن التجارة زادت بنسبة 12%!")
    page = opened(compare(table, tmp_path / "report", codebook="china-russia").page)
    quote = page.locator("blockquote").first
    assert quote.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert quote.locator("cite").evaluate("one => getComputedStyle(one).direction") == "ltr"


def test_a_link_of_the_contents_leads_to_its_section(opened, report):
    page = opened(report.page)
    page.get_by_role("link", name="Methods").click()
    page.wait_for_timeout(200)
    assert page.locator("#methods h2").evaluate("heading => heading.getBoundingClientRect().top") < 900


def test_a_corrected_page_shows_both_estimates_and_its_tests(opened, corrected_report):
    page = opened(corrected_report.page)
    assert page.locator("figure[data-name=shares-cooperation] circle.hollow").count() == 10
    assert page.locator("figure[data-name=shares-cooperation] circle:not(.hollow)").count() == 10
    plot = page.locator("figure[data-name=shares-cooperation] svg")
    assert plot.locator("text").last.text_content() == "filled: corrected, hollow: counted from labels"
    assert page.locator("table.matrix").count() == 3
    _, content = saved(page, "CSV", table_block("differences"))
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert all(float(row["p_holm"]) >= float(row["p_bh"]) >= float(row["p"]) for row in rows if row["p"])
    _, content = saved(page, "CSV", table_block("error-rates"))
    assert len(list(csv.DictReader(io.StringIO(content.decode())))) == 3 * 10


def test_without_javascript_the_page_is_complete_and_shows_no_dead_buttons(opened, report):
    page = opened(report.page, java_script_enabled=False)
    assert sorted(column(page, "shares", 0)) == sorted(OUTLETS)
    assert page.locator("figure.plot svg circle").count() == 3 * 10
    assert page.locator("button, input").count() == 0


def test_no_table_is_cut_on_paper(opened, corrected_report):
    """A4 has 180 mm between the margins, 680 pixels."""
    page = opened(corrected_report.page, 680)
    page.emulate_media(media="print")
    open_details(page)
    assert page.locator("table[data-name=shares-complete]").bounding_box()["width"] <= 680
    assert page.evaluate("document.documentElement.scrollWidth") <= 680


def test_print_opens_details_and_leaves_out_what_cannot_be_clicked(opened, report):
    page = opened(report.page)
    page.emulate_media(media="print")
    assert page.locator(".toolbar:visible, nav:visible").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    for region in page.get_by_role("region").all():
        assert region.evaluate("one => getComputedStyle(one).overflowX") == "visible"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#codebook details[open]").count() == 0
