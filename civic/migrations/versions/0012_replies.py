"""replies: what people answer to an announcement

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcement_reply",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("announcement_id", sa.BigInteger(), sa.ForeignKey("announcement.id", ondelete="CASCADE"), nullable=False),
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), nullable=False),
        sa.Column("author_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True)),
        sa.Column("handled_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
    )
    for column in ("announcement_id", "signup_id", "author_id", "handled_by_id"):
        op.create_index(f"ix_announcement_reply_{column}", "announcement_reply", [column])


def downgrade() -> None:
    op.drop_table("announcement_reply")
