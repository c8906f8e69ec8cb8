"""The record of a network: what a page says of it is what was counted, and what the core says of the samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.pictures.fit import fit
from app.pictures.samples import open_sample
from app.render.numbers import percent
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.panels.accuracy import record, verdicts
from cnn_core import Dense, Network, load_network, softmax
from cnn_core.zoo import ZOO, load_confusion

CACHE = PassCache({name: load_network(name) for name in ZOO}, open_store("memory:"))


@pytest.mark.parametrize("name", ZOO)
def test_a_record_says_what_was_counted(name: str) -> None:
    found, counts = record(name), load_confusion(name)
    assert found is not None
    assert [[int(each.text.replace(",", "")) for each in row] for row in found.rows] == counts.tolist()
    assert found.accuracy == f"{100 * ZOO[name].accuracy:.2f}%"
    assert found.right == f"{counts.trace():,}"
    assert found.total == "10,000"
    assert found.one_in == round(1 / (1 - ZOO[name].accuracy))
    assert [row[at].often for at, row in enumerate(found.rows)] == ["right"] * len(counts)
    wrong = counts - np.diag(counts.diagonal())
    assert int(found.worst[0].count) == wrong.max()
    assert [int(each.count) for each in found.worst] == sorted(wrong.ravel().tolist(), reverse=True)[:3]
    first, classes = found.worst[0], ZOO[name].classes
    assert wrong[classes.index(first.shown), classes.index(first.said)] == wrong.max()


def test_nobody_has_tested_a_network_that_is_not_of_the_zoo() -> None:
    assert record("mine") is None


@pytest.mark.parametrize("name", ZOO)
def test_a_verdict_is_what_the_network_says_of_the_sample(name: str) -> None:
    network = CACHE.networks[name]
    for verdict in verdicts(resolve(Scene.read({"network": name, "layer": "softmax"}), CACHE)):
        x = fit(open_sample(verdict.sample), ZOO[name].input_shape).x
        chances = softmax(network.activations(x[None])[-1]).ravel()
        assert verdict.said == network.classes[int(chances.argmax())]
        assert verdict.percent == percent(float(chances.max()))
        there = resolve(verdict.scene, CACHE)
        assert there.layer == "softmax"
        assert network.classes[there.prediction] == verdict.said


def test_a_verdict_knows_what_a_sample_shows() -> None:
    digits = {v.sample: v.shows for v in verdicts(resolve(Scene(), CACHE))}
    assert digits == {f"digit-{digit}": str(digit) for digit in range(10)}
    photos = {v.sample: v.shows for v in verdicts(resolve(Scene.read({"network": "photos"}), CACHE))}
    assert photos["cat"] == "cat"
    assert photos["rocket"] is None


def test_a_network_without_names_of_its_classes_numbers_them() -> None:
    network = Network([Dense(np.eye(3, 784), np.zeros(3))], ["dense"], (1, 28, 28))
    found = resolve(Scene(network="mine"), PassCache({"mine": network}, open_store("memory:")))
    assert {verdict.said for verdict in verdicts(found)} <= {"0", "1", "2"}


@pytest.mark.parametrize("name", ZOO)
def test_the_page_shows_the_record_of_its_network(name: str, client: FlaskClient) -> None:
    page = client.get("/en/walk" + replace(Scene.read({"network": name}), record=True).query()).text
    panel = BeautifulSoup(page, "html.parser").select_one("#record")
    assert panel is not None
    rows = [[int(cell.text.replace(",", "")) for cell in row.select("td")] for row in panel.select("tbody tr")]
    assert rows == load_confusion(name).tolist()
    assert f"{100 * ZOO[name].accuracy:.2f}%" in panel.select(".disclosure a")[0].text
    assert ZOO[name].confusion_command in panel.text
    assert ("JPEG" in panel.text) == (name == "photos")
    assert len(panel.select(".verdicts li")) == (10 if name != "photos" else 7)
