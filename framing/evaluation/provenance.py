"""Where labels and gold come from, as far as their manifests and the coding folder say."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from framing.annotation import read_ledger
from framing.annotation.database import DATABASE
from framing.annotation.folder import has_codings, read_all, read_final
from framing.annotation.rows import MAJORITY, Coding
from framing.annotation.settling import differences
from framing.artefact import sha256_text
from framing.classifier.assignment import SEVERAL, CodedFolds
from framing.codebook import Codebook
from framing.evaluation.evidence import Evidence
from framing.evaluation.gold import undrawn
from framing.labelling import Labels


@dataclass(frozen=True)
class ModelFacts:
    """The classifiers behind labels; empty or 0 where it is not known.

    Parameters
    ----------
    version : str
        Of framing, that labelled.
    encoder, sha256, stance, voice : str
        Name of the encoder; hashes of the classifiers.
    n_learned : int
        Distinct texts of coded sentences that it was trained or tuned on.
    n_learned_for_stance : int
        The same of the classifiers of stance and voice.
    n_folds : int
        Networks that each left out one fold of the stories; 0 without folds.
    n_also_gold : int
        Of the gold that is compared, those that trained other networks than the one that scored them.
    n_gold_of_several_folds : int
        And those whose very text was coded in several folds, as credits are, so that all networks learned it.
    n_cut : int
        Labelled sentences that are longer than the model of frames reads.
    """

    version: str
    encoder: str
    sha256: str
    stance: str
    voice: str
    n_learned: int
    n_learned_for_stance: int
    n_folds: int
    n_also_gold: int
    n_gold_of_several_folds: int
    n_cut: int


@dataclass(frozen=True)
class DesignFacts:
    """How the gold was drawn: from `n_strata` strata of column `by`, `per_story` (least and most) sentences a story.

    `n_left_out` sentences could not be drawn, as they are of strata with too few stories (`left_out`) or of none.
    `other_model` says whether they were drawn by labels of another model, which set its own boilerplate apart.
    """

    by: str
    n_strata: int
    per_story: tuple[int, int]
    n_asked: int
    n_drawn: int
    by_score: bool
    n_left_out: int
    left_out: list[str]
    other_model: bool


@dataclass(frozen=True)
class CoderFacts:
    """Who coded: sentences coded by at least two, those on which they differed, and by whom these were settled.

    `by_majority` and `by_person` are 0 where only the result is known.
    """

    n_coders: int
    n_twice: int
    n_disputed: int
    by_majority: int
    by_person: int


@dataclass(frozen=True)
class Provenance:
    """Of labels and gold; None where nothing is known."""

    model: ModelFacts
    design: DesignFacts | None
    coders: CoderFacts | None


def trace(labels: Labels, gold: str | Path | None, evidence: Evidence) -> Provenance:
    """What is known of the origin of labels and gold.

    Parameters
    ----------
    labels : Labels
    gold : str or Path, optional
        Coding folder; a file says neither how it was drawn nor who coded.
    evidence : Evidence
        Gathered from both.
    """
    folder = Path(gold) if gold is not None and Path(gold).is_dir() else None
    return Provenance(
        _model(labels, evidence),
        _design(read_ledger(folder).manifest, labels) if folder else None,
        coder_facts(folder, labels.codebook) if folder and has_codings(folder) else None,
    )


def _model(labels: Labels, e: Evidence) -> ModelFacts:
    manifest, folds = labels.manifest, labels.folds
    learned = _learned(folds, labels, e) if folds else []
    made = {name: manifest.get(name) or {} for name in ("model", "stance", "voice")}
    return ModelFacts(
        version=manifest.get("framing", ""),
        encoder=made["model"].get("encoder") or "",
        sha256=made["model"].get("sha256") or "",
        stance=made["stance"].get("sha256") or "",
        voice=made["voice"].get("sha256") or "",
        n_learned=len(folds.texts if folds else labels.seen),
        n_learned_for_stance=len(labels.seen_for_stance),
        n_folds=folds.n_folds if folds else 0,
        n_also_gold=sum(fold != SEVERAL for fold in learned),
        n_gold_of_several_folds=learned.count(SEVERAL),
        n_cut=manifest.get("cut", 0),
    )


def _learned(folds: CodedFolds, labels: Labels, e: Evidence) -> list[int]:
    """Fold of each coded sentence that is compared and whose text was learned."""
    rows = pa.array(e.population.rows[np.flatnonzero(e.coded)])
    hashes = map(sha256_text, labels.table["text"].take(rows).to_pylist())
    return [folds.texts[text] for text in hashes if text in folds.texts]


def _design(manifest: dict[str, Any], labels: Labels) -> DesignFacts | None:
    drawn = [stratum for stratum in manifest.get("strata", []) if stratum["drawn"]]
    if not drawn:
        return None
    per_story = [stratum["per_story"] for stratum in drawn]
    left_out, model = manifest.get("left_out", []), (manifest.get("model") or {}).get("sha256")
    labelled_by = (labels.manifest.get("model") or {}).get("sha256")
    return DesignFacts(
        manifest["by"],
        len(drawn),
        (min(per_story), max(per_story)),
        manifest["n_asked"],
        manifest["n_drawn"],
        manifest["bands"] is not None,
        undrawn(manifest),
        [stratum["name"] for stratum in left_out],
        None not in {model, labelled_by} and model != labelled_by,
    )


def coder_facts(folder: Path, codebook: Codebook) -> CoderFacts:
    """Who coded a coding folder that keeps the codings of single coders."""
    answers = defaultdict[str, list[Coding]](list)
    for coding in read_all(folder, codebook):
        answers[coding.sentence_id].append(coding)
    disputed = {name for name, own in answers.items() if differences(own)}
    settled = [one.coder for one in read_final(folder, codebook) if one.sentence_id in disputed]
    told, n_by_rule = (folder / DATABASE).is_file(), settled.count(MAJORITY)
    return CoderFacts(
        n_coders=len({coding.coder for own in answers.values() for coding in own}),
        n_twice=sum(len(own) > 1 for own in answers.values()),
        n_disputed=len(disputed),
        by_majority=n_by_rule if told else 0,
        by_person=len(settled) - n_by_rule if told else 0,
    )
