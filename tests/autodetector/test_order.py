"""The order of the proposed operations, where several of them want to be at one place."""

from __future__ import annotations

import re

import pytest

from autodetector.runner import Runner, leftovers
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

A, BIG_A = "    a = models.IntegerField(default=0)\n", "    a = models.BigIntegerField(default=0)\n"
STATUS = "    status = models.CharField(max_length=9, default='')\n"
STATE = "    state = models.IntegerField(default=0)\n"
LINK = "    state = models.ForeignKey('shop.State', models.CASCADE, null=True)\n"
STATES = "class State(models.Model):\n    pass\n\n"


def order(fields: str, *declarations: str) -> str:
    return "".join(f"@pgh.track({item})\n" for item in declarations) + (
        f"class Order(models.Model):\n{fields}"
    )


def go(runner: Runner, *replies: str, **models: str) -> str:
    """Bring apps to a version of their models; return the migrations that were proposed."""
    for app, text in models.items():
        runner.models(text, app=app)
    text = runner.makemigrations(*replies)
    runner.migrate()
    assert runner.is_quiet()
    return text


def operations(text: str) -> list[str]:
    """Return the operations of migrations: ``RemoveTracker x``, ``AlterField order.a``."""
    found = []
    for name, arguments in re.findall(
        r"^        [\w.]*\.(\w+)\(\n(.*?)^        \)", text, re.DOTALL | re.MULTILINE
    ):
        given = dict(re.findall(r"^            (\w+)='?(.*?)'?,$", arguments, re.MULTILINE))
        model = given.get("model_name") or given.get("event_model") or given.get("name", "")
        rest = given.get("label") or (given.get("name") if "model_name" in given else None)
        found.append(f"{name} {model}" + (f".{rest}" if rest else ""))
    return found


def back_to_nothing(runner: Runner, *apps: str) -> None:
    tables = runner.fetch(
        "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND "
        f"split_part(relname, '_', 1) = ANY (ARRAY{list(apps)})"
    )
    runner.forget_rows(*(table for (table,) in tables))
    for app in apps:
        runner.migrate(app, "zero")
    assert leftovers() == []


@pytest.mark.parametrize("level", ["None", "pgh.Row", "pgh.Statement"])
@pytest.mark.parametrize(
    ("before", "after", "column", "value"),
    [
        ("pgh.Q(new__status='paid')", "pgh.Q(new__state=3)", STATE, "3"),
        ("pgh.AnyChange('status')", "pgh.AnyChange('state')", STATE, "3"),
        ("pgh.Q(new__status='paid')", "pgh.AnyChange('state')", LINK, "1"),
    ],
)
def test_the_field_of_a_condition_gives_way_to_another(
    project: Project, level: str, before: str, after: str, column: str, value: str
) -> None:
    runner = Runner(project)
    trackers = f"pgh.Snapshot(), pgh.AfterUpdate(condition={{}}), level={level}"
    states = STATES if column == LINK else ""
    go(runner, shop=order(STATUS + A, trackers.format(before)))
    runner.execute("INSERT INTO shop_order (status, a) VALUES ('', 1)")
    go(runner, shop=states + order(column + A, trackers.format(after)))
    name = "state_id" if column == LINK else "state"
    if column == LINK:
        runner.execute("INSERT INTO shop_state DEFAULT VALUES")
    written = runner.events(
        f"INSERT INTO shop_order ({name}, a) VALUES (NULL, 2)"
        if column == LINK
        else "INSERT INTO shop_order (state, a) VALUES (0, 2)",
        columns="pgh_label, a",
    )
    assert written == [("snapshot", 2)]
    changed = runner.events(
        f"UPDATE shop_order SET {name} = {value} WHERE a = 2", columns=f"pgh_label, {name}"
    )
    assert sorted(changed) == [("after_update", int(value)), ("snapshot", int(value))]
    back_to_nothing(runner, "shop")


@pytest.mark.parametrize("answer", ["2", "3"])
@pytest.mark.parametrize("app", ["audit", "shop"])
def test_a_history_ends_before_the_field_that_its_condition_reads(
    project: Project, app: str, answer: str
) -> None:
    runner = Runner(project)
    condition = "pgh.AfterInsert(condition=pgh.Q(new__status='x'), level=pgh.Row)"
    audit = f"pgh.track({condition}, app_label='{app}')('shop.Order')\n"
    go(runner, shop=order(A + STATUS), audit=audit)
    go(runner, answer, shop=order(A), audit="")
    runner.execute("INSERT INTO shop_order (a) VALUES (1)")
    back_to_nothing(runner, "audit", "shop")


