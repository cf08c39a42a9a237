"""What a sheet says of somebody beside the name: in a few words each, never the note itself."""

from __future__ import annotations

from civic.care.types import Channel, Marks
from civic.kernel.i18n import N_, _

CHANNELS = {Channel.WEBSITE: N_("website"), Channel.SOCIAL: N_("social networks"), Channel.PRESS: N_("press")}

Tag = tuple[str, str]
"""The words and the tone."""


def tags_of(marks: Marks | None) -> tuple[Tag, ...]:
    """Return the tags of somebody: health first, then how they go home, then images."""
    if marks is None:
        return ()
    return (*_health(marks), *_going_home(marks), *_images(marks))


def _health(marks: Marks) -> tuple[Tag, ...]:
    if marks.allergy:
        return ((_("Allergy"), "danger"),)
    return ((_("Health note"), "warning"),) if marks.has_note else ()


def _going_home(marks: Marks) -> tuple[Tag, ...]:
    if not (marks.reads and marks.is_child):
        return ()
    if marks.leaves_alone is None:
        return ((_("Collected by: not written"), "warning"),)
    alone = ((_("May leave alone"), "neutral"),) if marks.leaves_alone else ()
    by = ((_("Collected by: %(names)s", names=", ".join(marks.collected_by)), "info"),) if marks.collected_by else ()
    return (*alone, *by)


def _images(marks: Marks) -> tuple[Tag, ...]:
    if not marks.asks_photos or len(marks.photos) == len(Channel):
        return ()
    if not marks.photos:
        return ((_("No photos"), "neutral"),)
    where = ", ".join(_(label) for channel, label in CHANNELS.items() if channel in marks.photos)
    return ((_("Photos only for: %(where)s", where=where), "neutral"),)
