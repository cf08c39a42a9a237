"""Who may see, write and take back what is entrusted: judged for the day, because at 18 everything passes over."""

from __future__ import annotations

from datetime import date

from civic.accounts.rules import is_minor_on
from civic.care.rules import is_child_on
from civic.care.types import Record, Subject
from civic.kernel.actor import Actor


def may_see(actor: Actor, subject: Subject, today: date) -> bool:
    """Whether the records are the actor's to see: their own, or of a minor they answer for; at 18 that is over."""
    return actor.person_id == subject.person_id or (subject.answers and is_minor_on(subject.birth_on, today))


def may_write(actor: Actor, subject: Subject, today: date) -> bool:
    """Whether the actor decides: of age for themselves, until then who answers for them."""
    if is_minor_on(subject.birth_on, today):
        return subject.answers and actor.person_id != subject.person_id
    return actor.person_id == subject.person_id


def may_take_back(actor: Actor, subject: Subject, record: Record, today: date) -> bool:
    """Whether the actor can take a record back: who decides, and from 14 on whoever is in the picture."""
    is_own_image = record is Record.IMAGES and actor.person_id == subject.person_id
    return may_write(actor, subject, today) or (is_own_image and not is_child_on(subject.birth_on, today))
