"""Reads of organisations."""

from __future__ import annotations

import sqlalchemy as sa

from civic.kernel.db import session
from civic.organisations.models import Organisation
from civic.organisations.types import OrganisationState


def is_verified(organisation_id: int) -> bool:
    """Whether the administration has verified the organisation."""
    state = session().scalar(sa.select(Organisation.state).where(Organisation.id == organisation_id))
    return state is OrganisationState.VERIFIED
