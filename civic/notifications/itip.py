"""Calendar entries that travel with messages: one for each meeting of a signup, the same UID for ever, no names of people."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

from civic.kernel import clock
from civic.kernel.i18n import _, format_time
from civic.notifications import settings
from civic.notifications.calendar import CANCEL, CalendarPart
from civic.notifications.facts import Facts, Meeting


def uid_of(meeting_public_id: str, signup_public_id: str) -> str:
    """Return the UID under which a meeting stands in the calendar of who signed up."""
    return f"{meeting_public_id}-{signup_public_id}@{settings.current().domain}"


def as_itip(part: CalendarPart) -> bytes:
    """Return the entry as one iTIP object (RFC 5546): a mail program offers it as it is."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//civic//IT")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", part.method)
    calendar.add_component(rome())
    calendar.add_component(_event(part.facts, part.meeting, part.method))
    return calendar.to_ical()


def _event(facts: Facts, meeting: Meeting, method: str) -> Event:
    signup, mail = facts.signup, settings.current()
    event = Event()
    event.add("uid", uid_of(meeting.public_id, signup.public_id))
    event.add("sequence", meeting.version)
    event.add("dtstamp", facts.now)
    event.add("dtstart", clock.to_rome(meeting.starts_at))
    event.add("dtend", clock.to_rome(meeting.ends_at))
    event.add("summary", one_line(signup.title))
    event.add("status", "CANCELLED" if method == CANCEL else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if method == CANCEL else "OPAQUE")
    event.add("url", f"{mail.base_url}/attivita/{signup.slug}")
    if meeting.meets_at:
        event.add("description", _("Meet at %(time)s", time=format_time(meeting.meets_at)))
    if meeting.place:
        event.add("location", one_line(meeting.place))
    organizer = vCalAddress(f"mailto:{mail.sender_address}")
    organizer.params["cn"] = vText(one_line(signup.organisation_name).replace('"', "'"))
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{facts.recipient.email}")
    attendee.params["partstat"] = vText("DECLINED" if method == CANCEL else "ACCEPTED")
    attendee.params["rsvp"] = vText("FALSE")
    event.add("attendee", attendee, encode=0)
    return event


@cache
def rome() -> Timezone:
    """The rules of the clock in Rome, as far as anything is planned."""
    first = date(2024, 1, 1)
    return Timezone.from_tzid("Europe/Rome", first_date=first, last_date=first + timedelta(days=366 * 12))


def one_line(text: str) -> str:
    """Return `text` without line breaks and control characters: a lone CR once slipped through other people's escaping."""
    return " ".join("".join(char if ord(char) >= 32 else " " for char in text).split())
