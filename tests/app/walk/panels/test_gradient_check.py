"""Check it yourself: what the panel shows comes out again when it is added up, and it says why two numbers differ."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.refusal import Refusal
from app.scenes.values import write_decimal
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.panels.gradient_check import STEPS, Checked, CheckView, check_view, loss_decimals
from cnn_core import load_network
from cnn_core.analysis.gradient_check import Check
from tests.app.way_out import way_out

if TYPE_CHECKING:
    from flask.testing import FlaskClient

CACHE = PassCache({name: load_network(name) for name in ("digits", "digits-average")}, open_store("memory:"))
BACK = Scene(way="backward", layer="conv1", of="weight", at=(3, 0, 1, 2), check=0.001)
SHUT = replace(BACK, layer="relu1", of="input", at=(3, 6, 15))
PLACES = [
    BACK,
    replace(BACK, of="bias", at=(3,)),
    replace(BACK, layer="conv2", at=(5, 2, 0, 1)),
    replace(BACK, layer="dense", at=(9, 123)),
    replace(BACK, layer="pool1", of="input", at=(3, 9, 11)),
    replace(BACK, layer="relu2", of="output", at=None, cell=(2, 0, 5)),
    replace(BACK, layer="dense", of="output", at=None, cell=(4, 0, 0)),
    replace(BACK, layer="input", of="output", at=None, cell=(0, 12, 14)),
]
places = pytest.mark.parametrize("scene", PLACES, ids=lambda scene: f"{scene.layer}-{scene.of}")


def go(scene: Scene) -> WalkState:
    return resolve(scene, CACHE)


def view(scene: Scene) -> CheckView:
    found = check_view(go(scene))
    assert found is not None
    return found


def checked(scene: Scene) -> Checked:
    found = view(scene).checked
    assert found is not None
    return found


def value(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


@places
@pytest.mark.parametrize("h", [*STEPS, 0.037])
@pytest.mark.parametrize("precision", ["2", "3", "6", "exact"])
def test_the_quotient_comes_out_again_from_what_is_shown(scene: Scene, h: float, precision: str) -> None:
    found = checked(replace(scene, check=h, precision=precision))
    half = 1e-12 if precision == "exact" else 0.5 * 10.0 ** -int(precision)
    again = (value(found.up) - value(found.down)) / (2 * value(found.h))
    assert again == pytest.approx(value(found.quotient), rel=0, abs=2.01 * half + 1e-9)
    between = value(found.quotient) - value(found.gradient)
    assert between == pytest.approx(value(found.difference), rel=0, abs=3 * half)


@places
def test_it_is_the_picked_number_and_its_gradient_that_are_checked(scene: Scene) -> None:
    walked = go(replace(scene, precision="exact"))
    found = checked(replace(scene, precision="exact", check=0.00001))
    question = walked.question
    assert value(found.gradient) == pytest.approx(walked.trace_back().value, rel=1e-9, abs=1e-12)
    assert abs(value(found.difference)) < 1e-6
    assert found.loss == repr(walked.backward.loss)
    if question.of in ("weight", "bias"):
        assert value(found.value) == walked.network.layers[walked.network.names.index(question.layer)].params[
            question.of
        ][question.at]
    elif scene.of == "output":
        assert value(found.value) == walked.outputs[walked.layer][walked.cell]
    else:
        assert value(found.value) == walked.before(walked.layer)[question.at]


def test_after_learning_the_learned_network_is_checked() -> None:
    before, after = checked(BACK), checked(replace(BACK, steps=3))
    assert value(after.loss) < value(before.loss)
    assert after.loss != before.loss


def test_the_smaller_h_the_more_digits_of_the_losses_are_shown() -> None:
    digits = [len(checked(replace(BACK, check=h)).loss.partition(".")[2]) for h in STEPS]
    assert digits == [3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("slope", "h", "decimals"),
    [(2.0, 1.0, "3"), (2.0, 0.01, "5"), (0.0, 0.01, "5"), (5e-7, 0.01, "10"), (5e-11, 1e-6, "15"), (2.0, 0.03, "5")],
)
def test_a_slope_that_is_nearly_nothing_needs_more_decimals(slope: float, h: float, decimals: str) -> None:
    found = Check(h, 1.0, 0.0, slope * h, -slope * h, slope, (), 0.0)
    assert loss_decimals(found, "3") == decimals
    assert loss_decimals(found, "exact") == "exact"


def test_kinks_are_told_by_layer_as_gates_and_winners() -> None:
    found = checked(replace(BACK, of="bias", at=(3,), check=0.1))
    assert found.reason == "kinks"
    assert [(switch.layer, switch.kind) for switch in found.switches] == [
        ("relu1", "gate"),
        ("pool1", "winner"),
        ("relu2", "gate"),
        ("pool2", "winner"),
    ]
    assert all(int(switch.count) > 0 for switch in found.switches)
    assert {switch.kind for switch in checked(replace(BACK, network="digits-average", check=1.0)).switches} == {"gate"}


def test_a_number_behind_a_shut_gate_does_not_move_the_loss() -> None:
    found = checked(SHUT)
    assert go(BACK).outputs["conv1"][SHUT.at] < -0.001
    assert found.still
    assert (found.quotient, found.gradient, found.difference) == ("0", "0", "0")
    assert not checked(BACK).still


def test_every_h_is_a_scene_of_its_own_and_so_is_the_closed_panel() -> None:
    found = view(BACK)
    assert [choice.name for choice in found.choices] == ["1", "0.1", "0.01", "0.001", "0.0001", "0.00001", "0.000001"]
    assert [choice.picked for choice in found.choices].count(True) == 1
    for choice, h in zip(found.choices, STEPS, strict=True):
        assert choice.scene == replace(BACK, check=h)
        assert f"check={write_decimal(h)}" in choice.scene.query()
    closed = view(found.close)
    assert closed.checked is None
    assert closed.open == BACK


def test_there_is_nothing_to_check_forward_nor_at_the_loss_itself(client: FlaskClient) -> None:
    for scene in (Scene(check=0.1), Scene(way="backward", layer="loss", check=0.1)):
        assert check_view(go(scene)) is None
        answer = client.get("/en/walk/check" + scene.query())
        assert (answer.status_code, answer.text) == (200, "")


@pytest.mark.parametrize(
    ("asked", "nearest"), [(2.0, 1.0), (-1.0, 0.001), (0.0, 0.001), (0.000000001, 0.0000001)]
)
def test_an_h_out_of_range_is_refused_with_a_way_out(asked: float, nearest: float) -> None:
    with pytest.raises(Refusal) as refused:
        go(replace(BACK, check=asked))
    assert (refused.value.status, refused.value.code) == (422, "check-out-of-range")
    assert (refused.value.values["least"], refused.value.values["most"]) == ("0.0000001", "1")
    assert way_out(refused.value) == replace(BACK, check=nearest).query()
    assert checked(replace(BACK, check=nearest)).h == write_decimal(nearest)


@pytest.mark.parametrize("address", ["/en/walk/check", "/en/walk"])
def test_the_panel_is_a_fragment_of_its_page(client: FlaskClient, address: str) -> None:
    page = BeautifulSoup(client.get(address + BACK.query()).data, "html.parser")
    (panel,) = page.select("section#check.card")
    assert panel.select_one("[data-quotient]").text == checked(BACK).quotient  # type: ignore[union-attr]
    assert panel.select("a[aria-current=true]")[0].text == "0.001"


def test_in_words_it_is_said_why_they_differ(client: FlaskClient) -> None:
    def remark(scene: Scene) -> str:
        page = BeautifulSoup(client.get("/en/walk/check" + scene.query()).data, "html.parser")
        return re.sub(r"\s+", " ", page.select("#check .remark")[0].text).strip()

    assert "something switches" in remark(replace(BACK, of="bias", at=(3,), check=0.1))
    assert "relu1: gates that open or shut: " in remark(replace(BACK, of="bias", at=(3,), check=0.1))
    score = replace(BACK, layer="dense", of="bias", at=(3,))
    assert "follows a curve" in remark(replace(score, target=3, check=1.0))
    assert "is rounding" in remark(replace(score, target=3, check=0.0000001))
    assert "does not move at all" in remark(SHUT)


def test_a_check_that_is_refused_says_the_range(client: FlaskClient) -> None:
    for path in ("/en/walk?check=-1", "/en/walk/check?check=-1", "/en/walk?check=7"):
        answer = client.get(path)
        assert answer.status_code == 422
        assert "0.0000001 to 1" in answer.text
        assert 'href="/en/walk?check=' in answer.text or 'href="?check=' in answer.text
    assert client.get("/en/walk?check=tiny").status_code == 400
