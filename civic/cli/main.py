"""The commands, in groups."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from civic.activities.imports import Outcome, Preview, import_activities, preview_import
from civic.activities.sheet import parse_rows, read_sheet
from civic.cli import demo, draws, people, upkeep
from civic.cli.saying import refusals_told
from civic.core import create_core
from civic.kernel.actor import SYSTEM
from civic.kernel.db import db, session, transaction
from civic.kernel.i18n import _
from civic.migrations import running
from civic.organisations.models import Organisation
from civic.programme.services import seed_programme
from config import ConfigError


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Manage the site from the command line."""
    try:
        app = create_core()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    context.with_resource(app.app_context())


@main.group("db")
def database() -> None:
    """The database."""


@database.command()
def upgrade() -> None:
    """Bring the database to the newest schema."""
    running.upgrade(db.engine)


@main.group("import")
def imports() -> None:
    """Bring in data from files."""


@imports.command("activities")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", "slug", help="Whose activities they are, where the file does not say (its slug).")
@click.option("--publish", is_flag=True, help="Publish what is new.")
@click.option("--preview", "only_preview", is_flag=True, help="Only show what would happen.")
@refusals_told
def import_file(file: Path, slug: str | None, publish: bool, only_preview: bool) -> None:
    """Import activities from a CSV or XLSX file: all or nothing; the same file again changes nothing."""
    sheet = read_sheet(file.name, file.read_bytes())
    if sheet.errors:
        raise click.ClickException("\n".join(error.sentence(_) for error in sheet.errors))
    rows = parse_rows(sheet)
    default = session().query(Organisation.id).filter_by(slug=slug).scalar() if slug else None
    if slug and default is None:
        raise click.ClickException(_("We do not know this organisation, or you cannot write for it."))
    preview = preview_import(rows, None, default)
    _print_preview(preview)
    if not preview.can_import:
        sys.exit(1)
    if only_preview:
        return
    with transaction():
        changed = import_activities(SYSTEM, preview_import(rows, None, default), publishes=publish)
    click.echo(_("%(count)s activities written.", count=changed))


@imports.command()
def programme() -> None:
    """Bring in the city's actions, quartieri, zone and places; once more brings them up to date."""
    with transaction():
        seed_programme(SYSTEM)
    click.echo("programme, quartieri, zone and places are as their files say")


_MARKS = {Outcome.NEW: "+", Outcome.WORDS: "~", Outcome.SAME: "=", Outcome.WRONG: "!"}


def _print_preview(preview: Preview) -> None:
    for row in preview.rows:
        click.echo(f"{_MARKS[row.outcome]} {row.line:>4}  {row.title}")
        for problem in (*row.errors, *row.notes):
            click.echo(f"        {problem.sentence(_, row.line)}")
    counts = {outcome: preview.count(outcome) for outcome in Outcome}
    click.echo(
        _(
            "%(new)s new, %(words)s with new words, %(same)s unchanged, %(wrong)s with errors.",
            **{outcome.value: number for outcome, number in counts.items()},
        )
    )


for group in (demo.demo, draws.draw, people.people, upkeep.outbox, upkeep.audit, upkeep.mail):
    main.add_command(group)
