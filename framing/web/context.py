"""The drawn sentences as the pages show them, in the context of their articles."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framing.annotation.ledger import Ledger
from framing.artefact import sha256_text
from framing.codebook import Codebook
from framing.errors import FramingError

SHOWN = 3  # sentences before and after
_KEY_LENGTH = 16

Article = dict[int, str]  # sentences by index


@dataclass(frozen=True)
class Sentence:
    """A drawn sentence.

    Parameters
    ----------
    key : str
        What pages and addresses call it: a hash, because the id may name the outlet.
    id, text : str
    title : str
        The article's headline, empty where there is none or the sentence is it.
    before, after : tuple of str
        Neighbours in the article; without the corpus only the one before is known.
    outlet, date : str
        Empty where not known.
    suggestion : dict of str to float
        The model's probability by frame, empty where none is shown.
    """

    key: str
    id: str
    text: str
    title: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    outlet: str = ""
    date: str = ""
    suggestion: dict[str, float] = field(default_factory=dict)


def read_sentences(
    ledger: Ledger, codebook: Codebook, *, corpus: str | Path | None = None, labels: str | Path | None = None
) -> dict[str, Sentence]:
    """All drawn sentences by id.

    Parameters
    ----------
    ledger : Ledger
    codebook : Codebook
    corpus : str or Path, optional
        Corpus folder that was drawn from: gives the sentences before and after.
    labels : str or Path, optional
        Labels folder of that corpus: gives suggestions, for sentences picked for training only. Where an estimate
        rests on a sentence a coder must not see what the model thinks.

    Raises
    ------
    FramingError
        If corpus or labels are not those of the ledger, or no sentence is for training.
    """
    articles = _articles(ledger, corpus) if corpus is not None else {}
    suggestions = _suggestions(ledger, codebook, labels) if labels is not None else {}
    return {
        sentence_id: _sentence(row, articles.get(str(row.get("article_id")), {}), suggestions.get(sentence_id, {}))
        for sentence_id, row in ledger.rows.items()
    }


def _sentence(row: dict[str, Any], article: Article, suggestion: dict[str, float]) -> Sentence:
    index = row.get("index") or 0
    before = [article[i] for i in range(index - SHOWN, index) if i in article]
    if not article and row.get("previous") and row["previous"] != row.get("title"):
        before = [row["previous"]]
    return Sentence(
        sha256_text(row["sentence_id"])[:_KEY_LENGTH],
        row["sentence_id"],
        row["text"],
        "" if row.get("part") == "headline" else row.get("title") or "",
        tuple(before),
        tuple(article[i] for i in range(index + 1, index + 1 + SHOWN) if i in article),
        row.get("outlet") or "",
        row.get("date") or "",
        suggestion,
    )


def _articles(ledger: Ledger, folder: str | Path) -> dict[str, Article]:
    """Sentences of the articles that were drawn from, headlines left out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from framing.corpus import Corpus

    corpus = Corpus.load(folder)
    _check_corpus(ledger, corpus.manifest["sha256"], str(folder))
    wanted = pa.array([row["article_id"] for row in ledger.rows.values()], pa.string())
    table = corpus.sentences(["article_id", "index", "part", "text"])
    shown = pc.and_(pc.is_in(table["article_id"], wanted), pc.not_equal(table["part"], "headline"))
    articles: dict[str, Article] = defaultdict(dict)
    for row in table.filter(shown).to_pylist():
        articles[row["article_id"]][row["index"]] = row["text"]
    return articles


def _suggestions(ledger: Ledger, codebook: Codebook, folder: str | Path) -> dict[str, dict[str, float]]:
    from framing.labelling import read_labels

    training = [sentence_id for sentence_id, row in ledger.rows.items() if row["purpose"] == "training"]
    if not training:
        raise FramingError(
            f"--suggest {folder}: {ledger.folder} holds no sentence for training, and on others coders must not see "
            "what the model thinks; leave --suggest out, or draw with framing sample --for training"
        )
    labels = read_labels(folder)
    codebook.check_same(labels.codebook.reference, str(folder))
    _check_corpus(ledger, labels.manifest.get("corpus", {}).get("sha256"), str(folder))
    scores = {name: labels.column(f"p_{name}") for name in codebook.frame_names}
    at = labels.positions
    return {one: {name: float(column[at[one]]) for name, column in scores.items()} for one in training if one in at}


def _check_corpus(ledger: Ledger, sha256: str | None, where: str) -> None:
    if sha256 != ledger.manifest["corpus"]["sha256"]:
        raise FramingError(f"{where}: of another corpus than {ledger.folder} was drawn from; use that one")
