"""a fair opening: places that are drawn, and places kept for who comes through a service or a school

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_OPEN_TO_ALL = "capacity - greatest(reserved - referred, 0)"


def upgrade() -> None:
    _entry_modes("'instant', 'approval', 'draw'")
    op.add_column("activity", sa.Column("draw_at", sa.DateTime(timezone=True)))
    op.add_column("activity", sa.Column("draw_new_first", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("activity", sa.Column("draw_seed", sa.Text()))
    op.add_column("opening", sa.Column("drawn_at", sa.DateTime(timezone=True)))
    op.create_table(
        "draw_entry",
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), primary_key=True, autoincrement=False),
        sa.Column("opening_id", sa.BigInteger(), sa.ForeignKey("opening.id"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("turn", sa.SmallInteger()),
        sa.Column("rank", sa.BigInteger()),
        sa.UniqueConstraint("opening_id", "code"),
    )
    _reserve()


def _entry_modes(values: str) -> None:
    op.drop_constraint(op.f("ck_activity_entry_mode"), "activity")
    op.create_check_constraint(op.f("ck_activity_entry_mode"), "activity", f"entry_mode IN ({values})")


def _reserve() -> None:
    op.add_column("opening", sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("opening", sa.Column("referred", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("opening", sa.Column("reserved_until", sa.DateTime(timezone=True)))
    op.add_column("opening", sa.Column("open_to_all", sa.BigInteger(), sa.Computed(_OPEN_TO_ALL, persisted=True), nullable=False))
    op.drop_constraint(op.f("ck_opening_taken"), "opening")
    op.create_check_constraint(op.f("ck_opening_taken"), "opening", "0 <= taken AND taken <= open_to_all")
    kept = "0 <= reserved AND reserved <= capacity AND 0 <= referred AND referred <= taken"
    op.create_check_constraint(op.f("ck_opening_reserved"), "opening", kept)
    op.create_check_constraint(op.f("ck_opening_reserved_ends"), "opening", "reserved = 0 OR reserved_until IS NOT NULL")
    op.create_index("ix_opening_reserved_until", "opening", ["reserved_until"], postgresql_where=sa.text("reserved > 0"))
    op.add_column("signup", sa.Column("is_referred", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "referral",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id"), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id")),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
    )
    for column in ("activity_id", "created_by_id", "signup_id"):
        op.create_index(f"ix_referral_{column}", "referral", [column])


def downgrade() -> None:
    op.drop_table("referral")
    op.drop_column("signup", "is_referred")
    op.drop_constraint(op.f("ck_opening_taken"), "opening")
    op.create_check_constraint(op.f("ck_opening_taken"), "opening", "0 <= taken AND taken <= capacity")
    op.drop_constraint(op.f("ck_opening_reserved_ends"), "opening")
    op.drop_constraint(op.f("ck_opening_reserved"), "opening")
    op.drop_index("ix_opening_reserved_until", "opening")
    for name in ("open_to_all", "reserved_until", "referred", "reserved", "drawn_at"):
        op.drop_column("opening", name)
    op.drop_table("draw_entry")
    for name in ("draw_seed", "draw_new_first", "draw_at"):
        op.drop_column("activity", name)
    op.execute("UPDATE activity SET entry_mode = 'approval' WHERE entry_mode = 'draw'")
    _entry_modes("'instant', 'approval'")
