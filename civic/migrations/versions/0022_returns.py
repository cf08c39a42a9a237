"""bounce: mail that came back, addresses given a rest, and what was said on the telephone instead

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_STATES = ("queued", "sending", "retry", "sent", "failed", "suppressed", "cancelled", "expired", "held")
_FORBID = """
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
    "held": ("queued", "cancelled", "expired"),
    "failed": ("queued",),
}


def upgrade() -> None:
    _let_be((*_STATES, "bounced"), {**_MOVES, "sent": ("bounced",)})
    op.add_column("delivery", sa.Column("told_at", sa.DateTime(timezone=True)))
    op.add_column("suppression", sa.Column("until", sa.DateTime(timezone=True)))
    op.add_column("account", sa.Column("mail_stopped_until", sa.DateTime(timezone=True)))
    op.create_table(
        "bounce",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("event_id", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("delivery_id", sa.BigInteger(), sa.ForeignKey("delivery.id"), nullable=False, index=True),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False, index=True),
        sa.Column(
            "kind",
            sa.Enum(
                "hard", "soft", "delayed", "complaint", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def downgrade() -> None:
    op.drop_table("bounce")
    op.drop_column("account", "mail_stopped_until")
    op.drop_column("suppression", "until")
    op.drop_column("delivery", "told_at")
    op.execute("ALTER TABLE delivery DISABLE TRIGGER delivery_moves")
    op.execute("UPDATE delivery SET state = 'sent' WHERE state = 'bounced'")
    op.execute("ALTER TABLE delivery ENABLE TRIGGER delivery_moves")
    _let_be(_STATES, _MOVES)


def _let_be(states: tuple[str, ...], moves: dict[str, tuple[str, ...]]) -> None:
    """Let a delivery be in these states, and move only so."""
    op.drop_constraint(op.f("ck_delivery_state"), "delivery", type_="check")
    op.create_check_constraint(op.f("ck_delivery_state"), "delivery", sa.text(f"state IN ({', '.join(map(repr, states))})"))
    pairs = (f"('{before}', '{after}')" for before, afters in moves.items() for after in afters)
    op.execute(_FORBID.format(moves=", ".join(pairs)))
