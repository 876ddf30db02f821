"""Ways of fine-tuning that no setting offers: they put something else in the place of a part of the fitting."""

from math import ceil
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from ways import Coded, Way, fit, judge, tuned

from framing.classifier import TrainingSettings, fitting
from framing.classifier.network import FrameNetwork

_usual_optimizer = fitting._optimizer


def slower_below(decay: float, top: float) -> Way:
    """Learning rates that fall by `decay` with each layer from the top (Howard and Ruder 2018, section 3.2)."""

    def optimizer(network: FrameNetwork, settings: TrainingSettings) -> torch.optim.Optimizer:
        layers = [network.encoder.embeddings, *network.encoder.encoder.layer]
        groups = [
            {"params": list(layer.parameters()), "lr": top * decay**depth} for depth, layer in enumerate(layers[::-1])
        ]
        groups.append({"params": list(network.head.parameters()), "lr": settings.head_learning_rate})
        return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)

    def way(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
        with patch.object(fitting, "_optimizer", optimizer):
            return tuned()(learned, judged, seed)

    return way


def averaged(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
    """Mean of the weights after each step of the second half (Izmailov et al. 2018, algorithm 1)."""
    mean = _MeanWeights(len(learned.texts))
    with patch.object(fitting, "_optimizer", mean.optimizer):
        classifier = fit(learned, seed)
    mean.take_their_place()
    return judge(classifier, judged)


class _MeanWeights:
    """Follows the weights from the middle of a training of so many sentences."""

    def __init__(self, n_sentences: int) -> None:
        self._n_sentences, self._steps = n_sentences, 0
        self._means: dict[nn.Parameter, Tensor] = {}

    def optimizer(self, network: FrameNetwork, settings: TrainingSettings) -> torch.optim.Optimizer:
        usual = _usual_optimizer(network, settings)
        half = settings.passes(self._n_sentences) * ceil(self._n_sentences / settings.batch_size) // 2

        def follow(*_: object) -> None:
            self._steps += 1
            for parameter in (p for group in usual.param_groups for p in group["params"] if self._steps > half):
                mean = self._means.setdefault(parameter, parameter.detach().clone())
                mean.lerp_(parameter.detach(), 1 / (self._steps - half))

        usual.register_step_post_hook(follow)
        return usual

    @torch.no_grad()
    def take_their_place(self) -> None:
        for parameter, mean in self._means.items():
            parameter.copy_(mean)


def contrastive(weight: float, temperature: float) -> Way:
    """Adds a loss that draws sentences of the same labels together (Khosla et al. 2020, equation 2)."""

    class Contrastive(FrameNetwork):
        def forward(self, *, num_items_in_batch: object = None, **inputs: Tensor) -> dict[str, Tensor]:
            result = super().forward(**inputs)
            if "labels" in inputs:
                result["loss"] = result["loss"] + weight * _contrast(self._vectors, inputs["labels"], temperature)
            return result

        def embed(self, *inputs: Tensor | None, **named: Tensor) -> Tensor:
            self._vectors = super().embed(*inputs, **named)
            return self._vectors

    def way(learned: Coded, judged: Coded, seed: int) -> NDArray[np.float64]:
        with patch.object(fitting, "FrameNetwork", Contrastive):
            return tuned()(learned, judged, seed)

    return way


def _contrast(vectors: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Mean over sentences that share their labels with others of how unlikely those are among all of the batch."""
    unit = nn.functional.normalize(vectors.float(), dim=1)
    own = torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    log_likelihood = (unit @ unit.T / temperature).masked_fill(own, -1e9).log_softmax(dim=1)
    alike = (labels.unsqueeze(0) == labels.unsqueeze(1)).all(dim=2) & ~own
    paired = alike.any(dim=1)
    if not paired.any():
        return unit.sum() * 0
    return -((log_likelihood * alike).sum(dim=1)[paired] / alike.sum(dim=1)[paired]).mean()


FITTING_WAYS: dict[str, Way] = {
    "learning rates by layer": slower_below(0.8, 1.2e-4),
    "averaged weights": averaged,
    "contrastive term": contrastive(0.5, 0.1),
}
