"""`python -m app measure`: the confusion matrix of a network on its test pictures, as the pages show it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from app.commands.train import BAD_USAGE, RECIPES, add_data, check_out
from cnn_core import load_network, zoo
from cnn_core.training.train import confusion


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `measure` to the command line."""
    parser = subparsers.add_parser("measure", help="count what a network takes pictures for", description=__doc__)
    parser.add_argument("network", choices=sorted(zoo.ZOO), help="which network")
    add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="the table of counts to write (.csv)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Classify every test picture in float64, as the walk does, and write the confusion matrix, a row per class."""
    try:
        check_out(arguments.out, ".csv")
        images, labels = RECIPES[arguments.network].read(arguments.data, "test")
    except ValueError as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    network = load_network(arguments.network)
    counts = confusion(network, images.astype(np.float64), labels)
    classes = ",".join(network.classes)
    np.savetxt(arguments.out, counts, fmt="%d", delimiter=",", header=classes, comments="", encoding="utf-8")
    print(f"test accuracy {counts.trace() / counts.sum():.4f} on {len(labels):,} pictures; wrote {arguments.out}")
    return 0
