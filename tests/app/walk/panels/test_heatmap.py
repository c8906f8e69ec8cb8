"""The panel of heatmaps: what is shown re-adds, asks the class that it names, costs little, and is computed once."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from PIL import Image

from app.passes.heatmap_cache import flat
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.render.colours import HUES
from app.scenes.values import HEATS
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.panels.heatmap import HeatView, asked, heat_panel
from app.walk.panels.heatmap_views import CamSum, GradientInputView, IntegratedView
from cnn_core import Array, Conv, Dense, MaxPool, Network, ReLU, load_network, sample
from cnn_core.analysis.grad_cam import grad_cam
from cnn_core.analysis.gradient_maps import Score, gradient, gradient_times_input, integrated_gradients
from cnn_core.analysis.occlusion import occlusion
from cnn_core.layer import Layer
from tests.app.way_out import way_out

heats = pytest.mark.parametrize("heat", HEATS)
X = sample("digit-8")[None]


def colours() -> Network:
    """A network for small photographs, with random weights."""
    rng = np.random.default_rng(3)
    convolution = Conv(rng.normal(size=(12, 3, 3, 3)) / 5, rng.normal(size=12), padding=1)
    layers: list[Layer] = [convolution, ReLU(), MaxPool(4), Dense(rng.normal(size=(5, 768)) / 20, rng.normal(size=5))]
    return Network(layers, ["conv", "gate", "pool", "last"], (3, 32, 32), ("ant", "bee", "cat", "dog", "eel"))


NETWORKS = {"digits": load_network("digits"), "colours": colours()}
PHOTO = Scene(network="colours", image=ImageRef("sample", "cat"))


def view(scene: Scene) -> HeatView:
    found = heat_panel(resolve(scene, PassCache(NETWORKS, open_store("memory:")))).view
    assert found is not None
    return found


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def numbers(soup: BeautifulSoup, mark: str) -> list[float]:
    return [number(cell.text) for cell in soup.select(f"#heat [data-{mark}]")]


def panel(client: FlaskClient, query: str) -> BeautifulSoup:
    answer = client.get(f"/en/walk/heat{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


def computed(network: Network, score: Score) -> dict[str, Array]:
    """All five maps of the drawn 8, (H, W)."""
    return {
        "gradient": gradient(network, X, score)[0],
        "gradient-input": gradient_times_input(network, X, score)[0],
        "cam": grad_cam(network, X, score).picture,
        "occlusion": occlusion(network, X, score, size=5, stride=2).map,
        "integrated": integrated_gradients(network, X, score, tolerance=0.005, most=768).map[0],
    }


def painted(uri: str) -> Array:
    """The red, green, blue and opacity of every pixel."""
    file = io.BytesIO(base64.b64decode(uri.partition(",")[2]))
    return np.asarray(Image.open(file).convert("RGBA")).astype(np.float64)


def test_closed_it_is_a_door_and_computes_nothing(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object) -> None:
        raise AssertionError("nobody has asked")

    monkeypatch.setattr("app.passes.heatmap_cache.make", never)
    soup = panel(client, "?target=3&against=5")
    (door,) = soup.select("#heat a")
    assert str(door["href"]).endswith("&target=3&against=5&heat=cam#heat")
    assert door["hx-get"] == "/en/walk/change?heat=cam"


@heats
@pytest.mark.parametrize("score", [Score(8), Score(3, 8)])
def test_the_map_is_what_the_core_computes_in_the_colours_of_gradients(heat: str, score: Score) -> None:
    network = NETWORKS["digits"]
    expected = computed(network, score)[heat]
    found = view(Scene(target=score.target, against=score.against, heat=heat, precision="6"))
    assert number(found.map.least) == pytest.approx(expected.min(), abs=1e-6)
    assert number(found.map.most) == pytest.approx(expected.max(), abs=1e-6)
    assert found.halved is (heat == "cam")
    red, _, blue, opacity = np.moveaxis(painted(found.map.uri), 2, 0)
    far = np.abs(expected) > 0.05 * np.abs(expected).max()
    np.testing.assert_array_equal(red[far] > blue[far], expected[far] > 0)
    assert opacity[far].min() > 0
    hues = {tuple(pixel[:3].astype(int).tolist()) for pixel in painted(found.map.uri)[far]}
    assert hues <= set(HUES["gradient"])
    assert opacity[expected == 0].max(initial=0) == 0
    if heat != "cam":  # which is coloured like its cells, of which none stands exactly on a pixel
        assert opacity[np.unravel_index(np.abs(expected).argmax(), (28, 28))] == 255
        assert number(found.range) == pytest.approx(np.abs(expected).max(), abs=1e-6)


@pytest.mark.parametrize("precision", ["2", "3", "exact"])
@pytest.mark.parametrize("query", ["?heat=gradient-input", "?target=3&against=8&heat=integrated"])
def test_value_times_slope_is_the_product(client: FlaskClient, query: str, precision: str) -> None:
    soup = panel(client, f"{query}&precision={precision}")
    (value,), (slope,), (product,) = (numbers(soup, mark) for mark in ("value", "slope", "product"))
    off = 1e-12 if precision == "exact" else 0.5 * 10.0 ** -int(precision)
    assert product == pytest.approx(value * slope, abs=off * (1.01 + abs(value) + abs(slope)))
    assert product != 0


def test_the_gradient_times_a_small_step_is_the_change(client: FlaskClient) -> None:
    soup = panel(client, "?heat=gradient&precision=exact")
    (slope,), (step, total), (rise,) = (numbers(soup, mark) for mark in ("slope", "part", "result"))
    assert (step, total) == (0.01, slope)
    assert rise == pytest.approx(step * slope, rel=1e-12)
    steepest = gradient(NETWORKS["digits"], X, Score(8)).ravel()
    assert slope == steepest[np.abs(steepest).argmax()]


def test_all_products_and_the_biases_are_the_score(client: FlaskClient) -> None:
    everything, biases = numbers(soup := panel(client, "?heat=gradient-input&precision=exact"), "part")
    (score,) = numbers(soup, "result")
    assert score == NETWORKS["digits"].activations(X)[-1][0, 8, 0, 0]
    assert everything + biases == pytest.approx(score, rel=1e-12)
    assert everything == pytest.approx(gradient_times_input(NETWORKS["digits"], X, Score(8)).sum(), rel=1e-12)


@pytest.mark.parametrize("precision", ["3", "exact"])
def test_integrated_gradients_show_whether_they_are_complete(client: FlaskClient, precision: str) -> None:
    soup = panel(client, f"?target=8&against=3&heat=integrated&precision={precision}")
    end, start, change, everything, gap = (
        numbers(soup, mark)[0] for mark in ("end", "start", "change", "everything", "gap")
    )
    off = 1e-12 if precision == "exact" else 0.0015
    assert end - start == pytest.approx(change, abs=off)
    assert everything - change == pytest.approx(gap, abs=off)
    assert abs(gap) < 0.01 * abs(change)


@pytest.mark.parametrize("query", ["?heat=occlusion", "?image=sample.digit-2&against=1&heat=occlusion"])
def test_occlusion_shows_the_probability_before_and_after(client: FlaskClient, query: str) -> None:
    before, after = numbers(soup := panel(client, f"{query}&precision=exact"), "part")
    (drop,) = numbers(soup, "result")
    assert before - after == pytest.approx(drop, rel=1e-12)
    assert drop > 0


@pytest.mark.parametrize("precision", ["2", "3", "exact"])
def test_grad_cam_adds_up_its_strongest_cell(
    client: FlaskClient, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.walk.panels.heatmap_terms.FIRST", 3)
    soup = panel(client, f"?target=2&against=8&heat=cam&precision={precision}")
    parts, (result,) = numbers(soup, "part"), numbers(soup, "result")
    assert len(soup.select("table.cam")) == 2
    off = 1e-12 if precision == "exact" else 0.5 * 10.0 ** -(int(precision) + 2)
    listed, others, rest = parts[:3], parts[3], parts[4:]
    assert sum(listed) + others == pytest.approx(result, abs=off * 5)
    assert others == pytest.approx(sum(rest), abs=off * 14)
    assert others < -0.01
    for weight, value, part in zip(numbers(soup, "weight"), numbers(soup, "value"), listed + rest, strict=True):
        assert weight * value == pytest.approx(part, abs=off * (1 + abs(value)) + abs(weight) * off * 100)


def test_grad_cam_lists_every_map_with_its_weight_those_that_say_most_first() -> None:
    slide = view(Scene(target=2, against=8, heat="cam", precision="exact")).arithmetic
    assert isinstance(slide, CamSum)
    core = grad_cam(NETWORKS["digits"], X, Score(2, 8))
    lines = [*slide.first, *slide.rest]
    assert sorted(line.channel for line in lines) == list(range(16))
    sizes = [abs(number(line.product.text)) for line in lines]
    assert sizes == sorted(sizes, reverse=True)
    assert min(number(line.product.text) for line in slide.first) < 0
    for line in lines:
        assert number(line.weight.text) == core.weights[line.channel]
        assert number(line.added) / 121 == pytest.approx(core.weights[line.channel], rel=1e-12)
        assert number(line.weighted.most) == core.weighted[line.channel].max()
    assert number(slide.total.text) == core.sum.max() == core.sum[slide.row, slide.column]


def test_where_nothing_speaks_for_the_class_grad_cam_shows_nothing() -> None:
    network = NETWORKS["digits"]
    quiet = Network([*network.layers[:-1], Dense(np.zeros((10, 400)), np.zeros(10))], network.names, (1, 28, 28))
    panels = heat_panel(resolve(Scene(heat="cam"), PassCache({"digits": quiet}, open_store("memory:")))).view
    assert panels is not None
    assert panels.range == "0"
    assert painted(panels.map.uri)[:, :, 3].max() == 0


def test_the_classes_that_may_be_asked_about(client: FlaskClient) -> None:
    found = view(Scene(target=3, against=5, heat="gradient"))
    assert [option.name for option in found.targets] == list("0123456789")
    assert [option.name for option in found.rivals] == ["", *"012456789"]
    assert [option.name for option in (*found.targets, *found.rivals) if option.picked] == ["3", "5"]
    assert (found.target, found.against) == ("3", "5")
    scene = resolve(Scene(target=3, against=5, heat="gradient"), PassCache(NETWORKS, open_store("memory:"))).scene
    assert found.targets[7].scene == scene.but(target=7)
    assert found.targets[5].scene == scene.but(target=5, against=None)
    assert found.rivals[0].scene == scene.but(against=None)
    soup = panel(client, "?target=3&against=5&heat=gradient")
    assert soup.select_one("h2:-soup-contains('speak for 3 rather than 5')")
    assert [link.text for link in soup.select("#heat [aria-current]")] == ["gradient", "3", "5"]


def test_without_a_target_the_likeliest_class_is_asked_about_and_never_against_itself() -> None:
    def score(scene: Scene) -> Score:
        return asked(resolve(scene, PassCache(NETWORKS, open_store("memory:"))))

    assert score(Scene()) == Score(8)
    assert score(Scene(against=3)) == Score(8, 3)
    assert score(Scene(against=8)) == Score(8)
    assert score(Scene(target=3, against=3)) == Score(3)
    back = Scene(way="backward", heat="cam")  # there the loss asks for the runner-up, and so does the map
    assert score(back) == Score(resolve(back, PassCache(NETWORKS, open_store("memory:"))).target)
    assert score(back).target != 8


@heats
def test_a_map_is_computed_once_and_from_few_pictures(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, heat: str
) -> None:
    sent = []
    forward = Network.activations

    def counted(self: Network, x: Array) -> tuple[Array, ...]:
        sent.append(len(x))
        return forward(self, x)

    monkeypatch.setattr(Network, "activations", counted)
    query = f"?image=sample.digit-4&target=2&heat={heat}"
    client.get(f"/en/walk/heat{query}")
    assert 1 <= sum(sent) <= 300  # a photograph takes some 2 ms each, there and back
    assert max(sent) <= 32
    sent.clear()
    assert client.get(f"/en/walk{query}&precision=5").status_code == 200
    assert sent == []


@heats
def test_in_a_photograph_the_channels_are_added_up(heat: str) -> None:
    scene = PHOTO.but(target=1, against=4, heat=heat, precision="exact")
    sent = resolve(scene, PassCache(NETWORKS, open_store("memory:"))).forward
    found = view(scene)
    assert found.summed is (heat in ("gradient", "gradient-input", "integrated"))
    values = flat(sent.heats.find(heat, Score(1, 4)))
    assert values.shape == (32, 32)
    if heat == "gradient":
        np.testing.assert_allclose(values, gradient(colours(), sent.outputs["input"][None], Score(1, 4)).sum(axis=0))
    slide = found.arithmetic
    if isinstance(slide, GradientInputView | IntegratedView):
        assert [term.channel for term in slide.terms] == [0, 1, 2]
        total = sum(number(term.product) for term in slide.terms)
        assert total == pytest.approx(number(slide.total), rel=1e-12)
        assert number(slide.total) == pytest.approx(values[slide.row, slide.column], rel=1e-12)
        assert abs(number(slide.total)) == pytest.approx(np.abs(values).max(), rel=1e-12)


@pytest.mark.parametrize("name", ["target", "against"])
@pytest.mark.parametrize("heat", [None, "cam"])
def test_classes_that_there_are_not(name: str, heat: str | None) -> None:
    with pytest.raises(Refusal) as caught:
        resolve(Scene(heat=heat).but(**{name: 10}), PassCache(NETWORKS, open_store("memory:")))
    refusal = caught.value
    assert (refusal.status, refusal.code) == (422, "target-out-of-range")
    assert refusal.values["last"] == 9
    assert f"{name}=9" in way_out(refusal)


def test_what_the_map_says_is_said_in_words_too(client: FlaskClient) -> None:
    soup = panel(client, "?heat=integrated")
    pictures = soup.select("#heat img")
    assert all(picture["alt"] for picture in pictures)
    (slider,) = soup.select("#heat input[type=range]")
    assert slider.find_parent("label")
    assert [str(link["href"]).partition("heat=")[2] for link in soup.select("#heat [aria-label=Method] a")] == [
        f"{name}#heat" for name in HEATS
    ]


@heats
def test_the_api_gives_the_array(client: FlaskClient, heat: str) -> None:
    def array(query: str) -> Array:
        answer = client.get(f"/api/v1/heat{query}")
        assert answer.status_code == 200
        return np.asarray(np.load(io.BytesIO(answer.data), allow_pickle=False))

    found = array(f"?target=3&against=8&heat={heat}")
    expected = flat(resolve(Scene(), PassCache(NETWORKS, open_store("memory:"))).forward.heats.find(heat, Score(3, 8)))
    assert found.shape == (1, 28, 28)
    np.testing.assert_allclose(found[0], expected, atol=1e-12)
    np.testing.assert_array_equal(array(""), gradient(NETWORKS["digits"], X, Score(8)))
