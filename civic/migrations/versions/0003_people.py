"""people: what a link confirms

Revision: 0003, after 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "account",
        sa.Column("former_mailboxes", postgresql.ARRAY(sa.LargeBinary()), server_default="{}", nullable=False),
    )
    op.add_column("link", sa.Column("agreed_text", sa.Text(), nullable=True))
