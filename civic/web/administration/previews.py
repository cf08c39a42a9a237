"""Every message there is, as an example in both languages: what it is called, who may switch it off, how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from flask import Response

from civic.kernel.errors import NotFound
from civic.kernel.i18n import LANGUAGES, N_, _, use_language
from civic.notifications.catalogue import MESSAGES
from civic.notifications.examples import example
from civic.notifications.types import Category, Urgency
from civic.web.administration.views import blueprint, show

CATEGORIES = {
    Category.ACCOUNT: N_("Accounts"),
    Category.SIGNUP: N_("Sign-ups"),
    Category.CHANGE: N_("Changes"),
    Category.REMINDER: N_("Reminders"),
    Category.UPDATE: N_("Invitations to shifts"),
    Category.NEWS: N_("News of what one follows"),
    Category.ORGANISATION: N_("For who works with us"),
}
# The mail has styles of its own and nothing else; its links lead to examples.
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class PreviewItem:
    """A kind of message."""

    kind: str
    subject: str
    always_comes: bool
    at_any_hour: bool
    folds: bool
    tells_guardian: bool


@blueprint.get("/anteprime")
def previews():
    """List every kind, by category."""
    groups = [(_(label), _items(category)) for category, label in CATEGORIES.items()]
    return show("administration/previews.html", groups=groups, languages=LANGUAGES, total=len(MESSAGES))


@blueprint.get("/anteprime/<kind>/<language>/<form>")
def preview(kind: str, language: str, form: str):
    """Show one as it arrives: `testo` for who reads plain text, `html` for everybody else."""
    if kind not in MESSAGES or language not in LANGUAGES or form not in ("html", "testo"):
        raise NotFound
    # Layouts are for who sends mail: only a process that is asked for a preview loads them.
    layouts = import_module("civic.notifications.layouts")
    with use_language(language):
        message = example(kind, language)
        render = layouts.as_html if form == "html" else layouts.as_text
        content = render(message.letter(), message.frame())
    answer = Response(content, mimetype="text/html" if form == "html" else "text/plain")
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer


def _items(category: Category) -> list[PreviewItem]:
    return [
        PreviewItem(
            kind=kind,
            subject=example(kind, "it").subject(),
            always_comes=not message.can_switch_off,
            at_any_hour=message.urgency is Urgency.CRITICAL,
            folds=message.folds,
            tells_guardian=message.tells_guardian,
        )
        for kind, message in MESSAGES.items()
        if message.category is category
    ]
