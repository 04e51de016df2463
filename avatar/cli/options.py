"""The options that verbs share, and the settings made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from avatar.apps.messages import tr
from avatar.config import LIGHTS, QUALITIES, VIEWS, Config, load_config
from avatar.errors import ConfigError


def stage_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every verb that shows a figure; only those given reach the Config."""
    options = [
        click.option("--figure", metavar="NAME|FILE", help=tr("opt_figure")),
        click.option("--voice", metavar="NAME", help=tr("opt_voice")),
        click.option("--lang", type=click.Choice(["auto", "zh", "en"]), help=tr("opt_lang")),
        click.option("--size", metavar="WxH", help=tr("opt_size")),
        click.option("--fps", type=float, help=tr("opt_fps")),
        click.option("--background", metavar="WHAT", help=tr("opt_background")),
        click.option("--captions/--no-captions", default=None, help=tr("opt_captions")),
        click.option("--quality", type=click.Choice(QUALITIES), help=tr("opt_quality")),
        click.option("--light", type=click.Choice(LIGHTS), help=tr("opt_light")),
        click.option("--view", type=click.Choice(VIEWS), help=tr("opt_view")),
        click.option("--emotion", metavar="NAME", help=tr("opt_emotion")),
        click.option("--lexicon", metavar="FILE", help=tr("opt_lexicon")),
        click.option("--label/--no-label", default=None, help=tr("opt_label")),
        click.option("--seed", type=int, help=tr("opt_seed")),
        click.option("--set", "assignments", multiple=True, metavar="K=V", help=tr("opt_set")),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def talk_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every verb that answers."""
    options = [
        click.option("--recognizer", default="auto", metavar="NAME", help=tr("opt_recognizer")),
        click.option("--dialogue", default="auto", metavar="NAMES", help=tr("opt_dialogue")),
        click.option("--knowledge", multiple=True, metavar="FOLDER", help=tr("opt_knowledge")),
        click.option("--persona", default="mei", metavar="NAME|FILE", help=tr("opt_persona")),
        click.option("--log", type=click.Path(path_type=Path), metavar="FILE", help=tr("opt_log")),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def configured(settings: dict[str, Any]) -> Config:
    """Defaults, the user's file, then the options given."""
    assignments = settings.pop("assignments", ())
    values = {key: value for key, value in settings.items() if value is not None}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ConfigError(f"--set {assignment!r}: write it as key=value")
        values[key.strip()] = _literal(text.strip())
    return load_config(None, values)


def _literal(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def weights(expressions: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for expression in expressions:
        name, equals, value = expression.partition("=")
        try:
            found[name] = float(value) if equals else 1.0
        except ValueError:
            raise ConfigError(f"--expression {expression!r}: write it as NAME=0.8") from None
    return found
