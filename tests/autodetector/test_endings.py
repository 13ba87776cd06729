"""A history ends in the run in which something else happens to what it tracked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from autodetector.runner import Runner
from autodetector.test_altered_keys import assert_the_same_from_zero
from autodetector.test_order import back_to_nothing, go
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

STOP, DELETE = "2", "3"
HISTORY = "pgh.track(pgh.Snapshot('s'), app_label='{}', model_name='Past'{})('shop.{}')\n"
DECIMAL = "    id = models.DecimalField(max_digits=5, decimal_places=1, primary_key=True)\n"
NUMBER = "    id = models.IntegerField(primary_key=True)\n"
PLAIN, OWN = (f"    k = models.BigIntegerField({option})\n" for option in ("", "primary_key=True"))
APPS = pytest.mark.parametrize("app", ["history", "shop"])


def order(fields: str = "", name: str = "Order") -> str:
    return f"class {name}(models.Model):\n    z = models.IntegerField(default=0)\n{fields}"


def things(name: str) -> str:
    tagged = f"class {name}(models.Model):\n    tags = models.ManyToManyField(Tag)\n"
    return f"class Tag(models.Model):\n    pass\n\n{tagged}"


def written(app: str, models: str, history: str = "") -> dict[str, str]:
    """Return the models of each app; the history is declared in its own or in ``shop``."""
    return {"shop": models + history} if app == "shop" else {"shop": models, app: history}


@APPS
@pytest.mark.parametrize(("before", "after"), [(DECIMAL, NUMBER), (PLAIN, OWN)])
def test_the_key_is_another_one(project: Project, app: str, before: str, after: str) -> None:
    """What an event referred to is not read as the new key."""
    runner = Runner(project)
    go(runner, **written(app, order(before), HISTORY.format(app, "", "Order")))
    name = "id" if before is DECIMAL else "k"
    value = "2.5" if before is DECIMAL else "7"
    runner.execute(f"INSERT INTO shop_order (z, {name}) VALUES (0, {value})")
    runner.execute("DELETE FROM shop_order")
    go(runner, STOP, **written(app, order(after)))
    kept = Decimal("2.5") if before is DECIMAL else 1
    assert runner.fetch(f"SELECT pgh_obj_id, pgh_obj_old_id FROM {app}_past") == [(None, kept)]
    runner.execute(f"INSERT INTO shop_order (z, {name}) VALUES (0, 3)")
    assert runner.fetch(f"SELECT count(*) FROM {app}_past") == [(1,)]
    runner.forget_rows(f"{app}_past")
    assert_the_same_from_zero(runner, "shop", app)


@APPS
@pytest.mark.parametrize("answer", [STOP, DELETE])
@pytest.mark.parametrize("option", ["", ", obj_field=None"])
def test_the_model_is_renamed(project: Project, app: str, answer: str, option: str) -> None:
    runner = Runner(project)
    go(runner, **written(app, order(), HISTORY.format(app, option, "Order")))
    runner.execute("INSERT INTO shop_order (z) VALUES (1)")
    renamed = order(name="Purchase")
    go(runner, "y", answer, **written(app, renamed))
    runner.execute("UPDATE shop_purchase SET z = 2")
    # It is of the renamed model, and may be declared again.
    go(runner, **written(app, renamed, HISTORY.format(app, option, "Purchase")))
    runner.execute("UPDATE shop_purchase SET z = 3")
    before = [(1,)] if answer == STOP else []
    assert runner.fetch(f"SELECT z FROM {app}_past ORDER BY pgh_id") == [*before, (3,)]
    back_to_nothing(runner, app, "shop")


@APPS
@pytest.mark.parametrize("answer", [STOP, DELETE])
def test_the_model_of_a_many_to_many_is_renamed(project: Project, app: str, answer: str) -> None:
    runner = Runner(project)
    go(runner, **written(app, things("Thing"), HISTORY.format(app, "", "Thing_tags")))
    runner.execute(
        "INSERT INTO shop_tag DEFAULT VALUES; INSERT INTO shop_thing DEFAULT VALUES; "
        "INSERT INTO shop_thing_tags (thing_id, tag_id) VALUES (1, 1)"
    )
    go(runner, "y", answer, **written(app, things("Item")))
    runner.execute("DELETE FROM shop_item_tags")
    if answer == STOP:
        assert runner.fetch(f"SELECT item_id, tag_id FROM {app}_past") == [(1, 1)]
    back_to_nothing(runner, app, "shop")
