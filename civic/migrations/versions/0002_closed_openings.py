"""closed openings

Revision: 0002, after 0001, 2026-11-25 15:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CLOSE = """
UPDATE opening x SET closed_at = coalesce(a.cancelled_at, a.updated_at)
  FROM activity a
 WHERE a.id = x.activity_id
   AND (a.state = 'cancelled' OR EXISTS (SELECT FROM occurrence o WHERE o.id = x.occurrence_id AND o.state = 'cancelled'))
"""
_PUBLISHED = sa.text("state = 'published'")


def upgrade() -> None:
    op.drop_index("ix_activity_public", table_name="activity", postgresql_where=_PUBLISHED)
    op.create_index("ix_activity_public", "activity", ["ends_at", "kind"], unique=False, postgresql_where=_PUBLISHED)
    op.add_column("opening", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_CLOSE)
    op.create_index(
        "ix_signup_unserved",
        "signup",
        ["opening_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('requested', 'waiting')"),
    )


def downgrade() -> None:
    op.drop_index("ix_signup_unserved", table_name="signup", postgresql_where=sa.text("state IN ('requested', 'waiting')"))
    op.drop_column("opening", "closed_at")
    op.drop_index("ix_activity_public", table_name="activity", postgresql_where=_PUBLISHED)
    columns = ["kind", "ends_at", "starts_at", "id"]
    op.create_index("ix_activity_public", "activity", columns, unique=False, postgresql_where=_PUBLISHED)
