"""The network: an encoder, mean pooling, and one logit per label."""

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from framing.classifier.adapter import Adapter
from framing.errors import FramingError

_POSITIONS = "position_embeddings"  # so transformers names the table of all encoders that look positions up


class FrameNetwork(nn.Module):
    """Encoder with a head of labels.

    Parameters
    ----------
    encoder : PreTrainedModel
        Any encoder of transformers with a ``last_hidden_state``.
    n_labels : int
        Logits per sentence.
    exclusive : bool
        Whether a sentence has exactly one of the labels, instead of none, one or several.

    Attributes
    ----------
    adapter : Adapter or None
        What was learned beside an encoder that stayed as it is, and is merged into it now; None if the encoder itself
        was fine-tuned.
    """

    def __init__(self, encoder: PreTrainedModel, n_labels: int, *, exclusive: bool = False) -> None:
        super().__init__()
        self.exclusive = exclusive
        self.encoder = encoder
        self.dropout = nn.Dropout(0)  # how much is a setting of the training
        self.head = nn.Linear(encoder.config.hidden_size, n_labels)
        self.adapter: Adapter | None = None

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.head.weight.device

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        pool_mask: Tensor,
        labels: Tensor | None = None,
        owner: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Logits, and the loss if labels are given.

        Parameters
        ----------
        input_ids, attention_mask : Tensor of int, shape (batch, tokens), or (n_owners, tokens)
        pool_mask : Tensor, shape (batch, tokens)
            Weights of the tokens in the mean that represents the sentence: 0 for context, which is read, not pooled.
        labels : Tensor of float, shape (batch, n_labels), optional
        owner : Tensor of int, shape (batch,), optional
            Where several rows pool the same tokens differently: the row of `input_ids` that each one pools.

        Returns
        -------
        dict
            ``logits``, shape (batch, n_labels); ``loss``, mean cross-entropy (binary, unless labels are
            exclusive), if labels are given.
        """
        return self.judge(self.embed(input_ids, attention_mask, pool_mask, owner), labels)

    def judge(self, embeddings: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """What `forward` returns, from what `embed` does."""
        logits = self.head(self.dropout(embeddings))
        if labels is None:
            return {"logits": logits}
        loss = nn.functional.cross_entropy if self.exclusive else nn.functional.binary_cross_entropy_with_logits
        return {"loss": loss(logits, labels), "logits": logits}

    @torch.inference_mode()
    def probabilities(self, batch: dict[str, Tensor]) -> Tensor:
        """Probability per label, shape (batch, n_labels); rows sum to 1 where labels are exclusive."""
        return self.likelihood(self(**batch)["logits"])

    def likelihood(self, logits: Tensor) -> Tensor:
        """Logits as probabilities, in float32."""
        return torch.softmax(logits.float(), dim=1) if self.exclusive else torch.sigmoid(logits.float())

    @torch.inference_mode()
    def embeddings(self, batch: dict[str, Tensor]) -> Tensor:
        """What the head reads of each sentence, shape (batch, hidden size)."""
        return self.embed(**batch).float()

    @torch.inference_mode()
    def lesson(self, batch: dict[str, Tensor]) -> Tensor:
        """`probabilities` and, in the columns after them, `embeddings`."""
        embeddings = self.embed(**batch)
        return torch.cat([self.likelihood(self.judge(embeddings)["logits"]), embeddings.float()], dim=1)

    def embed(
        self, input_ids: Tensor, attention_mask: Tensor, pool_mask: Tensor, owner: Tensor | None = None
    ) -> Tensor:
        """What the head reads, as part of `forward`."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        if owner is not None:
            hidden = hidden.index_select(0, owner)  # whose gradient is summed in a fixed order
        weights = pool_mask.unsqueeze(-1).to(hidden.dtype)
        return torch.as_tensor((hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1))


def check_length(encoder: PreTrainedModel, max_tokens: int, where: str) -> None:
    """Refuse inputs that are longer than the encoder's table of positions; `where` says whose setting it is.

    Raises
    ------
    FramingError
        If `max_tokens` is more than the encoder holds.
    """
    for name, module in encoder.named_modules():
        if name.rpartition(".")[2] == _POSITIONS and isinstance(module, nn.Embedding):
            reserved = 0 if module.padding_idx is None else module.padding_idx + 1  # RoBERTa's kind counts from there
            if max_tokens > (most := module.num_embeddings - reserved):
                raise FramingError(
                    f"{where}: max_tokens {max_tokens}, expected {most} at most, which the encoder holds; lower it"
                )
