"""Mailed links: an id and a signature, recomputed when the mail is made; the table keeps the hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from civic.accounts.models import Link
from civic.accounts.types import LinkPurpose
from civic.kernel import clock, crypto
from civic.kernel.db import session, writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_
from civic.kernel.ids import hash_token, new_public_id

_EXPIRED = N_("This link is no longer valid. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class MailedLink:
    """A link as a mail needs it: its token, and whether it still opens anything."""

    token: str
    expires_at: datetime
    is_usable: bool


def make_link(
    purpose: LinkPurpose, person_id: int, expires_at: datetime, subject_id: int | None = None, agreed_text: str | None = None
) -> int:
    """Write a link for `person_id` that serves `purpose` until `expires_at`, and return its id."""
    link = Link(
        purpose=purpose,
        person_id=person_id,
        subject_id=subject_id,
        nonce=new_public_id(),
        token_hash=b"",
        created_at=clock.now(),
        expires_at=expires_at,
        agreed_text=agreed_text,
    )
    writing().add(link)
    writing().flush()
    link.token_hash = hash_token(_token_of(link))
    writing().flush()
    return link.id


def token_of(link_id: int) -> str:
    """Return the token to put in a mail; raises NoResultFound where the link does not exist."""
    return _token_of(session().execute(sa.select(Link).where(Link.id == link_id)).scalar_one())


def mailed_links(link_ids: Iterable[int]) -> dict[int, MailedLink]:
    """Return the links of `link_ids` with their tokens, read by one statement (none where there are no ids)."""
    ids = sorted(link_ids)
    if not ids:
        return {}
    now = clock.now()
    return {
        link.id: MailedLink(_token_of(link), link.expires_at, link.used_at is None and link.expires_at > now)
        for link in session().execute(sa.select(Link).where(Link.id.in_(ids)).execution_options(populate_existing=True)).scalars()
    }


def find_link(token: str, purpose: LinkPurpose) -> Link | None:
    """Return the link of `token` if it is genuine and for `purpose`, used or not; the caller judges time and use."""
    number, _, _signature = token.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    link = session().get(Link, int(number))
    if link is None or link.purpose is not purpose or link.token_hash != hash_token(token):
        return None
    return link


def get_usable_link(token: str, purpose: LinkPurpose) -> Link:
    """Return the live link of `token`; raise RuleBroken where it is unknown, used or past its time."""
    link = find_link(token, purpose)
    if link is None or link.used_at is not None or link.expires_at <= clock.now():
        raise RuleBroken(_EXPIRED)
    return link


def use_link(token: str, purpose: LinkPurpose) -> Link:
    """Spend the link: of two who try at once only one gets it; raise RuleBroken otherwise."""
    link = get_usable_link(token, purpose)
    spent = writing().execute(sa.update(Link).where(Link.id == link.id, Link.used_at.is_(None)).values(used_at=clock.now()))
    if spent.rowcount != 1:
        raise RuleBroken(_EXPIRED)
    return link


def kill_links(purpose: LinkPurpose, *subject_ids: int) -> None:
    """Make every unspent link of `purpose` on `subject_ids` worthless."""
    if not subject_ids:
        return
    writing().execute(
        sa.update(Link)
        .where(Link.purpose == purpose, Link.subject_id.in_(subject_ids), Link.used_at.is_(None))
        .values(used_at=clock.now())
    )


def kill_link(link_id: int) -> None:
    """Make this one link worthless, whatever others there are for the same."""
    writing().execute(sa.update(Link).where(Link.id == link_id, Link.used_at.is_(None)).values(used_at=clock.now()))


def _token_of(link: Link) -> str:
    return f"{link.id}-{crypto.sign('link', link.purpose.value, link.id, link.nonce)}"
