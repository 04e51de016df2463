"""``avatar knowledge rehearse``: the answers of folders made into sound before they are needed."""

from __future__ import annotations

import sys
from contextlib import closing, suppress

import click

from avatar.apps.messages import tr
from avatar.character import load
from avatar.config import Config
from avatar.errors import ConfigError
from avatar.media import KeepingSynthesizer
from avatar.resources import figure_path
from avatar.runtime.cues import split
from avatar.runtime.voices import Voices
from avatar.voice.dialogue import select as dialogues


def run(folders: tuple[str, ...], config: Config, persona: str) -> None:
    """Make every sentence in the voice of the configured figure; those made before are kept."""
    chain = dialogues.create("faq", persona=persona, knowledge=folders)
    with closing(Voices(config)) as voices, closing(chain):
        voice = voices.of(0, load(figure_path(config.figure)).sex)
        if not isinstance(voice, KeepingSynthesizer):
            click.echo(tr("rehearse_needless", name=voice.name))
            return
        lines = [(split(text)[0], lang) for text, lang in chain.lines()]
        lengths, stopped = list[float](), False
        with click.progressbar(lines, label=voice.name, file=sys.stderr) as bar:
            try:
                for text, lang in bar:
                    with suppress(ConfigError):  # not in this voice's language
                        spoken = list(voice.rehearse(text, lang=lang))
                        lengths.append(sum(speech.audio.duration for speech in spoken))
            except KeyboardInterrupt:
                stopped = True
        told = {"count": len(lengths), "minutes": sum(lengths) / 60, "name": voice.name}
        click.echo(tr("rehearse_done", **told))
        if stopped:
            click.echo(tr("rehearse_stopped"), err=True)
            raise SystemExit(130)
