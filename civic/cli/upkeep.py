"""What who runs the site looks at now and then: events that were given up, the audit, addresses no longer written to."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import BinaryIO

import click
from dns.exception import DNSException

from civic.accounts.rules import normalise_email
from civic.audit.services import find_broken_seal
from civic.kernel import clock
from civic.kernel.actor import SYSTEM
from civic.kernel.db import transaction
from civic.notifications import bounces, mail_check, operating, suppressions
from civic.notifications.bounces import Outcome
from civic.outbox import draining


@click.group()
def outbox() -> None:
    """What others must hear about."""


@outbox.command()
def parked() -> None:
    """Print the events that were given up after too many attempts, and why."""
    for row in draining.list_parked():
        click.echo(f"{row.id:>8}  {row.parked_at:%Y-%m-%d %H:%M}  {row.name}  {row.last_error}")
    click.echo(f"{draining.count_parked()} parked")


@outbox.command()
def release() -> None:
    """Let every parked event be tried again, once its cause is mended; the workers take it up within half a minute."""
    click.echo(f"{draining.release_parked()} released")


@click.group()
def audit() -> None:
    """Who did what, when."""


@audit.command()
def check() -> None:
    """Reckon the seals of the closed days again; name the first day whose lines are not as they were."""
    with transaction():
        day = find_broken_seal()
    if day is not None:
        raise click.ClickException(f"The lines of {day} are not those that were sealed: compare them with a backup.")
    click.echo("Every sealed day is as it was.")


@click.group()
def mail() -> None:
    """Mail."""


@mail.command()
@click.argument("file", type=click.File("rb"), default="-")
def bounce(file: BinaryIO) -> None:
    """Take in a mail that came back, from a file or from the standard input, where a mail server pipes it here.

    Ends with 75 where the server should try again in a moment (EX_TEMPFAIL of sysexits.h).
    """
    with transaction():
        outcome = bounces.receive(file.read())
    click.echo(outcome.value)
    if outcome is Outcome.WAITS:
        sys.exit(75)


@mail.command("check")
@click.option("--nameserver", help="Ask this DNS server, as address:port, and not those of the machine.")
def check_mail(nameserver: str | None) -> None:
    """Say what is missing for the world to believe our mails: mail server, MX, SPF, DKIM, DMARC, returns."""
    try:
        findings = list(mail_check.check(mail_check.resolver(nameserver)))
    except DNSException as error:
        raise click.ClickException(f"DNS does not answer: {type(error).__name__}") from error
    for one in findings:
        click.echo(f"{'ok     ' if one.is_well else 'MISSING'}  {one.what}{'' if one.is_well else ': ' + one.advice}")
    sys.exit(0 if all(one.is_well for one in findings) else 1)


@mail.command()
def hold() -> None:
    """Send nothing from now on: before the workers start on a database that was restored."""
    with transaction():
        operating.stop_sending(SYSTEM)
    click.echo("Nothing is sent until `mail go-on`.")


@mail.command("go-on")
@click.argument("domain", default="")
def go_on(domain: str) -> None:
    """Send again, to everybody or to one domain."""
    with transaction():
        was_stopped = operating.go_on(SYSTEM, domain)
    click.echo("Sending goes on." if was_stopped else "Nothing was stopped.")


@mail.command()
@click.option("--before", type=click.DateTime(), required=True, help="Rome time, such as 2026-11-27T08:00.")
def drop(before: datetime) -> None:
    """Take back all that waits and was written before a moment: after restoring a dump, what was sent since the dump was made."""
    with transaction():
        dropped = operating.drop_waiting(SYSTEM, clock.from_rome(before))
    click.echo(f"{dropped} taken back.")


@mail.command()
@click.argument("address")
def lift(address: str) -> None:
    """Write to an address again from which mail had come back."""
    with transaction():
        was_suppressed = suppressions.lift(normalise_email(address))
    click.echo(f"{address} is written to again." if was_suppressed else f"{address} was not suppressed.")
