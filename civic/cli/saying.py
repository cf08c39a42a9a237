"""How a refusal of the rules reads on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import click

from civic.kernel.errors import DomainError
from civic.kernel.i18n import _

Command = TypeVar("Command", bound=Callable)


def refusals_told(command: Command) -> Command:
    """Let `command` end with the sentence of the rule that said no, and with an exit code that says so too."""

    @wraps(command)
    def run(*arguments, **values):
        try:
            return command(*arguments, **values)
        except DomainError as error:
            raise click.ClickException(_(error.message, **error.values)) from error

    return run
