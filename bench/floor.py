"""Floor (a): bare Flask, psycopg and Jinja with exactly the statements of `docs/how-to/measure.md`; no session, no audit."""

from __future__ import annotations

import os
import threading

import psycopg
from flask import Flask, redirect, render_template_string, request

app = Flask(__name__)
_local = threading.local()

SCHEMA = """
CREATE TABLE activity (id bigint PRIMARY KEY, title text, summary text, organisation text, place text, starts_at timestamptz,
                       capacity int, taken int DEFAULT 0 CHECK (taken <= capacity));
CREATE TABLE signup (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, activity_id bigint REFERENCES activity (id),
                     person_id bigint, state text, UNIQUE (activity_id, person_id));
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, payload jsonb);
CREATE TABLE attendance (signup_id bigint PRIMARY KEY, state text, minutes int);
"""

LIST = """<!doctype html><html lang="it"><head><title>Laboratori</title></head><body><h1>Laboratori</h1><ul>
{% for row in rows %}<li><article><h2><a href="/activity/{{ row[0] }}">{{ row[1] }}</a></h2><p>{{ row[3] }}</p>
<p>{{ row[2] }}</p><p><time>{{ row[5].isoformat() }}</time>, {{ row[4] }}</p>
<p>{{ row[6] - row[7] }} posti liberi</p></article></li>{% endfor %}</ul></body></html>"""
PAGE = """<!doctype html><html lang="it"><head><title>{{ row[1] }}</title></head><body><h1>{{ row[1] }}</h1><p>{{ row[2] }}</p>
<p>{{ row[3] }}, {{ row[4] }}, {{ row[5].isoformat() }}</p><p>{{ row[6] - row[7] }} posti liberi</p>
<form method="post" action="/signup"><input type="hidden" name="activity" value="{{ row[0] }}"><button>Iscriviti</button></form>
</body></html>"""
DONE = """<!doctype html><html lang="it"><head><title>Fatto</title></head><body>
<h1>{{ row[1] }}</h1><p>{{ row[0] }}</p></body></html>"""
COLUMNS = "id, title, summary, organisation, place, starts_at, capacity, taken"


def address() -> str:
    """Return where the database of the floor is."""
    return os.environ["FLOOR_DATABASE_URL"]


def connection() -> psycopg.Connection:
    """Return this thread's connection, statements prepared at first use."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(address(), autocommit=True, prepare_threshold=0)
    return _local.connection


@app.get("/list")
def list_activities():
    rows = connection().execute(f"SELECT {COLUMNS} FROM activity ORDER BY starts_at, id LIMIT 20").fetchall()
    return render_template_string(LIST, rows=rows)


@app.get("/activity/<int:activity_id>")
def activity(activity_id: int):
    row = connection().execute(f"SELECT {COLUMNS} FROM activity WHERE id = %s", (activity_id,)).fetchone()
    return render_template_string(PAGE, row=row)


@app.post("/signup")
def signup():
    activity_id, person_id = int(request.form["activity"]), int(request.form["person"])
    with connection().transaction():
        claimed = connection().execute(
            "UPDATE activity SET taken = taken + 1 WHERE id = %s AND taken < capacity RETURNING taken", (activity_id,)
        ).fetchone()
        if claimed is None:
            return "full", 409
        signup_id = connection().execute(
            "INSERT INTO signup (activity_id, person_id, state) VALUES (%s, %s, 'confirmed') RETURNING id",
            (activity_id, person_id),
        ).fetchone()[0]
        connection().execute(
            "INSERT INTO outbox (name, payload) VALUES ('SignupConfirmed', jsonb_build_object('signup_id', %s::bigint))",
            (signup_id,),
        )
    return redirect(f"/done/{signup_id}", 303)


@app.get("/done/<int:signup_id>")
def done(signup_id: int):
    row = connection().execute(
        "SELECT s.state, a.title FROM signup s JOIN activity a ON a.id = s.activity_id WHERE s.id = %s", (signup_id,)
    ).fetchone()
    return render_template_string(DONE, row=row)


@app.post("/attendance")
def attendance():
    marked = [int(one) for one in request.form.getlist("signup")]
    with connection().transaction():
        connection().execute("SELECT id, person_id, state FROM signup WHERE id = ANY(%s)", (marked,)).fetchall()
        connection().execute(
            "INSERT INTO attendance (signup_id, state, minutes) SELECT unnest(%s::bigint[]), 'present', 120 "
            "ON CONFLICT (signup_id) DO UPDATE SET state = excluded.state, minutes = excluded.minutes",
            (marked,),
        )
        connection().execute("INSERT INTO outbox (name, payload) VALUES ('Marked', '{}')")
    return redirect("/list", 303)
