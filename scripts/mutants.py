"""Mutation testing: change one operator or constant at a time, and see whether a test notices.

`python -m scripts.mutants --size 100` draws 100 mutants from each of cnn_core/ and app/explain/ and judges each by the
tests that belong to its file. A mutant that no test notices survives; the score is the share of those that do not.

The judging process imports NumPy, PyTorch and pytest once and forks for every mutant; the mutated module is compiled in
memory, so nothing on the disk changes. Survivors include mutants that change nothing (equivalent ones).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import CodeType, ModuleType

from scripts.mutations import Mutation, apply, mutations

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("cnn_core", "app/explain")
PRELOADED = ("numpy", "pytest", "hypothesis", "scipy.ndimage", "torch", "flask", "flask_babel", "bs4", "PIL.Image")
EVERY_LAYER = tuple(f"tests/cnn_core/test_{name}.py" for name in ("laws", "loops", "purity", "network", "pytorch"))
# Tests that belong to a folder beside those of its mirror under tests/: the longest entry that matches counts.
SHARED_TESTS = {
    "app/explain": ("tests/app/explain",),
    "cnn_core": EVERY_LAYER,
    "cnn_core/analysis": ("tests/cnn_core/analysis",),
    "cnn_core/filters": ("tests/cnn_core/filters",),
    "cnn_core/layers": ("tests/cnn_core/layers", *EVERY_LAYER),
    "cnn_core/loops": ("tests/cnn_core/loops", *EVERY_LAYER, "tests/cnn_core/test_loss.py"),
    "cnn_core/samples": ("tests/cnn_core/samples",),
    "cnn_core/training": ("tests/cnn_core/training",),
}
TIMED_OUT = 124


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file."""

    path: str
    mutation: Mutation

    def __str__(self) -> str:
        return f"{self.path}:{self.mutation.line}: {self.mutation.text}"


def module_name(path: str) -> str:
    """The name under which a file is imported: cnn_core/layers/__init__.py is cnn_core.layers."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def judges(path: str, root: Path = ROOT) -> list[str]:
    """The test files that judge a file: first the test of its name, then those of its folder, then the shared ones."""
    folder, _, name = path.rpartition("/")
    first = root / "tests" / folder / f"test_{name}"
    files = [first] if first.is_file() else []
    entry = max((entry for entry in SHARED_TESTS if f"{folder}/".startswith(f"{entry}/")), key=len)
    for named in SHARED_TESTS[entry]:
        at = root / named
        files += sorted(at.rglob("test_*.py")) if at.is_dir() else [at] if at.is_file() else []
    return list(dict.fromkeys(file.relative_to(root).as_posix() for file in files))


class MutatedLoader(importlib.machinery.SourceFileLoader):
    """Compiles a module from its source with one mutation in it."""

    def __init__(self, fullname: str, path: str, mutation: Mutation | None) -> None:
        super().__init__(fullname, path)
        self.mutation = mutation

    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text("utf-8")
        return compile(apply(source, self.mutation), self.path, "exec")


class MutatedFinder(importlib.abc.MetaPathFinder):
    """Finds one module, the mutated one, and leaves all others to the usual finders."""

    def __init__(self, path: str, mutation: Mutation | None) -> None:
        self.name, self.path, self.mutation = module_name(path), ROOT / path, mutation

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        loader = MutatedLoader(fullname, str(self.path), self.mutation)
        return importlib.util.spec_from_file_location(fullname, self.path, loader=loader)


def judge(path: str, mutation: Mutation | None) -> None:
    """Run the tests of a file, with a mutation or none, and exit with pytest's code. Runs in a process of its own."""
    import pytest

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    os.environ["HYPOTHESIS_SHRINK"] = "no"  # tests/conftest.py: that a mutant dies is enough
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.meta_path.insert(0, MutatedFinder(path, mutation))
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-m", "not slow", "--tb=no"]
    code = int(pytest.main([*arguments, *judges(path)]))
    os._exit(code)


def run(jobs: Sequence[Mutant | str], workers: int, limits: dict[str, float]) -> dict[Mutant | str, tuple[int, float]]:
    """Judge mutants, or files as they are where a job is a path. Answers the exit code and the seconds of each."""
    context = multiprocessing.get_context("fork")
    waiting, running = list(reversed(jobs)), dict[BaseProcess, tuple[Mutant | str, float]]()
    results: dict[Mutant | str, tuple[int, float]] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            job = waiting.pop()
            arguments = (job, None) if isinstance(job, str) else (job.path, job.mutation)
            process: BaseProcess = context.Process(target=judge, args=arguments)
            process.start()
            running[process] = job, time.monotonic()
        time.sleep(0.05)
        for process, (job, since) in list(running.items()):
            took = time.monotonic() - since
            path = job if isinstance(job, str) else job.path
            if process.is_alive() and took > limits.get(path, 600):
                process.kill()
                process.join()
                results[job] = TIMED_OUT, took
            elif not process.is_alive():
                process.join()
                results[job] = process.exitcode or 0, took
            else:
                continue
            del running[process]
    return results


def files_of(room: str, only: Sequence[str]) -> list[str]:
    """The modules of a room whose path starts with one of `only` (all, if there is none)."""
    paths = (path.relative_to(ROOT).as_posix() for path in sorted((ROOT / room).rglob("*.py")))
    return [path for path in paths if not only or path.startswith(tuple(only))]


def draw(room: str, only: Sequence[str], size: int, seed: int) -> list[Mutant]:
    """Draw `size` mutants of a room (all of them if it has fewer), the same ones for the same seed and sources."""
    everything = [
        Mutant(path, mutation)
        for path in files_of(room, only)
        for mutation in mutations((ROOT / path).read_text("utf-8"))
    ]
    return random.Random(f"{room} {seed}").sample(everything, min(size, len(everything)))


def main() -> int:
    """Draw, judge and report; fail only where the tests fail without any mutation."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=100, help="mutants of each room (default 100)")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws other mutants")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("only", nargs="*", help="paths or their beginnings, such as cnn_core/layers")
    options = parser.parse_args()
    os.chdir(ROOT)
    for name in PRELOADED:
        if importlib.util.find_spec(name.partition(".")[0]):
            importlib.import_module(name)

    drawn = {room: draw(room, options.only, options.size, options.seed) for room in ROOMS}
    paths = sorted({mutant.path for mutants in drawn.values() for mutant in mutants})
    clean = run(paths, options.workers, {})
    if failing := [str(path) for path, (code, _) in clean.items() if code]:
        print("the tests of these files fail, or there are none, without any mutation:", *failing, sep="\n  ")
        return 1
    limits = {str(path): 3 * took + 10 for path, (_, took) in clean.items()}
    for room, mutants in drawn.items():
        if not mutants:
            continue
        results = run(mutants, options.workers, limits)
        survivors = sorted((str(mutant) for mutant, (code, _) in results.items() if code == 0))
        late = sum(code == TIMED_OUT for code, _ in results.values())
        killed = len(mutants) - len(survivors)
        print(f"{room}: {killed} of {len(mutants)} mutants die ({100 * killed / len(mutants):.0f} %; {late} by time)")
        print(*(f"  survives {survivor}" for survivor in survivors), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
