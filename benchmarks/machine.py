"""What the run was made on: processor, cores, and the versions that matter."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import numpy as np

from benchmarks.filters import opencv_version, pillow_version
from benchmarks.peers import torch_version


def description(peak: float) -> str:
    """One line; `peak` is in operations a second."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    parts = [
        f"{processor()}, {os.cpu_count()} cores, one thread",
        f"Python {platform.python_version()}",
        f"NumPy {np.__version__} with {blas['name']} {blas['version']}",
        f"PyTorch {torch_version() or 'not installed'}",
        f"OpenCV {opencv_version() or 'not installed'}",
        f"Pillow {pillow_version()}",
        f"matrix product {peak / 1e9:.0f} GFLOP/s in float32",
    ]
    return "; ".join(parts)


def processor() -> str:
    """The model that Linux names, or what Python knows."""
    listed = Path("/proc/cpuinfo")
    if listed.is_file():
        for line in listed.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
