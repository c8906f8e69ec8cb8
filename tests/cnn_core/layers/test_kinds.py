"""The table of kinds: every layer finds its name there, and nothing else has one."""

from __future__ import annotations

import pytest

from cnn_core import KINDS
from cnn_core.layers import kind_of
from cnn_core.zoo import ZOO, load_network


@pytest.mark.parametrize("name", list(ZOO))
def test_every_layer_of_the_zoo_is_of_the_kind_that_its_name_says(name: str) -> None:
    network = load_network(name)
    kinds = [kind_of(layer) for layer in network.layers]
    assert [KINDS[kind] for kind in kinds] == [type(layer) for layer in network.layers]
    for layer_name, kind in zip(network.names, kinds, strict=True):
        assert layer_name.rstrip("0123456789").removesuffix("pool") in kind


def test_what_is_no_layer_is_refused_with_the_kinds() -> None:
    with pytest.raises(TypeError, match=r"conv, max-pool.*received str"):
        kind_of("conv")
