"""entry rules: late entry, ages by school year

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


def downgrade() -> None:
    op.drop_column("activity", "age_basis")
    op.drop_column("activity", "last_entry_at")
    op.drop_column("activity", "late_entry")
