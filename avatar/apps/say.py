"""Speak a text into a file with a progress bar, or in a window."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from avatar.apps.live import can_open_window
from avatar.apps.messages import tr
from avatar.config import Config
from avatar.errors import ConfigError
from avatar.output.captions import write_webvtt
from avatar.runtime.session import TAIL, Session
from avatar.runtime.speaking import Utterance


def run(config: Config, text: str, output: Path | None, webvtt: Path | None) -> None:
    """Say ``text`` into ``output``, or in a window when there is none."""
    if output is None and not can_open_window():
        output = Path("avatar.webm" if config.background == "transparent" else "avatar.mp4")
        click.echo(tr("no_display", path=output))
    if output is None:
        from avatar.apps.host import speak_in_window

        speak_in_window(config, text)
        return
    write(config, text, output, webvtt)


def write(config: Config, text: str, output: Path, webvtt: Path | None = None) -> None:
    """Write the clip; Ctrl-C keeps what is there and leaves it playable."""
    if config.background == "transparent" and output.suffix.lower() in {".mp4", ".mov"}:
        raise ConfigError(tr("alpha_needs_webm", path=output))
    with Session(config=config) as session:
        _announce(session)
        utterance = session.say(text)
        try:
            with click.progressbar(length=1000, label=tr("busy_making"), file=sys.stderr) as bar:
                session.write(output, lambda t: _update(bar, progress(utterance, t)))
                _update(bar, 1.0)
        except KeyboardInterrupt:
            click.echo("\n" + tr("interrupted", path=output), err=True)
            raise SystemExit(130) from None
        if webvtt is not None:
            write_webvtt(webvtt, session.captions)
    click.echo(tr("saved", path=output))


def _announce(session: Session) -> None:
    """Make the voice, and say which one it is and why."""
    session.voice()
    if session.voice_reason:
        click.echo(session.voice_reason, err=True)


def _update(bar: Any, done: float) -> None:
    step = round(1000 * done) - bar.pos
    if step > 0:
        bar.update(step)


def progress(utterance: Utterance, t: float) -> float:
    """How much of the clip is drawn at ``t`` (s), 0..1, by the text spoken so far."""
    if utterance.started is None or utterance.end is None or not utterance.spoken:
        return 0.0
    made = utterance.end - utterance.started
    whole = made * max(1.0, len(utterance.text) / utterance.spoken)
    return min(1.0, t / (utterance.started + whole + TAIL))
