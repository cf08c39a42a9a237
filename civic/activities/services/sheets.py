"""Sheets for families: a link for each pupil whose guardian has not answered, printed as a square code instead of mailed."""

from __future__ import annotations

import sqlalchemy as sa

from civic.accounts.services import links
from civic.accounts.types import LinkPurpose
from civic.activities.blocks import BlockPupil
from civic.activities.models import Authorisation, Signup
from civic.activities.services import blocks
from civic.activities.types import SignupState
from civic.audit import services as audit
from civic.kernel import clock
from civic.kernel.actor import Actor
from civic.kernel.db import writing
from civic.kernel.errors import RuleBroken
from civic.kernel.i18n import N_


def prepare_sheets(actor: Actor, block_public_id: str) -> int:
    """Make a new link for every pupil whose guardian can answer now; what was printed before opens nothing any more.

    Links that were mailed go on. Return how many links there are; raise RuleBroken where nobody is asked anything.
    """
    block, _opening = blocks.lock_block(actor, block_public_id)
    asked = (
        sa.select(BlockPupil, Authorisation)
        .join(Signup, Signup.id == BlockPupil.signup_id)
        .join(Authorisation, Authorisation.signup_id == Signup.id)
        .where(
            BlockPupil.block_id == block.id,
            Signup.state == SignupState.PENDING_GUARDIAN,
            Authorisation.answer.is_(None),
            Authorisation.expires_at > clock.now(),
        )
        .order_by(Signup.id)
    )
    rows = writing().execute(asked).all()
    if not rows:
        raise RuleBroken(N_("There is no family to give a sheet to: all have answered, or nobody has been named."))
    for pupil, question in rows:
        if pupil.sheet_link_id is not None:
            links.kill_link(pupil.sheet_link_id)
        pupil.sheet_link_id = links.make_link(
            LinkPurpose.AUTHORISATION, question.guardian_id, question.expires_at, subject_id=question.id
        )
    writing().flush()
    audit.record(actor, "prepare_sheets", "block", block.id, count=len(rows))
    return len(rows)
