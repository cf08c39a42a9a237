"""What stands around every page: who is signed in, where one can go, in which language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from flask import Flask, current_app, g, render_template, request
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from civic.kernel.i18n import N_, current_language
from civic.web.access import Access, may_enter
from civic.web.language import PREFIX
from civic.web.signing_in import current_actor, device_owner

SITE_NAME = "Bologna Insieme"


@dataclass(frozen=True)
class Visitor:
    """Who looks at the page, as far as menus care."""

    name: str | None = None
    can_manage: bool = False
    can_administer: bool = False
    unread_count: int = 0
    mail_comes_back: bool = False
    device_owner: str = ""


@dataclass(frozen=True)
class NavItem:
    """One place to go; `label` is a message id."""

    label: str
    url: str
    icon: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class LanguageLink:
    """The same page in one of the languages, `label` in that language."""

    code: str
    label: str
    url: str
    full_url: str
    is_current: bool


@dataclass(frozen=True)
class Shell:
    """Everything `layouts/base.html` asks for."""

    site_name: str
    language: str
    languages: tuple[LanguageLink, ...]
    home_url: str
    sign_in_url: str
    sign_out_url: str
    signed_in_name: str | None
    can_manage: bool
    can_administer: bool
    unread_count: int
    mail_comes_back: bool
    device_owner: str
    bar: Markup
    person_nav: tuple[NavItem, ...]
    footer: str


MAIN = (
    (N_("Workshops"), "/laboratori", "it-pencil"),
    (N_("Volunteering"), "/volontariato", "it-user"),
    (N_("Organisations"), "/organizzazioni", "it-pa"),
    (N_("Programme"), "/programma", "it-chart-line"),
    (N_("Calendar"), "/calendario", "it-calendar"),
)
FOOTER = (
    (N_("Privacy notice"), "/privacy"),
    (N_("Accessibility statement"), "/accessibilita"),
    (N_("Legal notes"), "/note-legali"),
    (N_("Open data"), "/dati-aperti"),
)
SERVICES = (
    (N_("All initiatives"), "/iniziative"),
    (N_("Map of activities"), "/mappa"),
    (N_("Personal area"), "/area-personale"),
)


def build_shell(visitor: Visitor) -> Shell:
    """Return the shell of the page now being answered."""
    root = request.script_root
    bare_root = root.removesuffix(PREFIX)
    return Shell(
        site_name=SITE_NAME,
        language=current_language(),
        languages=_languages(bare_root, _here()),
        home_url=f"{root}/",
        sign_in_url=f"{root}/accedi",
        sign_out_url=f"{root}/esci",
        signed_in_name=visitor.name,
        can_manage=visitor.can_manage,
        can_administer=visitor.can_administer,
        unread_count=visitor.unread_count,
        mail_comes_back=visitor.mail_comes_back,
        device_owner=visitor.device_owner,
        bar=_bar(root, current_language(), next((path for _label, path, _icon in MAIN if _is_within(path)), None)),
        person_nav=_person_nav(visitor, root),
        footer=_footer(root, current_language()),
    )


@cache
def _bar(root: str, language: str, current: str | None) -> Markup:
    """Return the name of the site and its menu, drawn once for each of its places."""
    nav = tuple(NavItem(label, root + path, icon, path == current) for label, path, icon in MAIN)
    return Markup(render_template("layouts/bar.html", site_name=SITE_NAME, home_url=f"{root}/", nav=nav))


@cache
def _footer(root: str, language: str) -> Markup:
    """Return the foot of every page, drawn once: nothing in it depends on who looks or where."""
    return Markup(
        render_template(
            "layouts/footer.html",
            site_name=SITE_NAME,
            footer_nav=tuple(NavItem(label, root + path) for label, path in FOOTER),
            service_nav=tuple(NavItem(label, root + path) for label, path in SERVICES),
        )
    )


def _here() -> str:
    """Return the path and query of this page as an address may hold them: a path of this site, whatever was asked for."""
    path = "/" + quote(request.path.lstrip("/"), safe="/:@!$&'()*+,;=~")
    return f"{path}?{request.query_string.decode('utf-8', 'replace')}" if request.query_string else path


def _is_within(path: str) -> bool:
    return request.path == path or request.path.startswith(path + "/")


def _languages(bare_root: str, here: str) -> tuple[LanguageLink, ...]:
    base_url = current_app.config["SITE"].BASE_URL.rstrip("/")
    speaking = current_language()
    paths = (("it", "Italiano", bare_root + here), ("en", "English", bare_root + PREFIX + here))
    return tuple(LanguageLink(code, label, path, base_url + path, code == speaking) for code, label, path in paths)


def _person_nav(visitor: Visitor, root: str) -> tuple[NavItem, ...]:
    if visitor.name is None:
        return ()
    items = [NavItem(N_("Personal area"), f"{root}/area-personale", "it-user")]
    if visitor.can_manage:
        items.append(NavItem(N_("Manage activities"), f"{root}/gestione", "it-pencil"))
    if visitor.can_administer:
        items.append(NavItem(N_("Administration"), f"{root}/amministrazione", "it-settings"))
    return tuple(items)


def find_visitor() -> Visitor:
    """Return who looks at the page; a stranger when the database does not answer, so that the page saying so can be shown."""
    try:
        actor = current_actor()
    except SQLAlchemyError:
        return Visitor()
    if not actor.is_signed_in:
        return Visitor()
    return Visitor(
        name=actor.name,
        can_manage=may_enter(actor, Access.DESK),
        can_administer=may_enter(actor, Access.ADMINISTRATION),
        unread_count=actor.unread,
        mail_comes_back=actor.mail_comes_back,
        device_owner=device_owner(),
    )


def _shell() -> dict[str, Shell]:
    if "shell" not in g:
        g.shell = None  # the foot is a template too, and needs no shell
        g.shell = build_shell(find_visitor())
    return {"shell": g.shell}


def register(app: Flask) -> None:
    """Give every page `shell`."""
    app.context_processor(_shell)
