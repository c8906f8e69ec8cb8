"""Maps of what mattered: held against differences, loops, what they must add up to, and networks that know nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from cnn_core import AveragePool, Conv, Dense, MaxPool, Network, ReLU, ShapeError, load_network, sample, softmax
from cnn_core.analysis.grad_cam import grad_cam, last_convolution
from cnn_core.analysis.gradient_maps import Score, gradient, gradient_times_input, integrated_gradients
from cnn_core.analysis.occlusion import MOST_PATCHES, occlusion
from cnn_core.layer import Array, frozen
from cnn_core.zoo import ZOO, untrained
from tests.cnn_core.cases import normal

names = pytest.mark.parametrize("name", ZOO)
SCORES = pytest.mark.parametrize("score", [Score(2), Score(2, 0)])
DIGITS = [sample(f"digit-{digit}")[None] for digit in range(10)]


def small(linear: bool = False) -> Network:
    """A network for two channels of 8 x 9, with every kind of layer; `linear`: without gates and winners."""
    conv = Conv(normal((3, 2, 3, 3), 1), normal((3,), 2), padding=1)
    dense = Dense(normal((4, 48), 3), normal((4,), 4))
    if linear:
        return Network([conv, AveragePool(2), dense], ["conv", "pool", "dense"], (2, 8, 9))
    return Network([conv, ReLU(), MaxPool(2), dense], ["conv", "relu", "pool", "dense"], (2, 8, 9))


def picture(seed: int = 5) -> Array:
    return frozen(normal((1, 2, 8, 9), seed))


def pictures(name: str) -> list[Array]:
    """Something for any network to look at: the drawn digits, or noise in as many channels as it reads.

    Not blots of one colour: where two convolutions come before a pooling, equal sums tie but for their last digits.
    """
    channels, height, width = ZOO[name].input_shape
    if (channels, height, width) == (1, 28, 28):
        return DIGITS
    return list(np.random.default_rng(6).random((2, 1, channels, height, width)))


def answer(network: Network, x: Array) -> int:
    return int(network.activations(x)[-1].argmax())


def value(network: Network, x: Array, score: Score) -> Array:
    return score.of(network.activations(x)[-1])


@SCORES
def test_the_gradient_is_what_differences_say(score: Score) -> None:
    network, x, h = small(), picture(), 1e-6
    nudges = h * np.eye(x.size).reshape(x.size, *x.shape[1:])
    differences = (value(network, x + nudges, score) - value(network, x - nudges, score)) / (2 * h)
    found = gradient(network, x, score)
    assert found.shape == (2, 8, 9)
    np.testing.assert_allclose(found.ravel(), differences, atol=1e-7)


def test_against_another_class_the_two_gradients_are_subtracted() -> None:
    network, x = small(), picture()
    one, other = gradient(network, x, Score(2)), gradient(network, x, Score(0))
    np.testing.assert_allclose(gradient(network, x, Score(2, 0)), one - other, atol=1e-12)
    np.testing.assert_allclose(gradient_times_input(network, x, Score(2, 0)), (one - other) * x[0], atol=1e-12)


def test_of_a_weighted_sum_gradient_times_input_and_integrated_gradients_are_the_terms() -> None:
    network, x, score = small(linear=True), picture(), Score(1, 3)
    rise = (value(network, x, score) - value(network, np.zeros_like(x), score)).item()
    assert gradient_times_input(network, x, score).sum() == pytest.approx(rise, rel=1e-12)
    found = integrated_gradients(network, x, score, steps=1)
    np.testing.assert_allclose(found.map, gradient_times_input(network, x, score), atol=1e-12)
    assert found.change == pytest.approx(rise, rel=1e-12)
    assert found.gap == pytest.approx(0, abs=1e-12)


@SCORES
def test_integrated_gradients_average_the_gradients_in_the_middle_of_each_part_of_the_way(score: Score) -> None:
    network, x, base = small(), picture(), normal((2, 8, 9), 8)
    found = integrated_gradients(network, x, score, steps=40, baseline=base)
    middles = [base + (step + 0.5) / 40 * (x[0] - base) for step in range(40)]
    expected = (x[0] - base) * np.mean([gradient(network, middle[None], score) for middle in middles], axis=0)
    np.testing.assert_allclose(found.map, expected, atol=1e-12)
    assert found.steps == 40
    assert found.total == pytest.approx(expected.sum())
    assert found.start == pytest.approx(value(network, base[None], score).item(), rel=1e-12)
    assert found.end == pytest.approx(value(network, x, score).item(), rel=1e-12)


@names
def test_integrated_gradients_are_complete(name: str) -> None:
    """Within 1 % of the rise, against the runner-up included, as long as there is a rise to speak of."""
    network = load_network(name)
    for x in pictures(name):
        ranked = network.activations(x)[-1].ravel().argsort()
        for score in (Score(int(ranked[-1])), Score(int(ranked[-1]), int(ranked[-2]))):
            found = integrated_gradients(network, x, score, tolerance=0.005)
            assert abs(found.gap) <= max(0.01 * abs(found.change), 0.02), (score, found.total, found.change)


def test_parts_are_halved_until_the_sum_is_close_and_no_longer() -> None:
    network, x, score = small(), picture(), Score(2)
    coarse = integrated_gradients(network, x, score, steps=4)
    fine = integrated_gradients(network, x, score, steps=4, tolerance=1e-4)
    assert abs(coarse.gap) > 1e-4 * abs(coarse.change) >= abs(fine.gap)
    assert coarse.steps == 4 < fine.steps
    assert integrated_gradients(network, x, score, steps=4, tolerance=10.0).steps == 4
    assert integrated_gradients(network, x, score, steps=4, tolerance=0.0, most=4).steps == 4
    equal = integrated_gradients(network, x, score, steps=500)
    np.testing.assert_allclose(fine.slopes, equal.slopes, atol=0.05 * np.abs(equal.slopes).max())


@SCORES
def test_grad_cam_weighs_each_map_by_its_mean_gradient_and_adds_them_up(score: Score) -> None:
    network, x = small(), picture()
    found = grad_cam(network, x, score, "relu")
    maps = network.activations(x)[2][0]
    behind = Network(network.layers[2:], network.names[2:])
    slopes = gradient(behind, maps[None], score)
    np.testing.assert_allclose(found.gradient, slopes, atol=1e-12)
    np.testing.assert_array_equal(found.maps, maps)
    total = np.zeros((8, 9))
    for channel in range(3):
        weight = sum(slopes[channel].ravel()) / 72
        assert found.weights[channel] == pytest.approx(weight, rel=1e-12)
        np.testing.assert_allclose(found.weighted[channel], weight * maps[channel], atol=1e-12)
        total += weight * maps[channel]
    np.testing.assert_allclose(found.sum, total, atol=1e-12)
    np.testing.assert_allclose(found.map, np.where(total > 0, total, 0), atol=1e-12)
    assert (total < 0).any()
    # Its windows step by one pixel, with padding: each cell stands where its middle is, which is its own place.
    np.testing.assert_allclose(found.picture, found.map, atol=1e-12)


def test_grad_cam_puts_each_cell_in_the_middle_of_what_it_sees() -> None:
    network, x, score = small(), picture(), Score(2)
    found = grad_cam(network, x, score, "pool")
    assert found.map.shape == (4, 4)  # the ninth column is in no window
    middles = [0.5, 2.5, 4.5, 6.5]
    across = np.array([np.interp(range(9), middles, row) for row in found.map])
    down = np.array([np.interp(range(8), middles, column) for column in across.T]).T
    np.testing.assert_allclose(found.picture, down, atol=1e-12)
    assert found.picture[0, 0] == pytest.approx(found.map[0, 0])
    assert found.picture[7, 8] == pytest.approx(found.map[3, 3])
    assert found.picture[0, 1] == pytest.approx(0.75 * found.map[0, 0] + 0.25 * found.map[0, 1])


def test_grad_cam_is_asked_at_the_last_convolution_or_the_gate_behind_it() -> None:
    assert last_convolution(load_network("digits")) == "relu2"
    assert last_convolution(small(linear=True)) == "conv"
    assert grad_cam(small(), picture(), Score(0)).layer == "relu"
    with pytest.raises(ShapeError, match="no convolution"):
        last_convolution(Network([Dense(np.ones((2, 4)), np.zeros(2))], ["dense"]))


@pytest.mark.parametrize("layer", ["dense", "input", "nowhere"])
def test_grad_cam_needs_maps(layer: str) -> None:
    with pytest.raises(ShapeError, match="conv, relu, pool") as caught:
        grad_cam(small(), picture(), Score(0), layer)
    assert caught.value.got == layer


@SCORES
@pytest.mark.parametrize(("size", "stride", "fill"), [(3, 2, 0.0), (2, 3, (0.5, -1.0)), (8, 1, 1.0)])
def test_occlusion_is_what_a_plain_loop_finds(
    score: Score, size: int, stride: int, fill: float | tuple[float, float]
) -> None:
    network, x = small(), picture()
    found = occlusion(network, x, score, size, stride, fill)

    def watched(shown: Array) -> float:
        p = softmax(network.activations(shown)[-1]).ravel()
        return float(p[score.target] - (0 if score.against is None else p[score.against]))

    paint = (fill, fill) if isinstance(fill, float) else fill
    total, times = np.zeros((8, 9)), np.zeros((8, 9))
    assert found.before == pytest.approx(watched(x), rel=1e-12)
    for a, row in enumerate(found.rows):
        for b, column in enumerate(found.columns):
            covered = x.copy()
            for channel in range(2):
                covered[0, channel, row : row + size, column : column + size] = paint[channel]
            drop = watched(x) - watched(covered)
            assert found.drop[a, b] == pytest.approx(drop, abs=1e-12)
            for i in range(row, row + size):
                for j in range(column, column + size):
                    total[i, j] += drop
                    times[i, j] += 1
    mean = np.divide(total, times, out=np.zeros_like(total), where=times > 0)
    np.testing.assert_allclose(found.map, mean, atol=1e-12)
    assert (times > 0).all() or stride > size


def test_patches_begin_at_every_stride_and_the_last_ends_with_the_picture() -> None:
    found = occlusion(small(), picture(), Score(0), size=4, stride=3)
    assert (found.rows, found.columns) == ((0, 3, 4), (0, 3, 5))
    assert occlusion(small(), picture(), Score(0), size=8, stride=5).rows == (0,)


def test_covering_what_has_the_colour_of_the_patch_changes_nothing() -> None:
    found = occlusion(load_network("digits"), DIGITS[8], Score(8), size=4, stride=4)
    assert found.drop[0, 0] == 0
    assert found.map[:4, :4].max() == 0
    assert found.drop.max() > 0.01


def spearman(one: Array, other: Array) -> float:
    """The absolute rank correlation: of the ranks, ties sharing their mean."""

    def ranks(values: Array) -> NDArray[np.float64]:
        _, where, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
        ends = np.cumsum(counts)
        means: NDArray[np.float64] = (ends - (counts - 1) / 2)[where]
        return means

    a, b = ranks(one), ranks(other)
    return 0.0 if a.std() == 0 or b.std() == 0 else float(abs(np.corrcoef(a, b)[0, 1]))


# For each map: what is compared, and where. A product with a black pixel is 0 in any network, and so is what covering
# empty ground does; such places would agree whatever the weights, so only the others are asked.
Compared = Callable[[Network, Array, Score], tuple[Array, NDArray[np.bool_]]]
MAPS: dict[str, Compared] = {
    "gradient": lambda n, x, s: (gradient(n, x, s), np.ones(x.shape[1:], np.bool_)),
    "gradient x input": lambda n, x, s: (gradient_times_input(n, x, s), x[0] != 0),
    "integrated": lambda n, x, s: (integrated_gradients(n, x, s, 32).map, x[0] != 0),
    "Grad-CAM": lambda n, x, s: ((found := grad_cam(n, x, s)).sum, np.ones(found.sum.shape, np.bool_)),
    "occlusion": lambda n, x, s: ((found := occlusion(n, x, s)).drop, found.drop != 0),
}


@names
@pytest.mark.parametrize("kind", MAPS)
def test_with_random_weights_every_map_is_another(name: str, kind: str) -> None:
    """The sanity check of Adebayo et al. (2018): a map that does not change was not about what has been learned.

    Measured as the absolute Spearman rank correlation of the signed maps of the trained and of a random network, the
    mean over ten pictures and three random networks. On the drawn digits: gradient 0.05, gradient x input and
    integrated 0.07 to 0.14, Grad-CAM (its sum, before the negative half is cut off) 0.2 to 0.25, occlusion 0.2.
    Without their signs gradients agree more (0.4 to 0.6): fewer windows see a pixel at the edge, whatever the weights.
    """
    network, found = load_network(name), []
    for seed in range(3):
        blank = untrained(name, np.random.default_rng(seed))
        for x in pictures(name):
            score = Score(answer(network, x))
            (one, here), (other, there) = (MAPS[kind](asked, x, score) for asked in (network, blank))
            found.append(spearman(one[here & there], other[here & there]))
    assert np.mean(found) < 0.5


@names
@pytest.mark.parametrize("kind", MAPS)
def test_only_the_first_picture_is_asked_about_and_none_is_written_to(name: str, kind: str) -> None:
    network, score = load_network(name), Score(2)
    some = pictures(name)
    both = frozen(np.concatenate(some[:2]))
    np.testing.assert_allclose(MAPS[kind](network, both, score)[0], MAPS[kind](network, some[0], score)[0], atol=1e-12)


@pytest.mark.parametrize("kind", MAPS)
def test_maps_are_made_in_the_dtype_of_the_picture(kind: str) -> None:
    x = DIGITS[4].astype(np.float32)
    assert MAPS[kind](load_network("digits"), x, Score(4))[0].dtype == np.float32


@pytest.mark.parametrize("kind", MAPS)
@pytest.mark.parametrize(
    ("score", "said"), [(Score(10), "0 to 9"), (Score(0, -1), "0 to 9"), (Score(3, 3), "another class")]
)
def test_classes_that_cannot_be_asked_about(kind: str, score: Score, said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        MAPS[kind](load_network("digits"), DIGITS[0], score)


def test_what_does_not_fit_is_refused() -> None:
    network, x, score = small(), picture(), Score(0)
    refused: list[tuple[str, Callable[[], object]]] = [
        ("steps", lambda: integrated_gradients(network, x, score, 0)),
        ("steps", lambda: integrated_gradients(network, x, score, 10**6)),
        ("baseline", lambda: integrated_gradients(network, x, score, 4, np.zeros((1, 8, 9)))),
        ("size", lambda: occlusion(network, x, score, 9)),
        ("stride", lambda: occlusion(network, x, score, 3, 0)),
        ("fill", lambda: occlusion(network, x, score, fill=(1.0, 2.0, 3.0))),
        ("input", lambda: gradient(network, x[0], score)),
        ("ends in", lambda: gradient(Network(network.layers[:1], ["conv"]), x, score)),
    ]
    for said, ask in refused:
        with pytest.raises(ShapeError, match=said):
            ask()
    wide = Network([Dense(np.ones((2, 5 * 205)), np.zeros(2))], ["dense"])
    with pytest.raises(ShapeError, match=f"at most {MOST_PATCHES} patches.*got 1025"):
        occlusion(wide, np.zeros((1, 1, 5, 205)), score, size=1, stride=1)