def test_a_new_history_in_another_app_waits_for_renames(project: Project) -> None:
    """Those of the tracked model, and of one that it refers to in a third app."""
    runner = Runner(project)
    people = "class {}(models.Model):\n    pass\n"
    shop = "class {}(models.Model):\n    person = models.ForeignKey('people.{}', models.CASCADE)\n"
    go(runner, people=people.format("Person"), shop=shop.format("Order", "Person"))
    first = "pgh.track(model_name='First')('shop.{}')\n"
    go(
        runner,
        "y",
        people=people.format("Human"),
        shop=shop.format("Order", "Human"),
        audit=first.format("Order"),
    )
    second = "pgh.track(pgh.AfterInsert('a'), model_name='Second')('shop.Sale')\n"
    go(runner, "y", shop=shop.format("Sale", "Human"), audit=first.format("Sale") + second)
    runner.execute("INSERT INTO people_human (id) VALUES (1)")
    sql = "INSERT INTO shop_sale (person_id) VALUES (1)"
    assert runner.events(sql, "audit_first", "person_id") == [(1,)]
    assert runner.events(sql, "audit_second", "person_id") == [(1,)]


CONDITION = (
    "pgh.AfterUpdate('{0}', condition=pgh.Q(new__a__gt=1{2}), level=pgh.Row), model_name='{1}'"
)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CONDITION.format("x", "X", ""), CONDITION.format("y", "Y", "")),
        (CONDITION.format("x", "X", ""), CONDITION.format("y", "Y", ", new__state__gt=0")),
        (
            "pgh.Snapshot('x'), exclude=['status'], model_name='X'",
            "pgh.Snapshot('y', level=pgh.Row), fields=['id', 'a'], model_name='Y'",
        ),
    ],
)
def test_two_event_models_make_way_for_one_type(project: Project, first: str, second: str) -> None:
    runner = Runner(project)
    was = second.replace(", new__state__gt=0", "")
    go(runner, shop=order(A + STATUS, first, was))
    text = go(runner, shop=order(BIG_A + STATUS + STATE, first, second))
    found = operations(text)
    change = found.index("AlterField order.a")
    assert {found.index("RemoveTracker X.x"), found.index("RemoveTracker Y.y")} < set(range(change))
    runner.execute("INSERT INTO shop_order (a, status, state) VALUES (1, '', 1)")
    for table, label in (("shop_x", "x"), ("shop_y", "y")):
        written = runner.events(
            "UPDATE shop_order SET a = 5000000000 + pgh.n FROM "
            f"(SELECT count(*) AS n FROM {table}) AS pgh",
            table=table,
            columns="pgh_label",
        )
        assert written == [(label,)]
    back_to_nothing(runner, "shop")


def test_an_app_is_not_cut_within_the_follow_up_of_its_own_model(project: Project) -> None:
    """Another history of the app has to come first, for another app's sake."""
    runner = Runner(project)
    audit = "pgh.track()('shop.Order')\n\n\n@pgh.track()\nclass Note(models.Model):\n    n = "
    audit += "models.IntegerField(default=0)\n"
    go(runner, shop=order(A + STATUS), audit=audit)
    text = go(
        runner,
        shop=order(A + STATE),
        audit=audit + "    m = models.IntegerField(default=0)\n",
    )
    migrations = [operations(item) for item in text.split("class Migration")[1:]]
    (together,) = [item for item in migrations if "AddField note.m" in item]
    assert together[-1] == "RefreshTrackers NoteEvent" or "RefreshTrackers NoteEvent" in together
    written = runner.events(
        "INSERT INTO audit_note (n, m) VALUES (1, 2)", table="audit_noteevent", columns="n, m"
    )
    assert written == [(1, 2)]
    written = runner.events(
        "INSERT INTO shop_order (a, state) VALUES (1, 2)",
        table="audit_orderevent",
        columns="a, state, status",
    )
    assert written == [(1, 2, None)]
    back_to_nothing(runner, "audit", "shop")


