"""How many windows fit along a picture's side, and the ways a size or a padding may be written."""

from __future__ import annotations

import math

Size = int | tuple[int, int]
Sides = tuple[tuple[int, int], tuple[int, int]]
Padding = int | tuple[int, int] | Sides


def new_length(length: int, around: tuple[int, int], reach: int, stride: int, ceil: bool = False) -> int:
    """Count the windows along one side: (length + padding - reach) / stride, rounded down, + 1.

    The course writes `int((H + 2 * pad - HH) / stride) + 1`. But `int` cuts towards zero: for a kernel that is larger
    than the picture it gives 1 where nothing fits. Rounding down gives 0. With `ceil` a last window may reach beyond
    the padding, as long as it starts inside the picture or the padding before it.

    `length` is H or W, `around` the padding before and after, `reach` how far a window stretches, dilation included.
    Raises ValueError if no window fits.
    """
    before, after = around
    steps = (length + before + after - reach) / stride
    windows = (math.ceil(steps) if ceil else math.floor(steps)) + 1
    if ceil and (windows - 1) * stride >= length + before:
        windows -= 1
    if windows < 1:
        raise ValueError(
            f"expected a window of at most {length + before + after} along this side, padding included, "
            f"got {reach}; take a smaller window, less dilation or more padding"
        )
    return windows


def pair(size: Size) -> tuple[int, int]:
    """Write a size as (height, width)."""
    return (size, size) if isinstance(size, int) else size


def sides(padding: Padding) -> Sides:
    """Write a padding as ((top, bottom), (left, right))."""
    if isinstance(padding, int):
        return (padding, padding), (padding, padding)
    high, wide = padding
    return (high, high) if isinstance(high, int) else high, (wide, wide) if isinstance(wide, int) else wide
