"""The gradient check: the selected number is changed by h both ways, and the loss is computed again."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

from app.passes.network_pass import INPUT, LOSS
from app.passes.state import WalkState
from app.render.numbers import count, number, small
from app.scenes.choice import Choice
from app.scenes.values import write_decimal
from app.scenes.walk_scene import Scene
from cnn_core.analysis.gradient_check import Check, Moved, check

STEPS = (1.0, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001)
FIRST = 0.001
MOST_DECIMALS = 15
"""What a number between 1 and 10 has in double precision."""


@dataclass(frozen=True)
class Switch:
    """How many gates ("gate") or winners ("winner") of one layer are not the same from -h to +h."""

    layer: str
    kind: str
    count: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What came of it, as text. reason: that of the core; still: the loss stays what it is, whatever the number.

    digits: how many leading digits quotient and gradient have in common.
    """

    h: str
    value: str
    loss: str
    up: str
    down: str
    quotient: str
    gradient: str
    difference: str
    digits: int
    reason: str
    still: bool
    switches: tuple[Switch, ...]


@dataclass(frozen=True, kw_only=True)
class CheckView:
    """The panel: closed (checked is None), it only offers to be opened."""

    open: Scene
    close: Scene
    choices: tuple[Choice[Scene], ...]
    checked: Checked | None


def check_view(state: WalkState) -> CheckView | None:
    """Lay out the check of the picked number; None forward, and at the loss itself."""
    scene = state.scene
    if scene.way == "forward" or state.layer == LOSS:
        return None
    choices = tuple(Choice(write_decimal(h), scene.check == h, scene.but(check=h)) for h in STEPS)
    checked = None if scene.check is None else _checked(state, scene.check)
    return CheckView(open=scene.but(check=FIRST), close=scene.but(check=None), choices=choices, checked=checked)


def picked_number(state: WalkState) -> tuple[Moved, int, tuple[int, ...]]:
    """What is picked on the way back, as the core counts: of what, at which layer, and where."""
    scene, names = state.scene, state.network.names
    if scene.of != "output":
        return scene.of, names.index(state.layer), scene.at or ()
    if state.layer == INPUT:  # a pixel goes into the first layer
        return "input", 0, state.cell
    return "output", names.index(state.layer), state.cell


def _checked(state: WalkState, h: float) -> Checked:
    found = check(state.network, state.outputs[INPUT][None], state.target, *picked_number(state), h)
    precision = state.scene.precision
    losses = loss_decimals(found, precision)
    return Checked(
        h=write_decimal(h),
        value=number(found.value, precision),
        loss=number(found.loss, losses),
        up=number(found.up, losses),
        down=number(found.down, losses),
        quotient=small(found.quotient, precision),
        gradient=small(found.gradient, precision),
        difference=small(found.difference, precision),
        digits=found.digits,
        reason=found.reason,
        still=found.up == found.loss == found.down and found.gradient == 0,
        switches=tuple(
            Switch(
                state.network.names[kink.layer],
                state.network.layers[kink.layer].decides,
                count(kink.count),
            )
            for kink in found.kinks
        ),
    )


def loss_decimals(found: Check, precision: str) -> str:
    """With how many decimals the losses are written, so that the quotient comes out again as it is shown.

    Their difference is divided by 2 h, which makes it larger: a thousandth for h takes three decimals more.
    """
    if precision == "exact":
        return precision
    shown, size = int(precision), abs(found.quotient)
    if 0 < size < 0.5 * 10.0**-shown:  # shown by its power of ten, with two digits
        shown = floor(-log10(size)) + 2
    return str(min(MOST_DECIMALS, shown + max(0, ceil(-log10(found.h)))))
