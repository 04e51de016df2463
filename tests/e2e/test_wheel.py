"""The wheel carries what the package needs, and works outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import json, avatar
from avatar import resources
from avatar.plugins import found
print(json.dumps({
    "package": avatar.__file__,
    "shaders": str(resources.shaders_dir()),
    "glsl": len(list(resources.shaders_dir().glob("*.vert"))),
    "figures": {name: str(path) for name, path in resources.figures().items()},
    "manifest": (resources.models_dir() / "manifest.toml").is_file(),
    "voices": sorted(found("synthesizers")),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "-w", str(folder), "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode and not os.environ.get("AVATAR_REQUIRE_ALL"):
        pytest.skip(f"the wheel cannot be built without a network: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A Python that has the wheel, and the dependencies of the Python that runs the tests."""
    home = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    scripts = sysconfig.get_path("scripts", "venv", {"base": str(home)})
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return Path(scripts) / Path(sys.executable).name


@pytest.fixture(scope="module")
def probe(installed, tmp_path_factory) -> dict:
    command = [str(installed), "-c", PROBE]
    folder = tmp_path_factory.mktemp("elsewhere")
    return json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout)


def test_wheel_is_for_any_system(wheel):
    assert wheel.name.endswith("-py3-none-any.whl")


def test_wheel_carries_licence_and_notice(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert sum(name.endswith(("licenses/LICENSE", "licenses/NOTICE")) for name in names) == 2


def test_wheel_carries_every_source_and_nothing_else(wheel):
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    sources = {
        p.relative_to(ROOT).as_posix()
        for p in (ROOT / "avatar").rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assets = {
        f"avatar/_assets/{p.relative_to(ROOT).as_posix()}"
        for folder in ("shaders", "models")
        for p in (ROOT / folder).rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert names == sources | assets


def test_files_are_found_inside_the_installed_package(probe, installed):
    package = Path(probe["package"]).parent
    assert installed.parents[1] in package.parents
    assert Path(probe["shaders"]) == package / "_assets" / "shaders"
    assert probe["glsl"] > 0 and probe["manifest"]
    assert set(probe["figures"]) >= {"mei", "ming"}
    assert all(Path(path).is_relative_to(package) for path in probe["figures"].values())


def test_plugins_are_registered_by_the_installed_package(probe):
    assert set(probe["voices"]) >= {"espeak", "kokoro", "pyttsx3"}


@pytest.mark.gl
def test_the_installed_package_speaks(installed, tmp_path):
    arguments = ["--size", "320x180", "--quality", "draft", "--voice", "espeak"]
    code = "from avatar.cli import main; main()"
    command = [str(installed), "-c", code, "say", "Hello. 你好。", "-o", "out.mp4", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mp4").stat().st_size > 1000
