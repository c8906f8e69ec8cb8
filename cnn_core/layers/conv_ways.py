"""Which of three ways a convolution is computed, forward and backward. All of them end in one matrix product.

"pixels"   A 1 x 1 kernel at stride 1: the picture already is the matrix of its windows; nothing is copied.
"rows"     The picture is unrolled from side to side alone (im2row.py), and each row of the kernel is multiplied by
           itself; what they give is added up, shifted. Fewer numbers are copied, but more are added. Stride 1 only.
"columns"  Whole windows are unrolled into columns (im2col.py). Works for every stride.

Forward, rows pay where there are no more kernels than channels: then more is saved in copies than is added.
Backward they always pay, since one unrolling serves both gradients. `python -m benchmarks.conv_ways` measures it;
docs/BENCHMARKS.md has the figures.
"""

from __future__ import annotations

from typing import Literal

from cnn_core.windows import Windows

ConvWay = Literal["pixels", "rows", "columns"]


def forward_way(windows: Windows, kernels: int, channels: int) -> ConvWay:
    """Return how to compute the output: of `kernels` kernels over a picture of `channels` channels."""
    if windows.each_pixel:
        return "pixels"
    if windows.stride == (1, 1) and windows.size[0] > 1 and kernels <= channels:
        return "rows"
    return "columns"


def backward_way(windows: Windows) -> ConvWay:
    """Return how to compute the gradients of the input and of the weights."""
    if windows.each_pixel:
        return "pixels"
    return "rows" if windows.stride == (1, 1) else "columns"
