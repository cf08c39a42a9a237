"""sibling: signups of brothers and sisters who want to come all or none

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sibling",
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), primary_key=True, autoincrement=False),
        sa.Column("first_id", sa.BigInteger(), sa.ForeignKey("signup.id"), nullable=False),
    )
    op.create_index("ix_sibling_first_id", "sibling", ["first_id"])


def downgrade() -> None:
    op.drop_table("sibling")
