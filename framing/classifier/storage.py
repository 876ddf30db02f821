"""Networks on disk: safetensors, tokenizer, configuration; checked before anything is loaded."""

from pathlib import Path

from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from framing.artefact import sha256_file
from framing.classifier.network import FrameNetwork
from framing.classifier.rounding import pack, unpack
from framing.classifier.weights import WEIGHTS, check_safe, check_weights
from framing.errors import FramingError


def write_network(
    folder: Path, network: FrameNetwork, tokenizer: PreTrainedTokenizerBase, *, rounded: bool = False
) -> str:
    """Write weights, configuration and tokenizer; returns the SHA-256 of the weights.

    `rounded` says that the network went through `round_weights`: its matrices are then written as 8 bits.
    """
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    if rounded:
        state = pack(state)
    try:
        save_file(state, folder / WEIGHTS)
        (folder / WEIGHTS).chmod(0o644)  # safetensors keeps it from colleagues
        network.encoder.config.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    except OSError:
        raise
    except Exception as error:  # safetensors and tokenizers have exceptions of their own for a full disk
        raise OSError(str(error)) from error
    return sha256_file(folder / WEIGHTS)


def read_network(
    folder: Path, sha256: str, n_labels: int, *, exclusive: bool = False
) -> tuple[FrameNetwork, PreTrainedTokenizerBase]:
    """Load what `write_network` wrote.

    Raises
    ------
    FramingError
        If weights are missing, changed, do not fit, or the folder is unsafe.
    """
    check_weights(folder / WEIGHTS, sha256)
    check_safe(folder)
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    network = FrameNetwork(AutoModel.from_config(config), n_labels, exclusive=exclusive)  # type: ignore[no-untyped-call]
    try:
        network.load_state_dict(unpack(load_file(folder / WEIGHTS)))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise FramingError(
            f"{folder}: weights do not fit the configuration ({reason}); copy the folder again"
        ) from None
    network.eval()
    return network, AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
