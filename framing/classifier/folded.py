"""`FoldedClassifier`: a network per fold, so that coded sentences can also correct the estimates."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framing.artefact import Manifest, read_manifest, sha256_text
from framing.classifier.assignment import Assignment, CodedFolds
from framing.classifier.base import Classifier
from framing.classifier.ensemble import ensemble_says
from framing.classifier.folder import KIND, described, find
from framing.classifier.frame_classifier import FrameClassifier
from framing.classifier.record import SPLIT, SplitRow, split_rows
from framing.classifier.settings import TrainingSettings
from framing.classifier.splits import deal
from framing.classifier.teacher import NO_TEACHER, Lessons, coded_lessons, taught, teacher_says
from framing.classifier.thresholds import best_thresholds, decide, thresholds_by_fold
from framing.classifier.uncoded import Uncoded
from framing.codebook import Codebook
from framing.errors import FramingError


class FoldedClassifier(Classifier):
    """Tags sentences with the frames of a codebook, those of a coded story by a network that did not see the story.

    The coded stories are dealt to folds, and network k (`members`) learns from all folds but fold k. Sentences of a
    corpus are scored by one network each (`assign`, `out_of_fold_probabilities`), other sentences by the mean of all
    (`label_probabilities`).

    Parameters
    ----------
    codebook : Codebook
        Its frames are the labels; one more output recognises boilerplate.
    settings : TrainingSettings
        How to fine-tune; `folds` says how many networks.
    """

    def __init__(self, codebook: Codebook, settings: TrainingSettings) -> None:
        super().__init__(codebook, settings)
        self.members: list[FrameClassifier] = []
        self.folds: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        self.out_of_fold: NDArray[np.float64] = np.empty((0, len(self.labels)))
        self.lessons = Lessons([], [], np.empty((0, 0, len(self.labels))), np.empty(0, dtype=np.intp))

    def fit(
        self,
        sentences: Sequence[str],
        frames: NDArray[np.bool_],
        *,
        stories: Sequence[str],
        boilerplate: NDArray[np.bool_] | None = None,
        previous: Sequence[str] | None = None,
        uncoded: Uncoded | None = None,
        corpus: str | None = None,
    ) -> Self:
        """Fine-tune a network per fold, and choose thresholds on the probabilities out of fold.

        `folds` then holds the fold of each sentence, `out_of_fold` its `labels`' probabilities, shape
        (n, n_frames + 1), by the network that did not see its story, and `lessons` what each network learned.

        Parameters
        ----------
        sentences, stories, previous : sequence of str, length n
        frames : ndarray of bool, shape (n, n_frames)
            In the codebook's order.
        boilerplate : ndarray of bool, shape (n,), optional
        uncoded : Uncoded, optional
            Sentences of a corpus, of which is learned what the teacher, or the ensemble, says.
        corpus : str, optional
            Hash of the corpus whose story names `stories` are, which may be that of `uncoded`.

        Raises
        ------
        FramingError
            If the settings ask for fewer than two folds, or for more than there are stories; if there are uncoded
            sentences and neither teacher nor ensemble, or it has other labels or folds; if arrays have other shapes.
        """
        n_folds, n_stories = self.settings.folds, len(set(stories))
        if not 2 <= n_folds <= n_stories:
            raise FramingError(
                f"expected 2 to {n_stories} folds, as many as there are coded stories at most, found {n_folds}; "
                "choose another number of folds or code more stories"
            )
        labels = self._as_labels(len(sentences), frames, boilerplate)
        self._forget()
        before = list(previous) if previous is not None else [""] * len(sentences)
        self.folds = deal(frames, stories, n_folds, self.settings.seed)
        self.record = split_rows(
            sentences, stories, ["train"] * len(sentences), folds=self.folds.tolist(), corpus=corpus
        )
        reads = "previous" if self.settings.context == "previous" else "none"  # articles are read by the whole
        alone = {"folds": 1, "refit": False, "context": reads, "teacher": "", "ensemble": 1}
        networks = self.settings.model_copy(update=alone)
        coded = coded_lessons(sentences, before, labels, self.folds)
        self.lessons = self._taught(coded, stories, uncoded, networks)
        self.members = [FrameClassifier(self.codebook, networks) for _ in range(n_folds)]
        for fold, member in enumerate(self.members):
            member.fine_tune(*self.lessons.of_fold(fold))
        self.out_of_fold = self.out_of_fold_probabilities(sentences, before, self._own_folds())
        self._choose_thresholds(labels)
        return self

    def label_probabilities(
        self, sentences: Sequence[str], previous: Sequence[str] | None = None
    ) -> NDArray[np.float64]:
        """Mean over the networks of the probability of each of `labels`, shape (n_sentences, n_frames + 1).

        For sentences of which no story was coded; those of a corpus are for `out_of_fold_probabilities`.
        """
        members = self._fitted()
        return np.asarray(np.mean([member.label_probabilities(sentences, previous) for member in members], axis=0))

    @property
    def networks(self) -> Sequence[FrameClassifier]:
        """One per fold."""
        return self._fitted()

    def assign(self, sentences: Sequence[str], stories: Sequence[str], corpus: str | None = None) -> Assignment:
        """Choose the network that scores each sentence of a corpus; see `CodedFolds.assign`."""
        return self.coded_folds().assign(sentences, stories, corpus)

    def coded_folds(self) -> CodedFolds:
        """Folds of the coded sentences, by which the coded stories of a corpus are found."""
        return CodedFolds.from_split(self.record, len(self._fitted()))

    def out_of_fold_probabilities(
        self, sentences: Sequence[str], previous: Sequence[str] | None, assignment: Assignment
    ) -> NDArray[np.float64]:
        """Probability of each of `labels` by the one network that `assign` chose for the sentence's story.

        Parameters
        ----------
        sentences, previous : sequence of str, length n_sentences
        assignment : Assignment
            Of these sentences.

        Returns
        -------
        ndarray of float, shape (n_sentences, n_frames + 1)
        """
        sentences, previous = list(sentences), list(previous) if previous is not None else None
        probabilities = np.empty((len(sentences), len(self.labels)))
        for fold, member in enumerate(self._fitted()):
            rows = np.flatnonzero(assignment.members == fold).tolist()
            before = [previous[i] for i in rows] if previous is not None else None
            probabilities[rows] = member.label_probabilities([sentences[i] for i in rows], before)
        return probabilities

    def decide(self, probabilities: NDArray[np.float64], assignment: Assignment | None = None) -> NDArray[np.bool_]:
        """Apply the thresholds; boilerplate rows lose their frames.

        Parameters
        ----------
        probabilities : ndarray of float, shape (n_sentences, n_frames + 1)
        assignment : Assignment, optional
            Of sentences of a corpus. Those of coded stories are judged by thresholds that were chosen without the
            labels of their fold.
        """
        thresholds = self._threshold_row()
        if assignment is not None:
            by_fold = np.stack([member._threshold_row() for member in self._fitted()])
            thresholds = np.where(assignment.coded[:, None], by_fold[assignment.members], thresholds)
        return decide(probabilities, thresholds)

    def decide_out_of_fold(self) -> NDArray[np.bool_]:
        """Decisions on the sentences of `fit`, shape (n, n_frames + 1), each without its own label."""
        return self.decide(self.out_of_fold, self._own_folds())

    def write(self, folder: Path, manifest: Manifest) -> None:
        """Write a model folder per network, ``fold-0`` and so on, and what they share."""
        super().write(folder, manifest)
        manifest["folds"] = len(self.members)

    @classmethod
    def from_pretrained(cls, name_or_path: str | Path) -> Self:
        """Load a model folder of several folds, or a shipped one by its name.

        Raises
        ------
        FramingError
            If there is no such model, it is one network, its record or a fold is missing, or a fold is not the one
            it was saved with; else as `FrameClassifier.from_pretrained`.
        """
        folder = find(name_or_path)
        with described(folder, KIND) as manifest:
            if "folds" not in manifest:
                raise FramingError(
                    f"{folder}: one network, expected a model of folds (train --folds, without refit); open it with "
                    "framing.classifier.load_classifier"
                )
            classifier = cls._described(folder, manifest)
            members = [_member_folder(folder, fold) for fold in range(manifest["folds"])]
        if missing := [path for path in (folder / SPLIT, *members) if not path.exists()]:
            raise FramingError(f"{missing[0]}: is missing in a model of folds; copy the whole folder again")
        classifier.members = [FrameClassifier.from_pretrained(member) for member in members]
        if _joint_hash([member.manifest["sha256"] for member in classifier.members]) != manifest["sha256"]:
            raise FramingError(f"{folder}: a fold is of another training run; copy the whole folder again")
        return classifier

    def _taught(
        self, coded: Lessons, stories: Sequence[str], uncoded: Uncoded | None, networks: TrainingSettings
    ) -> Lessons:
        if self.settings.teacher:
            teacher = FoldedClassifier.from_pretrained(self.settings.teacher)
            self.codebook.check_same(teacher.codebook.reference, f"teacher {teacher.folder}")
            self.taught_by, says = teacher.manifest["sha256"], teacher_says(teacher, coded, stories)
        elif self.settings.ensemble > 1:
            says = ensemble_says(self.codebook, networks, self.settings.ensemble, coded)
        elif uncoded is not None:
            raise FramingError(NO_TEACHER)
        else:
            return coded
        known = CodedFolds.from_split(self.record, self.settings.folds)
        return taught(coded, known, says, uncoded, self.settings)

    def _own_folds(self) -> Assignment:
        return Assignment(self.folds, np.ones(len(self.folds), dtype=bool))

    def _choose_thresholds(self, labels: NDArray[np.bool_]) -> None:
        """Of each network, to judge its own fold, without that fold's labels; and for all else, with all labels."""
        by_fold = thresholds_by_fold(self.out_of_fold, labels, self.folds, len(self.members))
        for member, chosen in zip(self.members, by_fold, strict=True):
            member.thresholds = dict(zip(self.labels, chosen.tolist(), strict=True))
        self.thresholds = dict(zip(self.labels, best_thresholds(self.out_of_fold, labels).tolist(), strict=True))

    def _write_weights(self, folder: Path) -> Manifest:
        for fold, member in enumerate(self._fitted()):
            member.record = [_as_seen_by(fold, row) for row in self.record]
            member.save_pretrained(_member_folder(folder, fold))
        return {"sha256": _joint_hash([member.manifest["sha256"] for member in self.members])}

    def _fitted(self) -> list[FrameClassifier]:
        if not self.members:
            raise FramingError("the classifier is not fitted; call fit, or load one with from_pretrained")
        return self.members


def load_classifier(name_or_path: str | Path) -> Classifier:
    """Load a model folder, of one network or of several folds, or a shipped model by its name.

    Raises
    ------
    FramingError
        As `FrameClassifier.from_pretrained` and `FoldedClassifier.from_pretrained`.
    """
    folded = "folds" in read_manifest(find(name_or_path), KIND)
    return FoldedClassifier.from_pretrained(name_or_path) if folded else FrameClassifier.from_pretrained(name_or_path)


def _member_folder(folder: Path, fold: int) -> Path:
    return folder / f"fold-{fold}"


def _joint_hash(hashes: Sequence[str]) -> str:
    return sha256_text("\n".join(hashes))


def _as_seen_by(fold: int, row: SplitRow) -> SplitRow:
    """The row as the network of `fold` saw it: it can be tested on its own fold, and learned from all others."""
    return {**row, "part": "test" if row["fold"] == fold else "train"}
