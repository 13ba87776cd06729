"""The commands, beside those of other apps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core import checks
from django.core.management import get_commands
from django.test import override_settings

from pghistory_ops.autodetector import AutodetectorMixin
from pghistory_ops.checks import check_commands
from projects import Project

COMMAND = """
from django.core.management.commands.{name} import Command as BaseCommand


class Command(BaseCommand):
    {body}
"""
MIXED = """from pghistory_ops.autodetector import AutodetectorMixin

    class autodetector(AutodetectorMixin, BaseCommand.autodetector):
        pass
"""


@pytest.fixture(autouse=True)
def commands_read_anew() -> Iterator[None]:
    get_commands.cache_clear()
    yield
    get_commands.cache_clear()


def write_command(project: Project, app: str, body: str) -> None:
    text = COMMAND.format(name="migrate", body=body)
    project.write(f"{app}/management/commands/migrate.py", text)


def test_our_commands_are_fine() -> None:
    assert check_commands() == []


def test_a_command_of_another_app_is_reported(project: Project) -> None:
    write_command(project, "displacing", "pass")
    with override_settings(INSTALLED_APPS=["displacing", *settings.INSTALLED_APPS]):
        get_commands.cache_clear()
        found = check_commands()
    assert found == [
        checks.Error(
            "The command migrate of displacing.management.commands.migrate does not know event "
            "models: it would propose to delete them.",
            hint="Put 'pghistory_ops' before that app in INSTALLED_APPS, or give the command an "
            "autodetector with pghistory_ops.autodetector.AutodetectorMixin.",
            id="pghistory_ops.E002",
        )
    ]


def test_a_command_of_another_app_may_have_the_mixin(project: Project) -> None:
    write_command(project, "mixing", MIXED)
    with override_settings(INSTALLED_APPS=["mixing", *settings.INSTALLED_APPS]):
        get_commands.cache_clear()
        assert check_commands() == []


def test_the_mixin_stands_before_what_the_command_had() -> None:
    from pghistory_ops.management.commands.makemigrations import BaseCommand, Command

    assert issubclass(Command.autodetector, (AutodetectorMixin, BaseCommand.autodetector))
