"""What organisations write to the people in their activities, and the answers, for the safeguarding officer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from civic.activities.queries.participants import record_seen
from civic.announcements.queries import replies
from civic.kernel.db import transaction
from civic.web.administration.views import blueprint, show
from civic.web.answers import SentItem, sent_items
from civic.web.paging import Pager, build_pager, page_number
from civic.web.signing_in import current_actor


@dataclass(frozen=True, slots=True)
class AnnouncementsPage:
    """One page of announcements, newest first, each with its answers."""

    sent: tuple[SentItem, ...]
    text: str
    clear_url: str
    pager: Pager


@blueprint.get("/tutela/messaggi")
def announcements():
    """List what was announced anywhere with what was answered; that names were shown is recorded."""
    text, number = request.args.get("q", "").strip()[:80], page_number(request.args.get("pagina"))
    found, total = replies.list_watched(current_actor(), text, number)
    answers = replies.list_of_announcements([one.id for one in found])
    _record(found, answers)

    def url(page: int) -> str:
        return url_for("administration.announcements", q=text or None, pagina=page)

    pager = build_pager(total, number, replies.PER_PAGE, url)
    page = AnnouncementsPage(sent_items(found, answers), text, url_for("administration.announcements"), pager)
    return show("administration/announcements.html", page=page)


def _record(found: Sequence[Any], answers: Sequence[Any]) -> None:
    activity_of = {one.id: one.activity_id for one in found}
    people = defaultdict(set)
    for one in answers:
        people[activity_of[one.announcement_id]].add(one.person_id)
    with transaction():
        for activity_id, seen in sorted(people.items()):
            record_seen(current_actor(), activity_id, len(seen), "replies")
