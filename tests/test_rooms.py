"""The architecture, guarded: each rule here is one that a reader of the code may rely on without looking."""

from __future__ import annotations

import ast
import re
import statistics
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 260  # lines of a module; past that there is more than one idea in it


def python_files(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(tree: ast.AST) -> set[str]:
    """Name the top-level packages that a module imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def is_text(node: ast.expr) -> bool:
    """Say whether an operand is text by its looks: then % fills it in, + joins it, and / goes down a folder."""
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"str", "_", "gettext", "ngettext", "lazy_gettext"}
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def is_written_out(node: ast.expr) -> bool:
    """Say whether an expression is a number spelt as a sum or product of numbers, such as 2 * 60 * 60."""
    if isinstance(node, ast.BinOp):
        return is_written_out(node.left) and is_written_out(node.right)
    return isinstance(node, ast.Constant)


COUNTING = {"abs", "divmod", "pow", "round", "sum"}
RECKONING = (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)


def arithmetic(tree: ast.AST) -> Iterator[str]:
    """Find what computes a number: operators on anything but text, the built-in sums, and the modules made for it."""
    for name in sorted(imported(tree) & {"cmath", "decimal", "fractions", "math", "numpy", "operator", "statistics"}):
        yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            operands, line = (node.left, node.right), node.lineno
        elif isinstance(node, ast.AugAssign):
            operands, line = (node.target, node.value), node.lineno
        else:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in COUNTING:
                yield f"line {node.lineno}: {ast.unparse(node)}"
            continue
        if any(is_text(operand) for operand in operands) or all(is_written_out(operand) for operand in operands):
            continue
        # + also joins lists and tuples; with a number beside it, it adds
        adds = isinstance(node.op, ast.Add) and any(
            isinstance(operand, ast.Constant) and isinstance(operand.value, int | float) for operand in operands
        )
        if adds or isinstance(node.op, RECKONING):
            yield f"line {line}: {ast.unparse(node)}"


@pytest.mark.parametrize(
    ("code", "computes"),
    [
        ("width * 2", True),
        ("total / count", True),
        ("index + 1", True),
        ("x -= step", True),
        ("round(value, 3)", True),
        ("import numpy as np", True),
        ("LIFETIME = 2 * 60 * 60", False),
        ("folder / 'static' / 'css'", False),
        ("'%s of %s' % (a, b)", False),
        ("str(WORDS[code]) % values", False),
        ("LANGUAGES + EXTRA", False),
        ("'/' + lang + '/walk'", False),
        ("value: int | None = None", False),
    ],
)
def test_arithmetic_is_recognised(code: str, computes: bool) -> None:
    assert bool(list(arithmetic(ast.parse(code)))) is computes


def test_files_that_know_flask_do_no_arithmetic() -> None:
    found = {}
    for path in python_files("app", "cnn_core"):
        tree = ast.parse(path.read_text("utf-8"))
        if "flask" in imported(tree) and (sums := list(arithmetic(tree))):
            found[named(path)] = sums
    assert found == {}, "computing belongs into cnn_core or into a room without Flask"


def test_core_needs_numpy_and_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"numpy", "cnn_core"}
    found = {}
    for path in python_files("cnn_core"):
        if others := imported(ast.parse(path.read_text("utf-8"))) - allowed:
            found[named(path)] = sorted(others)
    assert found == {}


def test_one_file_knows_flask_babel() -> None:
    knowing = [
        named(path) for path in python_files("app") if "flask_babel" in imported(ast.parse(path.read_text("utf-8")))
    ]
    assert knowing in ([], ["app/web/languages.py"])


def test_modules_are_short() -> None:
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in python_files("app", "cnn_core")}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_modules_open_with_a_sentence() -> None:
    silent = [
        named(path)
        for path in python_files("app", "cnn_core", "scripts", "tests")
        if path.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_no_room_is_a_drawer_for_everything() -> None:
    names = {path.stem for path in python_files("app", "cnn_core")}
    assert names & {"utils", "util", "helpers", "common", "base", "misc"} == set()


def test_every_package_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    there = {
        named(path.parent).replace("/", ".") for path in python_files("app", "cnn_core") if path.name == "__init__.py"
    }
    assert there == set(project["tool"]["setuptools"]["packages"])


FORBIDDEN_IN_TEMPLATES = {
    "an inline style": re.compile(r"\sstyle\s*=", re.I),
    "a <style> element": re.compile(r"<style\b", re.I),
    "a script without a file": re.compile(r"<script\b(?![^>]*\ssrc\s*=)[^>]*>", re.I),
    "an inline handler": re.compile(r"<[^>]*\son\w+\s*=", re.I),
    "hx-on": re.compile(r"\bhx-on\b", re.I),
    "a js: value": re.compile(r"""hx-[\w:-]+\s*=\s*["']\s*(?:js|javascript):""", re.I),
    "a filter in a trigger": re.compile(r"""hx-trigger\s*=\s*(?:"[^"]*\[|'[^']*\[)""", re.I),
}


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ('<p style="color: red">', "an inline style"),
        ("<script>go()</script>", "a script without a file"),
        ('<button onclick="go()">', "an inline handler"),
        ('<div hx-on:click="go()">', "hx-on"),
        ("<a hx-vals='js:{a: 1}'>", "a js: value"),
        ('<a hx-trigger="click[ctrlKey]">', "a filter in a trigger"),
        ('<script src="/static/js/boot.js" defer></script>', None),
        ('<link rel="stylesheet" href="/static/css/shared/walk.css">', None),
        ('<a hx-get="/en/walk/view" hx-trigger="click">', None),
    ],
)
def test_what_the_policy_blocks_is_recognised(markup: str, fault: str | None) -> None:
    assert [name for name, pattern in FORBIDDEN_IN_TEMPLATES.items() if pattern.search(markup)] == (
        [fault] if fault else []
    )


