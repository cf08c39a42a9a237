"""follow, and messages that wait for a digest: what people want to hear of, and how often

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_STATES = ("queued", "sending", "retry", "sent", "bounced", "failed", "suppressed", "cancelled", "expired", "held")
_CATEGORIES = ("account", "signup", "change", "reminder", "update", "organisation")
_MOVE = """
CREATE OR REPLACE FUNCTION check_delivery_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> NEW.state AND NOT ((OLD.state, NEW.state) IN ({moves})) THEN
    RAISE EXCEPTION 'a delivery does not move from % to %', OLD.state, NEW.state USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
_OPEN = ("sending", "cancelled", "expired", "suppressed", "held")
_MOVES = {
    "queued": _OPEN,
    "retry": _OPEN,
    "sending": ("sent", "retry", "failed", "suppressed", "cancelled", "expired", "held"),
    "sent": ("bounced",),
    "held": ("queued", "cancelled", "expired"),
    "failed": ("queued",),
}


def upgrade() -> None:
    op.create_table(
        "follow",
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("topic", sa.Text(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_follow_topic", "follow", ["topic"])
    op.add_column("delivery", sa.Column("digest_id", sa.BigInteger(), sa.ForeignKey("notification.id")))
    op.create_index("ix_delivery_digest_id", "delivery", ["digest_id"], postgresql_where=sa.text("digest_id IS NOT NULL"))
    waits = sa.text("state = 'digested' AND digest_id IS NULL")
    _be_one_of("delivery", "state", (*_STATES, "digested"))
    op.create_index("ix_delivery_digested", "delivery", ["notification_id"], postgresql_where=waits)
    _be_one_of("preference", "category", (*_CATEGORIES, "news"))
    _be_one_of("preference", "mode", ("now", "daily", "weekly", "off"))
    _move({**_MOVES, "digested": ("queued", "cancelled", "expired")})


def downgrade() -> None:
    op.drop_index("ix_delivery_digested", "delivery")
    op.drop_index("ix_delivery_digest_id", "delivery")
    op.drop_column("delivery", "digest_id")
    op.execute("UPDATE delivery SET state = 'cancelled' WHERE state = 'digested'")
    op.execute("DELETE FROM preference WHERE category = 'news'")
    op.execute("UPDATE preference SET mode = 'now' WHERE mode IN ('daily', 'weekly')")
    _be_one_of("preference", "mode", ("now", "off"))
    _be_one_of("preference", "category", _CATEGORIES)
    _be_one_of("delivery", "state", _STATES)
    _move(_MOVES)
    op.drop_table("follow")


def _be_one_of(table: str, column: str, values: tuple[str, ...]) -> None:
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table, type_="check")
    op.create_check_constraint(name, table, sa.text(f"{column} IN ({', '.join(map(repr, values))})"))


def _move(moves: dict[str, tuple[str, ...]]) -> None:
    """Let a delivery move only so."""
    pairs = (f"('{before}', '{after}')" for before, afters in moves.items() for after in afters)
    op.execute(_MOVE.format(moves=", ".join(pairs)))
