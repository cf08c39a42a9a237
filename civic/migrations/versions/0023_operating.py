"""delivery_event, sending_pause, domain_minute: what went wrong while sending, what is not sent to for a while, and how much went where

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CHANNEL = sa.Enum("email", name="channel", native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "delivery_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("code", sa.SmallInteger()),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
    )
    op.execute("CREATE TRIGGER delivery_event_append_only BEFORE UPDATE ON delivery_event FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    op.create_table(
        "sending_pause",
        sa.Column("channel", _CHANNEL, primary_key=True),
        sa.Column("domain", sa.Text(), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("times", sa.SmallInteger(), nullable=False),
    )
    op.create_table(
        "domain_minute",
        sa.Column("domain", sa.Text(), primary_key=True),
        sa.Column("minute", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    # Blocks of pages, not rows: what was sent lately is found fast, and a row that was sent is written no more slowly.
    op.create_index("ix_delivery_final_at", "delivery", ["final_at"], postgresql_using="brin")
    troubled = sa.text("state IN ('failed', 'held', 'bounced')")
    op.create_index("ix_delivery_troubled", "delivery", ["notification_id"], postgresql_where=troubled)


def downgrade() -> None:
    op.drop_index("ix_delivery_troubled", "delivery")
    op.drop_index("ix_delivery_final_at", "delivery")
    for table in ("domain_minute", "sending_pause", "delivery_event"):
        op.drop_table(table)
