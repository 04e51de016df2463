"""``avatar view``: look at a figure in a window, or write a still."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from avatar.apps.messages import tr
from avatar.config import Config
from avatar.output.png import write_png
from avatar.output.provenance import Provenance
from avatar.pose import FaceShape
from avatar.runtime.manual import ManualDriver, check_expressions
from avatar.runtime.session import Session

_LIDS: Final = ("eyeBlinkLeft", "eyeBlinkRight")


def run(
    config: Config, shot: Path | None, expressions: Mapping[str, float], gesture: str | None = None
) -> None:
    """Open the figure named by ``config``, or write one picture of it to ``shot``.

    ``gesture`` is made once in the window; the picture shows its stroke.
    """
    if shot is None:
        from avatar.apps.inspector import inspect

        inspect(config, expressions, gesture)
        return
    still(config, shot, expressions, gesture)
    click.echo(tr("saved", path=shot))


def still(
    config: Config, shot: Path, expressions: Mapping[str, float], gesture: str | None = None
) -> None:
    """Write one picture, posed at rest or in the stroke of ``gesture``.

    The AI label is in its metadata, not on the face.
    """
    with Session(config=config.with_values({"label": False, "fps": 30.0})) as session:
        performer = session.performers[0]
        checked = check_expressions(performer.character, expressions)
        held = ManualDriver(dict.fromkeys(_LIDS, 0.0) | checked)
        performer.add(held)
        session.settle()
        if gesture is not None:
            session.gesture(gesture)
            shown = performer.gestures.sample(performer.gestures.shown)
            for name in _LIDS:  # no chance blink, but the gesture's own lowered lids
                if shown is not None and name not in checked:
                    held.set(name, float(shown.weight[FaceShape[name]]))
            session.settle(performer.gestures.shown - session.clock.now())
        label = Provenance(config.provider) if config.label else None
        write_png(shot, session.frame().pixels, label)
