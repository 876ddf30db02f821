"""Hints that hardly vary neither break nor drown the others, and each sentence has its own."""

import numpy as np
import torch
from ports import SENTENCES, N

from framing import Codebook
from framing.classifier import FrameClassifier
from framing.classifier.hints import HintedNetwork
from framing.classifier.inputs import Collator, encode

TEXTS = ["Trade grew.", "Talks began, and the two sides agreed on little.", "Rain fell."]
LABELS = [0.0, 1.0, 0.5, 0.0]


def lesson(classifier, hints, order):
    encoded = encode(classifier.tokenizer, TEXTS, None, 64)
    rows = [{**encoded[i], "labels": LABELS, "row": i} for i in order]
    torch.manual_seed(1)
    hinted = HintedNetwork(classifier.network, hints)
    return hinted(**Collator(0)([{"rows": rows}]))


def test_the_loss_is_that_of_the_labels_and_that_of_each_sentences_own_hints(small_model):
    classifier = FrameClassifier.from_pretrained(small_model)
    hints = np.random.default_rng(0).normal(3, 2, size=(3, 5)).astype(np.float32)
    together = lesson(classifier, hints, [2, 0, 1])
    said = torch.from_numpy(classifier.label_probabilities(TEXTS))
    alone = torch.nn.functional.binary_cross_entropy(said, torch.tensor([LABELS] * 3, dtype=torch.float64)).float()
    torch.manual_seed(1)
    linear = torch.nn.Linear(32, 5)
    read = torch.from_numpy(classifier.teach(TEXTS)[1])
    expected = torch.from_numpy((hints - hints.mean(axis=0)) / hints.std(axis=0))
    apart = ((linear(read) - expected) ** 2).mean()
    torch.testing.assert_close(together["loss"], alone + apart, atol=1e-4, rtol=0)


def test_a_number_that_is_always_the_same_tells_nothing(small_model):
    classifier = FrameClassifier.from_pretrained(small_model)
    hints = np.ones((3, 5), dtype=np.float32)
    assert torch.isfinite(lesson(classifier, hints, [0, 1, 2])["loss"])
    hints[:, 0] = [1, 2, 3]
    hints[0, 1] += 1e-6
    assert lesson(classifier, hints, [0, 1, 2])["loss"] < 10


def test_a_network_learns_from_hints_what_labels_do_not_tell(small_model):
    settings = FrameClassifier.from_pretrained(small_model).settings.model_copy(
        update={"epochs": 8, "learning_rate": 2e-3}
    )
    late = np.arange(N) >= 10  # numbers of two digits
    hints = np.where(late, 1, -1).astype(np.float32)[:, None]
    apart = []
    for told in (None, hints):
        classifier = FrameClassifier(Codebook.load("china-russia"), settings)
        classifier.fine_tune(SENTENCES, np.full((N, 4), 0.5), None, told)
        read = classifier.teach(SENTENCES)[1]
        apart.append(np.abs(read[late].mean(axis=0) - read[~late].mean(axis=0)).sum() / read.std(axis=0).sum())
    assert apart[1] > 2 * apart[0]
