"""Changes of primary keys, and keys of every kind."""

from __future__ import annotations

import pytest

from db.shop import events, execute, forget_events, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

DEFERRABLE = """
migrations.RunSQL(
    "ALTER TABLE shop_thing DROP CONSTRAINT shop_thing_pkey, "
    "ADD CONSTRAINT shop_thing_pkey PRIMARY KEY (id) DEFERRABLE"
),
"""
LEVELS = ["", ", level=pgh.Row", ", level=pgh.Statement"]
START = [(1, "a", 1), (2, "b", 2), (3, "c", 3)]


def make_things(project: Project, *trackers: str) -> None:
    make_shop(project, *trackers, then=DEFERRABLE)
    for row in START:
        execute("INSERT INTO shop_thing VALUES (%s, %s, %s)", row)
    forget_events()


@pytest.mark.parametrize("level", LEVELS)
def test_a_swap_is_two_updates(project: Project, level: str) -> None:
    make_things(
        project,
        f"pgh.Snapshot('snapshot'{level})",
        f"pgh.BeforeUpdate('before'{level})",
        f"pgh.AfterUpdate('after'{level})",
        f"pgh.DatabaseTracker('key', operation=pgh.Update, condition=pgh.AnyChange('id'){level})",
        "pgh.DatabaseTracker('grew', operation=pgh.Update, "
        f"condition=pgh.Q(new__id__gt=pgh.F('old__id')){level})",
        f"pgh.AfterInsert('inserted'{level})",
        f"pgh.AfterDelete('deleted'{level})",
    )
    execute("UPDATE shop_thing SET id = 3 - id WHERE id < 3")
    swapped = [(1, "b"), (2, "a")]
    found = sorted(events("pgh_label, pgh_obj_id, name"))
    assert found == sorted(
        [
            *(("after", *row) for row in swapped),
            *(("before", key, name) for key, name in [(1, "a"), (2, "b")]),
            ("grew", 2, "a"),
            *(("key", *row) for row in swapped),
            *(("snapshot", *row) for row in swapped),
        ]
    )


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("shift", [1, -1])
def test_a_shift_onto_one_another_is_an_update_of_each(
    project: Project, level: str, shift: int
) -> None:
    make_things(project, f"pgh.Snapshot({level.removeprefix(', ')})")
    execute("UPDATE shop_thing SET id = id + %s", [shift])
    assert sorted(events("pgh_obj_id, id, name")) == [
        (key + shift, key + shift, name) for key, name, _ in START
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_old_and_new_rows_are_paired_in_large_updates(project: Project, level: str) -> None:
    make_things(
        project,
        "pgh.DatabaseTracker('wrong', operation=pgh.Update, "
        f"condition=~pgh.Q(new__name=pgh.F('old__name')){level})",
        "pgh.DatabaseTracker('right', operation=pgh.Update, "
        f"condition=pgh.Q(new__id=pgh.F('old__id') * -1){level})",
    )
    execute("INSERT INTO shop_thing SELECT n, md5(n::text), n FROM generate_series(10, 5000) AS n")
    execute("UPDATE shop_thing SET id = -id")
    assert query("SELECT pgh_label, count(*) FROM shop_thingevent GROUP BY 1") == [("right", 4994)]


KEYS = {
    "text": ("models.TextField(primary_key=True)", "'a'", "'b'"),
    "uuid": (
        "models.UUIDField(primary_key=True)",
        "'00000000-0000-0000-0000-00000000000a'",
        "'00000000-0000-0000-0000-00000000000b'",
    ),
    "date": ("models.DateField(primary_key=True)", "'2024-01-01'", "'2024-01-02'"),
    "reference": (
        "models.OneToOneField('auth.Group', models.CASCADE, primary_key=True)",
        "1",
        "2",
    ),
    "column of another name": (
        "models.IntegerField(primary_key=True, db_column='The Key')",
        "1",
        "2",
    ),
}
MODELS = """
from django.db import models

class Thing(models.Model):
    code = {key}
    size = models.IntegerField()
"""


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("key", "old", "new"), KEYS.values(), ids=KEYS)
def test_keys_of_other_types(project: Project, level: str, key: str, old: str, new: str) -> None:
    project.write("shop/models.py", MODELS.format(key=key))
    project.write_migration(
        "shop",
        "0001_initial",
        f"""
        migrations.CreateModel(
            "Thing", [("code", {key}), ("size", models.IntegerField())]
        ),
        pgh.CreateEventModel("ThingEvent", tracks="shop.Thing"),
        pgh.AddTracker("ThingEvent", pgh.DatabaseTracker(
            "all", operation=pgh.Insert | pgh.Update | pgh.Delete{level}
        )),
        """,
        dependencies=[("pghistory_ops", "0001_initial"), ("auth", "0001_initial")],
    )
    project.migrate()
    execute("INSERT INTO auth_group VALUES (1, 'one'), (2, 'two')")
    (column,) = query(
        "SELECT quote_ident(attname) FROM pg_attribute "
        "WHERE attrelid = 'shop_thing'::regclass AND attnum = 1"
    )
    execute(f"INSERT INTO shop_thing VALUES ({old}, 1)")
    execute(f"UPDATE shop_thing SET {column} = {new}")
    execute("DELETE FROM shop_thing")
    found = events(f"pgh_obj_id::text, {column}::text, size")
    expected = [value.strip("'") for value in (old, new, new)]
    assert found == [(value, value, 1) for value in expected]


COMPOSITE = """
from django.db import models

class Thing(models.Model):
    pk = models.CompositePrimaryKey("shelf", "place")
    shelf = models.IntegerField()
    place = models.IntegerField()
    name = models.TextField()
"""


@pytest.mark.parametrize("level", LEVELS)
def test_a_composite_key(project: Project, level: str) -> None:
    project.write("shop/models.py", COMPOSITE)
    project.write_migration(
        "shop",
        "0001_initial",
        f"""
        migrations.CreateModel("Thing", [
            ("pk", models.CompositePrimaryKey("shelf", "place")),
            ("shelf", models.IntegerField()),
            ("place", models.IntegerField()),
            ("name", models.TextField()),
        ]),
        pgh.CreateEventModel("ThingEvent", tracks="shop.Thing"),
        pgh.AddTracker("ThingEvent", pgh.Snapshot({level.removeprefix(", ")})),
        pgh.AddTracker("ThingEvent", pgh.AfterDelete({level.removeprefix(", ")})),
        """,
        dependencies=[("pghistory_ops", "0001_initial")],
    )
    project.migrate()
    thing = project.model("shop.Thing")
    thing.objects.create(shelf=1, place=1, name="a")
    thing.objects.filter(pk=(1, 1)).update(place=2)
    thing.objects.get(pk=(1, 2)).delete()
    assert events("pgh_label, shelf, place") == [
        ("snapshot", 1, 1),
        ("snapshot", 1, 2),
        ("after_delete", 1, 2),
    ]
