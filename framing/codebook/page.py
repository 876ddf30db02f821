"""The codebook as a page for coders, and the template that `framing codebook new` writes."""

from framing.codebook.schema import Codebook, Frame

TEMPLATE = """\
# A codebook: edit, then run `framing codebook check FILE`.
name: {name}
version: "0.1"
language: en                # ISO 639-1 code of the articles
title: What this codebook codes
unit: One sentence; a headline counts as a sentence. Tag what the sentence itself conveys.
frames:
  - name: conflict          # lower case; becomes a column of the labels
    label: Conflict
    definition: Presents the issue as a clash between people, groups or countries.
    include:
      - Open disagreement, reproach, attack.
    exclude:
      - A sports result.
    examples:
      - The two ministers traded accusations for an hour.
targets:                    # may be left out; toward whom a stance is coded
  - name: government
    label: The government
    aliases: [government, cabinet, ministry]
voice:
  source: The sentence quotes or paraphrases somebody.
  outlet: Otherwise.
stance:
  favourable: The target is praised, supported or justified.
  neutral: The target is named without either.
  critical: The target is blamed, doubted or presented as a threat.
boilerplate: Photo credits, bylines, navigation, newsletter prompts. Frames and stance are left empty.
examples:
  - text: The two ministers traded accusations for an hour.
    frames: [conflict]
    voice: outlet
"""


def codebook_markdown(codebook: Codebook) -> str:
    """Render the codebook as Markdown, to be read beside the sentences while coding."""
    parts = [
        f"# {codebook.title}",
        f"Codebook `{codebook.name}`, version {codebook.version}, language {codebook.language}, "
        f"hash `{codebook.sha256[:12]}`.",
        f"**Unit.** {codebook.unit}",
        "## Frames",
        "Frames are not exclusive: none, one or several may apply.",
        *(_frame_markdown(frame) for frame in codebook.frames),
        "## Not article content",
        codebook.boilerplate,
    ]
    if codebook.voice:
        parts += ["## Voice", *(f"- `{value}`: {rule}" for value, rule in codebook.voice.items())]
    if codebook.targets:
        parts += ["## Stance toward targets", _target_table(codebook)]
        parts += [f"- `{value}`: {rule}" for value, rule in codebook.stance.items()]
    if codebook.examples:
        parts += ["## Worked examples", _example_table(codebook)]
    return "\n\n".join(parts) + "\n"


def codebook_html(codebook: Codebook, *, heading_level: int = 1) -> str:
    """Render the codebook as an HTML fragment; all text is escaped, tables can scroll, by keyboard too.

    Parameters
    ----------
    codebook : Codebook
        What to render.
    heading_level : int
        Level of the topmost heading, 1 to 4, so that the fragment fits into a page that has headings.
    """
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(codebook_markdown(codebook))
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + heading_level - 1)}"
    html = str(markdown.renderer.render(tokens, markdown.options, {}))
    scroller = '<div class="scroll" tabindex="0" role="group" aria-label="Codebook table">'
    return html.replace("<table>", f"{scroller}<table>").replace("</table>", "</table></div>")


def codebook_page(codebook: Codebook) -> str:
    """Render the codebook as a whole HTML page."""
    return (
        f'<!doctype html><html lang="{codebook.language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{codebook.name} {codebook.version}</title>"
        "<style>body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
        "color:#1b2430;overflow-wrap:anywhere}.scroll{overflow-x:auto}table{border-collapse:collapse}"
        "td,th{border:1px solid #ccd3db;padding:.4rem .6rem;"
        "text-align:left;vertical-align:top;overflow-wrap:normal}"
        "code{background:#f0f3f6;padding:.1em .3em;border-radius:3px}</style>"
        f"<main>{codebook_html(codebook)}</main></html>\n"
    )


def _frame_markdown(frame: Frame) -> str:
    lines = [f"### {frame.label} (`{frame.name}`)", "", frame.definition, ""]
    for heading, items in (
        ("Include", frame.include),
        ("Exclude", frame.exclude),
        ("Examples", frame.examples),
    ):
        if items:
            lines += [f"**{heading}**", "", *(f"- {item}" for item in items), ""]
    return "\n".join(lines).rstrip()


def _target_table(codebook: Codebook) -> str:
    rows = [f"| `{t.name}` | {_cell(t.label)} | {_cell(', '.join(t.aliases))} |" for t in codebook.targets]
    return "\n".join(["| target | who | mentioned by |", "|---|---|---|", *rows])


def _example_table(codebook: Codebook) -> str:
    rows = []
    for example in codebook.examples:
        stance = ", ".join(f"{target} {value}" for target, value in example.stance.items())
        rows.append(f"| {_cell(example.text)} | {', '.join(example.frames) or 'none'} | {example.voice} | {stance} |")
    return "\n".join(["| sentence | frames | voice | stance |", "|---|---|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
