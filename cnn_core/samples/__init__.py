"""Pictures that the core draws itself: digits by strokes and simple patterns."""

from __future__ import annotations

from cnn_core.samples.patterns import SAMPLES, draw_strokes, sample

__all__ = ["SAMPLES", "draw_strokes", "sample"]
