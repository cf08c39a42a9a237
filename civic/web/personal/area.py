"""The menu of the personal area; its layout is `layouts/personal.html`, which asks for `area`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from civic.accounts.rules import is_minor_on
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.i18n import N_
from civic.web.shell import NavItem

_PATH = "/area-personale"
_PLACES = (
    (N_("Overview"), "", "it-calendar"),
    (N_("Messages"), "/messaggi", "it-mail"),
    (N_("What you follow"), "/seguiti", "it-flag"),
    (N_("My data"), "/dati", "it-card"),
    (N_("Children"), "/figli", "it-user"),
    (N_("Consents"), "/consensi", "it-check-circle"),
    (N_("Security"), "/sicurezza", "it-lock"),
)


@dataclass(frozen=True, slots=True)
class Area:
    """The places of the personal area, with how many messages are new."""

    nav: tuple[NavItem, ...]
    unread: int
    messages_url: str


def build_area(actor: Actor) -> Area:
    """Return the menu as the actor sees it: who is not of age has no children to add."""
    root = request.script_root + _PATH
    is_minor = is_minor_on(actor.birth_on, clock.today())
    items = tuple(
        NavItem(label, root + path, icon, _is_here(path)) for label, path, icon in _PLACES if not (is_minor and path == "/figli")
    )
    return Area(items, actor.unread, f"{root}/messaggi")


def _is_here(path: str) -> bool:
    wanted = _PATH + path
    return request.path == wanted or (bool(path) and request.path.startswith(wanted + "/"))
