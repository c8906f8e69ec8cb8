"""`python -m benchmarks.pasted`: do heatmaps point at the half of a picture that shows the class they were asked about?

Each picture is pasted from two test pictures of different classes, side by side. Asked about either class, a map has
some of what speaks for it in the half of that class; by chance it would be 50 %. This is a report and has no goal.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnn_core import Network, load_network
from cnn_core.analysis.grad_cam import grad_cam
from cnn_core.analysis.gradient_maps import Score, gradient, gradient_times_input, integrated_gradients
from cnn_core.analysis.occlusion import occlusion
from cnn_core.layer import Array
from cnn_core.zoo import ZOO

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Labelled = tuple[Array, NDArray[np.integer]]
"""(N, C, H, W) in 0..1, and the class of each."""

MAPS: dict[str, Callable[[Network, Array, Score], Array]] = {
    "gradient": gradient,
    "gradient x input": gradient_times_input,
    "Grad-CAM": lambda network, x, score: grad_cam(network, x, score).picture[None],
    "Grad-CAM, last maps": lambda network, x, score: grad_cam(network, x, score, _last_maps(network)).picture[None],
    "occlusion": lambda network, x, score: occlusion(network, x, score, x.shape[2] // 5, 2, _ground(x)).map[None],
    "integrated gradients": lambda network, x, score: integrated_gradients(network, x, score).map,
}


def main() -> None:
    """Paste, ask, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pasted", description=__doc__)
    parser.add_argument("network", nargs="?", choices=sorted(ZOO), default="digits")
    parser.add_argument("--pairs", type=int, default=200, help="so many pasted pictures (200)")
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the test pictures")
    options = parser.parse_args()
    network = load_network(options.network)
    images, labels = _test_pictures(ZOO[options.network].input_shape[0], options.data)
    pairs = list(_pairs(labels, options.pairs))
    answers = [_answer(network, _paste(images[a], images[b])) for a, b in pairs]
    named = sum(answer in (labels[a], labels[b]) for answer, (a, b) in zip(answers, pairs, strict=True))
    print(f"{options.network}: {len(pairs)} pictures pasted from two; {named} times it names one of the two classes.")
    print("Of what speaks for a class, the mean share in its own half: asked about alone, and against the other class")
    print("(in brackets: how often nothing spoke for it). By chance: 50 %.\n")
    for kind in MAPS:
        cells = [_cell(found) for found in _shares(network, kind, images, labels, pairs)]
        print(f"{kind:22}{cells[0]:>16}{cells[1]:>16}", flush=True)


def _shares(
    network: Network, kind: str, images: Array, labels: NDArray[np.integer], pairs: Sequence[tuple[int, int]]
) -> tuple[list[float | None], list[float | None]]:
    """The share in the right half for every pair and both of its classes: asked alone, and against the other."""
    alone: list[float | None] = []
    against: list[float | None] = []
    for a, b in pairs:
        x, classes = _paste(images[a], images[b]), (int(labels[a]), int(labels[b]))
        for side in (0, 1):
            target, other = classes[side], classes[1 - side]
            alone.append(share(MAPS[kind](network, x, Score(target)), side))
            against.append(share(MAPS[kind](network, x, Score(target, other)), side))
    return alone, against


def share(values: Array, side: int) -> float | None:
    """How much of the positive mass of a (C, H, W) map lies in the left (0) or right (1) half; None without any."""
    positive = np.maximum(values, 0)
    half = positive.shape[2] // 2
    total = float(positive.sum())
    return float((positive[:, :, half:] if side else positive[:, :, :half]).sum()) / total if total > 0 else None


def _cell(shares: Sequence[float | None]) -> str:
    some = [found for found in shares if found is not None]
    missing = len(shares) - len(some)
    return (f"{100 * np.mean(some):.1f} %" if some else "-") + (f" ({missing})" if missing else "")


def _paste(left: Array, right: Array) -> Array:
    """Two (C, H, W) pictures in one, (1, C, H, W).

    Of photographs the left half of the one and the right half of the other; half a digit is no digit, so digits are
    made half as wide, each pixel the mean of two neighbours.
    """
    half = left.shape[2] // 2
    if left.shape[0] > 1:
        return np.concatenate([left[:, :, :half], right[:, :, half:]], axis=2)[None]
    return np.concatenate([(each[:, :, ::2] + each[:, :, 1::2]) / 2 for each in (left, right)], axis=2)[None]


def _pairs(labels: NDArray[np.integer], count: int) -> Iterator[tuple[int, int]]:
    """So many pairs of pictures of different classes, the same ones every time."""
    rng = np.random.default_rng(0)
    while count:
        a, b = (int(at) for at in rng.integers(0, len(labels), 2))
        if labels[a] != labels[b]:
            count -= 1
            yield a, b


def _answer(network: Network, x: Array) -> int:
    return int(network.activations(x)[-1].argmax())


def _last_maps(network: Network) -> str:
    """The maps that the dense layer reads, after the last pooling: coarser than where Grad-CAM is usually asked."""
    return network.names[-2]


def _ground(x: Array) -> float:
    """What covers: black behind light ink, mid-grey in a photograph."""
    return 0.0 if x.shape[1] == 1 else 0.5


def _test_pictures(channels: int, folder: Path) -> Labelled:
    name = "mnist_test.npz" if channels == 1 else "cifar10_test_jpeg.npz"
    with np.load(folder / name, allow_pickle=False) as arrays:
        pixels: Any = arrays["images"][:, None] if channels == 1 else _decoded(arrays["jpeg"], arrays["offset"])
        return pixels / 255.0, arrays["labels"]


def _decoded(jpeg: NDArray[np.uint8], offset: NDArray[np.integer]) -> NDArray[np.uint8]:
    """(N, 3, H, W) from JPEG files that stand one after the other."""
    files = (jpeg[start:end].tobytes() for start, end in pairwise(offset))
    pictures = [np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]
    return np.stack(pictures).transpose(0, 3, 1, 2)


if __name__ == "__main__":
    main()
