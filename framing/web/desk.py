"""What all pages work on: the sentences, who codes which, and the database; opened once when the server starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from shlex import quote
from statistics import median

from framing.annotation.assignment import assign_coders
from framing.annotation.coders import check_coder, check_coders
from framing.annotation.database import DATABASE
from framing.annotation.folder import codebook_of, known_names, refuse_files
from framing.annotation.ledger import Ledger, read_ledger
from framing.annotation.revision import Change
from framing.annotation.rows import Coding
from framing.annotation.store import CodingStore
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.web.context import Sentence, read_sentences


@dataclass(frozen=True)
class Queue:
    """The sentences of one coder, in the order to code them."""

    sentences: tuple[Sentence, ...]

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of each sentence, from 0, by its key."""
        return {sentence.key: i for i, sentence in enumerate(self.sentences)}

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids of the sentences."""
        return frozenset(sentence.id for sentence in self.sentences)

    def neighbour(self, sentence: Sentence, step: int) -> Sentence | None:
        """The sentence so many places on; None beyond the ends."""
        at = self.place[sentence.key] + step
        return self.sentences[at] if 0 <= at < len(self.sentences) else None

    def next_open(self, coded: set[str], after: Sentence | None = None) -> Sentence | None:
        """The first sentence behind `after` that is not coded, else the first of all; None if all are coded."""
        start = self.place.get(after.key, -1) + 1 if after else 0
        order = chain(islice(self.sentences, start, None), islice(self.sentences, start))
        return next((sentence for sentence in order if sentence.id not in coded), None)


class Queues:
    """The queues of several coders, read again whenever somebody has dealt the sentences out anew.

    Parameters
    ----------
    store : CodingStore
    sentences : mapping of str to Sentence
        All drawn sentences by id.
    coders : sequence of str
    """

    def __init__(self, store: CodingStore, sentences: Mapping[str, Sentence], coders: Sequence[str]) -> None:
        self._store, self._sentences, self._coders = store, sentences, coders
        self._read: tuple[int, dict[str, Queue]] = (-1, {})  # replaced as one, as threads read it

    def now(self) -> dict[str, Queue]:
        """The queues by coder, as assigned now."""
        deals, (read_at, queues) = self._store.deals(), self._read
        if deals != read_at:
            assigned = {coder: self._store.assigned(coder) for coder in self._coders}
            queues = {coder: Queue(tuple(self._sentences[one] for one in ids)) for coder, ids in assigned.items()}
            self._read = deals, queues
        return queues


@dataclass(frozen=True)
class Work:
    """What a coder has to do and has done, read once per request.

    Parameters
    ----------
    coder : str
    queue : Queue
    coded, review : set of str
        Ids of what the coder has coded, and of these what a change of the codebook left to review.
    """

    coder: str
    queue: Queue
    coded: set[str]
    review: set[str]

    def next_open(self, after: Sentence | None = None) -> Sentence | None:
        """Where the coder goes on: at what is to be reviewed, then at what is not coded."""
        review = self.review & self.queue.ids
        return self.queue.next_open(set(self.queue.ids - review) if review else self.coded, after)


@dataclass(frozen=True)
class Progress:
    """How far a coder is; `pace` is the median of seconds of the newest answers, None before the first."""

    done: int
    assigned: int
    pace: float | None

    @property
    def minutes_left(self) -> float | None:
        """Expected minutes for what is not coded."""
        return None if self.pace is None else (self.assigned - self.done) * self.pace / 60


@dataclass(frozen=True)
class Desk:
    """An opened coding folder.

    Parameters
    ----------
    store : CodingStore
    ledger : Ledger
    codebook : Codebook
        The one in use.
    sentences : dict of str to Sentence
        All drawn sentences by id.
    dealt : Queues
        Of those who code here.
    blind : bool
        Whether outlet and date are hidden.
    adjudicator : str, optional
        Who decides where coders differ.
    """

    store: CodingStore
    ledger: Ledger
    codebook: Codebook
    sentences: dict[str, Sentence]
    dealt: Queues
    blind: bool = True
    adjudicator: str | None = None

    @property
    def judge(self) -> str:
        """What the adjudicator's key, cookie and forms are signed for: no coder can have such a name."""
        return f"{self.adjudicator} (adjudicator)"

    @cached_property
    def folder_name(self) -> str:
        """The folder as commands name it that are run where it stands."""
        return quote(self.ledger.folder.resolve().name)

    @cached_property
    def for_training(self) -> bool:
        """Whether no sentence is for an estimate."""
        return all(row["purpose"] == "training" for row in self.ledger.rows.values())

    @property
    def queues(self) -> dict[str, Queue]:
        """The sentences of each coder, as assigned now."""
        return self.dealt.now()

    def work(self, coder: str) -> Work:
        """What a coder has to do and has done."""
        return Work(coder, self.queues[coder], self.store.coded(coder), self.store.to_review(coder))

    def changes_to_see(self, kept: Coding) -> list[Change]:
        """What changed in the codebook since a coding was made and asks to look at it again."""
        changes = map(Change.read, self.store.changes_since(kept.codebook or ""))
        return [change for change in changes if change.how == "merged" or change.asks_review(kept)]

    def progress(self, work: Work) -> Progress:
        """How far a coder is."""
        ids, seconds = work.queue.ids, self.store.seconds(work.coder)
        return Progress(len(ids & work.coded), len(ids), median(seconds) if seconds else None)


