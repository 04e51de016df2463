"""``make`` on machines that lack things: it says what to do, or does it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("make") is None, reason="make is for Linux and macOS"
)


@pytest.fixture
def machine(tmp_path):
    """A PATH with the plainest tools, and whatever Pythons a test puts there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "make", "touch", "uname", "awk"):
        found = shutil.which(name)
        assert found
        (programs / name).symlink_to(found)
    return programs


def python(machine: Path, name: str, body: str) -> None:
    script = machine / name
    script.write_text(f"#!{shutil.which('bash')}\n{body}\n")
    script.chmod(0o755)


def make(machine: Path, *words: str) -> subprocess.CompletedProcess[str]:
    venv = machine.parent / "venv"
    return subprocess.run(
        [str(machine / "make"), "-C", str(ROOT), f"VENV={venv}", *words],
        env={"PATH": str(machine), "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("pythons", [[], ["python3"], ["python3", "python3.13"]])
def test_without_a_recent_python_one_line_says_what_to_install(machine, pythons):
    for name in pythons:
        python(machine, name, "exit 1  # too old, or without venv")
    done = make(machine, "install")
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert "Python 3.11" in said[0] and "python3-venv" in said[0]
    assert not (machine.parent / "venv").exists()


def test_the_newest_python_that_runs_makes_the_venv(machine):
    python(machine, "python3.13", "exit 127  # a shim of a version that is not switched on")
    python(machine, "python3", "exit 1  # old")
    python(machine, "python3.12", '[ "$1" = -c ] || { echo "made by 3.12: $*"; exit 1; }')
    done = make(machine, "install")
    assert "made by 3.12: -m venv" in done.stdout


def test_a_python_of_ones_own_choice_comes_first(machine):
    python(machine, "python3.13", '[ "$1" = -c ] || { echo "made by 3.13"; exit 1; }')
    python(machine, "mine", '[ "$1" = -c ] || { echo "made by mine"; exit 1; }')
    assert "made by mine" in make(machine, "install", "PYTHON=mine").stdout


def test_help_lists_every_target(machine):
    listed = make(machine).stdout
    for target in ("demo", "test", "bench", "bake", "clean"):
        assert f"make {target} " in listed
