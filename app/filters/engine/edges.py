"""Which part of a result has read the picture alone, and no border around it."""

from __future__ import annotations

from cnn_core import ReLU
from cnn_core.filters.filter import Chain


def clean_part(chain: Chain, axis: int, n: int) -> slice:
    """Along one side n long, the cells of the last output that have read the picture alone, and no border of it."""
    first, last = 0, n - 1
    for stage in chain:
        if isinstance(stage, ReLU):
            continue
        windows = stage.windows
        before, step = windows.padding[axis][0], windows.stride[axis]
        reach = (windows.size[axis] - 1) * windows.dilation[axis]
        first, last = -(-(first + before) // step), (last - reach + before) // step
    return slice(first, max(first, last + 1))
