"""A field is removed in the run in which the key that another one refers to is another."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
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
