"""Heat maps of one picture: computed on demand, the last few cached.

Their resolution is fixed here, so that none takes long: a few hundred forward passes at most.
"""

from __future__ import annotations

import threading

from app.pictures.decode import PICTURE_SECONDS
from app.scenes.values import HEATS
from app.store.ttl_cache import ExpiringCache
from cnn_core import Array, Network
from cnn_core.analysis.grad_cam import Cam, grad_cam
from cnn_core.analysis.gradient_maps import Integrated, Score, gradient, gradient_times_input, integrated_gradients
from cnn_core.analysis.occlusion import Occlusion, occlusion

HeatMap = Array | Cam | Occlusion | Integrated
"""What the core answers: gradients are (C, H, W) themselves."""

STEPS, MOST_STEPS, TOLERANCE = 64, 768, 0.005
"""Gradients that integrated gradients average: at first, at most, and until the sum misses this share of the rise."""
KEPT = 6
"""How many maps of a picture are cached, some ten kB each."""
_TURNS = threading.BoundedSemaphore(2)  # more at a time would only make each of them slower


class Heats:
    """The maps of one picture, x: (1, C, H, W), in one network."""

    def __init__(self, network: Network, x: Array) -> None:
        self._network = network
        self._x = x
        self._kept: ExpiringCache[tuple[str, Score], HeatMap] = ExpiringCache(KEPT, PICTURE_SECONDS)

    def find(self, heat: str, score: Score) -> HeatMap:
        """Return one of HEATS, from the cache where it is there."""
        found = self._kept.get((heat, score))
        if found is None:
            with _TURNS:
                found = make(self._network, self._x, heat, score)
            self._kept.put((heat, score), found)
        return found


def make(network: Network, x: Array, heat: str, score: Score) -> HeatMap:
    """Compute one of HEATS of x: (1, C, H, W)."""
    match heat:
        case "gradient":
            return gradient(network, x, score)
        case "gradient-input":
            return gradient_times_input(network, x, score)
        case "cam":
            return grad_cam(network, x, score)
        case "occlusion":
            return occlusion(network, x, score, patch(x), stride(x), cover(x))
        case "integrated":
            return integrated_gradients(network, x, score, STEPS, tolerance=TOLERANCE, most=MOST_STEPS)
    raise ValueError(f"expected one of {', '.join(HEATS)}, got {heat!r}")


def patch(x: Array) -> int:
    """The side of the patch that covers: a fifth of the picture's shorter side."""
    side: int = min(x.shape[2:])
    return max(1, side // 5)


def stride(x: Array) -> int:
    """How far the patch moves: so far that there are some 14 places along the longer side."""
    side: int = max(x.shape[2:])
    return max(1, side // 14)


def cover(x: Array) -> float:
    """What the patch is made of: black, the empty ground behind light ink; in a photograph mid-grey."""
    return 0.0 if x.shape[1] == 1 else 0.5


def flat(found: HeatMap) -> Array:
    """(H, W) as it is shown: what the channels of a pixel say is added up."""
    match found:
        case Cam():
            return found.picture
        case Occlusion():
            return found.map
        case Integrated():
            return flat(found.map)
    total: Array = found.sum(axis=0)
    return total


def whole(found: HeatMap) -> Array:
    """(C, H, W), or (1, H, W) where the method knows no channels."""
    match found:
        case Cam() | Occlusion():
            return flat(found)[None]
        case Integrated():
            return found.map
    return found
