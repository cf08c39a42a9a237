"""Draws, done again by whoever doubts them."""

from __future__ import annotations

from pathlib import Path

import click

from civic.activities.draw_order import print_of
from civic.activities.draw_sheet import check_sheet
from civic.cli.saying import refusals_told
from civic.kernel.i18n import _


@click.group()
def draw() -> None:
    """Draws of places."""


@draw.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("seed")
@refusals_told
def check(file: Path, seed: str) -> None:
    """Draw the codes of a published FILE again with its SEED; nothing but the two is looked at."""
    count = check_sheet(file.read_text("utf-8-sig"), seed)
    click.echo(_("The order of the %(count)s codes is that of this seed.", count=count))
    click.echo(_("Its SHA-256, which was public before the draw: %(commitment)s", commitment=print_of(seed)))
