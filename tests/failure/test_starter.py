"""script/server on an empty folder, with its processes really killed."""

import signal
import smtplib
import socket
import stat
import urllib.request

import psycopg
import pytest

from civic.embedded.home import Home
from civic.embedded.settings import Local
from tests.failure.site import Site, is_gone, wait_for

CHILDREN = {
    "PostgreSQL": ("bin/postgres",),
    "Valkey": ("valkey-server",),
    "mail catcher": ("civic.embedded.mailcatcher",),
    "web server": ("gunicorn",),
    "worker": ("celery", "worker --"),
    "clock": ("celery", "beat --"),
}


def database(site: Site) -> psycopg.Connection:
    return psycopg.connect(Local.read(site.environ()).postgres().url(), autocommit=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site") / "home").start("--empty")
    yield site
    site.stop(signal.SIGKILL)


def test_the_site_answers_and_says_so_in_one_line(site):
    assert site.status() == 200
    assert site.output.read_text().count("ready ") == 1
    assert site.output.read_text().rstrip().endswith(f"ready http://127.0.0.1:{site.port}")


def test_a_mail_handed_over_is_on_the_page_of_the_mail_catcher(site):
    smtp_url = Home(site.home).remembered()["smtp_url"]
    with smtplib.SMTP("127.0.0.1", int(smtp_url.rpartition(":")[2])) as client:
        client.sendmail("a@example.org", ["b@example.org"], "Subject: Ci vediamo\n\nA domani.\n")
    with urllib.request.urlopen(f"http://127.0.0.1:{site.mail_port}/") as page:
        assert b"Ci vediamo" in page.read()


def test_the_secrets_are_for_nobody_else(site):
    for path in (site.home / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(site.home.stat().st_mode) == 0o700


def test_a_second_site_on_the_same_folder_is_refused_in_a_sentence(site):
    refused = Site(site.home).run("--empty")
    assert refused.returncode == 1
    assert f"A site already runs with CIVIC_HOME {site.home}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_command_uses_the_database_of_the_running_site(site):
    before = site.child(*CHILDREN["PostgreSQL"]).pid
    done = site.manage("db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert site.child(*CHILDREN["PostgreSQL"]).pid == before


@pytest.mark.parametrize("name", CHILDREN)
def test_a_killed_child_is_started_again(site, name):
    victim = site.child(*CHILDREN[name])
    victim.send_signal(signal.SIGKILL)
    wait_for(lambda: is_gone(victim), f"the end of {name}")

    def is_back() -> bool:
        try:
            return site.child(*CHILDREN[name]).pid != victim.pid
        except AssertionError:
            return False

    wait_for(is_back, f"another {name}")
    wait_for(lambda: site.status() == 200, f"the site after the end of {name}")


def test_two_sites_run_side_by_side(site, tmp_path):
    other = Site(tmp_path / "other").start("--empty")
    try:
        assert (other.status(), site.status()) == (200, 200)
    finally:
        assert other.stop() == 0


def test_killing_the_starter_leaves_nothing_behind_and_the_next_start_finds_the_data(site):
    with database(site) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 41 + 1 AS answer")
    children = site.processes()
    assert len(children) >= len(CHILDREN)
    site.stop(signal.SIGKILL)
    wait_for(lambda: all(is_gone(child) for child in children), "the end of every child", 30)

    site.start("--empty")
    with database(site) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    with urllib.request.urlopen(f"http://127.0.0.1:{site.mail_port}/") as page:
        assert b"Ci vediamo" in page.read()


def test_ctrl_c_stops_everything(site):
    children = site.processes()
    assert site.stop(signal.SIGINT) == 0
    assert all(is_gone(child) for child in children)
    assert site.status() is None


def test_a_command_without_a_running_site_brings_its_own_database_and_takes_it_along(site):
    assert site.process.poll() is not None
    done = site.manage("db", "upgrade")
    assert done.returncode == 0, done.stderr
    assert not (site.home / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize("setting", ["PORT", "MAIL_PORT"])
def test_a_taken_port_is_said_before_anything_starts(tmp_path, setting):
    site = Site(tmp_path / "home")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = site.run("--empty", **{setting: str(port)})
    assert refused.returncode == 1
    assert refused.stderr == f"Port {port} is taken by another program: stop it, or choose another with {setting}={port + 1}.\n"
    assert not (site.home / "postgres").exists()


def test_a_malformed_setting_is_said_before_anything_starts(tmp_path):
    site = Site(tmp_path / "home")
    refused = site.run("--empty", SECRET_KEY="short", REDIS_URL="http://wrong")
    assert refused.returncode == 1
    assert "SECRET_KEY is malformed" in refused.stderr
    assert "REDIS_URL is malformed" in refused.stderr
    assert not (site.home / "postgres").exists()
