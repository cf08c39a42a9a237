"""guardian_call: an activity may ask that who says yes for a minor is telephoned, and the call is noted

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("activity", sa.Column("asks_call", sa.Boolean(), server_default=sa.false(), nullable=False))
    outcome = sa.Enum(
        "confirmed", "not_reached", "denied", name="outcome", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "guardian_call",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("authorisation_id", sa.BigInteger(), sa.ForeignKey("authorisation.id"), nullable=False),
        sa.Column("caller_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", outcome, nullable=False),
    )
    for column in ("authorisation_id", "caller_id"):
        op.create_index(f"ix_guardian_call_{column}", "guardian_call", [column])


def downgrade() -> None:
    op.drop_table("guardian_call")
    op.drop_column("activity", "asks_call")
