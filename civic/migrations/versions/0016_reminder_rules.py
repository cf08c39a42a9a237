"""an activity may have reminders of its own

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminder_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id", ondelete="CASCADE"), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("hours", sa.SmallInteger(), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.UniqueConstraint("activity_id", "days", "hours"),
        sa.CheckConstraint("(days > 0) <> (hours > 0) AND days BETWEEN 0 AND 14 AND hours BETWEEN 0 AND 12", name="when"),
    )


def downgrade() -> None:
    op.drop_table("reminder_rule")
