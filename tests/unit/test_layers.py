"""The import contracts of pyproject.toml, and that ARCHITECTURE.md tells the same order."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
    "contracts"
]
OPTIONAL = ("moderngl", "glcontext", "pyglet")


@pytest.fixture(scope="module")
def report():
    """What ``lint-imports`` says of every contract, asked once."""
    command = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run(
        [command, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    return told.stdout + told.stderr


@pytest.mark.parametrize("name", [contract["name"] for contract in CONTRACTS])
def test_contract_holds(report, name):
    assert re.search(rf"^{re.escape(name)} KEPT", report, re.MULTILINE), report


def linted_layers() -> list[set[str]]:
    layers = next(contract["layers"] for contract in CONTRACTS if contract["id"] == "layers")
    return [{part.strip(" ()") for part in layer.split("|")} for layer in layers]


def test_architecture_tells_the_linted_order():
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith("`cli -> apps"))
    told = [set(re.findall(r"\w+", layer)) for layer in line.strip("`").split("->")]
    assert told == linted_layers()


def test_every_module_has_its_layer():
    modules = {path.stem for path in (ROOT / "avatar").glob("*.py") if path.stem != "__init__"}
    packages = {path.parent.name for path in (ROOT / "avatar").glob("*/__init__.py")}
    assert modules | packages <= set.union(*linted_layers())


def required_packages(path: Path) -> set[str]:
    """Packages a file asks ``plugins.require`` for."""
    calls = ast.walk(ast.parse(path.read_text("utf-8")))
    return {
        call.args[0].value.partition(".")[0]
        for call in calls
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) == "require"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_only_render_requires_the_gpu_packages():
    outside = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "avatar").rglob("*.py")
        if "render" not in path.parts and required_packages(path) & set(OPTIONAL)
    ]
    assert outside == []
