"""What a message about answers is made from: of which activity, how many nobody has seen to, who may read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from civic.kernel.db import session

_INBOXES = sa.text("""
SELECT n.id, a.title, a.public_id AS activity_public_id, g.slug AS organisation_slug,
       (SELECT count(*) FROM announcement_reply r JOIN announcement o ON o.id = r.announcement_id
         WHERE o.activity_id = a.id AND r.handled_at IS NULL) AS open,
       ARRAY(SELECT m.person_id FROM membership m
              WHERE m.organisation_id = g.id AND m.ended_at IS NULL AND m.role IN ('owner', 'coordinator')) AS editors
  FROM announcement n JOIN activity a ON a.id = n.activity_id JOIN organisation g ON g.id = a.organisation_id
 WHERE n.id = ANY(:ids)
""")


def about_inboxes(announcement_ids: Iterable[int]) -> dict[int, Any]:
    """Return the inbox of each announcement's activity, by the announcement; nothing is read for none."""
    ids = sorted(announcement_ids)
    return {row.id: row for row in session().execute(_INBOXES, {"ids": ids})} if ids else {}
