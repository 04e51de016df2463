"""``avatar doctor``: what this machine has, what is missing, and the command that fixes it.

Whatever could hang, print or crash (a driver, a sound system) is tried in a process of its own.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from platformdirs import user_cache_path

from avatar import resources
from avatar.apps.messages import tr
from avatar.apps.remedies import remedy

OLDEST_PYTHON: Final = (3, 11)
FREE_SPACE: Final = 500e6
"""Bytes wanted for models and a clip or two."""
_NEEDED_EXTRAS: Final = ("voice", "stream")
_PROBE_TIMEOUT: Final = 60.0
"""s; a first OpenGL context can take seconds on a busy machine."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked for."""

    name: str
    """In the user's language."""
    ok: bool
    detail: str
    """What was found, or why it was not."""
    fix: str = ""
    """The command to run when it is missing."""
    needed: bool = True
    """Whether speaking to a file needs it; the rest is optional."""


def report() -> list[Check]:
    """Look at everything; never raises."""
    checks: list[Check] = []
    for look in _LOOKS:
        try:
            checks += look()
        except Exception as error:
            checks.append(
                Check(look.__name__.strip("_"), False, f"{type(error).__name__}: {error}")
            )
    return checks


def run() -> int:
    """Print the report; 0 when everything needed is here, else 3."""
    checks = report()
    width = max(map(_columns, (check.name for check in checks)))
    for check in checks:
        click.echo(_line(check, width))
    fixes = list(dict.fromkeys(check.fix for check in checks if check.fix and not check.ok))
    if fixes:
        click.echo("\n" + tr("doctor_missing", count=sum(not check.ok for check in checks)))
        click.echo("\n".join(f"  {fix}" for fix in fixes))
    lacking = any(check.needed and not check.ok for check in checks)
    if not lacking:
        click.echo("\n" + tr("doctor_all_well"))
    return 3 if lacking else 0


def _line(check: Check, width: int) -> str:
    absent = "doctor_absent" if check.needed else "doctor_optional"
    mark, colour = ("✓", "green") if check.ok else ("✗" if check.needed else "–", "yellow")
    state = click.style(f"{mark} {tr('doctor_ok' if check.ok else absent)}", fg=colour)
    return f"{check.name}{' ' * (width - _columns(check.name))}  {state}  {check.detail}"


def _columns(text: str) -> int:
    """Terminal columns: a hanzi takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def probe(code: str) -> tuple[Mapping[str, Any], str]:
    """Run ``code`` in a fresh Python; the JSON object it prints last, and why it failed or ''."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PROBE_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {}, f"no answer within {_PROBE_TIMEOUT:.0f} s"
    if done.returncode == 0:
        return json.loads(done.stdout.strip().splitlines()[-1]), ""
    lines = done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"]
    return {}, lines[-1].removeprefix("avatar.errors.")


def _python() -> Iterable[Check]:
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    detail = f"{platform.python_version()} {sys.executable}"
    yield Check(tr("check_python"), ok, detail, remedy("python"))


def _platform() -> Iterable[Check]:
    detail = f"{platform.platform(terse=True)} {platform.machine()}, {os.cpu_count()} cores"
    yield Check(tr("check_platform"), True, detail)


_GL = """
import json
from avatar.render.surface import offscreen
surface = offscreen()
info = surface.ctx.info
print(json.dumps({"renderer": info["GL_RENDERER"], "version": info["GL_VERSION"]}))
"""


def _gl() -> Iterable[Check]:
    found, why = probe(_GL)
    detail = f"{found['renderer']}, {found['version']}" if found else why
    yield Check(tr("check_gl"), bool(found), detail, remedy("gl"))


def display(platform: str, environ: Mapping[str, str]) -> str:
    """The display a window would open on, or ''."""
    if platform in ("win32", "darwin"):
        return "desktop"
    return environ.get("WAYLAND_DISPLAY") or environ.get("DISPLAY") or ""


def _display() -> Iterable[Check]:
    shown = display(sys.platform, os.environ)
    fix = "" if shown else "avatar say TEXT -o FILE"
    yield Check(tr("check_display"), bool(shown), shown or "no DISPLAY", fix, needed=False)


_SOUND = """
import json, sounddevice
devices = sounddevice.query_devices()
print(json.dumps({side: [device["name"] for device in devices if device[f"max_{side}_channels"]]
                  for side in ("input", "output")}))
"""


def _sound() -> Iterable[Check]:
    found, why = probe(_SOUND)
    for key, side in (("check_speaker", "output"), ("check_microphone", "input")):
        names = list(found.get(side, ()))
        fix = remedy("sound") if why else ""
        yield Check(tr(key), bool(names), "; ".join(names[:3]) or why or "-", fix, needed=False)


