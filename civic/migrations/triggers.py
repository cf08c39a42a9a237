"""What the database itself refuses: changing the audit, moves of a delivery that are not in the table."""

from civic.notifications.types import DELIVERY_MOVES

_MOVES = ", ".join(f"('{before}', '{after}')" for before, afters in DELIVERY_MOVES.items() for after in sorted(afters))

CREATE = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER signup_move_append_only BEFORE UPDATE ON signup_move FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    f"""
    CREATE FUNCTION check_delivery_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.state <> NEW.state AND NOT ((OLD.state, NEW.state) IN ({_MOVES})) THEN
        RAISE EXCEPTION 'a delivery does not move from % to %', OLD.state, NEW.state
          USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER delivery_moves BEFORE UPDATE OF state ON delivery FOR EACH ROW EXECUTE FUNCTION check_delivery_move()",
)
"""Written once by the first migration; a later change of the table is a migration of its own."""
