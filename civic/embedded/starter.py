"""`script/server`: the whole site on a machine that has nothing but Python, until Ctrl-C."""

import contextlib
import http.client
import logging
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field

from civic.embedded import processes
from civic.embedded.home import listen_on, port_of
from civic.embedded.processes import Command, StartError
from civic.embedded.settings import PROJECT, Local
from civic.embedded.supervisor import Service, Supervisor
from config import ConfigError, load, process_environment

HEALTH = "/salute"


class Stopped(BaseException):
    """Somebody asked the starter to end (Ctrl-C, SIGTERM, a closed terminal)."""


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # whoever read our output may have gone; the site goes on
        print(text, flush=True)


def step(text: str) -> None:
    say(f"  {text}")


@dataclass
class Starter:
    """One run of the site."""

    local: Local
    is_empty: bool
    supervisor: Supervisor = field(default_factory=lambda: Supervisor(tell=step))
    listeners: dict[str, socket.socket] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """The site has run until somebody ended it. What cannot work is said before anything is started."""
        self.local.home.prepare()
        with self.local.home.lock("site", seconds=1) as is_ours:
            if not is_ours:
                raise StartError(
                    f"A site already runs with CIVIC_HOME {self.local.home.path}: stop it, or choose another folder."
                )
            self.take_ports()
            self.environ = self.make_environment()
            load(self.environ)
            try:
                self.supervisor.start_watchdog()
                self.start_stores()
                self.prepare_data()
                self.start_edges()
                self.announce()
                self.stay()
            finally:
                step("stopping")
                self.supervisor.stop()

    def take_ports(self) -> None:
        self.listeners["web"] = listen_on(self.local.port, "PORT")
        if self.local.has_own("SMTP_URL"):
            self.listeners["mail"] = listen_on(self.local.mail_port, "MAIL_PORT")
            self.listeners["smtp"] = listen_on(0, "SMTP_URL")

    def make_environment(self) -> dict[str, str]:
        smtp_url = catcher_url = ""
        if self.local.has_own("SMTP_URL"):
            smtp_url = f"smtp://127.0.0.1:{port_of(self.listeners['smtp'])}"
            catcher_url = f"http://127.0.0.1:{self.local.mail_port}"
        base_url = f"http://127.0.0.1:{self.local.port}"
        self.local.home.remember({"base_url": base_url, "smtp_url": smtp_url, "catcher_url": catcher_url})
        return self.local.for_children(base_url, smtp_url, catcher_url)

    def start_stores(self) -> None:
        """The data stores answer; those that were named from outside are left alone."""
        started = []
        if self.local.has_own("DATABASE_URL"):
            step("starting PostgreSQL" + ("" if self.local.home.postgres.exists() else ", for the first time"))
            postgres = self.local.postgres()
            started.append(Service("PostgreSQL", postgres.prepared_command, postgres.answers, signal.SIGINT, 20, is_store=True))
        if self.local.has_own("REDIS_URL"):
            step("starting Valkey")
            valkey = self.local.valkey()
            started.append(Service("Valkey", valkey.prepared_command, valkey.answers, is_store=True))
        with self.local.home.lock("postgres", seconds=30) as is_free:
            if not is_free:
                raise StartError(f"A script/manage command still works with {self.local.home.path}: wait until it ends.")
            for service in started:
                self.supervisor.start(service)
            for service in started:
                self.supervisor.wait_until_ready(service)
        if self.local.has_own("DATABASE_URL"):
            postgres.create_database("civic")

    def prepare_data(self) -> None:
        if self.local.has_own("SMTP_URL"):
            step("starting the mail catcher")
            self.supervisor.start(Service("mail catcher", self.mail_catcher_command))
        step("bringing the database up to date")
        self.manage("db", "upgrade")
        if not self.is_empty:
            step("loading the demo town")
            self.manage("demo", "load")

    def manage(self, *arguments: str) -> None:
        command = self.python("manage", "-m", "civic.cli", *arguments)
        processes.run_to_end(command, f"script/manage {' '.join(arguments)}")

    def python(self, log: str, *arguments: str, pass_fds: tuple[int, ...] = ()) -> Command:
        return Command((sys.executable, *arguments), self.environ, self.local.home.log(log), cwd=PROJECT, pass_fds=pass_fds)

    def mail_catcher_command(self) -> Command:
        smtp, web = self.listeners["smtp"].fileno(), self.listeners["mail"].fileno()
        folders = ("--folder", str(self.local.home.mail), "--returns", str(self.local.home.returns))
        options = (*folders, "--smtp-fd", str(smtp), "--web-fd", str(web))
        return self.python("mail", "-m", "civic.embedded.mailcatcher", *options, pass_fds=(smtp, web))

    def web_command(self) -> Command:
        fd = self.listeners["web"].fileno()
        options = ("--config", str(PROJECT / "gunicorn.conf.py"), "--bind", f"fd://{fd}")
        return self.python("web", "-m", "gunicorn", *options, "civic.wsgi:app", pass_fds=(fd,))

    def worker_command(self) -> Command:
        name = f"civic-{self.local.port}@%h"
        options = ("--concurrency", "2", "--hostname", name, "--without-gossip", "--without-mingle")
        return self.python("worker", "-m", "celery", "-A", "worker", "worker", "--loglevel", "INFO", *options)

    def beat_command(self) -> Command:
        options = ("--schedule", str(self.local.home.path / "beat"), "--pidfile=")
        return self.python("beat", "-m", "celery", "-A", "civic.jobs.clock", "beat", "--loglevel", "INFO", *options)

    def start_edges(self) -> None:
        step("starting the site, the worker and the clock")
        web = Service("web server", self.web_command, self.is_site_up)
        self.supervisor.start(web)
        self.supervisor.start(Service("worker", self.worker_command))
        self.supervisor.start(Service("clock", self.beat_command, stop_seconds=3))
        self.supervisor.wait_until_ready(web, seconds=90)

    def is_site_up(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.local.port, timeout=10)
        try:
            connection.request("GET", HEALTH)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def announce(self) -> None:
        signins = "" if self.is_empty else self.read_signins()
        for service in self.supervisor.services:
            self.supervisor.wait_until_steady(service)
        step(f"data and logs are in {self.local.home.path}; Ctrl-C stops everything")
        if self.local.has_own("SMTP_URL"):
            step(f"the mail that the site sends is at http://127.0.0.1:{self.local.mail_port}")
        say(f"ready http://127.0.0.1:{self.local.port}")
        if signins:
            say(signins)

    def read_signins(self) -> str:
        command = self.python("manage", "-m", "civic.cli", "demo", "sign-ins")
        process = processes.spawn(command, stdout=subprocess.PIPE)
        output = process.communicate()[0].decode()
        return output.rstrip() if process.returncode == 0 else ""

    def stay(self) -> None:
        while True:
            self.supervisor.look()
            time.sleep(0.1)


def stop_when_asked() -> None:
    """Signals end the starter in order; a second one while it stops ends what is left at once. One that was switched off
    from outside (nohup) stays so, but for SIGINT, which shells switch off for everything in the background."""

    def stop(_number, _frame):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, give_up)
        raise Stopped

    def give_up(_number, _frame):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def main(arguments: list[str]) -> int:
    if unknown := set(arguments) - {"--empty"}:
        print(f"script/server knows only --empty (no demo town), not {' '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    stop_when_asked()
    logging.getLogger("psycopg").setLevel(logging.ERROR)  # it tells of queries that a Ctrl-C cut short
    try:
        Starter(Local.read(process_environment()), is_empty="--empty" in arguments).run()
    except Stopped:
        return 0
    except KeyboardInterrupt:
        return 130  # the watchdog and the system end what is left
    except (StartError, ConfigError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
