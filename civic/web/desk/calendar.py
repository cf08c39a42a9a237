"""The feed of an organisation for one of its members: every meeting, with how many places are taken."""

from __future__ import annotations

from flask import redirect, request, url_for

from civic.web.calendars.views import change, find_address
from civic.web.desk.blueprint import blueprint, own, show
from civic.web.forms import SubmitForm
from civic.web.signing_in import current_actor


@blueprint.route("/<slug>/calendario", methods=["GET", "POST"])
def calendar_feed(slug: str):
    """Show the member's address of the organisation's feed; make it, renew it, end it."""
    row, form = own(slug), SubmitForm()
    if form.validate_on_submit():
        change(current_actor(), request.form.get("act", ""), row.id)
        return redirect(url_for("desk.calendar_feed", slug=slug))
    return show("desk/calendar.html", row, address=find_address(current_actor(), row.id), form=form)
