"""``avatar capture`` of a file into a file, in the file's own time; or without a picture at all."""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import TYPE_CHECKING, Final

import click
import numpy as np

from avatar.apps.capture_picture import Pane, beside
from avatar.apps.capture_sources import Outputs, Sources, keep_known, open_capture, say_on
from avatar.apps.capture_voice import Ears, RecordedVoice, lips_of, recorded_voice
from avatar.apps.messages import tr
from avatar.capture.perform import Capture
from avatar.character import load
from avatar.clock import Clock, MonotonicClock
from avatar.config import Config
from avatar.devices.audio import SilentSpeaker
from avatar.media import Landmarks, VideoFrame
from avatar.output.sinks import open_sink
from avatar.resources import figure_path
from avatar.runtime.performer import Performer
from avatar.runtime.session import Session

if TYPE_CHECKING:
    from avatar.apps.capture import Options

_FOREVER: Final = 1e9
_LARGE: Final = 0.45
"""Part of the picture's height that a face takes which fills it."""
_RATE: Final = 60.0
"""Poses per second sent in real time, Hz."""


def film(config: Config, options: Options) -> None:
    """Draw the figure for every picture of a video."""
    voice = recorded_voice(options)
    capture = open_capture(options, fast=True)
    try:
        _draw(config, options, capture, voice)
    except KeyboardInterrupt:
        click.echo("\n" + tr("interrupted", path=options.output), err=True)
        raise SystemExit(130) from None
    finally:
        capture.close()
    click.echo(tr("saved", path=options.output))


def _draw(config: Config, options: Options, capture: Capture, voice: RecordedVoice | None) -> None:
    assert options.output is not None
    width, height = config.size
    size = (width // 4 * 2, height) if options.side_by_side else config.size
    whole = (2 * size[0], height) if options.side_by_side else size
    fps = min(max(capture.camera.fps, 1.0), 240.0)
    config = config.with_values({"size": list(size), "fps": fps})
    pane = Pane(size, mirror=options.mirrored)
    capture.until(0.0)
    if "view" not in options.given and fills(capture.seen):
        config = config.with_values({"view": "close"})
    with Session(config=config) as session:
        capture.solver.rest = session.performers[0].rest
        session.performers[0].add(capture.driver)
        capture.driver.paused = True  # hair and cloth hang before the first picture
        session.settle()
        capture.driver.paused = False
        if voice is not None:
            mode = lips_of(options, live=False)
            session.performers[0].add(voice.lips(capture, mode, session.clock.now()))
        frames = session.frames(_FOREVER)
        with open_sink(
            options.output, whole, fps, label=session.provenance, quick=config.quality == "draft"
        ) as sink:
            for index in itertools.count():
                if not capture.until(index / fps):
                    break
                pixels = next(frames).pixels
                if options.side_by_side and capture.frame is not None:
                    seen = pane.fit(capture.frame, capture.seen, points=options.show_landmarks)
                    pixels = beside(seen, pixels)
                sink.video(VideoFrame(index / fps, pixels))
                for chunk in voice.until((index + 1) / fps) if voice is not None else ():
                    sink.audio(chunk)
                _progress(index / fps)
    click.echo("", err=True)


def fills(seen: Landmarks | None) -> bool:
    """Whether the face fills the camera's picture, so that the figure is best seen as close."""
    if seen is None or not len(seen.points):
        return False
    return float(np.ptp(seen.points[:, 1])) > _LARGE


def perform(config: Config, options: Options) -> None:
    """Move the figure without drawing it: into a take, a motion file, or to another program."""
    live = not options.is_file or (bool(options.send) and not options.fast)
    clock = MonotonicClock() if live else None
    capture = open_capture(options, fast=not live, clock=clock)
    performer = Performer(load(figure_path(config.figure)), seed=config.seed)
    rest = capture.solver.rest = performer.rest
    sources = Sources(capture, options, rest)
    say_on(capture)
    try:
        with Outputs(options, rest) as outputs, contextlib.suppress(KeyboardInterrupt):
            if clock is not None:
                _live(options, capture, performer, sources, outputs, clock)
            else:
                _told(options, capture, performer, sources, outputs)
    finally:
        sources.close()
        capture.close()
        click.echo("", err=True)
    keep_known(options, capture)
    if options.output is not None:
        click.echo(tr("saved", path=options.output))


def _told(
    options: Options, capture: Capture, performer: Performer, sources: Sources, outputs: Outputs
) -> None:
    """Every moment of a file, with its sound."""
    voice = recorded_voice(options)
    performer.add(sources.arbiter)
    if voice is not None:
        performer.add(voice.lips(capture, lips_of(options, live=False)))
    fps = capture.camera.fps
    for index in itertools.count():
        if not capture.until(index / fps):
            return
        _hand_on(index / fps, performer, sources, outputs)
        for chunk in voice.until((index + 1) / fps) if voice is not None else ():
            outputs.audio(chunk)


def _live(
    options: Options, capture: Capture, performer: Performer, sources: Sources, outputs: Outputs,
    clock: Clock,
) -> None:  # fmt: skip
    """Moments as they pass, with what is heard, until the camera ends."""
    speaker = SilentSpeaker(clock)
    ears = Ears(options, capture, clock, performer, sources.arbiter, clock, speaker)
    capture.start()
    try:
        while capture.running:
            _hand_on(clock.now(), performer, sources, outputs)
            ears.step(outputs)
            time.sleep(1 / _RATE)
    finally:
        ears.close()


def _hand_on(t: float, performer: Performer, sources: Sources, outputs: Outputs) -> None:
    shown = performer.pose(t)
    outputs.pose(sources.captured, shown)
    _progress(t)


_said = [-1.0]


def _progress(t: float) -> None:
    if t - _said[0] >= 1 or t < _said[0]:
        _said[0] = t
        click.echo(f"\r{t:.0f} s", nl=False, err=True)
