"""View data of a heatmap's arithmetic at its strongest place; one class a method."""

from __future__ import annotations

from dataclasses import dataclass

from app.render.figures import Box, Figure, Plate


@dataclass(frozen=True, kw_only=True)
class Term:
    """What one channel of a pixel contributes, its value times its slope; empty where there is no product."""

    channel: int
    value: str
    slope: str
    product: str


@dataclass(frozen=True, kw_only=True)
class GradientView:
    """The plain gradient: the slope in every channel of a pixel, and the rise of the score if each grows by `step`."""

    template: str
    row: int
    column: int
    terms: tuple[Term, ...]
    total: str
    step: str
    rise: str


@dataclass(frozen=True, kw_only=True)
class GradientInputView:
    """Gradient times input: the products of the pixel, all products of the picture, and the score."""

    template: str
    row: int
    column: int
    terms: tuple[Term, ...]
    total: str
    everything: str
    score: str
    rest: str


@dataclass(frozen=True, kw_only=True)
class IntegratedView:
    """Integrated gradients: the products of the pixel, and whether all of them add up to the rise of the score."""

    template: str
    row: int
    column: int
    terms: tuple[Term, ...]
    total: str
    steps: int
    everything: str
    start: str
    end: str
    change: str
    gap: str


@dataclass(frozen=True, kw_only=True)
class OcclusionView:
    """Occlusion: where the patch changed most, and the probability before and after it lay there."""

    template: str
    box: Box
    places: int
    grey: bool
    before: str
    after: str
    drop: str


@dataclass(frozen=True, kw_only=True)
class CamMap:
    """One map of Grad-CAM: its gradient added up, the mean of it, what the map holds in the cell, and the product."""

    channel: int
    map: Plate
    added: str
    weight: Figure
    value: Figure
    product: Figure
    weighted: Plate


@dataclass(frozen=True, kw_only=True)
class CamSum:
    """Grad-CAM: the strongest cell as a sum over the maps, those that say most first; `others`: the rest, together."""

    template: str
    layer: str
    row: int
    column: int
    height: int
    width: int
    cells: str
    first: tuple[CamMap, ...]
    rest: tuple[CamMap, ...]
    others: str
    total: Figure
    shown: str


Arithmetic = GradientView | GradientInputView | IntegratedView | OcclusionView | CamSum