def open_desk(
    folder: str | Path,
    coders: Sequence[str] = (),
    *,
    codebook: str | Path | None = None,
    corpus: str | Path | None = None,
    labels: str | Path | None = None,
    overlap: float | None = None,
    seed: int | None = None,
    blind: bool = True,
    adjudicator: str | None = None,
) -> Desk:
    """Open a coding folder to be coded in the browser; the first time, make its database.

    Parameters
    ----------
    folder : str or Path
        Coding folder of `framing sample`.
    coders : sequence of str
        Who codes; by default all who were named before, or nobody where there is an adjudicator.
    codebook : str or Path, optional
        Needed the first time where the folder has none.
    corpus, labels : str or Path, optional
        See `framing.web.context.read_sentences`.
    overlap, seed : float, int, optional
        See `framing.annotation.assignment.assign_coders`.
    blind : bool
        Hide outlet and date. What coders know of an outlet colours what they see in its sentences.
    adjudicator : str, optional
        Who decides where coders differ.

    Raises
    ------
    FramingError
        If the folder is coded in another way, the codebook is missing or another one, a name is one of the folder's in
        another spelling, or a setting is unusable.
    """
    ledger = read_ledger(folder)
    known = known_names(ledger.folder)
    coders = check_coders(coders, "--coder", known)
    if adjudicator is not None:
        adjudicator = check_coder(adjudicator, "--adjudicator", {*known, *coders})
    store = _open_store(ledger, codebook)
    coders = coders or ([] if adjudicator else store.coders())
    if not coders and not (adjudicator and store.seats()):
        raise FramingError(f"{folder}: nobody codes here yet; add --coder NAME")
    book = store.codebook()
    if codebook is not None:
        book.check_same(Codebook.load(codebook).reference, str(store.path))
    sentences = read_sentences(ledger, book, corpus=corpus, labels=labels)
    if coders:
        assign_coders(store, ledger, coders, overlap=overlap, seed=seed)
    return Desk(store, ledger, book, sentences, Queues(store, sentences, coders), blind, adjudicator)


def _open_store(ledger: Ledger, codebook: str | Path | None) -> CodingStore:
    folder = ledger.folder
    refuse_files(folder)
    if (folder / DATABASE).exists():
        return CodingStore.open(folder)
    return CodingStore.create(folder, codebook_of(folder, codebook))
