"""Every page is a project: what it shows is written, migrated, run, and migrated back.

- ```python with a first line ``# shop/…py`` is a file; of a migration it may show the operations
  alone.
- SQL with a first line ``-- manage.py sqlmigrate shop 0002`` is an excerpt of what that prints; any
  other is run, on the database as the files before it have left it.
- ```pycon is run too, and compared with what it prints.
"""

import doctest
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.commands.makemigrations import Command as StockCommand
from django.db import connection

from projects import Project

from .blocks import ROOT, Block, blocks

PAGES = ["README.md", *(f"docs/{file.name}" for file in sorted(Path(ROOT, "docs").glob("*.md")))]
QUICKSTART = "docs/quickstart.md"
MODELS = "shop/models.py"
LEFT = """
SELECT relname FROM pg_class WHERE relname ~ '^shop_' AND relkind = 'r'
UNION ALL SELECT proname FROM pg_proc WHERE proname ~ '^pgh_'
UNION ALL SELECT tgname FROM pg_trigger WHERE tgname ~ 'pgh_'
"""


def given(shown: list[Block]) -> list[Block]:
    """Return the files of the quick start that a page with the blocks ``shown`` builds on."""
    own = {block.file for block in shown}
    if shown and shown[0].file != MODELS:
        own.discard(MODELS)  # where a page shows another one later, it begins with the first
    begins = any(str(file).startswith("shop/migrations/0002_") for file in own)
    return [
        block
        for block in blocks(QUICKSTART)
        if block.file
        and block.file not in own
        and not (begins and block.file.startswith("shop/migrations/"))
    ]


def write(project: Project, block: Block) -> None:
    """Write the file that a block shows; the first migration is made from the models."""
    assert block.file is not None
    if block.operations is not None:
        atomic = "atomic = False" not in block.text
        project.write_migration("shop", Path(block.file).stem, block.operations, atomic=atomic)
    else:
        project.write(block.file, block.text)
    if block.file == MODELS and not project.migrations("shop"):
        project.write("shop/migrations/__init__.py", "")
        project.makemigrations("shop")


def run_statements(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def compare_session(text: str, names: dict[str, object], page: str) -> None:
    example = doctest.DocTestParser().get_doctest(text, names, page, page, None)
    failures: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(example, out=failures.append, clear_globs=False)
    assert not failures, "".join(failures)
    names.update(example.globs)


def compare_excerpt(project: Project, block: Block) -> None:
    printed = project.sqlmigrate(*block.excerpt_of)
    for statement in block.statements:
        assert statement in printed, printed
        printed = printed.partition(statement)[2]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_is_true(project: Project, page: str) -> None:
    shown = blocks(page)
    names: dict[str, object] = {}
    for block in [*given(shown), *shown]:
        if block.file:
            write(project, block)
            continue
        if block.excerpt_of:
            compare_excerpt(project, block)
        elif block.language in ("sql", "postgresql"):
            project.migrate("shop", verbosity=0)
            run_statements(block.text)
        elif block.language == "pycon":
            project.migrate("shop", verbosity=0)
            compare_session(block.text, names, page)
    project.migrate("shop", verbosity=0)
    project.call("check")
    project.migrate("shop", "zero", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(LEFT)
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_the_quick_start_leaves_nothing_to_propose(project: Project) -> None:
    for block in blocks(QUICKSTART):
        if block.file:
            write(project, block)
    assert "No changes detected" in project.makemigrations("shop", "--check", "--dry-run")


@pytest.mark.django_db
def test_the_command_of_django_proposes_what_the_quick_start_warns_of(project: Project) -> None:
    for block in blocks(QUICKSTART):
        if block.file:
            write(project, block)
    project.install()
    output = StringIO()
    call_command(StockCommand(), "shop", dry_run=True, interactive=False, stdout=output)
    assert "Delete model OrderEvent" in output.getvalue()
