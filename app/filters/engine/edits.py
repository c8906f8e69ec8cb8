"""What the buttons beside a kernel do to it, and those of the chain: a scene and the name of an edit, and a new scene.

The page writes edits as do=<name> behind the scene, so that no link has to hold a kernel of a thousand numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from types import MappingProxyType

import numpy as np

from app.refusal import Refusal
from app.scenes.chain_text import MOST_AFTER, Again, Gate, Pool, Stage
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import LARGEST, Kernel, Named, Rows, named
from app.scenes.values import DECIMALS, write_decimal
from cnn_core import Array

LARGEST_NUMBER = 999.0
SMALL = 0.001
FIELD_WIDTH = 7
"""Characters."""

Edit = Callable[[Array], Array]


def normalised(kernels: Array) -> Array:
    """Divide by the sum, so that brightness stays; where that is zero, by the sum of sizes."""
    sums = kernels.sum(axis=(1, 2), keepdims=True)
    sizes = np.abs(kernels).sum(axis=(1, 2), keepdims=True)
    by = np.where(np.abs(sums) > 1e-6 * sizes, sums, sizes)
    return np.asarray(kernels / np.where(by == 0, 1, by))


# (1 or 3, kh, kw) -> the same, changed
EDITS: Mapping[str, Edit] = MappingProxyType(
    {
        "normalise": normalised,
        "flip": lambda kernels: kernels[:, :, ::-1],
        "upside-down": lambda kernels: kernels[:, ::-1, :],
        "transpose": lambda kernels: kernels.transpose(0, 2, 1),
        "rotate": lambda kernels: np.rot90(kernels, -1, (1, 2)),
        "negate": lambda kernels: -kernels,
        "add-row": lambda kernels: np.pad(kernels, ((0, 0), (0, 1), (0, 0))),
        "add-column": lambda kernels: np.pad(kernels, ((0, 0), (0, 0), (0, 1))),
        "drop-row": lambda kernels: kernels[:, :-1, :],
        "drop-column": lambda kernels: kernels[:, :, :-1],
        "split": lambda kernels: np.repeat(kernels, 3, axis=0) if len(kernels) == 1 else kernels,
    }
)

# What the buttons behind the chain add.
ADDED: Mapping[str, Stage] = MappingProxyType(
    {
        "add-relu": Gate(),
        "add-max": Pool("max"),
        "add-average": Pool("average"),
        "add-filter": Again(named("gaussian", 5, 1)),
    }
)


def edited(scene: FilterScene, name: str, kernel: Array) -> FilterScene:
    """Do one edit; kernel: (1 or 3, kh, kw) as the scene names it. "join" keeps that of the channel looked at."""
    if name in ADDED:
        if len(scene.then) >= MOST_AFTER:
            raise Refusal(422, "filter-chain-full", most=MOST_AFTER + 1, nearest=scene)
        return replace(scene, then=(*scene.then, ADDED[name]), step=None, cell=None, pixel=None).but()
    if name.startswith("remove-") and name[7:].isdecimal() and 2 <= int(name[7:]) <= len(scene.then) + 1:
        at = int(name[7:]) - 2
        return replace(scene, then=scene.then[:at] + scene.then[at + 1 :], step=None, cell=None, pixel=None).but()
    if name == "join":
        channel = scene.cell[0] if scene.cell else 0
        return with_numbers(scene, kernel[min(channel, len(kernel) - 1)][None])
    if name not in EDITS:
        raise Refusal(400, "filter-edit-unreadable", got=name[:80])
    changed = EDITS[name](kernel)
    if not 1 <= min(changed.shape[1:]) <= max(changed.shape[1:]) <= LARGEST:
        raise Refusal(
            422,
            "kernel-too-large",
            got=f"{changed.shape[1]} × {changed.shape[2]}",
            limit=LARGEST,
            nearest=scene,
        )
    return with_numbers(scene, changed)


def field_text(value: float) -> str:
    """What a field says of a number: all of it, or two or three digits where it is long, 1.2e-4 where it is small.

    `typed` knows it by that again.
    """
    text = write_decimal(value)
    if len(text) <= FIELD_WIDTH and float(text) == value:
        return text
    if abs(value) < SMALL:
        return f"{value:.1e}".replace("e-0", "e-")
    return f"{value:.2g}" if abs(value) < 10 * SMALL else f"{value:.3g}"


def with_numbers(scene: FilterScene, kernel: Array) -> FilterScene:
    """Put a kernel (1 or 3, kh, kw) in place of the one that is looked at."""
    rounded = np.clip(np.round(kernel, DECIMALS), -LARGEST_NUMBER, LARGEST_NUMBER) + 0.0  # no minus nothing
    parts = tuple(Rows(tuple(map(tuple, plane))) for plane in rounded.tolist())
    return scene.with_kernel(Kernel(parts))


def typed(scene: FilterScene, texts: Sequence[str], columns: int, kernel: Array, plane: int) -> FilterScene:
    """Take the numbers of a form, row by row, for one plane of the kernel; fields that say the same keep all digits.

    Raises Refusal 400 where they are not numbers, or do not fill rows of so many columns.
    """
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        raise Refusal(400, "filter-k-unreadable", got=" ".join(texts)[:80]) from None
    if columns < 1 or len(numbers) % columns or not all(map(isfinite, numbers)):
        raise Refusal(400, "filter-k-unreadable", got=" ".join(texts)[:80])
    written, old = np.array(numbers).reshape(-1, columns), kernel[min(plane, len(kernel) - 1)]
    if written.shape == old.shape:
        same = np.array([text == field_text(value) for text, value in zip(texts, old.ravel().tolist(), strict=True)])
        written = np.where(same.reshape(old.shape), old, written)
    if max(map(abs, numbers)) > LARGEST_NUMBER:
        nearest = with_numbers(scene, _with_plane(kernel, plane, written))
        raise Refusal(
            422, "kernel-number-too-large", got=max(numbers, key=abs), limit=int(LARGEST_NUMBER), nearest=nearest
        )
    return with_numbers(scene, _with_plane(kernel, plane, written))


def tuned(scene: FilterScene, texts: Sequence[str]) -> FilterScene:
    """Take the numbers of a preset from a form: the size, the angle and so on."""
    part = scene.edited.parts[0]
    if not isinstance(part, Named):
        return scene
    try:
        numbers = tuple(round(float(text), DECIMALS) for text in texts)
    except ValueError:
        raise Refusal(400, "filter-k-unreadable", got=" ".join(texts)[:80]) from None
    return scene.with_kernel(named(part.name, *numbers))


def _with_plane(kernel: Array, plane: int, written: Array) -> Array:
    """(1 or 3, kh, kw) with one plane exchanged; where its size is another one, there is only that plane."""
    if written.shape != kernel.shape[1:] or len(kernel) == 1:
        return written[None]
    changed = kernel.copy()
    changed[min(plane, len(kernel) - 1)] = written
    return changed
