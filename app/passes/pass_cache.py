"""A cache of forward passes: most requests only select another cell of the same picture."""

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
"""How many passes after learning are cached, and how many are computed at the same time."""


class Lesson(NamedTuple):
    """Learning on one picture: towards which class, by which update rule, at which rate, for how many steps."""

    target: int
    optimizer: str
    rate: float
    steps: int


class Key(NamedTuple):
    """The key of a cached pass. patch: the kernel that replaces one of the network's, if any."""

    network: str
    image: ImageRef
    crop: Crop
    ink: Ink
    patch: Patch | None


class PassCache:
    """Computes forward passes, and caches the last few."""

    def __init__(self, networks: Mapping[str, Network], store: Store, remembered: int = 32) -> None:
        self.networks = networks
        self._store = store
        self._remembered: ExpiringCache[Key, ForwardPass] = ExpiringCache(remembered, PICTURE_SECONDS)
        self._learned: ExpiringCache[tuple[Key, Lesson], ForwardPass] = ExpiringCache(LEARNED, PICTURE_SECONDS)
        self._teachers = BoundedSemaphore(AT_ONCE)

    def forward(
        self, network: str, image: ImageRef, crop: Crop, ink: Ink, patched: Patched | None = None
    ) -> ForwardPass:
        """Return the forward pass of a picture, fitted to the network; patched: the network with another kernel in it.

        Raises Refusal: 404 unknown network or sample; 410 forgotten picture; 422 a crop outside the picture.
        """
        self._check_kept(image)  # a deleted upload is not shown from the cache
        key = Key(network, image, crop, ink, patched and patched.patch)
        found = self._remembered.get(key)
        if found is None:
            through = patched.network if patched else find_network(network, self.networks)
            found = self._computed(through, image, crop, ink)
            self._remembered.put(key, found)
            self._check_kept(image)  # it may have been deleted while the pass was computed
        return found

    def after_learning(
        self, network: str, image: ImageRef, crop: Crop, ink: Ink, lesson: Lesson, patched: Patched | None = None
    ) -> ForwardPass:
        """Return the forward pass after the network has learned from the picture (with the patch in it).

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
        """Drop all passes of a picture."""
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
    """Return the network of this name. Raises Refusal 404 where there is none."""
    if name not in networks:
        raise Refusal(404, "unknown-network", got=name, known=tuple(networks))
    return networks[name]
