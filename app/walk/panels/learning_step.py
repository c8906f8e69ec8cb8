"""Learning steps on one picture: the loss, the answer and the selected weight before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.passes.network_facts import class_labels
from app.passes.network_pass import SOFTMAX
from app.passes.optimizers import rule_named
from app.passes.resolve import MOST_STEPS
from app.passes.state import WalkState
from app.render.numbers import leading, number, percent, small
from app.scenes.choice import Choice
from app.scenes.values import RULES, write_decimal
from app.scenes.walk_scene import Scene
from cnn_core.training.optimizers import Account

STEPS = (0, 1, 2, 5, 10, 20, 50)
RATES = (0.001, 0.01, 0.1, 1.0)
SETTINGS = ("rate", "momentum", "beta1", "beta2", "epsilon", "count")
"""Constants of an update rule; they are written with all their digits."""
WIDTH, HEIGHT = 280, 80
"""Size of the chart of losses, in its own units."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One class: its probability before and after, as text and as the length of a bar out of 100."""

    name: str
    before: str
    after: str
    bar_before: float
    bar_after: float
    target: bool


@dataclass(frozen=True)
class Curve:
    """The loss from step to step: points of a line in WIDTH x HEIGHT, each as text with its scene, and the largest."""

    points: tuple[tuple[float, float], ...]
    losses: tuple[Choice[Scene], ...]
    most: str


@dataclass(frozen=True, kw_only=True)
class Update:
    """How the picked weight or bias moves, every number as text under the name that the rule's account gives it.

    when: "last" for the last step that was taken, "next" where none was. name: "weight" or "bias".
    shipped, now: the number before all steps and after them.
    """

    when: Literal["last", "next"]
    name: str
    texts: Mapping[str, str]
    shipped: str
    now: str


@dataclass(frozen=True, kw_only=True)
class LearnView:
    """The panel; None where there is nothing further."""

    steps: int
    target: str
    forward: Scene | None
    back: Scene | None
    shipped: Scene | None
    counts: tuple[Choice[Scene], ...]
    rates: tuple[Choice[Scene], ...]
    rate: str
    rules: tuple[Choice[Scene], ...]
    rule: str
    loss_before: str
    loss_after: str
    answers: tuple[Answer, ...]
    curve: Curve | None
    update: Update | None
    ask: Scene | None


def learning(state: WalkState) -> LearnView | None:
    """Lay out what was learned; None on the way forward, unless the weights shown there are learned ones.

    Who takes steps says towards which class: otherwise the way forward, which has another one in mind, would differ.
    """
    if state.scene.way == "forward" and not state.scene.steps:
        return None
    scene = state.scene.but(target=state.target)
    steps, losses = scene.steps, _losses(state)
    return LearnView(
        steps=steps,
        target=class_labels(state.network)[state.target],
        forward=scene.but(steps=steps + 1) if steps < MOST_STEPS else None,
        back=scene.but(steps=steps - 1) if steps else None,
        shipped=scene.but(steps=0) if steps else None,
        counts=tuple(Choice(str(each), each == steps, scene.but(steps=each)) for each in STEPS),
        rates=tuple(Choice(write_decimal(each), each == scene.rate, scene.but(rate=each)) for each in RATES),
        rate=write_decimal(scene.rate),
        rules=tuple(Choice(each, each == scene.optimizer, scene.but(optimizer=each)) for each in RULES),
        rule=scene.optimizer,
        loss_before=small(losses[0], scene.precision),
        loss_after=small(losses[-1], scene.precision),
        answers=_answers(state),
        curve=_curve(losses, scene) if steps else None,
        update=_update(state),
        ask=_ask(state),
    )


def _losses(state: WalkState) -> tuple[float, ...]:
    return state.forward.learned.losses if state.forward.learned else (state.loss,)


def _answers(state: WalkState) -> tuple[Answer, ...]:
    before, after = (each.outputs[SOFTMAX].ravel().tolist() for each in (state.base, state.forward))
    return tuple(
        Answer(
            name=class_labels(state.network)[index],
            before=percent(old),
            after=percent(new),
            bar_before=round(100 * old, 2),
            bar_after=round(100 * new, 2),
            target=index == state.target,
        )
        for index, (old, new) in enumerate(zip(before, after, strict=True))
    )


def _curve(losses: tuple[float, ...], scene: Scene) -> Curve:
    most, last = max(losses), len(losses) - 1
    points = tuple(
        (round(WIDTH * step / last, 1), round(HEIGHT * (1 - loss / most), 1) if most else float(HEIGHT))
        for step, loss in enumerate(losses)
    )
    told = tuple(
        Choice(small(loss, scene.precision), step == last, scene.but(steps=step)) for step, loss in enumerate(losses)
    )
    return Curve(points, told, small(most, scene.precision))


def _update(state: WalkState) -> Update | None:
    """The account of the last step, or of the one that would come next; None where no weight or bias is picked."""
    scene, of, at = state.scene, state.scene.of, state.scene.at
    if of not in ("weight", "bias") or at is None:
        return None
    layer, precision = state.network.names.index(state.layer), scene.precision
    shipped, now = (float(each.network.layers[layer].params[of][at]) for each in (state.base, state.forward))
    if state.forward.learned:
        account = state.forward.learned.explain(layer, of, at)
    else:
        gradient = float(state.backward.params[state.layer][of][at])
        account = rule_named(scene.optimizer, scene.rate).explain(now, gradient, (), 1)
    texts = account_texts(account, precision)
    when: Literal["last", "next"] = "last" if state.forward.learned else "next"
    return Update(when=when, name=of, texts=texts, shipped=number(shipped, precision), now=number(now, precision))


def account_texts(account: Account, precision: str) -> Mapping[str, str]:
    """Every number of an account as text: what the steps read, and what they gave, under the same name.

    A weight is written with the page's decimals, as everywhere; factors, which may be tiny, with their leading digits.
    What the rule remembers is "memory0" and "memory1"; the rest of a share s, 1 - s, is "rest of" s.
    """
    texts: dict[str, str] = {}
    for name, step in account.items():
        for read in step.reads:
            known = f"memory{read.at[0]}" if read.array == "memory" else read.array
            given = read.array in SETTINGS
            texts.setdefault(known, write_decimal(read.value) if given else leading(read.value, precision))
            if step.op == "mix" and read is step.reads[0]:
                texts[f"rest of {known}"] = leading(1 - read.value, "3")
        texts[name] = leading(step.value, precision)
    first, last = account["value"].reads[0].value, account["value"].value
    return texts | {"before": number(first, precision), "after": number(last, precision)}


def _ask(state: WalkState) -> Scene | None:
    """Where a weight is picked, if none is: the one of this layer, or else of the first that has any."""
    if state.scene.of in ("weight", "bias"):
        return None
    learns = [name for name, params in state.backward.params.items() if "weight" in params]
    if not learns:
        return None
    return state.scene.but(layer=state.layer if state.layer in learns else learns[0], of="weight", at=None)
