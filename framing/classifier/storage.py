"""Networks on disk: safetensors, tokenizer, configuration; checked before anything is loaded."""

from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoConfig, AutoModel, PreTrainedTokenizerBase

from framing.artefact import MANIFEST, Manifest, sha256_file
from framing.classifier.adapter import Adapter, merge_adapter
from framing.classifier.fitting import load_encoder, load_tokenizer
from framing.classifier.network import FrameNetwork, check_length
from framing.classifier.rounding import pack, unpack
from framing.classifier.settings import TrainingSettings
from framing.classifier.weights import WEIGHTS, check_hash, check_safe
from framing.errors import FramingError

_HEAD = "head."
_ENCODER = "encoder_sha256"


def write_network(
    folder: Path, network: FrameNetwork, tokenizer: PreTrainedTokenizerBase, *, rounded: bool = False
) -> Manifest:
    """Write weights, configuration and tokenizer into a new folder.

    `rounded` says that the network went through `round_weights`: its matrices are then written as 8 bits.

    Returns
    -------
    dict
        For the manifest: ``sha256`` of the weights, and ``files``, that of each other file by its name.
    """
    metadata = None if network.adapter is None else {_ENCODER: network.adapter.encoder}
    try:
        save_file(_state(network, rounded=rounded), folder / WEIGHTS, metadata)
        (folder / WEIGHTS).chmod(0o644)  # safetensors keeps it from colleagues
        network.encoder.config.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    except OSError:
        raise
    except Exception as error:  # safetensors and tokenizers have exceptions of their own for a full disk
        raise OSError(str(error)) from error
    hashes = {path.name: sha256_file(path) for path in sorted(folder.iterdir())}
    return {"sha256": hashes.pop(WEIGHTS), "files": hashes}


def _state(network: FrameNetwork, *, rounded: bool) -> dict[str, Tensor]:
    """What is to be written: adapter and head, or everything."""
    parts: dict[str, Tensor] = dict(network.state_dict())
    if network.adapter is not None:
        parts = {name: tensor for name, tensor in parts.items() if name.startswith(_HEAD)} | network.adapter.matrices
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in parts.items()}
    return pack(state) if rounded else state


def read_network(
    folder: Path, manifest: Manifest, settings: TrainingSettings, n_labels: int, *, exclusive: bool = False
) -> tuple[FrameNetwork, PreTrainedTokenizerBase]:
    """Load what `write_network` wrote; with an adapter also the encoder of the settings, which it belongs to.

    Raises
    ------
    FramingError
        If a file is missing, is not the one that the manifest has the hash of, does not fit the others, or is unsafe;
        if the encoder of an adapter cannot be found or is another one, or an encoder does not hold `max_tokens`.
    """
    check_safe(folder)
    hashes = manifest.get("files", {})  # models of before have that of the weights alone
    for name, sha256 in (hashes | {WEIGHTS: manifest["sha256"]}).items():
        check_hash(folder / name, sha256)
    try:
        network, tokenizer = _build(folder, settings, n_labels, exclusive=exclusive), load_tokenizer(str(folder))
    except FramingError:
        raise
    except Exception as error:  # safetensors, transformers and tokenizers have many, and bare ones of their own
        reason = " ".join(str(error).split()).partition(". ")[0][:200]  # what follows is advice to programmers
        raise FramingError(
            f"{folder}: weights, configuration and tokenizer do not fit ({reason}); copy the whole folder again"
        ) from None
    network.eval()
    return network, tokenizer


def _build(folder: Path, settings: TrainingSettings, n_labels: int, *, exclusive: bool) -> FrameNetwork:
    """The network as configuration and weights say."""
    state = unpack(load_file(folder / WEIGHTS))
    if settings.adapter_rank:
        encoder = load_encoder(settings.encoder, fetch=False)[0]
    else:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        encoder = AutoModel.from_config(config)  # type: ignore[no-untyped-call]
    check_length(encoder, settings.max_tokens, str(folder / MANIFEST))
    network = FrameNetwork(encoder, n_labels, exclusive=exclusive)
    if settings.adapter_rank:
        _add_learned(network, state, folder / WEIGHTS)
    else:
        network.load_state_dict(state)
    return network


def _add_learned(network: FrameNetwork, state: dict[str, Tensor], path: Path) -> None:
    """Give a network with its pretrained encoder the head and the adapter that were learned."""
    with safe_open(path, framework="pt") as weights:
        encoder = (weights.metadata() or {}).get(_ENCODER, "")
    network.head.load_state_dict({name: state.pop(_HEAD + name) for name in ("weight", "bias")})
    network.adapter = Adapter(state, encoder)
    merge_adapter(network.encoder, network.adapter)
