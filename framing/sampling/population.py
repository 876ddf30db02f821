"""The sentences a sample is drawn from: content of a corpus, in strata, with scores where a model has labelled it."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from framing.arrays import Codes, Floats
from framing.artefact import read_manifest
from framing.codebook import Codebook
from framing.corpus import Corpus
from framing.errors import FramingError

if TYPE_CHECKING:
    from framing.labelling import Labels


@dataclass(frozen=True)
class Population:
    """Sentences that can be drawn.

    Parameters
    ----------
    sentences : pyarrow.Table
        All sentences of the corpus, in article order.
    rows : ndarray of int, shape (n_sentences,)
        Positions in `sentences` of those that can be drawn.
    stratum, story : ndarray of int, shape (n_sentences,)
        Codes; of a stratum the position of its name in `names`.
    names : list of str, length n_strata
        Sorted.
    left_out : dict of str to tuple of int
        Sentences and stories of strata with too few stories.
    n_without_stratum : int
        Content sentences whose article has no value to stratify by.
    scores : ndarray of float, shape (n_sentences, n_frames)
        Without columns where there are no labels.
    """

    sentences: pa.Table
    rows: Codes
    stratum: Codes
    story: Codes
    names: list[str]
    left_out: dict[str, tuple[int, int]]
    n_without_stratum: int
    scores: Floats

    @property
    def has_scores(self) -> bool:
        """Whether a model has labelled the sentences."""
        return bool(self.scores.shape[1])

    @property
    def n_sentences(self) -> Codes:
        """Sentences per stratum."""
        return self.count(np.arange(len(self.rows)))

    @property
    def n_stories(self) -> Codes:
        """Stories per stratum."""
        return self.count_stories(np.arange(len(self.rows)))

    def count(self, drawn: Codes) -> Codes:
        """Sentences per stratum among those at the given positions of `rows`."""
        return np.bincount(self.stratum[drawn], minlength=len(self.names))

    def count_stories(self, drawn: Codes) -> Codes:
        """Stories per stratum among those at the given positions of `rows`."""
        return _stories_per_stratum(self.stratum[drawn], self.story[drawn], len(self.names))


def open_scores(
    corpus: Corpus, *, labels: str | Path | None, model: str | Path | None, codebook: str | Path | None
) -> "Labels | None":
    """Labels of a corpus: those given, or made with a model and not kept; None where there is neither.

    Raises
    ------
    FramingError
        If both are given, or they are of another corpus or codebook.
    """
    if labels is not None and model is not None:
        raise FramingError("--labels and --model: expected one of them; labels are what a model made of the corpus")
    if labels is not None:
        return open_labels(Path(labels), corpus, codebook)
    if model is None:
        return None
    from framing.classifier import load_classifier
    from framing.labelling import label

    classifier = load_classifier(model)
    if codebook is not None:
        Codebook.load(codebook).check_same(classifier.codebook.reference, str(model))
    with TemporaryDirectory() as scratch:
        made = label(corpus.folder, classifier, Path(scratch) / "labels").output
        return open_labels(made, corpus, codebook)


def open_labels(path: Path, corpus: Corpus, codebook: str | Path | None) -> "Labels":
    """Open labels of this very corpus.

    Raises
    ------
    FramingError
        If they are no labels folder, or of another corpus or codebook.
    """
    manifest = read_manifest(path, "labels")
    if manifest["corpus"]["sha256"] != corpus.manifest["sha256"]:
        raise FramingError(
            f"{path}: labels of another corpus than {corpus.folder} (its sentences have another hash); "
            "label this corpus, or name the corpus these labels are of"
        )
    from framing.labelling import read_labels

    return read_labels(path, codebook=codebook)


def read_population(corpus: Corpus, *, by: str, min_stories: int, labels: "Labels | None" = None) -> Population:
    """Find the sentences that can be drawn.

    Raises
    ------
    FramingError
        If there is no column `by`, the labels do not fit the corpus, or no stratum has enough stories.
    """
    sentences = corpus.sentences()
    stratum, names = _codes(_column(corpus, sentences, by))
    story, _ = _codes(sentences["story"])
    content = ~sentences["boilerplate"].to_numpy(zero_copy_only=False)
    if labels is not None:
        _check_rows(labels, sentences, corpus)
        content &= labels.content
    known = content & (stratum >= 0)
    stories = _stories_per_stratum(stratum[known], story[known], len(names))
    kept = stories >= min_stories
    if not kept.any():
        raise FramingError(
            f"{corpus.folder}: no {by} has {min_stories} stories or more, expected one at least; "
            "stratify by another column (--by) or add articles"
        )
    counts = np.bincount(stratum[known], minlength=len(names))
    rows = np.flatnonzero(known & kept[stratum])
    return Population(
        sentences,
        rows,
        (np.cumsum(kept) - 1)[stratum[rows]],
        story[rows],
        [name for name, keep in zip(names, kept, strict=True) if keep],
        {names[i]: (int(counts[i]), int(stories[i])) for i in np.flatnonzero(~kept & (counts > 0))},
        int((content & (stratum < 0)).sum()),
        _scores(labels)[rows] if labels else np.empty((len(rows), 0)),
    )


def _column(corpus: Corpus, sentences: pa.Table, by: str) -> pa.ChunkedArray:
    """A column of the sentences, or of their articles."""
    if by in sentences.column_names:
        return sentences[by]
    known = pq.read_schema(corpus.folder / "articles.parquet").names
    if by not in known:
        raise FramingError(
            f"{corpus.folder}: no column {by!r} to stratify by; found {', '.join({*known, *sentences.column_names})}"
        )
    return corpus.beside(sentences["article_id"], [by])[by]


def _codes(column: pa.ChunkedArray) -> tuple[Codes, list[str]]:
    """Codes from 0 in the order of the sorted names, -1 where the value is missing or empty; and the names."""
    texts = pc.cast(column, pa.string())
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    encoded = texts.combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = np.argsort(np.array(names, dtype=object), kind="stable")
    ranks = np.empty(len(names) + 1, dtype=np.intp)
    ranks[order] = np.arange(len(names))
    ranks[-1] = -1
    return ranks[pc.fill_null(encoded.indices, -1).to_numpy()], [names[i] for i in order]


def _stories_per_stratum(stratum: Codes, story: Codes, n_strata: int) -> Codes:
    n_stories = int(story.max(initial=0)) + 1
    return np.bincount(np.unique(stratum * n_stories + story) // n_stories, minlength=n_strata)


def _check_rows(labels: "Labels", sentences: pa.Table, corpus: Corpus) -> None:
    own = labels.table[labels.id_column]
    if len(own) != len(sentences) or not pc.all(pc.equal(own, sentences["sentence_id"])).as_py():
        raise FramingError(f"{corpus.folder}: the labels have other sentences than the corpus; label the corpus again")


def _scores(labels: "Labels") -> NDArray[np.float64]:
    return np.column_stack([labels.column(f"p_{name}").astype(float) for name in labels.codebook.frame_names])
