"""announcement: to those who were absent

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_AUDIENCES = ("everybody", "have_place", "wait")


def upgrade() -> None:
    _be_one_of((*_AUDIENCES, "absent"))


def downgrade() -> None:
    op.execute("UPDATE announcement SET audience = 'have_place' WHERE audience = 'absent'")
    _be_one_of(_AUDIENCES)


def _be_one_of(values: tuple[str, ...]) -> None:
    name = op.f("ck_announcement_audience")
    op.drop_constraint(name, "announcement", type_="check")
    op.create_check_constraint(name, "announcement", sa.text(f"audience IN ({', '.join(map(repr, values))})"))
