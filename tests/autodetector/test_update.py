"""``makemigrations --update`` where the history is in another app."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from autodetector.runner import Runner
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "class Order(models.Model):\n    total = models.IntegerField(default=0)\n"
NOTE = "    note = models.TextField(default='')\n"
OTHER = "class {}(models.Model):\n    pass\n"
AUDIT = "pgh.track(model_name='Past')('shop.Order')\n"


def files(runner: Runner) -> dict[str, str]:
    found = runner.project.root.glob("*/migrations/0*.py")
    return {str(file): file.read_text(encoding="utf-8") for file in found}


def test_one_of_two_migrations_depends_on_the_other_app(project: Project) -> None:
    """A change of type under a history in another app is bracketed by two migrations of it."""
    runner = Runner(project)
    audit = "pgh.track(pgh.AfterInsert('a', condition=pgh.Q(new__total__gt=3), level=pgh.Row), "
    audit += "model_name='Past')('shop.Order')\n"
    runner.models(ORDER)
    runner.models(audit, app="audit")
    runner.makemigrations()
    runner.migrate()
    runner.models(ORDER.replace("Integer", "BigInteger"))
    before = files(runner)
    with pytest.raises(CommandError, match="--update cannot write the migrations of"):
        runner.project.makemigrations("--update")
    assert files(runner) == before


def test_one_app_at_a_time(project: Project) -> None:
    runner = Runner(project)
    for more in (False, True):
        runner.models(ORDER + OTHER.format("X") * more)
        runner.models(AUDIT + OTHER.format("Y") * more, app="audit")
        runner.makemigrations()
    runner.migrate("shop", "0001")
    runner.migrate("audit", "0001")
    runner.models(ORDER + NOTE + OTHER.format("X"))
    before = files(runner)
    with pytest.raises(CommandError, match="--update cannot write the migrations of 'audit' and"):
        runner.project.makemigrations("--update")
    assert files(runner) == before
    runner.project.makemigrations("shop", "--update")
    runner.project.makemigrations("audit", "--update")
    runner.migrate()
    assert runner.is_quiet()
    sql = "INSERT INTO shop_order (total, note) VALUES (1, 'n')"
    assert runner.events(sql, table="audit_past", columns="note") == [("n",)]
