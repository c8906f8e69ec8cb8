"""A site that knows one more kind of layer, and a network with a layer of it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from jinja2 import ChoiceLoader, FileSystemLoader

from app import create_app
from app.api import openapi, schemas
from app.explain.dispatch import EXPLAINERS
from app.passes.pass_cache import PassCache
from app.store.protocol import Store
from app.web.services import provide, service
from app.web.settings import Settings
from cnn_core import KINDS, Conv, Dense, MaxPool, Network, load_network
from tests.toy_kind.explainer import EXPLAINER
from tests.toy_kind.layer import LeakyReLU

if TYPE_CHECKING:
    from flask.testing import FlaskClient


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    """The kind stands in both tables, as if it were built in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cast(dict[str, Any], KINDS), "leaky-relu", LeakyReLU)
        patch.setitem(EXPLAINERS, LeakyReLU, EXPLAINER)
        importlib.reload(schemas)  # it read KINDS when it was imported
        patch.setattr(openapi, "SCHEMAS", schemas.SCHEMAS)
        yield
    importlib.reload(schemas)


@pytest.fixture(scope="module")
def network() -> Network:
    """Convolution, leaky gate, pooling, scores."""
    rng = np.random.default_rng(5)
    layers = (
        Conv(rng.normal(size=(3, 1, 3, 3)) / 3, rng.normal(size=3) / 9),
        LeakyReLU(),
        MaxPool(2),
        Dense(rng.normal(size=(4, 3 * 13 * 13)) / 20, rng.normal(size=4)),
    )
    return Network(layers, ("seek", "leak", "pool", "tell"), (1, 28, 28), ("a", "b", "c", "d"))


@pytest.fixture(scope="module")
def leaky(known: None, network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Somebody who reads a site with that network alone."""
    environ = {"CONVSCOPE_STORE": "memory:", "CONVSCOPE_SECRET": "known to the tests alone, and long enough"}
    site = create_app(Settings.from_environ(environ, tmp_path_factory.mktemp("leaky")))
    provide(site, PassCache, PassCache({"toy": network, "digits": load_network("digits")}, service(Store, site)))
    assert site.jinja_loader is not None
    site.jinja_loader = ChoiceLoader([site.jinja_loader, FileSystemLoader(Path(__file__).parent / "templates")])
    with site.test_client() as client:
        yield client
