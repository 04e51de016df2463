"""The public face: what ``import avatar`` offers, and how little it loads."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import avatar

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "avatar").rglob("*.py")
)
BASE = {"numpy", "moderngl", "glcontext", "PIL", "click", "tomlkit", "platformdirs", "colorama"}
"""Importable at the top of a module: the base dependencies and what they bring."""


def python(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("name", avatar.__all__)
def test_every_public_name_is_there(name):
    assert getattr(avatar, name) is not None


def test_public_names_are_sorted_and_listed():
    assert list(avatar.__all__) == sorted(avatar.__all__)
    assert set(dir(avatar)) == set(avatar.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = avatar.nonsense


def test_version_is_the_projects():
    assert avatar.__version__ == PROJECT["project"]["version"]


def test_package_is_marked_as_typed():
    assert (ROOT / "avatar" / "py.typed").is_file()


def test_import_loads_numpy_and_nothing_heavier():
    code = """
import sys, json
before = set(sys.modules)
import avatar
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps(sorted(loaded - set(sys.stdlib_module_names))))
"""
    assert set(json.loads(python(code))) <= {"avatar", "numpy"}


BLOCKED_IMPORT = """
import builtins, ctypes, ctypes.util, importlib, importlib.metadata, sys, json, threading
import numpy, moderngl, PIL.Image, click, tomlkit, platformdirs
base, platform, modules = json.loads(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
allowed = {*base, "avatar", *sys.stdlib_module_names}

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ModuleNotFoundError(f"{name} is hidden", name=name)
        return None

def refuse(*arguments, **keywords):
    raise AssertionError(f"a library is loaded at import: {arguments}")

for name in modules:  # the standard library's own modules load on the real platform
    importlib.import_module(name)
for name in [name for name in sys.modules if name.partition(".")[0] == "avatar"]:
    del sys.modules[name]
for name in [name for name in sys.modules if name.partition(".")[0] not in allowed]:
    if not name.startswith(("_", "cython_runtime")):
        del sys.modules[name]
sys.meta_path.insert(0, Absent())
for loader in ("CDLL", "WinDLL", "OleDLL", "PyDLL"):
    setattr(ctypes, loader, refuse)
ctypes.cdll.LoadLibrary = refuse
ctypes.util.find_library = refuse
threading.Thread.start = refuse
sys.platform = platform
for name in modules:
    importlib.import_module(name)
"""


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_every_module_imports_anywhere_with_nothing_optional_and_no_library(platform):
    """Optional packages hidden, native libraries and threads refused, the platform's name set."""
    python(BLOCKED_IMPORT, json.dumps(sorted(BASE)), platform, json.dumps(MODULES))


def absolute_imports(path: Path) -> set[str]:
    """Top-level packages that a module imports when it is itself imported."""
    tree = ast.parse(path.read_text("utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.name for node in top if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in top if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def test_nothing_optional_is_imported_at_the_top_of_a_module():
    known = BASE | {"avatar"} | set(sys.stdlib_module_names)
    offenders = {
        path.relative_to(ROOT).as_posix(): sorted(extra)
        for path in (ROOT / "avatar").rglob("*.py")
        if (extra := absolute_imports(path) - known)
    }
    assert offenders == {}


def test_every_registered_plugin_is_a_real_class():
    from avatar.plugins import GROUPS, found

    for group in PROJECT["project"]["entry-points"]:
        assert group.removeprefix("avatar.") in GROUPS
    for group in GROUPS:
        for name, entry in found(group).items():
            assert callable(entry.load()), f"{group}/{name}"


def test_extras_name_every_optional_package_once():
    extras = PROJECT["project"]["optional-dependencies"]
    everything = extras["all"][0]
    assert everything.startswith("avatar-engine[")
    assert set(everything.removeprefix("avatar-engine[").rstrip("]").split(",")) == set(extras) - {
        "all"
    }


def test_no_lazy_name_is_hidden_by_a_module_of_the_same_name() -> None:
    """Importing ``avatar.x.y`` sets ``y`` on ``avatar.x``: a function ``y`` there would be lost."""
    import avatar.character
    import avatar.render

    for package in (avatar, avatar.character, avatar.render):
        folder = Path(next(iter(package.__path__)))
        modules = {path.stem for path in folder.iterdir()}
        assert not modules & set(package.__all__), package.__name__
