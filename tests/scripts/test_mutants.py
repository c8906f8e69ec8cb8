"""Mutants: drawn by a seed, judged by the tests of their file, and found to die where a test looks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.mutants import ROOMS, ROOT, draw, files_of, judges, module_name


def test_every_file_is_judged_by_tests_that_exist() -> None:
    for room in ROOMS:
        for path in files_of(room, ()):
            assert judges(path), path
    assert judges("cnn_core/layers/pool.py")[0] == "tests/cnn_core/layers/test_pool.py"
    assert "tests/cnn_core/test_laws.py" in judges("cnn_core/layers/pool.py")


def test_modules_are_named_as_they_are_imported() -> None:
    assert module_name("cnn_core/layers/pool.py") == "cnn_core.layers.pool"
    assert module_name("cnn_core/layers/__init__.py") == "cnn_core.layers"


def test_the_same_seed_draws_the_same_mutants() -> None:
    first = draw("cnn_core", ["cnn_core/layers"], 9, 4)
    assert first == draw("cnn_core", ["cnn_core/layers"], 9, 4) != draw("cnn_core", ["cnn_core/layers"], 9, 5)
    assert len(set(first)) == 9
    assert all(mutant.path.startswith("cnn_core/layers/") for mutant in first)


def test_what_a_test_looks_at_dies_and_what_none_looks_at_survives(tmp_path: Path) -> None:
    """On a project of two files, judged in processes of their own."""
    (tmp_path / "cnn_core").mkdir()
    (tmp_path / "tests" / "cnn_core").mkdir(parents=True)
    (tmp_path / "cnn_core" / "__init__.py").touch()
    (tmp_path / "cnn_core" / "sums.py").write_text("def seen(a):\n    return a + 1\ndef unseen(a):\n    return a * 2\n")
    (tmp_path / "tests" / "cnn_core" / "test_sums.py").write_text(
        "from cnn_core.sums import seen\n\n\ndef test_seen():\n    assert seen(3) == 4\n"
    )
    program = (
        "from pathlib import Path\nfrom scripts import mutants\nfrom scripts.mutations import mutations\n"
        f"mutants.ROOT = Path({str(tmp_path)!r})\n"
        "mutants.judges = lambda path: ['tests/cnn_core/test_sums.py']\n"
        "source = (mutants.ROOT / 'cnn_core/sums.py').read_text()\n"
        "jobs = [mutants.Mutant('cnn_core/sums.py', mutation) for mutation in mutations(source)]\n"
        "import os, sys\nos.chdir(mutants.ROOT)\nsys.path.insert(0, str(mutants.ROOT))\n"
        "results = mutants.run(['cnn_core/sums.py', *jobs], 2, {})\n"
        "print([results[job][0] for job in ['cnn_core/sums.py', *jobs]])\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    # as it is; a + 1 -> a - 1; 1 -> 2; a * 2 -> a / 2; 2 -> 3
    assert answer.stdout.strip() == "[0, 1, 1, 0, 0]"