def test_a_follow_up_is_not_cut_for_another_apps_change(project: Project) -> None:
    """Its own app's migration waits, rather than leave the triggers stale for the time between."""
    runner = Runner(project)
    shop = "class Order(models.Model):\n    code = models.CharField(max_length={}, unique=True)\n"
    note = "class Note(models.Model):\n    order = models.ForeignKey('shop.Order', models.CASCADE, "
    note += "to_field={})\n"
    link = "\n\nclass Item(models.Model):\n    "
    for target, width in (("'id'", 9), ("'code'", 9)):
        go(
            runner,
            shop=shop.format(5) + link + "pass",
            people=f"@pgh.track(level=pgh.Row)\n{note.format(target)}",
        )
        text = go(
            runner,
            shop=shop.format(width)
            + link
            + "note = models.ForeignKey('people.Note', models.CASCADE, null=True)\n",
            people=f"@pgh.track(level=pgh.Row, obj_field=None)\n{note.format(target)}",
        )
        assert text.count("RefreshTrackers") == 1
        runner.execute("INSERT INTO shop_order (id, code) VALUES (7, '7')")
        written = runner.events(
            "INSERT INTO people_note (order_id) VALUES ('7')",
            table="people_noteevent",
            columns="order_id::text",
        )
        assert written == [("7",)]
        back_to_nothing(runner, "people", "shop")
        for file in project.root.glob("*/migrations/0*.py"):
            file.unlink()


def test_the_order_of_rows_is_given_up(project: Project) -> None:
    runner = Runner(project)
    text = (
        "class Customer(models.Model):\n    pass\n\n\n@pgh.track({})\nclass Order(models.Model):\n"
    )
    text += "    customer = models.ForeignKey(Customer, models.CASCADE, null=True)\n"
    ordered = text + "\n    class Meta:\n        order_with_respect_to = 'customer'\n"
    trackers = "pgh.Snapshot(), exclude=['id']"
    go(runner, shop=text.format(trackers))
    go(runner, shop=ordered.format(trackers))
    written = runner.events("INSERT INTO shop_order (_order) VALUES (7)", columns="_order")
    assert written == [(7,)]
    found = operations(go(runner, shop=text.format(trackers)))
    assert found == ["RefreshTrackers OrderEvent", "AlterOrderWithRespectTo order"]
    assert runner.events("INSERT INTO shop_order DEFAULT VALUES", columns="_order") == [(None,)]
    back_to_nothing(runner, "shop")


@pytest.mark.parametrize(
    ("before", "after", "fields", "label"),
    [
        ("pgh.Snapshot('a')", "pgh.Snapshot('b')", BIG_A, "b"),
        ("pgh.Snapshot('a')", "pgh.Snapshot('b')", STATE, "b"),
        ("pgh.Snapshot('a')", "pgh.AfterInsert('b'), pgh.BeforeUpdate('c')", A + STATE, "b"),
        (
            "pgh.AfterInsert('a', condition=pgh.Q(new__a__gt=0), level=pgh.Row)",
            "pgh.AfterInsert('b', condition=pgh.Q(new__state__gt=0), level=pgh.Row)",
            STATE,
            "b",
        ),
        (
            "pgh.AfterInsert('a', condition=pgh.Q(new__a__gt=0), level=pgh.Row)",
            "pgh.AfterInsert('b', condition=pgh.Q(new__a__gt=0), level=pgh.Row)",
            BIG_A,
            "b",
        ),
    ],
)
def test_a_tracker_takes_the_place_of_one_of_another_label(
    project: Project, before: str, after: str, fields: str, label: str
) -> None:
    """Nothing is between the two, but for a change that the first one's condition stands in."""
    runner = Runner(project)
    go(runner, shop=order(A + STATUS, before))
    found = operations(go(runner, shop=order(fields + STATUS, after)))
    removed = found.index("RemoveTracker OrderEvent.a")
    following = found[removed + 1]
    if "condition" in before:
        assert following in (
            "RefreshTrackers OrderEvent",
            "AlterField order.a",
            "RemoveField order.a",
        )
    else:
        assert following == "AddTracker OrderEvent"
    columns = ", ".join(re.findall(r"^    (\w+) =", fields + STATUS, re.MULTILINE))
    values = columns.replace("status", "''").replace("state", "1")
    values = re.sub(r"\ba\b", "1", values)
    written = runner.events(
        f"INSERT INTO shop_order ({columns}) VALUES ({values})", columns="pgh_label"
    )
    assert written == [(label,)]
    back_to_nothing(runner, "shop")


