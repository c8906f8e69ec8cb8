"""The accuracy of a network: how often it is right, its confusions, and its answers for the samples.

The counts were made once, over all test pictures; what it says of the samples is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.passes.network_facts import class_labels, first_samples
from app.passes.state import WalkState
from app.pictures.fit import fit
from app.pictures.samples import open_sample
from app.render.numbers import count, percent
from app.scenes.walk_scene import Scene
from app.walk.links import with_sample
from cnn_core import Network, softmax
from cnn_core.zoo import ZOO, load_confusion

OFTEN, SOMETIMES = 0.1, 0.05
"""From these shares of a class on, a mistake stands out in the table."""
WORST = 3
"""So many mistakes are named in words."""


@dataclass(frozen=True)
class Count:
    """How many test pictures of one class were taken for another, or for what they are.

    often: "right", "often", "sometimes", "rarely" or "never".
    """

    text: str
    often: str


@dataclass(frozen=True)
class Mistake:
    """What is taken for what, and how often."""

    shown: str
    said: str
    count: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the network says of a sample; `shows` is the class that the sample is of, None where it is of none."""

    sample: str
    said: str
    percent: str
    shows: str | None
    scene: Scene


@dataclass(frozen=True, kw_only=True)
class Record:
    """How good a network is on pictures that it has not learned from.

    one_in: about one in so many is wrong. command: what counted them. rows: a row of counts for each class that the
    pictures show, in the order of the classes; worst: the mistakes that it makes most often.
    """

    accuracy: str
    right: str
    total: str
    one_in: int
    dataset: str
    command: str
    rows: tuple[tuple[Count, ...], ...]
    worst: tuple[Mistake, ...]


@lru_cache(len(ZOO))
def record(name: str) -> Record | None:
    """Say how good a network is; None for one that is not of the zoo, which nobody has tested."""
    made = ZOO.get(name)
    if made is None:
        return None
    counts = load_confusion(name)
    right, total = int(counts.trace()), int(counts.sum())
    mistakes = counts - np.diag(counts.diagonal())
    worst = [divmod(int(at), len(counts)) for at in np.argsort(-mistakes, axis=None, kind="stable")[:WORST]]
    return Record(
        accuracy=percent(right / total),
        right=count(right),
        total=count(total),
        one_in=round(total / max(1, total - right)),
        dataset=made.dataset,
        command=made.confusion_command,
        rows=tuple(
            tuple(Count(count(many), _often(many / sum(row), i == j)) for j, many in enumerate(row))
            for i, row in enumerate(counts.tolist())
        ),
        worst=tuple(Mistake(made.classes[i], made.classes[j], count(int(mistakes[i, j]))) for i, j in worst),
    )


def _often(share: float, right: bool) -> str:
    if right:
        return "right"
    return "never" if share == 0 else "often" if share >= OFTEN else "sometimes" if share >= SOMETIMES else "rarely"


def verdicts(state: WalkState) -> tuple[Verdict, ...]:
    """Say what the network of a walk makes of the samples of its own kind, and where each of them is looked at."""
    return tuple(
        Verdict(sample=sample, said=said, percent=share, shows=shows, scene=with_sample(state.scene, sample))
        for sample, said, share, shows in _said(state.network)
    )


@lru_cache(8)
def _said(network: Network) -> tuple[tuple[str, str, str, str | None], ...]:
    """Send the samples through, once for each network: their names, what it says, its probability, what they show."""
    if network.input_shape is None:
        raise TypeError("a network of the walk must say what it reads")
    classes = class_labels(network)
    found = []
    for name in first_samples(network):
        x = fit(open_sample(name), network.input_shape).x
        chances = softmax(network.activations(x[None])[-1]).ravel()
        likeliest = int(chances.argmax())
        shows = next((known for known in classes if known in name.split("-")), None)
        found.append((name, classes[likeliest], percent(float(chances[likeliest])), shows))
    return tuple(found)
