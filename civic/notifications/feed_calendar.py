"""A feed as calendar programs read it (RFC 5545, RFC 7986). Loaded only where one is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from civic.kernel import clock
from civic.kernel.i18n import _, format_time
from civic.notifications import addresses, settings
from civic.notifications.feeds import FeedEntry
from civic.notifications.itip import one_line, rome

ASK_AGAIN_AFTER = timedelta(hours=1)


def as_feed(name: str, entries: Iterable[FeedEntry], language: str, now: datetime) -> bytes:
    """Return the meetings as one calendar called `name`, in the current language; the same bytes as long as nothing changes."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//civic//IT")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    calendar.add_component(rome())
    # Midnight, so that what has not changed is the same text all day long.
    stamp = clock.to_rome(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for entry in entries:
        calendar.add_component(_event(entry, language, stamp))
    return calendar.to_ical()


def _event(entry: FeedEntry, language: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.version)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", clock.to_rome(entry.starts_at))
    event.add("dtend", clock.to_rome(entry.ends_at))
    event.add("summary", one_line(entry.title))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("url", addresses.page(f"/attivita/{entry.slug}", language))
    notes = _notes(entry)
    if notes:
        event.add("description", "\n".join(notes))
    if entry.place:
        event.add("location", one_line(entry.place))
    return event


def _notes(entry: FeedEntry) -> list[str]:
    notes = [_("Meet at %(time)s", time=format_time(entry.meets_at))] if entry.meets_at else []
    if entry.capacity is not None:
        notes.append(_("%(taken)s of %(capacity)s taken", taken=entry.taken, capacity=entry.capacity))
    return notes