@pytest.mark.parametrize("app", ["audit", "shop"])
@pytest.mark.parametrize(
    ("key", "reference"),
    [("id = models.BigAutoField", ", obj_field=None"), ("code = models.IntegerField", "")],
)
def test_a_reference_that_had_followed_a_rename_goes(
    project: Project, app: str, key: str, reference: str
) -> None:
    # Beside content types, a renamed model goes back only where its app depends on them.
    project.beside = ["pghistory_ops"]
    runner = Runner(project)
    declared = f"pgh.track(model_name='Past', app_label='{app}'{{}})('shop.{{}}')\n"
    model = "class {}(models.Model):\n    {}(primary_key=True, {})\n    a = models.TextField()\n"
    first = model.format("Order", "id = models.BigAutoField", "")
    go(runner, shop=first, audit=declared.format("", "Order"))
    first = first.replace("Order", "Sale")
    go(runner, "y", shop=first, audit=declared.format("", "Sale"))
    arguments = "default=0" if key.startswith("code") else ""
    go(
        runner,
        shop=model.format("Sale", key, arguments),
        audit=declared.format(reference, "Sale"),
    )
    columns, values = ("a", "'x'") if reference else ("code, a", "1, 'x'")
    written = runner.events(
        f"INSERT INTO shop_sale ({columns}) VALUES ({values})", f"{app}_past", "a"
    )
    assert written == [("x",)]
    back_to_nothing(runner, "audit", "shop")


def test_two_event_models_exchange_their_labels(project: Project) -> None:
    runner = Runner(project)
    declared = "pgh.AfterInsert('{}')", "pgh.AfterInsert('{}'), model_name='Other'"
    go(runner, shop=order(A, declared[0].format("a"), declared[1].format("b")))
    go(runner, shop=order(A, declared[0].format("b"), declared[1].format("a")))
    sql = "INSERT INTO shop_order (a) VALUES (1)"
    assert runner.events(sql, columns="pgh_label") == [("b",)]
    assert runner.events(sql, table="shop_other", columns="pgh_label") == [("a",)]
    back_to_nothing(runner, "shop")


@pytest.mark.parametrize("app", ["audit", "shop"])
def test_the_reference_to_a_renamed_model_is_given_up(project: Project, app: str) -> None:
    """What it held is kept; the field that keeps it refers to the model by its new name."""
    runner = Runner(project)
    model = "class {}(models.Model):\n    a = models.IntegerField()\n"
    history = f"pgh.track(pgh.Snapshot(), model_name='Past', app_label='{app}'"
    go(runner, shop=model.format("Item"), audit=f"{history})('shop.Item')\n")
    runner.execute("INSERT INTO shop_item (a) VALUES (1)")
    audit = f"{history}, obj_field=None)('shop.Sale')\n"
    go(runner, "y", shop=model.format("Sale"), audit=audit)
    assert runner.fetch(f"SELECT pgh_obj_id FROM {app}_past") == [(1,)]
    assert runner.events("INSERT INTO shop_sale (a) VALUES (2)", f"{app}_past", "a") == [(2,)]
    runner.forget_rows(f"{app}_past")
    runner.migrate(app, "0001" if app == "audit" else "zero")


@pytest.mark.parametrize("app", ["history", "shop", "tracks"])
@pytest.mark.parametrize("level", ["", ", level=pgh.Row"])
def test_a_tracker_stops_whose_condition_reads_what_changes_its_type(
    project: Project, app: str, level: str
) -> None:
    runner = Runner(project)
    model = "class Order(models.Model):\n{}    status = models.TextField(default='')\n"
    track = f"pgh.track({{}}, app_label='{app}', model_name='Past')('shop.Order')\n"
    both = f"pgh.Snapshot('s'), pgh.AfterUpdate('u', condition=pgh.Q(new__a__gt=3){level})"

    def written(fields: str, trackers: str) -> dict[str, str]:
        models, declared = model.format(fields), track.format(trackers)
        return {"shop": models + declared} if app == "shop" else {"shop": models, app: declared}

    go(runner, **written(A, both))
    go(runner, **written(A.replace("Integer", "Text"), "pgh.Snapshot('s')"))
    assert runner.events("INSERT INTO shop_order (a, status) VALUES ('x', 'y')", f"{app}_past")
    assert len(runner.events("UPDATE shop_order SET a = 'z'", f"{app}_past")) == 1
    back_to_nothing(runner, app, "shop")
