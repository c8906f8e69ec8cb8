"""`python -m app train`: train a network of the zoo on MNIST or CIFAR-10 and write its weights."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.commands.cifar import read_cifar
from app.commands.datasets import Labelled
from app.commands.mnist import read_mnist
from cnn_core import zoo
from cnn_core.training.augment import Augment, mirrored, nudged
from cnn_core.training.train import accuracy, train

BAD_USAGE = 2


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. read: reads its data set. epochs: passes over it. augment: random changes."""

    read: Callable[[Path, str], Labelled]
    epochs: int
    augment: Augment


DIGITS = Recipe(read_mnist, 24, nudged(2.0, 12.0, 0.12))
RECIPES = {"digits": DIGITS, "digits-average": DIGITS, "photos": Recipe(read_cifar, 60, mirrored(4))}


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `train` to the command line."""
    parser = subparsers.add_parser("train", help="train a network of the zoo", description=__doc__)
    parser.add_argument("network", choices=sorted(zoo.ZOO), help="which network")
    add_data(parser)
    parser.add_argument("--out", type=Path, required=True, help="the weights file to write (.npz)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="how often all pictures are shown; stated for each network")
    parser.set_defaults(run=run)


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add --data, the folder that a recipe reads."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with MNIST for the digits: IDX files (.gz or not), or mnist_train.npz and mnist_test.npz; "
        "with CIFAR-10 for the photos: its binary or its Python version, or cifar10_train_jpeg.npz and "
        "cifar10_test_jpeg.npz",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, write the weights, and print their accuracy on the test pictures."""
    recipe = RECIPES[arguments.network]
    epochs = recipe.epochs if arguments.epochs is None else arguments.epochs
    try:
        _check_at_least(arguments.seed, 0, "--seed")
        _check_at_least(epochs, 1, "--epochs")
        check_out(arguments.out, ".npz")
        images, labels = recipe.read(arguments.data, "train")
        held_back = recipe.read(arguments.data, "test")
    except ValueError as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    rng = np.random.default_rng(arguments.seed)
    started = time.monotonic()
    network = zoo.untrained(arguments.network, rng)
    # Adam computes in the dtype of the parameters; float64 would double the time and train no better.
    network = network.with_params(
        {name: value.astype(np.float32) for name, value in layer.params.items()} for layer in network.layers
    )
    for progress in train(network, images, labels, epochs=epochs, rng=rng, augment=recipe.augment):
        network = progress.network
        if progress.done % 50 == 0 or progress.done == progress.total:
            _draw(progress.done, progress.total, progress.loss, time.monotonic() - started)
    arrays: dict[str, Any] = dict(zoo.packed(network))
    np.savez_compressed(arguments.out, **arrays)
    with np.load(arguments.out, allow_pickle=False) as kept:
        written = zoo.unpacked(network, kept)
    right = accuracy(written, *held_back)
    print(f"\ntest accuracy {right:.4f} on {len(held_back[1]):,} pictures; wrote {arguments.out}")
    return 0


def _check_at_least(number: int, least: int, option: str) -> None:
    if number < least:
        raise ValueError(f"{option} must be {least} or more, but it is {number}.")


def check_out(out: Path, ending: str) -> None:
    """Check before the work, not after it, that the file can be written; ValueError where it cannot."""
    if out.suffix != ending:
        raise ValueError(f"--out must be a file whose name ends with {ending}, but it is {str(out)!r}.")
    if out.is_dir():
        example = out / f"new{ending}"
        raise ValueError(f"--out must be a file, but {out} is a folder: name a file in it, such as {example}.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists():
            out.open("r+b").close()
        else:
            tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise ValueError(
            f"--out must be a file that can be written, but {out} cannot: {error.strerror}. "
            "Name a file in another folder."
        ) from error


def _draw(done: int, total: int, loss: float, seconds: float) -> None:
    bar = "#" * (30 * done // total)
    print(f"\r[{bar:30}] {done}/{total}  loss {loss:.4f}  {seconds:.0f} s", end="", flush=True)
