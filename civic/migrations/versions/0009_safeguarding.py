"""safeguarding: who conducts an activity, and what is declared of each certificate

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OUTCOME = sa.Enum("clear", "not_clear", name="outcome", native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "safeguarding_declaration",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("outcome", _OUTCOME, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("declared_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("issued_on <= seen_on", name="seen"),
    )
    for column in ("person_id", "declared_by_id", "valid_until"):
        op.create_index(f"ix_safeguarding_declaration_{column}", "safeguarding_declaration", [column])
    last = ["organisation_id", "person_id", sa.text("id DESC")]
    op.create_index("ix_safeguarding_declaration_last", "safeguarding_declaration", last)
    op.execute(
        "CREATE TRIGGER safeguarding_declaration_append_only BEFORE UPDATE ON safeguarding_declaration"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "activity_facilitator",
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id"), primary_key=True),
        sa.Column("membership_id", sa.BigInteger(), sa.ForeignKey("membership.id"), primary_key=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_activity_facilitator_membership_id", "activity_facilitator", ["membership_id"])


def downgrade() -> None:
    op.drop_table("activity_facilitator")
    op.drop_table("safeguarding_declaration")
