"""The pictures that come with the site: digits and patterns drawn by the core, and photographs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.refusal import Refusal, shortened
from cnn_core.samples.patterns import SAMPLES, sample

SampleKind = Literal["digit", "pattern", "photo"]

PHOTOS: Mapping[str, Path] = MappingProxyType(
    {file.stem: file for file in sorted((Path(__file__).parents[2] / "static" / "samples").glob("*.jpg"))}
)
"""The files of the photographs, by name."""


@dataclass(frozen=True)
class Sample:
    """A picture that comes with the site."""

    name: str
    kind: SampleKind

    @property
    def another(self) -> bool:
        """Whether it is a second handwriting of a digit: digit-1-serif beside digit-1."""
        return self.kind == "digit" and self.name.count("-") > 1


def sample_names() -> tuple[Sample, ...]:
    """The pictures that come with the site: digits, then patterns, then photographs."""
    return tuple(Sample(name, sample_kind(name)) for name in (*SAMPLES, *PHOTOS))


def sample_kind(name: str) -> SampleKind:
    """Whether a sample is a photo, a digit or a pattern."""
    return "photo" if name in PHOTOS else "digit" if name.startswith("digit-") else "pattern"


def open_sample(name: str) -> Image.Image:
    """Open a sample, grey (mode L) or in colour (RGB); Refusal 404 where there is none of that name."""
    if name in SAMPLES:
        return Image.fromarray(_levels(name))
    if name in PHOTOS:
        with Image.open(PHOTOS[name], formats=("JPEG",)) as photo:
            return photo.convert("RGB")
    known = tuple(each.name for each in sample_names())
    raise Refusal(404, "unknown-sample", got=shortened(name), known=known)


@lru_cache(len(SAMPLES))
def _levels(name: str) -> NDArray[np.uint8]:
    """Render a sample as bytes, (H, W) or (H, W, 3). Cached: rendering takes longer than a forward pass."""
    levels = np.round(sample(name) * 255).astype(np.uint8)
    drawn = levels[0] if len(levels) == 1 else levels.transpose(1, 2, 0)
    drawn.flags.writeable = False
    return drawn
