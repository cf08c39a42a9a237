"""Everything that is entrusted of a person, as plain values for the file of what is known of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from civic.care.sealing import read_collection, read_health, read_release
from civic.kernel.db import session

_OF_PERSON = sa.text("""
SELECT s.public_id, n.allergies, n.medication, n.support, c.leaves_alone, c.adults, r.channels, r.until
  FROM signup s
  LEFT JOIN health_note n ON n.signup_id = s.id
  LEFT JOIN collection_note c ON c.signup_id = s.id
  LEFT JOIN image_release r ON r.signup_id = s.id
 WHERE s.person_id = :person_id AND (n.signup_id IS NOT NULL OR c.signup_id IS NOT NULL OR r.signup_id IS NOT NULL)
 ORDER BY s.id
""")


def list_entrusted(person_id: int) -> list[dict[str, Any]]:
    """Return what is written for each signup of the person, readable; who asks has been judged by the caller."""
    return [_plain(row) for row in session().execute(_OF_PERSON, {"person_id": person_id})]


def _plain(row: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"signup": row.public_id}
    health = read_health(row.allergies, row.medication, row.support)
    if health is not None:
        found["health"] = {"allergies": health.allergies, "medication": health.medication, "support": health.support}
    collection = read_collection(row.leaves_alone, row.adults)
    if collection is not None:
        adults = [{"name": one.name, "phone": one.phone} for one in collection.adults]
        found["going_home"] = {"leaves_alone": collection.leaves_alone, "adults": adults}
    release = read_release(row.channels, row.until)
    if release is not None:
        found["images"] = {"channels": sorted(release.channels), "until": release.until.isoformat()}
    return found
