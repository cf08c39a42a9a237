"""Who holds a role for the platform: the first administrator of a new site is made here."""

from __future__ import annotations

import click

from civic.accounts.services import roles
from civic.cli.saying import refusals_told
from civic.kernel.actor import SYSTEM, Role
from civic.kernel.db import transaction

_ROLE = click.Choice([role.value for role in Role])


@click.group()
def people() -> None:
    """People and their roles for the platform."""


@people.command()
@click.argument("email")
@click.argument("role", type=_ROLE)
@refusals_told
def grant(email: str, role: str) -> None:
    """Give a role to who signs in with this address; giving it again changes nothing."""
    with transaction():
        roles.grant_role_to_address(SYSTEM, email, Role(role))
    click.echo(f"{email}: {role}")


@people.command("list-roles")
def list_roles() -> None:
    """Print who holds a role, and since when."""
    for one in roles.list_grants(SYSTEM):
        click.echo(f"{one.role.value:<24} {one.granted_at:%Y-%m-%d}  {one.email}  {one.name}")
