"""The front page of the personal area."""

from __future__ import annotations

from flask import render_template

from civic.accounts import queries
from civic.accounts.services.links import mailed_links
from civic.activities.queries.authorisations import list_asked_of
from civic.activities.queries.signups import list_signups_of
from civic.certificates.queries.issued import list_earned
from civic.kernel import clock
from civic.web.personal import pages
from civic.web.personal.blueprint import blueprint
from civic.web.signing_in import current_actor


@blueprint.get("")
def overview():
    """Show what comes next, for oneself and for the children."""
    actor = current_actor()
    views = list_signups_of(actor, clock.now())
    rows = list_asked_of(actor)
    asked = pages.asked_items(rows, mailed_links(row.link_id for row in rows))
    earned = list_earned([actor.person_id, *actor.wards])
    own, wards = queries.get_own(actor), queries.list_wards(actor)
    page = pages.overview_page(actor, pages.Family(wards, views, earned), own, asked)
    return render_template("personal/overview.html", page=page)
