"""paper: who saw an authorisation that was signed on paper

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("authorisation", sa.Column("seen_by_id", sa.BigInteger(), sa.ForeignKey("person.id")))
    op.create_index("ix_authorisation_seen_by_id", "authorisation", ["seen_by_id"])


def downgrade() -> None:
    op.drop_column("authorisation", "seen_by_id")