def test_templates_hold_nothing_that_the_policy_blocks() -> None:
    found = [
        f"{named(path)}: {name}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for name, pattern in FORBIDDEN_IN_TEMPLATES.items()
        if pattern.search(re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S))
    ]
    assert found == []


def test_no_url_answers_differently_to_htmx() -> None:
    asked = re.compile(r"\bHX[-_](REQUEST|BOOSTED|TARGET|SOURCE|TRIGGER|CURRENT[-_]URL|HISTORY)", re.I)
    sniffing = [named(path) for path in python_files("app") if asked.search(path.read_text("utf-8"))]
    sniffing += [
        named(path) for path in (ROOT / "templates").rglob("*.html") if "request.headers" in path.read_text("utf-8")
    ]
    assert sniffing == [], "a page URL gives a page and a fragment URL a fragment, whoever asks"


def test_readme_explains_every_setting() -> None:
    tree = ast.parse((ROOT / "app" / "web" / "settings.py").read_text("utf-8"))
    settings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"HOST|PORT|CONVSCOPE_[A-Z_]+", node.value)
    }
    assert {"HOST", "PORT"} <= settings
    table = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("|")]
    explained = {name for line in table for name in re.findall(r"`(HOST|PORT|CONVSCOPE_[A-Z_]+)`", line)}
    assert explained == settings


def packages(*folders: str) -> list[Path]:
    return [path.parent for path in python_files(*folders) if path.name == "__init__.py"]


def test_readme_maps_every_package() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    unmapped = [
        named(path) for path in packages("app", "cnn_core") if not re.search(rf"(?<![a-z]){path.name}/", readme)
    ]
    assert unmapped == [], "the map in the README lacks these"


MOST_MODULES = 14


def test_packages_are_small_and_say_what_they_hold() -> None:
    crowded = {named(path): len(list(path.glob("*.py"))) for path in packages("app", "cnn_core")}
    assert {name: count for name, count in crowded.items() if count > MOST_MODULES + 1} == {}
    silent = [
        named(path)
        for path in packages("app", "cnn_core")
        if len((ast.get_docstring(ast.parse((path / "__init__.py").read_text("utf-8"))) or "").split()) < 8
    ]
    assert silent == []


def test_half_of_all_modules_are_under_a_hundred_lines() -> None:
    lengths = [len(path.read_text("utf-8").splitlines()) for path in python_files("app") if path.name != "__init__.py"]
    assert statistics.median(lengths) < 100


