"""counselling: activities that those of 14 to 17 come to by themselves, as somebody whom nobody answers for

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("activity", sa.Column("is_counselling", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("person", sa.Column("is_confided", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("person", "is_confided")
    op.drop_column("activity", "is_counselling")
