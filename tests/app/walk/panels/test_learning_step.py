"""One step of learning: what is shown re-adds, every state has an address, and the whole page shows the new weights."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from app.passes import pass_cache as walkers
from app.passes.optimizers import rule_named
from app.passes.pass_cache import Lesson, PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.pictures.decode import PICTURE_SECONDS, encode_png, picture_key
from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.values import RULES
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.panels.learning_step import HEIGHT, RATES, STEPS, WIDTH, LearnView, learning
from cnn_core import AveragePool, Dense, Network, load_network
from cnn_core.training.one_picture import learn
from tests.app.way_out import way_out

if TYPE_CHECKING:
    from flask.testing import FlaskClient

CACHE = PassCache({name: load_network(name) for name in ("digits", "digits-average")}, open_store("memory:"))
BACK = Scene(way="backward", layer="conv1", of="weight", at=(3, 0, 1, 2), target=2)
BIAS = replace(BACK, layer="conv2", of="bias", at=(5,))
rules = pytest.mark.parametrize("rule", RULES)
precisions = pytest.mark.parametrize("precision", ["2", "3", "6", "exact"])


def go(scene: Scene) -> WalkState:
    return resolve(scene, CACHE)


def view(scene: Scene) -> LearnView:
    found = learning(go(scene))
    assert found is not None
    return found


def texts(scene: Scene) -> Mapping[str, str]:
    update = view(scene).update
    assert update is not None
    return update.texts


def value(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def numbers(scene: Scene) -> dict[str, float]:
    return {name: value(text) for name, text in texts(scene).items()}


def near(found: float, expected: float, precision: str, terms: float) -> bool:
    """Within half a unit of the last digit shown for each of so many terms."""
    half = 1e-12 if precision == "exact" else 0.5 * 10.0 ** -int(precision)
    return abs(found - expected) <= terms * half * (1 + 1e-9) + 1e-12


@precisions
@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("scene", [BACK, BIAS], ids=["weight", "bias"])
def test_plain_descent_re_adds_as_shown(scene: Scene, steps: int, precision: str) -> None:
    n = numbers(replace(scene, steps=steps, rate=0.1, precision=precision))
    assert near(n["before"] - n["rate"] * n["gradient"], n["after"], precision, 2.2)


@precisions
@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("scene", [BACK, BIAS], ids=["weight", "bias"])
def test_momentum_re_adds_as_shown(scene: Scene, steps: int, precision: str) -> None:
    n = numbers(replace(scene, steps=steps, optimizer="momentum", precision=precision))
    assert near(n["momentum"] * n["memory0"] + n["gradient"], n["velocity"], precision, 3)
    assert near(n["before"] - n["rate"] * n["velocity"], n["after"], precision, 2.2)


@precisions
@pytest.mark.parametrize("steps", [0, 1, 3, 12])
@pytest.mark.parametrize("scene", [BACK, BIAS], ids=["weight", "bias"])
def test_adam_re_adds_as_shown(scene: Scene, steps: int, precision: str) -> None:
    n = numbers(replace(scene, steps=steps, optimizer="adam", precision=precision))
    assert near(n["beta1"] * n["memory0"] + n["rest of beta1"] * n["gradient"], n["mean"], precision, 2)
    square = n["beta2"] * n["memory1"] + n["rest of beta2"] * n["gradient"] ** 2
    assert square == pytest.approx(n["square"], rel=1e-12 if precision == "exact" else 3 * 10.0 ** -int(precision))
    assert near(n["mean"] / (1 - n["beta1"] ** n["count"]), n["lift"], precision, 11)
    rough = 1e-12 if precision == "exact" else 3 * 10.0 ** -int(precision)
    assert n["square"] / (1 - n["beta2"] ** n["count"]) == pytest.approx(n["corrected square"], rel=rough)
    assert math.sqrt(n["corrected square"]) + n["epsilon"] == pytest.approx(n["divisor"], rel=rough)
    assert near(n["before"] - n["rate"] * n["lift"] / n["divisor"], n["after"], precision, 2.2)


@rules
def test_an_update_is_that_of_the_picked_number(rule: str) -> None:
    for scene in (replace(BACK, optimizer=rule), replace(BIAS, optimizer=rule)):
        network = CACHE.networks["digits"]
        walked = go(scene)
        expected = learn(network, walked.outputs["input"][None], walked.target, rule_named(rule, 0.01), 4)
        index = network.names.index(walked.layer)
        found = view(replace(scene, steps=4, precision="exact"))
        assert found.update is not None
        assert found.update.when == "last"
        after, before = (
            float(each.layers[index].params[scene.of][scene.at]) for each in (expected.network, expected.before)
        )
        assert (value(found.update.texts["before"]), value(found.update.texts["after"])) == (before, after)
        assert value(found.update.now) == after
        assert value(found.update.shipped) == network.layers[index].params[scene.of][scene.at]
        assert value(found.update.texts["gradient"]) == expected.gradients[index][scene.of][scene.at]


@rules
def test_before_any_step_the_panel_says_what_the_first_one_will_do(rule: str) -> None:
    promised, done = (view(replace(BACK, optimizer=rule, steps=steps, precision="exact")).update for steps in (0, 1))
    assert promised is not None
    assert done is not None
    assert (promised.when, done.when) == ("next", "last")
    assert promised.texts == done.texts
    assert promised.now == promised.shipped


@rules
def test_the_whole_walk_shows_what_was_learned(rule: str) -> None:
    base, learned = go(replace(BACK, optimizer=rule)), go(replace(BACK, optimizer=rule, steps=5))
    assert learned.base is base.forward
    assert learned.target == base.target  # learning does not move its own goal
    assert learned.prediction == learned.target != base.prediction
    assert learned.backward.loss < base.backward.loss
    assert not np.array_equal(learned.outputs["conv1"], base.outputs["conv1"])
    found = view(replace(BACK, optimizer=rule, steps=5, precision="exact"))
    assert (value(found.loss_before), value(found.loss_after)) == (base.backward.loss, learned.backward.loss)
    assert learned.trace_back().value == pytest.approx(learned.asked()[3, 0, 1, 2], abs=1e-12)


def test_the_answers_before_and_after_are_those_of_the_two_networks() -> None:
    found = view(replace(BACK, steps=5))
    base, learned = go(BACK), go(replace(BACK, steps=5))
    assert [answer.name for answer in found.answers] == list("0123456789")
    assert [answer.target for answer in found.answers].index(True) == base.target
    for index, answer in enumerate(found.answers):
        assert answer.bar_before == pytest.approx(100 * base.outputs["softmax"][index, 0, 0], abs=0.006)
        assert answer.bar_after == pytest.approx(100 * learned.outputs["softmax"][index, 0, 0], abs=0.006)
    assert view(BACK).answers[3].before == view(BACK).answers[3].after


@pytest.mark.parametrize("steps", [1, 2, 50])
def test_the_curve_has_a_point_for_every_loss_and_each_leads_to_its_step(steps: int) -> None:
    curve, losses = view(replace(BACK, steps=steps)).curve, go(replace(BACK, steps=steps)).forward.learned
    assert curve is not None
    assert losses is not None
    assert len(curve.points) == len(curve.losses) == steps + 1
    assert (curve.points[0][0], curve.points[-1][0]) == (0, WIDTH)
    most = max(losses.losses)
    for step, ((_, y), loss) in enumerate(zip(curve.points, losses.losses, strict=True)):
        assert y == pytest.approx(HEIGHT * (1 - loss / most), abs=0.06)
        assert curve.losses[step].scene == replace(BACK, steps=step)
    assert [loss.picked for loss in curve.losses].index(True) == steps
    assert value(curve.most) == pytest.approx(most, abs=0.0005)
    assert view(BACK).curve is None


def test_a_loss_that_is_nothing_from_the_start_is_drawn_along_the_ground() -> None:
    sure = Network([Dense(np.eye(2, 784) * [[900.0], [0]], np.array([900.0, 0]))], ["dense"], (1, 28, 28), ("a", "b"))
    scene = Scene(network="sure", way="backward", layer="dense", target=0, steps=2)
    found = learning(resolve(scene, PassCache({"sure": sure}, open_store("memory:"))))
    assert found is not None
    assert found.curve is not None
    assert found.curve.points == ((0, HEIGHT), (WIDTH / 2, HEIGHT), (WIDTH, HEIGHT))


@pytest.mark.parametrize(("steps", "back", "forward"), [(0, None, 1), (1, 0, 2), (7, 6, 8), (50, 49, None)])
def test_a_step_forward_and_back_and_the_way_home(steps: int, back: int | None, forward: int | None) -> None:
    found = view(replace(BACK, steps=steps))
    assert found.back == (None if back is None else replace(BACK, steps=back))
    assert found.forward == (None if forward is None else replace(BACK, steps=forward))
    assert found.shipped == (BACK if steps else None)


def test_steps_rates_and_rules_are_scenes_to_choose_from() -> None:
    found = view(replace(BACK, steps=2, rate=0.1, optimizer="adam"))
    assert [choice.scene.steps for choice in found.counts] == list(STEPS)
    assert [choice.scene.rate for choice in found.rates] == list(RATES)
    assert [choice.scene.optimizer for choice in found.rules] == list(RULES)
    for choices, picked in ((found.counts, "2"), (found.rates, "0.1"), (found.rules, "adam")):
        assert [choice.name for choice in choices if choice.picked] == [picked]
        assert all(choice.scene.at == BACK.at for choice in choices)
    assert found.rate == "0.1"
    assert not any(choice.picked for choice in view(replace(BACK, rate=0.03)).rates)


def test_where_no_weight_is_picked_the_panel_offers_one() -> None:
    found = view(Scene(way="backward", layer="conv2"))
    assert found.update is None
    assert found.ask is not None
    assert (found.ask.layer, found.ask.of) == ("conv2", "weight")
    assert view(found.ask).update is not None
    elsewhere = view(Scene(way="backward", layer="relu2")).ask
    assert elsewhere is not None
    assert elsewhere.layer == "conv1"
    assert view(BACK).ask is None


def test_a_network_without_weights_has_none_to_ask_about() -> None:
    mean = Network([AveragePool(28)], ["mean"], (1, 28, 28), ("all",))
    scene = Scene(network="mean", way="backward", layer="mean", steps=1)
    found = learning(resolve(scene, PassCache({"mean": mean}, open_store("memory:"))))
    assert found is not None
    assert (found.ask, found.update, found.loss_after) == (None, None, "0")


def test_who_takes_steps_says_towards_which_class() -> None:
    scene = replace(BACK, target=None)
    found, walked = view(scene), go(scene)
    assert walked.target == 2
    assert found.forward == replace(BACK, steps=1)
    assert found.counts[0].scene.target == 2
    forward = go(replace(BACK, way="forward", of="output", at=None, steps=1))
    assert forward.forward is go(replace(BACK, steps=1)).forward


def test_on_the_way_forward_it_is_only_said_that_the_weights_are_learned_ones(client: FlaskClient) -> None:
    assert learning(go(Scene())) is None
    assert client.get("/en/walk/learn").text == ""
    scene = Scene(target=2, steps=3)
    page = BeautifulSoup(client.get("/en/walk" + scene.query()).data, "html.parser")
    (panel,) = page.select("#learn")
    assert "to say 2: steps 3" in panel.text
    (home,) = panel.select("a")
    assert home["href"] == "/en/walk" + go(Scene(target=2)).scene.but(cell=go(scene).cell).query()


@pytest.mark.parametrize(
    ("args", "code", "nearest"),
    [
        ({"steps": "51"}, "steps-out-of-range", "?steps=50"),
        ({"rate": "0"}, "rate-out-of-range", "?"),
        ({"rate": "-0.5"}, "rate-out-of-range", "?"),
        ({"rate": "2"}, "rate-out-of-range", "?rate=1"),
        ({"rate": "1.000000001"}, "rate-out-of-range", "?rate=1"),
    ],
)
def test_too_many_steps_and_rates_out_of_range_are_refused_with_a_way_out(
    args: dict[str, str], code: str, nearest: str
) -> None:
    with pytest.raises(Refusal) as refused:
        go(Scene.read(args))
    assert (refused.value.status, refused.value.code) == (422, code)
    assert way_out(refused.value) == nearest


@pytest.mark.parametrize("args", [{"steps": "-1"}, {"steps": "two"}, {"rate": "fast"}, {"optimizer": "newton"}])
def test_what_cannot_be_read_is_refused(args: dict[str, str]) -> None:
    with pytest.raises(Refusal) as refused:
        Scene.read(args)
    assert refused.value.status == 400


def test_weights_that_run_away_are_refused_with_the_last_step_that_held() -> None:
    steep = Network(
        [Dense(np.full((4, 784), 900.0), np.zeros(4)), Dense(np.eye(2, 4) * 900, np.array([0.0, 1e7]))],
        ["first", "last"],
        (1, 28, 28),
        ("a", "b"),
    )
    here = PassCache({"steep": steep}, open_store("memory:"))
    scene = Scene(network="steep", way="backward", layer="first", target=0, rate=1.0, steps=50)
    with pytest.raises(Refusal) as refused:
        resolve(scene, here)
    assert (refused.value.status, refused.value.code) == (422, "learning-ran-away")
    held = refused.value.values["held"]
    assert isinstance(held, int)
    assert way_out(refused.value) == replace(scene, steps=held).query()
    resolve(replace(scene, steps=held), here)


LESSON = Lesson(9, "sgd", 0.01, 2)
UPLOAD = ImageRef("upload", "0a" * 16)


def test_a_lesson_is_learned_once_and_forgotten_with_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[int] = []

    def count(*args: object) -> object:
        learned.append(1)
        return learn(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(walkers, "learn", count)
    store = open_store("memory:")
    store.put(picture_key(UPLOAD.name), encode_png(Image.new("RGB", (30, 20), "white")), PICTURE_SECONDS)
    here = PassCache({"digits": load_network("digits")}, store)
    for _ in range(3):
        here.after_learning("digits", UPLOAD, "auto", "auto", LESSON)
    assert len(learned) == 1
    here.after_learning("digits", UPLOAD, "auto", "auto", LESSON._replace(steps=3))
    assert len(learned) == 2
    here.forget(UPLOAD)
    here.after_learning("digits", UPLOAD, "auto", "auto", LESSON)
    assert len(learned) == 3
    store.delete(picture_key(UPLOAD.name))
    with pytest.raises(Refusal) as refused:
        here.after_learning("digits", UPLOAD, "auto", "auto", LESSON)
    assert refused.value.status == 410


def test_no_more_than_two_networks_are_taught_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, at_once, most, meet = threading.Lock(), [0], [0], threading.Barrier(2)

    def watched(*args: object) -> object:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        meet.wait(10)  # two do come together
        with lock:
            at_once[0] -= 1
        return learn(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(walkers, "learn", watched)
    here = PassCache({"digits": load_network("digits")}, open_store("memory:"))
    image = ImageRef("sample", "digit-7")
    threads = [
        threading.Thread(
            target=here.after_learning, args=("digits", image, "auto", "auto", LESSON._replace(steps=steps))
        )
        for steps in range(1, 7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]


@pytest.mark.parametrize("address", ["/en/walk/learn", "/en/walk"])
@rules
def test_the_panel_is_a_fragment_of_its_page(client: FlaskClient, address: str, rule: str) -> None:
    scene = replace(BACK, steps=2, optimizer=rule)
    page = BeautifulSoup(client.get(address + scene.query()).data, "html.parser")
    (panel,) = page.select("section#learn.card")
    found = view(scene)
    assert panel.select("[data-before]")[0].text == found.loss_before
    assert panel.select("[data-after]")[0].text == found.loss_after
    assert panel.select("[data-update] b")[0].text == texts(scene)["after"]
    assert len(panel.select(".answers tbody tr")) == 10
    assert len(panel.select(".curve circle")) == 3
    assert "thousands" in panel.text
    (form,) = panel.select("form")
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    assert fields.keys() == {"from", "rate"}
    assert Scene.read({**dict(parse_qsl(fields["from"])), "rate": fields["rate"]}) == resolve(scene, CACHE).scene


def test_the_form_for_the_rate_leads_to_the_one_address_of_its_scene(client: FlaskClient) -> None:
    sent = {**replace(BACK, steps=2).to_args(), "rate": "0.050"}
    answer = client.get("/en/walk", query_string=sent)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/en/walk" + replace(BACK, steps=2, rate=0.05).query()


@pytest.mark.parametrize(
    ("query", "words"), [("steps=51", "0 to 50"), ("rate=0", "above 0 and at most 1"), ("rate=2", "at most 1")]
)
@pytest.mark.parametrize("address", ["/en/walk", "/en/walk/learn"])
def test_a_refusal_says_the_range(client: FlaskClient, address: str, query: str, words: str) -> None:
    answer = client.get(f"{address}?way=backward&{query}")
    assert answer.status_code == 422
    assert words in answer.text
