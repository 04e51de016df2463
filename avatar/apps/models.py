"""``avatar fetch``: list the models, or download some with a progress bar and their licence."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

from avatar import fetch
from avatar.apps.messages import tr


def run(names: Sequence[str]) -> None:
    """Fetch the models called ``names`` (also ``zh``, ``en``, ``all``); without names list all."""
    if not names:
        for model in fetch.manifest().values():
            mark = "✓" if fetch.is_fetched(model.name) else "·"
            click.echo(f"{mark} {model.name:14} {model.size / 1e6:6.1f} MB  {model.about}")
            click.echo(f"{'':20}{model.licence}")
        return
    for model in fetch.select(names):
        if fetch.is_fetched(model.name):
            _convert(model)
            click.echo(tr("model_present", name=model.name, path=fetch.path(model.name).parent))
            continue
        size = model.size / 1e6
        click.echo(tr("model_fetching", name=model.name, size=size, licence=model.licence))
        _fetch(model)
        _convert(model)
        click.echo(tr("model_fetched", name=model.name, path=fetch.path(model.name).parent))


def _convert(model: fetch.Model) -> None:
    """Make what is run from what was fetched, where that is not the same."""
    if model.convert:
        module, _, function = model.convert.partition(":")
        getattr(importlib.import_module(module), function)(model.name)


def _fetch(model: fetch.Model) -> None:
    with click.progressbar(length=model.size, label=model.name, file=sys.stderr) as bar:
        latest: dict[str, int] = {}

        def report(what: str, done: int, size: int) -> None:
            latest[what] = done
            bar.update(max(0, min(sum(latest.values()), model.size) - bar.pos))

        fetch.fetch(model.name, report)
