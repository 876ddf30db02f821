"""What the machine offers: processors this process may use, and bf16."""

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cpu_count() -> int:
    """Processors this process may use: by affinity, and by the quota of its control group; at least 1."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(available, _quota(available)))


def is_first_process() -> bool:
    """Whether this is the one process, or of several that ``accelerate launch`` started the one that writes."""
    return os.environ.get("RANK", "0") == "0"


def has_bf16() -> bool:
    """Tell whether the processor multiplies matrices in bf16; where it does not, emulation is slower than fp32."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _quota(available: int) -> int:
    """Whole processors that the control group's quota of time amounts to."""
    try:
        quota, period = _QUOTA.read_text().split()
    except (OSError, ValueError):
        return available
    return available if quota == "max" else int(quota) // int(period)
