"""Fine-tuning with transformers' Trainer."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import (
    AutoModel,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerState,
    TrainingArguments,
    set_seed,
)
from transformers.utils import logging

from framing.classifier.adapter import add_adapter, merge_adapter, take_adapter
from framing.classifier.hints import HintedNetwork, Hints
from framing.classifier.inputs import Collator, Encoded, by_owner
from framing.classifier.network import FrameNetwork, check_length
from framing.classifier.settings import TrainingSettings
from framing.classifier.weights import find_encoder
from framing.errors import FramingError
from framing.machine import has_bf16, is_first_process
from framing.progress import bar

_UNUSED = "pooler."  # some encoders have one, some were saved without; sentences are the mean of their tokens
_SHORT = 256  # tokens; plain attention of much longer inputs would take too much memory


def new_network(
    settings: TrainingSettings, n_labels: int, *, exclusive: bool = False
) -> tuple[FrameNetwork, PreTrainedTokenizerBase]:
    """Pretrained encoder with a new head, and its tokenizer; `exclusive` as in `FrameNetwork`.

    Raises
    ------
    FramingError
        If the encoder cannot be loaded, or does not hold `max_tokens`.
    """
    set_seed(settings.seed)
    encoder, tokenizer = load_encoder(settings.encoder)
    check_length(encoder, settings.max_tokens, f"encoder {settings.encoder}")
    network = FrameNetwork(encoder, n_labels, exclusive=exclusive)
    for module in network.modules():
        if isinstance(module, nn.Dropout):  # an encoder whose attention has a number instead keeps that
            module.p = settings.dropout
    return network, tokenizer


def load_encoder(name: str, *, fetch: bool = True) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Pretrained weights as `find_encoder` finds them, and their tokenizer.

    `fetch` says whether those of a Hugging Face id may come by the network.

    Raises
    ------
    FramingError
        If they cannot be loaded, or are those of another network.
    """
    source = find_encoder(name)
    try:
        tokenizer = load_tokenizer(source, fetch=fetch)
        with _quiet_loading():
            encoder, found = AutoModel.from_pretrained(
                source, use_safetensors=True, trust_remote_code=False, local_files_only=not fetch, dtype=torch.float32,
                output_loading_info=True,
            )  # fmt: skip
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        remedy = "check the name" if fetch else f"fetch it first, as by hf download {name}"
        raise FramingError(f"encoder {name}: could not be loaded ({reason}); {remedy}") from None
    if missing := sorted(weight for weight in found["missing_keys"] if not weight.startswith(_UNUSED)):
        raise FramingError(
            f"encoder {name}: {len(missing)} tensors of the network, such as {missing[0]}, are not among its weights "
            "and would be random numbers; name an encoder as transformers saves it"
        )
    return encoder, tokenizer


def load_tokenizer(source: str, *, fetch: bool = False) -> PreTrainedTokenizerBase:
    """The tokenizer of an encoder; from a folder without its files transformers makes one to which all words are alike.

    Raises
    ------
    FramingError
        If the folder has no such file.
    """
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        source, trust_remote_code=False, local_files_only=not fetch
    )
    names, folder = tokenizer.vocab_files_names.values(), Path(source)  # tokenizers of bytes or characters have none
    if folder.is_dir() and names and not any((folder / name).is_file() for name in names):
        raise FramingError(f"{folder}: model folder without tokenizer.json; copy the whole folder again")
    return tokenizer


