"""announcements: what those who run an activity write to the people in it

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_AUDIENCE = sa.Enum(
    "everybody", "have_place", "wait", name="audience", native_enum=False, create_constraint=True, length=40
)


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id"), nullable=False),
        sa.Column("audience", _AUDIENCE, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_announcement_activity_id", "announcement", ["activity_id", "created_at"])
    op.create_index("ix_announcement_created_by_id", "announcement", ["created_by_id"])


def downgrade() -> None:
    op.drop_table("announcement")
