"""Checking a document by its code, and taking its file."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, url_for

from civic.activities.queries import linked as links
from civic.activities.queries.guardians import with_ward
from civic.certificates.queries.issued import Checked, find_checked
from civic.certificates.services.taking import take_document
from civic.kernel.actor import Actor
from civic.kernel.db import transaction
from civic.kernel.i18n import _
from civic.web import limits
from civic.web.signing_in import current_actor

blueprint = Blueprint("certificates", __name__)


@dataclass(frozen=True, slots=True)
class CheckPage:
    """What is known of a code: `found` is None where it is nobody's; `newer_url` is where the document is that replaces it."""

    found: Checked | None
    kind: str
    newer_url: str | None


@blueprint.get("/attestati/<code>")
def check(code: str) -> Response:
    """Say whether a document is valid, was revoked, or is none of ours; never whose it is."""
    limits.count_check()
    found = find_checked(code)
    newer = url_for("certificates.check", code=found.replaced_by) if found and found.replaced_by else None
    page = CheckPage(found, _(found.kind.label) if found else "", newer)
    response = make_response(render_template("certificates/check.html", page=page), 200 if found else 404)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/iscrizioni/<public_id>/attestato")
def document(public_id: str) -> Response:
    """Send the file to whose it is, who answers for them, or who issued it."""
    return _send(with_ward(current_actor(), public_id), public_id)


@blueprint.get("/i/<token>/attestato")
def linked(token: str) -> Response:
    """Send the file to a person without an account, through the signed link of their mails."""
    return _send(*links.actor_of_token(token))


def _send(actor: Actor, public_id: str) -> Response:
    with transaction():
        file = take_document(actor, public_id)
    response = Response(file.content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