def fit_network(
    network: FrameNetwork,
    tokenizer: PreTrainedTokenizerBase,
    encoded: Sequence[Encoded],
    labels: NDArray[np.float64],
    settings: TrainingSettings,
    hints: Hints | None = None,
) -> None:
    """Fine-tune in place.

    Parameters
    ----------
    network, tokenizer
        From `new_network`.
    encoded : sequence of dict, length n
        What the network reads, from `framing.classifier.inputs.encode` or the like. Rows that share an ``owner`` are
        one example, of which a batch has ``settings.batch_size``.
    labels : ndarray of float, shape (n, n_labels)
        0 or 1, or probabilities.
    settings : TrainingSettings
    hints : ndarray of float32, shape (n, width), optional
        What a teacher's head reads of each, which the network learns to read, too.
    """
    from datasets import Dataset

    if settings.adapter_rank:
        add_adapter(network.encoder, settings.adapter_rank, settings.adapter_layers)
    rows = [row | {"labels": label.astype(np.float32).tolist()} for row, label in zip(encoded, labels, strict=True)]
    learner: FrameNetwork | HintedNetwork = network
    if hints is not None:
        learner = HintedNetwork(network, hints)
        rows = [row | {"row": i} for i, row in enumerate(rows)]
    examples = [{"rows": [rows[i] for i in own], "length": len(rows[own[0]]["input_ids"])} for own in by_owner(rows)]
    _freeze(network, settings.frozen_layers)
    with tempfile.TemporaryDirectory() as scratch, _fast_attention(settings.max_tokens):
        trainer = Trainer(
            model=learner,
            args=_arguments(settings, scratch, len(examples)),
            train_dataset=Dataset.from_list(examples),
            data_collator=Collator(tokenizer.pad_token_id or 0),
            optimizers=(_optimizer(learner, settings), None),
            callbacks=[_Progress()] if is_first_process() else [],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        trainer.accelerator.unwrap_model(learner, keep_fp32_wrapper=False)  # else it would go on computing in bf16
    if settings.adapter_rank:
        network.adapter = take_adapter(network.encoder)
        merge_adapter(network.encoder, network.adapter)
    network.eval()


def _arguments(settings: TrainingSettings, scratch: str, n_examples: int) -> TrainingArguments:
    arguments = TrainingArguments(
        output_dir=scratch,
        num_train_epochs=settings.passes(n_examples),
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=settings.warmup_share,
        seed=settings.seed,
        data_seed=settings.seed,
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        remove_unused_columns=False,
        bf16=device_has_bf16(),
        use_cpu=not torch.accelerator.is_available(),  # else bf16 is refused where only the processor has it
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    arguments._n_gpu = min(1, arguments.n_gpu)  # rows would be parted from their owners; accelerate launch uses all
    return arguments


def _optimizer(learner: FrameNetwork | HintedNetwork, settings: TrainingSettings) -> torch.optim.Optimizer:
    pretrained = set(learner.encoder.parameters())
    groups = [
        {"params": [p for p in learner.encoder.parameters() if p.requires_grad], "lr": settings.learning_rate},
        {"params": [p for p in learner.parameters() if p not in pretrained], "lr": settings.head_learning_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)


def _freeze(network: FrameNetwork, layers: int) -> None:
    """Keep the embeddings, the first of `layers`, and the blocks above them from learning."""
    if not layers:
        return
    blocks = next(module for module in network.encoder.modules() if isinstance(module, nn.ModuleList))
    for module in (network.encoder.embeddings, *blocks[: layers - 1]):
        module.requires_grad_(False)


def _fast_attention(max_tokens: int) -> AbstractContextManager[None]:
    """On a processor, matrix products: to go backward over sentences, fused attention is slow there."""
    plain = max_tokens <= _SHORT and not torch.accelerator.is_available()
    return sdpa_kernel(SDPBackend.MATH) if plain else nullcontext()


def device_has_bf16() -> bool:
    """Tell whether the device multiplies matrices in bf16."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return has_bf16()


@contextmanager
def _quiet_loading() -> Iterator[None]:
    """Keep transformers from drawing a bar for a load from disk, and a table of what it did not find."""
    shown, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


class _Progress(TrainerCallback):
    """A bar on standard error instead of the Trainer's printing."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def on_train_begin(self, args: object, state: TrainerState, control: object, **kwargs: object) -> None:
        self._advance = self._stack.enter_context(bar("Fine-tuning", state.max_steps))

    def on_step_end(self, args: object, state: TrainerState, control: object, **kwargs: object) -> None:
        self._advance(1)

    def on_train_end(self, args: object, state: TrainerState, control: object, **kwargs: object) -> None:
        self._stack.close()
