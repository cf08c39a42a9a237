"""The command line: the same services, for who runs the site."""

from __future__ import annotations

from civic.cli.main import main

__all__ = ["main"]
