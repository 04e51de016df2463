"""The doctor: every check answers, every remedy is a command of this system."""

from __future__ import annotations

import subprocess
import sys

import pytest

from avatar.apps import doctor, remedies
from avatar.apps.doctor import Check


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    return doctor.report()


def test_every_look_reports_and_none_breaks(checks):
    names = [check.name for check in checks]
    assert len(names) == len(set(names)) >= 12
    assert not any(check.detail.startswith(("NameError", "TypeError")) for check in checks)


def test_what_was_found_is_one_line(checks):
    for check in checks:
        assert check.detail
        assert "\n" not in check.detail + check.fix


def test_what_is_needed_and_missing_has_a_remedy(checks):
    assert all(check.fix for check in checks if check.needed and not check.ok)


def test_a_broken_look_is_a_finding_and_not_a_crash(monkeypatch):
    def _haunted():
        raise RuntimeError("boo")

    monkeypatch.setattr(doctor, "_LOOKS", (_haunted,))
    assert doctor.report() == [Check("haunted", False, "RuntimeError: boo")]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([Check("a", True, "x")], 0),
        ([Check("a", True, "x"), Check("b", False, "y", "brew install b", needed=False)], 0),
        ([Check("甲乙", False, "y", "apt install b")], 3),
    ],
)
def test_exit_code_and_remedies(monkeypatch, capsys, found, code):
    monkeypatch.setattr(doctor, "report", lambda: found)
    assert doctor.run() == code
    printed = capsys.readouterr().out
    for check in found:
        assert check.name in printed and check.detail in printed
        assert check.ok or check.fix in printed


def test_probe_brings_back_json_and_the_last_line_of_an_error():
    assert doctor.probe("import json; print('noise'); print(json.dumps({'a': 1}))") == (
        {"a": 1},
        "",
    )
    assert doctor.probe("raise ValueError('no such thing')") == ({}, "ValueError: no such thing")
    found, why = doctor.probe("import os; os._exit(9)")
    assert (dict(found), why) == ({}, "ended with code 9")


def test_probe_gives_up_on_what_hangs(monkeypatch):
    monkeypatch.setattr(doctor, "_PROBE_TIMEOUT", 0.5)
    found, why = doctor.probe("import time; time.sleep(60)")
    assert not found and why == "no answer within 0 s"


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("win32", {}, "desktop"),
        ("darwin", {}, "desktop"),
        ("linux", {}, ""),
        ("linux", {"DISPLAY": ":0"}, ":0"),
        ("linux", {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "wayland-0"),
    ],
)
def test_display_by_platform(platform, environ, expected):
    assert doctor.display(platform, environ) == expected


def test_cameras_are_listed_by_each_system_in_its_way(monkeypatch):
    answers = {
        "system_profiler": '{"SPCameraDataType": [{"_name": "FaceTime HD"}]}',
        "powershell": "Integrated Camera\r\nOBS Virtual Camera\r\n",
    }

    def run(command, **_):
        return subprocess.CompletedProcess(command, 0, answers[command[0]], "")

    monkeypatch.setattr(doctor.subprocess, "run", run)
    assert doctor.cameras("darwin") == ["FaceTime HD"]
    assert doctor.cameras("win32") == ["Integrated Camera", "OBS Virtual Camera"]
    assert all(name.startswith("/dev/video") for name in doctor.cameras("linux"))


def test_cameras_survive_a_system_without_the_tool(monkeypatch):
    def absent(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(doctor.subprocess, "run", absent)
    assert doctor.cameras("darwin") == doctor.cameras("win32") == []


def test_extras_by_name_for_this_system_only():
    other = "win32" if sys.platform != "win32" else "linux"
    lines = [
        "numpy>=1.26",
        "av>=14; extra == 'stream'",
        'pyglet<3,>=2.1.19; extra == "window"',
        "soxr>=0.5 ; extra == 'voice'",
        "av>=14; extra == 'all'",
        f"there>=1; (sys_platform == '{other}') and extra == 'voice'",
        f"here>=1; (sys_platform == '{sys.platform}') and extra == 'voice'",
    ]
    assert doctor.extras(lines) == {
        "stream": ["av>=14"],
        "window": ["pyglet<3,>=2.1.19"],
        "voice": ["soxr>=0.5", "here>=1"],
    }


@pytest.mark.parametrize("thing", ["gl", "sound", "espeak", "font", "python"])
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd14"])
def test_every_thing_has_a_remedy_on_every_system(thing, platform):
    assert remedies.remedy(thing, platform, which=lambda _: None)


@pytest.mark.parametrize(
    ("platform", "there", "expected"),
    [
        ("linux", "apt", "sudo apt install espeak-ng"),
        ("linux", "dnf", "sudo dnf install espeak-ng"),
        ("linux", "pacman", "sudo pacman -S espeak-ng"),
        ("linux", "", "sudo apt install espeak-ng"),
        ("darwin", "brew", "brew install espeak-ng"),
        ("win32", "winget", "winget install eSpeak-NG.eSpeak-NG"),
    ],
)
def test_remedy_speaks_the_machines_package_manager(platform, there, expected):
    assert remedies.remedy("espeak", platform, lambda name: name if name == there else None) == (
        expected
    )


def test_the_renderer_and_the_doctor_name_the_same_packages():
    from avatar.render.surface import APT_LINE

    assert remedies.remedy("gl", "linux", lambda _: None) == f"sudo {APT_LINE}"
