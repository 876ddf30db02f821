"""Single-article files: plain text, Markdown with front matter, HTML pages."""

import re
from itertools import pairwise
from typing import Any

from framing.corpus.records import UnreadableError

_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*\n", re.DOTALL)
_TITLE_MAX = 200
# Above each article of a download by LexisNexis or ProQuest: "2 of 30 DOCUMENTS", "Document 2 of 30".
_NUMBERED = re.compile(r"^[^\S\n]*(\d+ of \d+ documents?|document \d+ of \d+)[^\S\n]*$", re.IGNORECASE | re.MULTILINE)


def read_text(text: str) -> dict[str, Any]:
    """Plain text. A short first line that is set off by a blank line and does not end like a sentence is the title."""
    text = text.replace("\r\n", "\n").strip()
    if len(heads := list(dict.fromkeys(_NUMBERED.findall(text)))) > 1:
        raise UnreadableError(
            f"expected one article, found {len(heads):,} in one file ({heads[0]!r}, {heads[1]!r} ...); "
            "save a file for each, or a table (csv, jsonl) with a row for each"
        )
    first, _, rest = text.partition("\n")
    if rest.startswith("\n") and len(first) <= _TITLE_MAX and not first.rstrip().endswith((".", ",", ";")):
        return {"title": first.strip(), "text": rest.strip()}
    return {"text": text}


def read_markdown(text: str) -> dict[str, Any]:
    """Markdown: YAML front matter gives fields, the first heading is the title, markup is dropped."""
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    fields: dict[str, Any] = {}
    text = text.replace("\r\n", "\n")
    if match := _FRONT_MATTER.match(text):
        fields = _front_matter(match[1])
        text = text[match.end() :]
    paragraphs: list[str] = []
    tokens = MarkdownIt("commonmark").parse(text)
    for before, token in pairwise([Token("", "", 0), *tokens]):
        if token.type in {"fence", "code_block", "html_block"}:
            paragraphs.append(token.content)
        if token.type != "inline":
            continue
        content = "".join(_inline_text(child.type, child.content) for child in token.children or ())
        if before.type == "heading_open" and "title" not in fields and not paragraphs:
            fields["title"] = content
        else:
            paragraphs.append(content)
    return {**fields, "text": "\n\n".join(paragraphs)}


def read_html(data: bytes) -> dict[str, Any]:
    """An HTML page: main text, title, date, site and URL, by trafilatura.

    Tables and comments are left out: on 50 news pages with known text this raises the mean token F1 from .968
    (the defaults) to .973; ``training/benchmarks/html_extraction.py`` measures it.
    """
    import trafilatura

    document = trafilatura.bare_extraction(data, include_comments=False, include_tables=False, with_metadata=True)
    if document is None or isinstance(document, dict) or not document.text:
        raise UnreadableError("no article text found in the page; save the article as text")
    fields = {
        "text": document.text.replace("\n", "\n\n"),
        "title": document.title,
        "date": document.date,
        "url": document.url,
        "site": document.sitename,
    }
    return {name: value for name, value in fields.items() if value}


def _front_matter(block: str) -> dict[str, Any]:
    import yaml

    try:
        fields = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError) as error:  # the latter of an impossible date
        raise UnreadableError(f"broken front matter ({' '.join(str(error).split())}); mend the YAML") from None
    return {str(name): value for name, value in fields.items()} if isinstance(fields, dict) else {}


def _inline_text(kind: str, content: str) -> str:
    return " " if kind in {"softbreak", "hardbreak"} else content
