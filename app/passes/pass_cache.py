"""The walker sends pictures through networks, and remembers the last few: most presses only pick another cell."""

from __future__ import annotations

from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import NamedTuple

from app.passes.network_pass import ForwardPass, forward_pass
from app.passes.optimizers import rule_named
from app.pictures.decode import PICTURE_SECONDS
from app.pictures.fit import Crop, Ink, fit
from app.pictures.reference import ImageRef, is_kept, open_picture
from app.refusal import Refusal
from app.scenes.patch_text import Patch, Patched
from app.store.protocol import Store
from app.store.ttl_cache import ExpiringCache
from cnn_core import Network
from cnn_core.training.one_picture import learn

LEARNED, AT_ONCE = 16, 2
"""How many learned networks are remembered, and how many are taught at the same time."""


class Lesson(NamedTuple):
    """What is learned of a picture: towards which class, by which rule, at which rate, in how many steps."""

    target: int
    optimizer: str
    rate: float
    steps: int


class Key(NamedTuple):
    """What a sent picture is remembered by; patch: the kernel that was put into the network, if any was."""

    network: str
    image: ImageRef
    crop: Crop
    ink: Ink
    patch: Patch | None


class PassCache:
    """Sends pictures through networks, and remembers the last few."""

    def __init__(self, networks: Mapping[str, Network], store: Store, remembered: int = 32) -> None:
        self.networks = networks
        self._store = store
        self._remembered: ExpiringCache[Key, ForwardPass] = ExpiringCache(remembered, PICTURE_SECONDS)
        self._learned: ExpiringCache[tuple[Key, Lesson], ForwardPass] = ExpiringCache(LEARNED, PICTURE_SECONDS)
        self._teachers = BoundedSemaphore(AT_ONCE)

    def forward(
        self, network: str, image: ImageRef, crop: Crop, ink: Ink, patched: Patched | None = None
    ) -> ForwardPass:
        """Fit a picture to a network and send it through, or through the one with a patch in it.

        Raises Refusal: 404 unknown network or sample; 410 forgotten picture; 422 a crop outside the picture.
        """
        self._check_kept(image)  # one that was deleted is not shown from memory
        key = Key(network, image, crop, ink, patched and patched.patch)
        sent = self._remembered.get(key)
        if sent is None:
            through = patched.network if patched else find_network(network, self.networks)
            sent = self._computed(through, image, crop, ink)
            self._remembered.put(key, sent)
            self._check_kept(image)  # whoever deleted it meanwhile found nothing here to forget
        return sent

    def after_learning(
        self, network: str, image: ImageRef, crop: Crop, ink: Ink, lesson: Lesson, patched: Patched | None = None
    ) -> ForwardPass:
        """Let the network learn from the picture first, and then send it through; it learns with the patch in it.

        Raises what `forward` raises, and RanAway where the steps are too large.
        """
        base = self.forward(network, image, crop, ink, patched)
        key = Key(network, image, crop, ink, patched and patched.patch), lesson
        learned = self._learned.get(key)
        if learned is None:
            with self._teachers:  # the others wait for their turn
                learned = _learned_pass(base, lesson)
            self._learned.put(key, learned)
            self._check_kept(image)
        return learned

    def forget(self, image: ImageRef) -> None:
        """Let go of all that was made of a picture."""
        self._remembered.forget(lambda key: key.image == image)
        self._learned.forget(lambda key: key[0].image == image)

    def _check_kept(self, image: ImageRef) -> None:
        if not is_kept(image, self._store):
            self.forget(image)
            raise Refusal(410, "picture-forgotten")

    def _computed(self, network: Network, image: ImageRef, crop: Crop, ink: Ink) -> ForwardPass:
        if network.input_shape is None:
            raise TypeError("a network of the walk must say what it reads")
        picture = open_picture(image, self._store)
        return forward_pass(network, fit(picture, network.input_shape, crop, ink), picture.size)


def _learned_pass(base: ForwardPass, lesson: Lesson) -> ForwardPass:
    rule = rule_named(lesson.optimizer, lesson.rate)
    learned = learn(base.network, base.fitted.x[None], lesson.target, rule, lesson.steps)
    return forward_pass(learned.network, base.fitted, base.size, learned)


def find_network(name: str, networks: Mapping[str, Network]) -> Network:
    """Look a network up; Refusal 404 where there is none of that name."""
    if name not in networks:
        raise Refusal(404, "unknown-network", got=name, known=tuple(networks))
    return networks[name]
