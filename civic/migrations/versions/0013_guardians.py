"""guardians: an activity may ask for the yes of both

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("activity", sa.Column("authorisations_needed", sa.SmallInteger(), server_default="1", nullable=False))
    op.create_check_constraint(op.f("ck_activity_authorisations_needed"), "activity", "authorisations_needed IN (1, 2)")
    op.add_column("authorisation", sa.Column("is_sole", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("authorisation", "is_sole")
    op.drop_column("activity", "authorisations_needed")
