"""The room where pictures are filtered: a scene's picture is opened, its chain is made, admitted and computed.

The last few pictures and results are remembered: most presses only pick another cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from app.filters.engine.budget import admit, check_range, check_shapes, is_inside, later_border, places, settled
from app.filters.engine.result import Filtered, pooling, strongest
from app.filters.engine.source import Source, opened, shut
from app.passes.kernel_arrays import on_channels, planes
from app.pictures.decode import PICTURE_SECONDS
from app.pictures.fit import Crop
from app.pictures.reference import ImageRef, is_kept, open_picture
from app.refusal import Refusal
from app.scenes.chain_text import Again, Gate
from app.scenes.chain_text import Stage as StageText
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import Kernel
from app.store.protocol import Store
from app.store.ttl_cache import ExpiringCache
from cnn_core import Array, Network, ReLU, Shape
from cnn_core.filters.borders import Border
from cnn_core.filters.filter import Chain, Filter, Stage, through

MOST_FAULTS = 12
"""Of one scene, each with a nearest scene of its own."""
PICTURES, RESULTS = 8, 8
"""How many are remembered; a result of six stages of the largest picture takes 19 MB."""


class FilterRoom:
    """Filters pictures, and remembers the last few."""

    def __init__(self, networks: Mapping[str, Network], store: Store) -> None:
        self.networks = networks
        self._store = store
        self._pictures: ExpiringCache[tuple[ImageRef, Crop, str], Source] = ExpiringCache(PICTURES, PICTURE_SECONDS)
        self._results: ExpiringCache[FilterScene, tuple[Chain, tuple[Array, ...]]]
        self._results = ExpiringCache(RESULTS, PICTURE_SECONDS)

    def run(self, scene: FilterScene) -> Filtered:
        """Send the scene's picture through its chain.

        Raises Refusal: 404, 410 and 422 as reference.open_picture, kernel_arrays.planes and the budget do.
        """
        source, chain = self._admitted(scene)
        key = computed_of(scene)
        found = self._results.get(key)
        if found is None:
            found = chain, tuple(map(shut, through(chain, source.x)))
            self._results.put(key, found)
            self._check_kept(scene.image)
        chain, outputs = found
        filtered = Filtered(
            scene=scene, source=source, chain=chain, outputs=outputs, kernel=self._made(scene, scene.edited)
        )
        return replace(filtered, scene=replace(scene, cell=scene.cell or strongest(filtered)))

    def nearest(self, scene: FilterScene) -> FilterScene:
        """The first scene that is not refused on the way of nearest scenes that begins with this one."""
        for _ in range(MOST_FAULTS):
            try:
                self._admitted(scene)
            except Refusal as refusal:
                nearer = refusal.values.get("nearest")
                if not isinstance(nearer, FilterScene):
                    break
                scene = nearer
            else:
                return scene
        return FilterScene()

    def _admitted(self, scene: FilterScene) -> tuple[Source, Chain]:
        """Check all that can be checked before the work, and open the picture."""
        first = self._made(scene, scene.kernel)
        check_range(scene, (first.shape[1], first.shape[2]))
        source = self._source(scene)
        chain = self._chain(scene, first, len(source.x))
        shapes = check_shapes(scene, chain, _shape(source.x))
        self._check_place(scene, shapes)
        admit(scene, chain, shapes)
        return source, chain

    def kernel(self, scene: FilterScene) -> Array:
        """Make the kernel that the page changes, (1 or 3, kh, kw), having checked all others of the scene."""
        for kernel in scene.kernels:
            self._made(scene, kernel)
        return self._made(scene, scene.edited)

    def settled(self, scene: FilterScene) -> FilterScene:
        """Return the scene as it was edited, with what no longer goes with its kernels changed: see budget.settled."""
        first = self._made(scene, scene.kernel)
        size = first.shape[1], first.shape[2]
        check_range(replace(scene, padding=0), size)
        shape = _shape(self._source(scene).x)
        return settled(scene, size, lambda nearer: self._chain(nearer, first, shape[0]), shape)

    def forget(self, image: ImageRef) -> None:
        """Let go of all that was made of a picture."""
        self._pictures.forget(lambda key: key[0] == image)
        self._results.forget(lambda key: key.image == image)

    def _check_kept(self, image: ImageRef) -> None:
        if not is_kept(image, self._store):
            self.forget(image)
            raise Refusal(410, "picture-forgotten")

    def _made(self, scene: FilterScene, kernel: Kernel) -> Array:
        """Make a kernel of the scene; a refusal's way out is the same scene with the nearest kernel."""
        try:
            return planes(kernel, self.networks)
        except Refusal as refusal:
            nearest = refusal.values.pop("kernel", None)
            if isinstance(nearest, Kernel):
                refusal.values["nearest"] = _exchanged(scene, kernel, nearest)
            raise

    def _source(self, scene: FilterScene) -> Source:
        self._check_kept(scene.image)
        key = (scene.image, scene.crop, scene.channels)
        source = self._pictures.get(key)
        if source is None:
            source = opened(open_picture(scene.image, self._store), scene)
            self._pictures.put(key, source)
            self._check_kept(scene.image)
        return source

    def _chain(self, scene: FilterScene, first: Array, count: int) -> Chain:
        """Make the stages for a picture of so many channels."""
        border, later = cast(Border, scene.border), cast(Border, later_border(scene))

        def stage(text: StageText) -> Stage:
            if isinstance(text, Gate):
                return ReLU()
            if isinstance(text, Again):
                kernels = on_channels(self._made(scene, text.kernel), scene.channels, count)
                return Filter(kernels, border=later, flip=scene.flip)
            return pooling(text)

        kernels = on_channels(first, scene.channels, count)
        begun = Filter(kernels, scene.stride, border, scene.padding, scene.dilation, scene.flip)
        return (begun, *map(stage, scene.then))

    def _check_place(self, scene: FilterScene, shapes: tuple[Shape, ...]) -> None:
        for name, place, shape in places(scene, shapes):
            if place is None or is_inside(place, shape):
                continue
            change: dict[str, Any] = {name: tuple(map(min, place, (side - 1 for side in shape)))}
            raise Refusal(
                422,
                f"filter-{name}-out-of-range",
                got=".".join(map(str, place)),
                last=".".join(str(side - 1) for side in shape),
                nearest=replace(scene, **change),
            )


def computed_of(scene: FilterScene) -> FilterScene:
    """The scene without what is only looked at: two scenes with the same one have the same numbers."""
    plain = replace(scene, kernel2=None, image2=None, play=False, precision="3")
    return replace(plain, show="auto", step=None, cell=None, pixel=None)


def _exchanged(scene: FilterScene, old: Kernel, new: Kernel) -> FilterScene:
    """The scene with one kernel exchanged, wherever it stands in the chain."""
    then = tuple(Again(new) if stage == Again(old) else stage for stage in scene.then)
    return replace(scene, kernel=new if scene.kernel == old else scene.kernel, then=then)


def _shape(x: Array) -> Shape:
    return x.shape[0], x.shape[1], x.shape[2]
