"""What can be run: ``nox --list`` tells. Arguments after ``--`` go to pytest."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["lint", "typing", "tests"]
# A machine seldom has every interpreter of the matrix: an absent one is skipped, and named.
nox.options.error_on_missing_interpreters = False

PROJECT = nox.project.load_toml("pyproject.toml")
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
PAIRS = [
    ("3.11", "5.2"),
    ("3.12", "5.2"),
    ("3.12", "6.0"),
    ("3.12", "6.1"),
    ("3.13", "5.2"),
    ("3.13", "6.0"),
    ("3.13", "6.1"),
]

Environment = dict[str, str | None]
EMBEDDED: Environment = {"PGHISTORY_OPS_DSN": None, "PGHISTORY_OPS_PG_BINDIR": None}


def add_pyenv_interpreters_to_path() -> None:
    """Let ``python=`` find every interpreter of pyenv, not only those that it has switched on."""
    if pyenv := shutil.which("pyenv"):
        command = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=True)
        root = Path(command.stdout.strip())
    else:
        root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    folders = (str(folder) for folder in sorted(root.glob("versions/3.*/bin"), reverse=True))
    os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], *folders])


add_pyenv_interpreters_to_path()


def install(session: nox.Session, *groups: str, extras: str = "", django: str = "") -> None:
    """Install the package as a wheel, with dependency groups and one series of Django."""
    requirements = nox.project.dependency_groups(PROJECT, *groups)
    pins = [f"Django~={django}.0"] if django else []
    session.install(f".{extras}", *requirements, *pins)


def installed_postgres(version: int) -> Environment | None:
    """Return how to run the tests on Debian's packaged server, None where it is not installed."""
    programs = DEBIAN_POSTGRES / str(version) / "bin"
    if not (programs / "initdb").exists():
        return None
    return {"PGHISTORY_OPS_DSN": None, "PGHISTORY_OPS_PG_BINDIR": str(programs)}


def run_tests(session: nox.Session, *arguments: str, env: Environment | None = None) -> None:
    # A few processes, each with a server of its own. The program, not "python -m pytest", which
    # would put the source folder before the wheel.
    workers = ("--numprocesses=auto", "--maxprocesses=4")
    session.run("pytest", *workers, *arguments, *session.posargs, env=env)


@nox.session
def tests(session: nox.Session) -> None:
    """Test with this interpreter, and report the coverage."""
    install(session, "tests")
    run_tests(session, "--cov")


@nox.session
@nox.parametrize("python,django", PAIRS)
def matrix(session: nox.Session, django: str) -> None:
    """Test every pair of Python and Django on every server that is present."""
    install(session, "tests", django=django)
    if "PGHISTORY_OPS_DSN" in os.environ or "PGHISTORY_OPS_PG_BINDIR" in os.environ:
        run_tests(session)
        return
    run_tests(session, env=EMBEDDED)
    if debian := installed_postgres(15):
        run_tests(session, env=debian)
    else:
        session.warn("PostgreSQL 15 is not installed: tested on the embedded server alone")


@nox.session(python="3.11")
def oldest(session: nox.Session) -> None:
    """Test the oldest supported Python, Django and PostgreSQL."""
    postgres = installed_postgres(15)
    if postgres is None:
        session.error("PostgreSQL 15 is not installed (Debian: apt-get install postgresql-15)")
    install(session, "tests", django="5.2")
    run_tests(session, env=postgres)


@nox.session(python="3.13")
def newest(session: nox.Session) -> None:
    """Test the newest supported Python, Django and PostgreSQL."""
    install(session, "tests", django="6.1")
    run_tests(session, env=EMBEDDED)


@nox.session
def snapshots(session: nox.Session) -> None:
    """Write the snapshots anew; review them with git diff."""
    install(session, "tests")
    run_tests(session, "tests/snapshots", "tests/autodetector", "--snapshot-update")


@nox.session
def lint(session: nox.Session) -> None:
    """Check the style of the code."""
    session.install(*nox.project.dependency_groups(PROJECT, "lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types of the package, and of its use from the outside."""
    install(session, "typing")
    session.run("mypy", *session.posargs)
    session.run("pyright")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into docs/_build/html."""
    install(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def example(session: nox.Session) -> None:
    """Play a day in the example shop."""
    install(session, "example", extras="[cli]")
    session.run("python", "example/demo.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against the peers and hand-written triggers; ``-- --quick`` takes minutes."""
    install(session, "bench")
    session.run("python", "benchmarks", *session.posargs)
