"""clicks: a newcomer's signup says for itself whether the mailed link was clicked

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Who holds a place until the click, and what ended without it.
_HELD = """
UPDATE signup s SET awaits_click = true
 WHERE s.state = 'unconfirmed'
    OR 'unconfirmed' = (SELECT m.before FROM signup_move m
                         WHERE m.signup_id = s.id AND m.after = s.state AND s.state IN ('cancelled', 'expired')
                         ORDER BY m.id DESC LIMIT 1)
"""
# Who waits in the queue with a link that nobody clicked; it ends when the link does.
_QUEUED = """
UPDATE signup s SET awaits_click = true, hold_until = k.expires_at
  FROM (SELECT subject_id, max(expires_at) AS expires_at FROM link WHERE purpose = 'confirm_signup'
         GROUP BY subject_id HAVING bool_and(used_at IS NULL)) k
 WHERE k.subject_id = s.id AND s.state = 'waiting'
"""


def upgrade() -> None:
    op.add_column("signup", sa.Column("awaits_click", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(_HELD)
    op.execute(_QUEUED)


def downgrade() -> None:
    op.drop_column("signup", "awaits_click")
