"""shift terms: a shift has its own sign-up window and its own hour to meet, both counted back from its start

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TYPED = ("signup_opens_days", "signup_closes_hours", "meets_minutes")
# By way of UTC: the difference of an instant and an interval alone counts as changeable, and cannot be kept in a row.
_COUNTED = {
    "signup_opens_at": "(starts_at AT TIME ZONE 'Europe/Rome' - make_interval(days => signup_opens_days)) "
    "AT TIME ZONE 'Europe/Rome'",
    "signup_closes_at": "(starts_at AT TIME ZONE 'UTC' - make_interval(hours => signup_closes_hours)) AT TIME ZONE 'UTC'",
    "meets_at": "(starts_at AT TIME ZONE 'UTC' - make_interval(mins => meets_minutes)) AT TIME ZONE 'UTC'",
}


def upgrade() -> None:
    for name in _TYPED:
        op.add_column("occurrence", sa.Column(name, sa.SmallInteger(), nullable=True))
    for name, counted in _COUNTED.items():
        op.add_column("occurrence", sa.Column(name, sa.DateTime(timezone=True), sa.Computed(counted, persisted=True)))


def downgrade() -> None:
    for name in (*_COUNTED, *_TYPED):
        op.drop_column("occurrence", name)
