"""entry rules: late entry, ages by school year, one person outside the ages

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BASIS = sa.Enum("first_day", "school_year", name="age_basis", native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.add_column("activity", sa.Column("late_entry", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("activity", sa.Column("last_entry_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE activity SET last_entry_at = starts_at")
    op.add_column("activity", sa.Column("age_basis", _BASIS, server_default="first_day", nullable=False))
    op.create_table(
        "age_exception",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id"), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id")),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
    )
    for column in ("activity_id", "created_by_id", "signup_id"):
        op.create_index(f"ix_age_exception_{column}", "age_exception", [column])


def downgrade() -> None:
    op.drop_table("age_exception")
    op.drop_column("activity", "age_basis")
    op.drop_column("activity", "last_entry_at")
    op.drop_column("activity", "late_entry")
