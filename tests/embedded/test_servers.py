"""The embedded PostgreSQL and Valkey on their own."""

import os
import subprocess
import sys

import psycopg
import pytest

from civic.embedded import processes
from civic.embedded.home import Home
from civic.embedded.postgres import THROWAWAY, Postgres
from civic.embedded.processes import StartError
from civic.embedded.settings import Local
from civic.embedded.testing import start_services
from config import load


@pytest.fixture
def postgres(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    postgres = Postgres(home.postgres, home.sockets, home.log("postgres"), options=THROWAWAY)
    yield postgres
    postgres.stop()


def test_the_server_speaks_of_accents_the_same_everywhere(postgres):
    postgres.start()
    with postgres.connect("civic") as connection:
        assert connection.execute("SELECT upper('più'), 'È' ILIKE 'è'").fetchone() == ("PIÙ", True)


def test_what_was_committed_survives_the_death_of_the_server(postgres):
    postgres.options = ()
    postgres.start()
    with postgres.connect("civic") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.process.kill()
    postgres.process.wait()
    postgres.start()
    with postgres.connect("civic") as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_pid_file_that_names_a_stranger_is_not_believed(postgres):
    postgres.start()
    postgres.stop()
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    postgres.start()
    assert postgres.answers()


def test_a_pid_file_that_names_a_zombie_is_not_believed(postgres):
    postgres.start()
    postgres.stop()
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    (postgres.data / "postmaster.pid").write_text(f"{zombie.pid}\n{postgres.data}\n")
    postgres.start()
    assert postgres.answers()
    zombie.wait()


def test_a_half_made_folder_of_an_interrupted_first_start_is_made_anew(postgres):
    half_made = postgres.data.with_name("postgres.new")
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18")
    postgres.start()
    assert postgres.answers()
    assert not half_made.exists()


def test_data_of_another_version_are_refused_in_a_sentence(postgres):
    postgres.data.mkdir(parents=True)
    (postgres.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartError, match="are of PostgreSQL 16 and this is 18"):
        postgres.start()


def test_a_server_of_another_folder_is_never_taken_for_ours(postgres, tmp_path):
    postgres.start()
    with pytest.raises(StartError, match=r"serves .* not "):
        Postgres(tmp_path / "other", postgres.sockets, postgres.log).answers()


def test_a_folder_with_a_long_path_works_through_short_sockets(tmp_path):
    folder = tmp_path / ("a-long-name-" * 9)
    services = start_services(folder)
    try:
        assert str(folder) not in services.postgres.url()
        assert services.valkey.answers()
        with psycopg.connect(services.postgres.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        services.stop()


def test_where_root_may_not_unshare_another_user_runs_the_server(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_unshare_works", [False])
    services = start_services(tmp_path / "home")
    try:
        owner = os.stat(f"/proc/{services.postgres.process.pid}").st_uid
        assert owner == (processes.unprivileged_user().pw_uid if os.geteuid() == 0 else os.geteuid())
        with psycopg.connect(services.postgres.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        services.stop()
    assert os.geteuid() != 0 or not services.home.servers.exists()


def test_a_local_site_has_every_setting_and_keeps_its_secrets(tmp_path):
    local = Local.read({"CIVIC_HOME": str(tmp_path / "home")})
    local.home.prepare()
    first, second = (load(local.for_children("http://127.0.0.1:8000", "smtp://127.0.0.1:25", None)) for _ in range(2))
    assert first == second
    assert first.ENVIRONMENT == "development"
    other = Local.read({"CIVIC_HOME": str(tmp_path / "other")})
    other.home.prepare()
    assert load(other.for_children("http://127.0.0.1:8000", "smtp://127.0.0.1:25", None)).SECRET_KEY != first.SECRET_KEY


def test_what_is_named_from_outside_takes_the_place_of_the_embedded_part(tmp_path):
    outside = {"DATABASE_URL": "postgresql://db.example.org/civic", "BASE_URL": "https://site.example.org"}
    local = Local.read({"CIVIC_HOME": str(tmp_path / "home")} | outside)
    local.home.prepare()
    settings = load(local.for_children("http://127.0.0.1:8000", "smtp://127.0.0.1:25", None))
    assert settings.DATABASE_URL == "postgresql+psycopg://db.example.org/civic"
    assert settings.TRUSTED_HOSTS == ("site.example.org",)
    assert settings.REDIS_URL.startswith("unix://")


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "80.5"])
def test_a_malformed_port_is_named(text):
    with pytest.raises(StartError, match="MAIL_PORT is malformed"):
        Local.read({"MAIL_PORT": text})
