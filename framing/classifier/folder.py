"""The model folder: safetensors, tokenizer, configuration; checked before anything is loaded."""

from pathlib import Path

from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedTokenizerBase

from framing.artefact import MANIFEST, sha256_file
from framing.classifier.network import FrameNetwork
from framing.classifier.weights import WEIGHTS, check_safe, check_weights
from framing.errors import FramingError
from framing.resources import shipped

KIND = "model"


def find(name_or_path: str | Path) -> Path:
    """Folder of a model given by path or by the name of a shipped one.

    Raises
    ------
    FramingError
        If there is neither.
    """
    path = Path(name_or_path)
    if path.exists():
        return path
    known = sorted(manifest.parent.name for manifest in shipped("models").glob(f"*/{MANIFEST}"))
    if str(name_or_path) not in known:
        raise FramingError(f"{name_or_path}: no such model folder; shipped by name: {', '.join(known) or 'none'}")
    return shipped("models") / str(name_or_path)


def write_network(folder: Path, network: FrameNetwork, tokenizer: PreTrainedTokenizerBase) -> str:
    """Write weights, configuration and tokenizer; returns the SHA-256 of the weights."""
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
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


def read_network(folder: Path, sha256: str, n_labels: int) -> tuple[FrameNetwork, PreTrainedTokenizerBase]:
    """Load what `write_network` wrote.

    Raises
    ------
    FramingError
        If weights are missing, changed, do not fit, or the folder is unsafe.
    """
    check_weights(folder / WEIGHTS, sha256)
    check_safe(folder)
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    network = FrameNetwork(AutoModel.from_config(config), n_labels)  # type: ignore[no-untyped-call]
    try:
        network.load_state_dict(load_file(folder / WEIGHTS))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise FramingError(
            f"{folder}: weights do not fit the configuration ({reason}); copy the folder again"
        ) from None
    network.eval()
    return network, AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
