"""The walker sends pictures through networks, and remembers the last few: most presses only pick another cell."""

from __future__ import annotations

from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import NamedTuple

from app.fitting import Crop, Ink, fit
from app.images import ImageRef, is_kept, open_picture
from app.intake import PICTURE_SECONDS
from app.refusal import Refusal
from app.remembered import Remembered
from app.rules import rule_named
from app.sent import Sent, send
from app.store import Store
from cnn_core import Network
from cnn_core.learn import learn

LEARNED, AT_ONCE = 16, 2
"""How many learned networks are remembered, and how many are taught at the same time."""


class Lesson(NamedTuple):
    """What is learned of a picture: towards which class, by which rule, at which rate, in how many steps."""

    target: int
    optimizer: str
    rate: float
    steps: int



class Walker:
    """Sends pictures through networks, and remembers the last few."""

    def __init__(self, networks: Mapping[str, Network], store: Store, remembered: int = 32) -> None:
        self.networks = networks
        self._store = store
        self._remembered: Remembered[tuple[str, ImageRef, Crop, Ink], Sent] = Remembered(remembered, PICTURE_SECONDS)
        self._learned: Remembered[tuple[str, ImageRef, Crop, Ink, Lesson], Sent] = Remembered(LEARNED, PICTURE_SECONDS)
        self._teachers = BoundedSemaphore(AT_ONCE)

    def send(self, network: str, image: ImageRef, crop: Crop, ink: Ink) -> Sent:
        """Fit a picture to a network and send it through.

        Raises Refusal: 404 unknown network or sample; 410 forgotten picture; 422 a crop outside the picture.
        """
        self._check_kept(image)  # one that was deleted is not shown from memory
        sent = self._remembered.get((network, image, crop, ink))
        if sent is None:
            sent = self._send(network, image, crop, ink)
            self._remembered.put((network, image, crop, ink), sent)
            self._check_kept(image)  # whoever deleted it meanwhile found nothing here to forget
        return sent

    def teach(self, network: str, image: ImageRef, crop: Crop, ink: Ink, lesson: Lesson) -> Sent:
        """Let the network learn from the picture first, and then send it through.

        Raises what `send` raises, and RanAway where the steps are too large.
        """
        base = self.send(network, image, crop, ink)
        taught = self._learned.get((network, image, crop, ink, lesson))
        if taught is None:
            with self._teachers:  # the others wait for their turn
                taught = _taught(base, lesson)
            self._learned.put((network, image, crop, ink, lesson), taught)
            self._check_kept(image)
        return taught

    def forget(self, image: ImageRef) -> None:
        """Let go of all that was made of a picture."""
        self._remembered.forget(lambda key: key[1] == image)
        self._learned.forget(lambda key: key[1] == image)

    def _check_kept(self, image: ImageRef) -> None:
        if not is_kept(image, self._store):
            self.forget(image)
            raise Refusal(410, "picture-forgotten")

    def _send(self, name: str, image: ImageRef, crop: Crop, ink: Ink) -> Sent:
        network = find_network(name, self.networks)
        if network.input_shape is None:
            raise TypeError("a network of the walk must say what it reads")
        picture = open_picture(image, self._store)
        return send(network, fit(picture, network.input_shape, crop, ink), picture.size)


def _taught(base: Sent, lesson: Lesson) -> Sent:
    rule = rule_named(lesson.optimizer, lesson.rate)
    learned = learn(base.network, base.fitted.x[None], lesson.target, rule, lesson.steps)
    return send(learned.network, base.fitted, base.size, learned)


def find_network(name: str, networks: Mapping[str, Network]) -> Network:
    """Look a network up; Refusal 404 where there is none of that name."""
    if name not in networks:
        raise Refusal(404, "unknown-network", got=name, known=tuple(networks))
    return networks[name]
