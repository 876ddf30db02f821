"""OpenVINO: an ONNX file as a computation of `framing.classifier.inference.infer`."""

import importlib
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes
from framing.classifier.inference import Batch, Compute
from framing.machine import cpu_count

_TELEMETRY = "openvino_telemetry"


def openvino() -> ModuleType:
    """The runtime, without its telemetry.

    `import openvino` reports itself to its maker's statistics where it finds the package openvino-telemetry. That
    package is hidden from it, so that it takes its own replacement that sends nothing and writes nothing.
    """
    if "openvino" not in sys.modules:
        hidden = sys.modules.pop(_TELEMETRY, None)
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # what Python documents to make an import fail
        try:
            importlib.import_module("openvino")
        finally:
            del sys.modules[_TELEMETRY]
            if hidden is not None:
                sys.modules[_TELEMETRY] = hidden
    return sys.modules["openvino"]


def openvino_compute(path: Path, precision: str, threads: int | None = None) -> Compute:
    """Load an ONNX file of `export_network` to run on the processors this process may use.

    Each thread has a stream of its own that computes one batch at a time: results do not depend on
    how many there are, and short sentences do not wait for threads to meet.

    Parameters
    ----------
    path : Path
    precision : {"f32", "bf16"}
    threads : int, optional
        At least 1; as many as there are processors if not given.
    """
    runtime: Any = openvino()
    core, n = runtime.Core(), threads or cpu_count()
    settings = {
        "PERFORMANCE_HINT": "THROUGHPUT",
        "INFERENCE_NUM_THREADS": n,
        "NUM_STREAMS": n,
        "ENABLE_CPU_PINNING": False,  # another process may have the same processor
        "INFERENCE_PRECISION_HINT": precision,
    }
    queue = runtime.AsyncInferQueue(core.compile_model(core.read_model(path), "CPU", settings), n)

    def compute(stream: Iterable[tuple[Codes, Batch]]) -> Iterator[tuple[Codes, NDArray[np.float32]]]:
        finished: deque[tuple[Codes, NDArray[np.float32]]] = deque()
        queue.set_callback(lambda request, rows: finished.append((rows, request.get_output_tensor(0).data.copy())))
        try:
            for rows, batch in stream:
                queue.start_async(batch, rows)
                while finished:
                    yield finished.popleft()
            queue.wait_all()
            while finished:
                yield finished.popleft()
        finally:
            queue.wait_all()  # who stops in between leaves batches behind, which are not the next call's

    return compute
