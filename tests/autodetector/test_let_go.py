"""A field is removed in the run in which the key that another one refers to is another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autodetector.runner import Runner, after_each_migration
from autodetector.test_order import back_to_nothing, go
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

MODELS = """class Person(models.Model):
    id = models.{}, primary_key=True)


class Order(models.Model):
    person = models.ForeignKey(Person, models.CASCADE, null=True)
    n = models.IntegerField(default=0)
{}"""
TEXT, UUID = "CharField(max_length=40", "UUIDField(default=uuid.uuid4"
GONE = "    gone = models.IntegerField(null=True)\n"
INSERT = "INSERT INTO shop_order (n) VALUES (1)"


@pytest.mark.parametrize("app", ["history", "shop", "tracks"])
@pytest.mark.parametrize("level", ["", ", level=pgh.Row", ", level=pgh.Statement"])
@pytest.mark.parametrize(("before", "after"), [("", ""), ("gone", "n"), ("n", "n")])
def test_neither_is_named_any_more(
    project: Project, app: str, level: str, before: str, after: str
) -> None:
    runner = Runner(project)

    def written(key: str, fields: str, read: str) -> dict[str, str]:
        condition = f"pgh.AfterUpdate('u', condition=pgh.AnyChange('{read}'){level})"
        trackers = f"pgh.Snapshot('s'{level}), {condition if read else ''}"
        declared = f"pgh.track({trackers}, app_label='{app}', model_name='Past')('shop.Order')\n"
        if not read:
            declared = declared.replace(", ,", ",")
        models = MODELS.format(key, fields)
        return {"shop": models + declared} if app == "shop" else {"shop": models, app: declared}

    go(runner, **written(TEXT, GONE, before))
    go(runner, **written(UUID, "", after))
    labels = [("s",), ("u",)] if after else [("s",)]
    for _ in range(2):
        assert runner.events(INSERT, f"{app}_past", "pgh_label") == [("s",)]
        found = runner.events("UPDATE shop_order SET n = n + 1", f"{app}_past", "pgh_label")
        assert sorted(set(found)) == labels
        runner.migrate(app, "0001")
        runner.migrate("shop", "0001")
        assert runner.events(INSERT, f"{app}_past", "pgh_label") == [("s",)]
        runner.migrate()
    back_to_nothing(runner, app, "shop")


def test_a_condition_of_a_kept_history_names_what_is_gone(project: Project) -> None:
    """It is said which, also where another of its trackers has to be compiled anew."""
    runner = Runner(project)
    track = "pgh.track(pgh.Snapshot('s'), pgh.AfterUpdate('u', level=pgh.Statement, condition="
    track += "pgh.AnyChange('gone')), app_label='history', model_name='Past')('shop.Order')\n"
    go(runner, shop=MODELS.format(TEXT, GONE), history=track)
    runner.models(MODELS.format(TEXT, "    added = models.IntegerField(null=True)\n"))
    runner.models("", app="history")
    with pytest.raises(Exception, match="does not guess what its condition is to be"):
        runner.makemigrations("n", "1")


NUMBERS = """class Order(models.Model):
    a = models.{}Field(default=0)
    z = models.IntegerField(default=0)
{}"""
GONE_NUMBER = "    c = models.IntegerField(default=0)\n"
COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = 'shop_order'::regclass"
REUSED = "    q = models.IntegerField(default=0, db_column='c')\n"


def numbers(app: str, level: str, kind: str, field: str, read: str = "a") -> dict[str, str]:
    track = f"pgh.track(pgh.Snapshot('s'{level}), pgh.AfterUpdate('u', condition=pgh.Q("
    track += f"new__{read}__gt=3)), app_label='{app}', model_name='Past')('shop.Order')\n"
    return {"shop": NUMBERS.format(kind, field), app: track}


def writing(runner: Runner, table: str) -> Callable[[], None]:
    def write() -> None:
        columns = {name for (name,) in runner.fetch(COLUMNS)}
        also = ", c = c + 1" if "c" in columns else ""
        labels = runner.events(f"UPDATE shop_order SET z = z + 1{also}", table, "pgh_label")
        assert sorted(labels) == [("s",), ("u",)]

    return write


@pytest.mark.parametrize("app", ["history", "tracks"])
@pytest.mark.parametrize("level", ["", ", level=pgh.Row", ", level=pgh.Statement"])
def test_what_stands_in_lets_go_as_well(project: Project, app: str, level: str) -> None:
    """No write is refused while another app's migrations change a type and remove a field."""
    runner, table = Runner(project), f"{app}_past"
    go(runner, **numbers(app, level, "Integer", GONE_NUMBER))
    runner.execute("INSERT INTO shop_order (a, z, c) VALUES (4, 0, 100)")
    with after_each_migration(writing(runner, table)):
        go(runner, **numbers(app, level, "BigInteger", ""))
    found = runner.fetch(f"SELECT z, c FROM {table} WHERE pgh_label = 's' ORDER BY pgh_id")
    assert found[:3] == [(0, 100), (1, None), (2, None)]
    back_to_nothing(runner, app, "shop")


@pytest.mark.parametrize("app", ["history", "tracks"])
@pytest.mark.parametrize("at_once", [False, True])
def test_another_field_takes_the_column(project: Project, app: str, at_once: bool) -> None:
    """What it holds is never taken for what is gone, also where all is deployed together."""
    runner, table = Runner(project), f"{app}_past"
    go(runner, **numbers(app, "", "Integer", GONE_NUMBER))
    runner.execute("INSERT INTO shop_order (a, z, c) VALUES (4, 0, 1000)")
    for kind, field in [*[("BigInteger", "")][at_once:], ("BigInteger", REUSED)]:
        for name, text in numbers(app, "", kind, field).items():
            runner.models(text, app=name)
        runner.makemigrations(*(["n"] if at_once else []))
    with after_each_migration(writing(runner, table)):
        runner.migrate()
    assert runner.is_quiet()
    assert {c for (c,) in runner.fetch(f"SELECT c FROM {table}") if c} == {1000}
    runner.execute("UPDATE shop_order SET c = 5")
    assert runner.fetch(f"SELECT c, c_ FROM {table} ORDER BY pgh_id DESC LIMIT 1") == [(None, 5)]
    back_to_nothing(runner, app, "shop")
