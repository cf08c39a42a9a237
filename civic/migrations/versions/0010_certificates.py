"""certificates: the register of an activity, and the ledger of what was issued

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KIND = sa.Enum("attendance", "hours", name="kind", native_enum=False, create_constraint=True, length=40)
_FIXED = (
    "code", "year", "number", "activity_id", "person_id", "kind", "minutes", "scheduled_minutes", "threshold", "meetings_attended",
    "meetings", "first_on", "last_on", "title", "organisation_name", "issued_at", "issued_by_id", "replaces_id",
)
_WRITTEN_ONCE = ("prepared_at", "fingerprint", "revoked_at", "revoked_by_id", "revoked_reason")
# What was issued stays as it was issued; what became of it is added once, and the file can only go.
_CHANGES = " OR ".join(
    [f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _FIXED]
    + [f"OLD.{name} IS NOT NULL AND OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _WRITTEN_ONCE]
    + ["OLD.prepared_at IS NOT NULL AND NEW.document IS NOT NULL AND OLD.document IS DISTINCT FROM NEW.document"]
)
_KEEP = f"""
CREATE FUNCTION keep_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR {_CHANGES} THEN
    RAISE EXCEPTION 'certificate is append-only' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "register",
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id"), primary_key=True, autoincrement=False),
        sa.Column("threshold", sa.SmallInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.CheckConstraint("threshold BETWEEN 1 AND 100", name="threshold"),
    )
    op.create_index("ix_register_closed_by_id", "register", ["closed_by_id"])
    op.create_table(
        "certificate_year",
        sa.Column("year", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )
    _certificate()
    op.execute(_KEEP)
    op.execute("CREATE TRIGGER certificate_kept BEFORE UPDATE OR DELETE ON certificate FOR EACH ROW EXECUTE FUNCTION keep_certificate()")


def _certificate() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), sa.ForeignKey("activity.id"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("scheduled_minutes", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.SmallInteger(), nullable=False),
        sa.Column("meetings_attended", sa.SmallInteger(), nullable=False),
        sa.Column("meetings", sa.SmallInteger(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("replaces_id", sa.BigInteger(), sa.ForeignKey("certificate.id")),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("prepared_at", sa.DateTime(timezone=True)),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("initials", sa.Text(), server_default="", nullable=False),
        sa.Column("document", sa.LargeBinary()),
        sa.Column("fingerprint", sa.LargeBinary()),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_by_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("revoked_reason", sa.Text()),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("replaces_id"),
        sa.UniqueConstraint("year", "number"),
        sa.CheckConstraint("minutes > 0 AND scheduled_minutes >= 0", name="minutes"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name="revoked"),
    )
    for column in ("activity_id", "person_id", "issued_by_id", "revoked_by_id"):
        op.create_index(f"ix_certificate_{column}", "certificate", [column])
    live = sa.text("revoked_at IS NULL")
    op.create_index("uq_certificate_live", "certificate", ["activity_id", "person_id"], unique=True, postgresql_where=live)
    due = sa.text("asked_at IS NOT NULL AND prepared_at IS NULL AND failed_at IS NULL AND revoked_at IS NULL")
    op.create_index("ix_certificate_to_prepare", "certificate", ["id"], postgresql_where=due)


def downgrade() -> None:
    op.drop_table("certificate")
    op.execute("DROP FUNCTION keep_certificate()")
    op.drop_table("certificate_year")
    op.drop_table("register")
