"""Where the safeguarding officer says which activities are counselling."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, url_for

from civic.activities.queries.counselling import PER_PAGE, CounsellingRow, list_counselling
from civic.activities.services.counselling import mark_counselling
from civic.kernel.i18n import N_
from civic.web.administration.views import blueprint, show
from civic.web.doing import do_and_say
from civic.web.forms import SubmitForm
from civic.web.paging import Pager, build_pager, page_number
from civic.web.signing_in import current_actor


@dataclass(frozen=True, slots=True)
class CounsellingPage:
    """One page of activities, those marked first."""

    rows: tuple[CounsellingRow, ...]
    text: str
    clear_url: str
    pager: Pager


@blueprint.get("/tutela/ascolto")
def counselling():
    """List the activities that those of 14 may come to, and which are counselling."""
    text, number = request.args.get("q", "").strip()[:80], page_number(request.args.get("pagina"))
    rows, total = list_counselling(current_actor(), text, number)

    def url(page: int) -> str:
        return url_for("administration.counselling", q=text or None, pagina=page)

    page = CounsellingPage(rows, text, url_for("administration.counselling"), build_pager(total, number, PER_PAGE, url))
    return show("administration/counselling.html", page=page, form=SubmitForm(formdata=None))


@blueprint.post("/tutela/ascolto/<public_id>")
def mark(public_id: str):
    """Say that the activity is counselling, or that it is not."""
    is_counselling = request.form.get("is_counselling") == "y"
    done = N_("It is counselling now: from 14 on one comes alone.") if is_counselling else N_("It is no longer counselling.")
    do_and_say(lambda: mark_counselling(current_actor(), public_id, is_counselling=is_counselling), done)
    return redirect(url_for("administration.counselling", q=request.args.get("q") or None))