def cameras(platform: str) -> list[str]:
    """Names of the cameras the system lists, without opening one."""
    if platform == "darwin":
        listed = _output("system_profiler", "SPCameraDataType", "-json")
        return [item["_name"] for item in json.loads(listed or "{}").get("SPCameraDataType", [])]
    if platform == "win32":
        query = "Get-PnpDevice -Class Camera -Status OK | ForEach-Object FriendlyName"
        return _output("powershell", "-NoProfile", "-Command", query).splitlines()
    return [path.as_posix() for path in sorted(Path("/dev").glob("video*"))]


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _camera() -> Iterable[Check]:
    names = cameras(sys.platform)
    yield Check(tr("check_camera"), bool(names), "; ".join(names) or "-", needed=False)


_ESPEAK = """
import json
from avatar.voice.tts.espeak import EspeakSynthesizer
voice = EspeakSynthesizer()
print(json.dumps({"name": voice.name, "languages": voice.capabilities.languages}))
"""


def _espeak() -> Iterable[Check]:
    found, why = probe(_ESPEAK)
    detail = f"{found['name']}, {' '.join(found['languages'])}" if found else why
    yield Check(tr("check_espeak"), bool(found), detail, remedy("espeak"))


_KOKORO = """
import json
from avatar.voice.tts.kokoro import KokoroSynthesizer
print(json.dumps({"name": KokoroSynthesizer().name}))
"""


def _kokoro() -> Iterable[Check]:
    found, why = probe(_KOKORO)
    name = str(found.get("name", why))
    yield Check(tr("check_kokoro"), bool(found), name, "avatar fetch kokoro", needed=False)


def _figures() -> Iterable[Check]:
    names = ", ".join(resources.figures())
    yield Check(tr("check_figures"), bool(names), names or "-", f"{_pip()} --force-reinstall .")


_VIDEO = """
import json, av
found = []
for name in ("libx264", "libvpx-vp9", "aac"):
    try:
        found.append(av.codec.Codec(name, "w").name)
    except av.codec.codec.UnknownCodecError:
        pass
print(json.dumps({"av": av.__version__, "codecs": found}))
"""


def _video() -> Iterable[Check]:
    found, why = probe(_VIDEO)
    codecs = list(found.get("codecs", ()))
    detail = f"av {found['av']}: {', '.join(codecs)}" if found else why
    yield Check(tr("check_video"), len(codecs) == 3, detail, f"{_pip()} --upgrade av")


def _disk() -> Iterable[Check]:
    folder = user_cache_path("avatar-engine", appauthor=False)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    yield Check(tr("check_disk"), free > FREE_SPACE, f"{free / 1e9:.1f} GB, {folder}", needed=False)


def extras(requirements: Iterable[str]) -> dict[str, list[str]]:
    """Requirement strings by extra, from the ``Requires-Dist`` lines of a package.

    Those meant for other systems are left out, and so is ``all``, the sum of the rest.
    """
    found: dict[str, list[str]] = {}
    for line in requirements:
        requirement, _, marker = line.partition(";")
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", marker)
        if extra and extra[1] != "all" and _applies(marker, extra[1]):
            found.setdefault(extra[1], []).append(requirement.strip())
    return found


def _applies(marker: str, extra: str) -> bool:
    """Whether an environment marker holds here; taken for true without ``packaging``."""
    try:
        from packaging.markers import Marker
    except ImportError:
        return True
    return Marker(marker).evaluate({"extra": extra})


def _installed(requirement: str) -> bool:
    name = re.match(r"[\w.-]+", requirement)
    try:
        importlib.metadata.version(name[0] if name else requirement)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _extras() -> Iterator[Check]:
    wanted = extras(importlib.metadata.requires("avatar-engine") or ())
    for extra, requirements in wanted.items():
        missing = [requirement for requirement in requirements if not _installed(requirement)]
        command = " ".join([_pip(), *(f'"{requirement}"' for requirement in missing)])
        detail = ", ".join(missing or requirements)
        yield Check(
            tr("check_extra", extra=extra), not missing, detail, command, extra in _NEEDED_EXTRAS
        )


def _pip() -> str:
    """The pip of this very Python, named so that it is found whatever is on the PATH."""
    here = Path(sys.executable)
    found = shutil.which("python")
    same = found is not None and Path(found).parent == here.parent
    return f"{'python' if same else here} -m pip install"


_LOOKS: Final[tuple[Callable[[], Iterable[Check]], ...]] = (
    _python, _platform, _gl, _display, _sound, _camera, _espeak, _kokoro, _figures,
    _video, _disk, _extras,
)  # fmt: skip