# Modules of app/ that have no test file of their name, under the one that covers them.
COVERED_BY = {
    "tests/app/home/test_routes.py": ("app/home/entrance.py",),
    "tests/app/render/test_figures.py": ("app/render/neighbourhood.py",),
    "tests/app/web/test_security.py": ("app/web/csrf.py",),
    "tests/app/api/test_filter.py": (
        "app/filters/engine/edges.py",
        "app/filters/engine/options.py",
        "app/filters/engine/result.py",
        "app/filters/engine/result_image.py",
        "app/filters/engine/runner.py",
        "app/filters/engine/source.py",
    ),
    "tests/app/api/test_openapi.py": (
        "app/api/operations.py",
        "app/api/schemas.py",
    ),
    "tests/app/api/test_routes.py": (
        "app/api/json_views.py",
        "app/api/lists.py",
    ),
    "tests/app/explain/test_alternatives.py": ("app/explain/shown_maps.py",),
    "tests/app/explain/test_backward.py": (
        "app/explain/of_state.py",
        "app/explain/weighted_sum.py",
    ),
    "tests/app/explain/test_dispatch.py": (
        "app/explain/conv.py",
        "app/explain/dense.py",
        "app/explain/explainer.py",
        "app/explain/pool.py",
        "app/explain/relu.py",
        "app/explain/softmax_loss.py",
    ),
    "tests/app/explain/test_partial_sums.py": ("app/explain/loop_lines.py",),
    "tests/app/filters/download/test_files.py": (
        "app/filters/download/program_templates.py",
        "app/filters/download/programs.py",
        "app/filters/download/routes.py",
        "app/filters/download/scan_gif.py",
    ),
    "tests/app/filters/test_page.py": (
        "app/filters/chain.py",
        "app/filters/engine/edits.py",
        "app/filters/formulas.py",
        "app/filters/kernel_editor.py",
        "app/filters/kernel_gallery.py",
        "app/filters/pixel_terms.py",
        "app/filters/request.py",
        "app/filters/routes.py",
        "app/filters/step_bar.py",
        "app/filters/to_network.py",
        "app/passes/kernel_arrays.py",
    ),
    "tests/app/home/test_page.py": ("app/passes/network_facts.py",),
    "tests/app/passes/test_state.py": (
        "app/passes/network_pass.py",
        "app/passes/pass_cache.py",
        "app/passes/resolve.py",
    ),
    "tests/app/passes/test_tour.py": (
        "app/passes/tour_backward.py",
        "app/passes/tour_forward.py",
        "app/walk/panels/tour.py",
    ),
    "tests/app/scenes/test_filter_scene.py": (
        "app/scenes/chain_text.py",
        "app/scenes/filter_params.py",
        "app/scenes/kernel_text.py",
        "app/scenes/long_values.py",
    ),
    "tests/app/scenes/test_parameter_table.py": ("app/scenes/choice.py",),
    "tests/app/scenes/test_patch_text.py": (
        "app/passes/patch.py",
        "app/walk/panels/patch.py",
    ),
    "tests/app/scenes/test_walk_scene.py": (
        "app/scenes/shared_params.py",
        "app/scenes/walk_params.py",
    ),
    "tests/app/store/test_protocol.py": ("app/store/limits.py",),
    "tests/app/test_main.py": ("app/__main__.py",),
    "tests/app/walk/panels/test_heatmap.py": (
        "app/passes/heatmap_cache.py",
        "app/walk/panels/heatmap_terms.py",
        "app/walk/panels/heatmap_views.py",
    ),
    "tests/app/walk/panels/test_learning_step.py": ("app/passes/optimizers.py",),
    "tests/app/walk/test_page.py": (
        "app/explain/class_list.py",
        "app/walk/cell_grid.py",
        "app/walk/frames.py",
        "app/walk/layer_facts.py",
        "app/walk/picture_choices.py",
        "app/walk/routes.py",
        "app/walk/selected_cell.py",
        "app/walk/strip.py",
        "app/walk/turn.py",
    ),
    "tests/app/web/test_http_cache.py": ("app/web/build_id.py",),
    "tests/app/web/test_languages.py": ("app/web/catalogues.py",),
    "tests/app/web/test_problems.py": (
        "app/filters/problem_texts.py",
        "app/walk/problem_texts.py",
        "app/web/problem_texts.py",
    ),
    "tests/app/web/fragments/test_writer.py": ("app/web/fragments/fragment.py",),
    "tests/app/web/test_settings.py": ("app/web/secret.py",),
}


def test_every_module_has_a_test_of_its_name_or_one_that_covers_it() -> None:
    covered = {module for modules in COVERED_BY.values() for module in modules}
    untested = [
        named(path)
        for path in python_files("app")
        if path.name != "__init__.py"
        and not (ROOT / "tests" / path.relative_to(ROOT).parent / f"test_{path.name}").is_file()
    ]
    assert sorted(set(untested) - covered) == [], "write tests/<folder>/test_<module>.py, or enter it in COVERED_BY"
    assert [test for test in COVERED_BY if not (ROOT / test).is_file()] == []
