"""blocks: places that a school asks for together, named later; and free places that wait for them

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OPEN_TO_ALL = "capacity - greatest(reserved - referred, 0)"


def upgrade() -> None:
    op.add_column("opening", sa.Column("held_back", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_opening_held_back"), "opening", "held_back >= 0")
    _open_to_all(_OPEN_TO_ALL + " - held_back")
    ended_as = sa.Enum(
        "given_back", "released", "no_place", "cancelled", name="ended_as", native_enum=False, create_constraint=True, length=40
    )
    op.create_table(
        "block",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("public_id", sa.Text(), nullable=False, unique=True),
        sa.Column("opening_id", sa.BigInteger(), sa.ForeignKey("opening.id"), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("teacher_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("asked_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("label", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("size", "granted", "unnamed")),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("names_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_as", ended_as),
        sa.CheckConstraint("0 <= unnamed AND unnamed <= granted AND granted <= size AND size > 0", name="places"),
        sa.CheckConstraint("ended_at IS NULL OR unnamed = 0", name="ended"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ended_as_said"),
    )
    for column in ("opening_id", "activity_id", "organisation_id", "teacher_id", "asked_by_id"):
        op.create_index(f"ix_block_{column}", "block", [column])
    live, label = sa.text("ended_at IS NULL"), sa.text("lower(label)")
    op.create_index("uq_block_live", "block", ["opening_id", "organisation_id", label], unique=True, postgresql_where=live)
    op.create_index("ix_block_names_until", "block", ["names_until"], postgresql_where=live)
    op.create_table(
        "block_pupil",
        sa.Column("signup_id", sa.BigInteger(), sa.ForeignKey("signup.id"), primary_key=True, autoincrement=False),
        sa.Column("block_id", sa.BigInteger(), sa.ForeignKey("block.id"), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sheet_link_id", sa.BigInteger(), sa.ForeignKey("link.id", ondelete="SET NULL")),
    )
    for column in ("block_id", "sheet_link_id"):
        op.create_index(f"ix_block_pupil_{column}", "block_pupil", [column])


def _open_to_all(expression: str) -> None:
    """Count anew what is open to all; what is taken is judged by it, so that goes and comes with it."""
    op.drop_constraint(op.f("ck_opening_taken"), "opening")
    op.drop_column("opening", "open_to_all")
    op.add_column("opening", sa.Column("open_to_all", sa.BigInteger(), sa.Computed(expression, persisted=True), nullable=False))
    op.create_check_constraint(op.f("ck_opening_taken"), "opening", "0 <= taken AND taken <= open_to_all")


def downgrade() -> None:
    op.drop_table("block_pupil")
    op.drop_table("block")
    _open_to_all(_OPEN_TO_ALL)
    op.drop_constraint(op.f("ck_opening_held_back"), "opening")
    op.drop_column("opening", "held_back")
