"""Tracked tables of other kinds: unmanaged, partitioned, inherited, automatic."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.db import NotSupportedError

from db.shop import events, execute, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

CHANGES = "operation=pgh.Insert | pgh.Update | pgh.Delete"
LEVELS = [
    f"pgh.DatabaseTracker('all', {CHANGES}, level=pgh.Row)",
    f"pgh.DatabaseTracker('all', {CHANGES}, level=pgh.Statement)",
]


def raw(statement: str) -> str:
    return f"migrations.RunSQL({statement!r}),"


@pytest.mark.parametrize("tracker", LEVELS)
def test_an_unmanaged_table(project: Project, tracker: str) -> None:
    thing = make_shop(
        project,
        tracker,
        managed=False,
        then=raw("CREATE TABLE shop_thing (id bigint PRIMARY KEY, name text, size int, more int)"),
    )
    thing.objects.create(id=1, name="a", size=1)
    thing.objects.update(size=2)
    execute("UPDATE shop_thing SET more = 1")
    thing.objects.all().delete()
    assert events("size") == [1, 2, 2, 2]


@pytest.mark.parametrize("level", ["", "level=pgh.Row", "level=pgh.Statement"])
def test_a_snapshot_of_a_table_with_columns_that_the_model_does_not_have(
    project: Project, level: str
) -> None:
    thing = make_shop(
        project,
        f"pgh.Snapshot({level})",
        managed=False,
        then=raw("CREATE TABLE shop_thing (more int, size int, id bigint PRIMARY KEY, name text)"),
    )
    thing.objects.create(id=1, name="a", size=1)
    thing.objects.update(size=2)
    assert events("id, name, size") == [(1, "a", 1), (1, "a", 2)]
    execute("ALTER TABLE shop_thing DROP COLUMN more")
    thing.objects.update(size=3)
    assert events("id, name, size")[2:] == [(1, "a", 3)]


PARTITIONS = """
CREATE TABLE shop_thing (id bigint, name text, size int, PRIMARY KEY (id, size))
    PARTITION BY RANGE (size);
CREATE TABLE shop_thing_small PARTITION OF shop_thing FOR VALUES FROM (0) TO (10);
CREATE TABLE shop_thing_big (size int NOT NULL, name text, id bigint NOT NULL);
ALTER TABLE shop_thing ATTACH PARTITION shop_thing_big FOR VALUES FROM (10) TO (100);
"""


@pytest.mark.parametrize("tracker", LEVELS)
def test_a_partitioned_table(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker, "pgh.AfterTruncate()", managed=False, then=raw(PARTITIONS))
    thing.objects.bulk_create([thing(id=1, size=1), thing(id=20, size=20)])
    thing.objects.update(name="a")
    thing.objects.filter(id=1).delete()
    execute("TRUNCATE shop_thing")
    found = sorted(events("pgh_label, id, name, size"), key=str)
    assert found == [
        ("after_truncate", 20, "a", 20),
        ("all", 1, "a", 1),
        ("all", 1, "a", 1),
        ("all", 1, None, 1),
        ("all", 20, "a", 20),
        ("all", 20, None, 20),
    ]


@pytest.mark.parametrize("tracker", ["pgh.Snapshot()", "pgh.AfterUpdate(level=pgh.Row)"])
def test_a_tracker_that_would_miss_a_row_that_moves_is_refused(
    project: Project, tracker: str
) -> None:
    with pytest.raises(NotSupportedError, match=r"partitioned table .* Use level=Statement\."):
        make_shop(project, tracker, managed=False, then=raw(PARTITIONS))


MOVES = ["pgh.Snapshot(level=pgh.Row)", "pgh.Snapshot(level=pgh.Statement)", *LEVELS]


@pytest.mark.parametrize("tracker", MOVES)
def test_a_row_that_moves_to_another_partition(project: Project, tracker: str) -> None:
    thing = make_shop(project, tracker, managed=False, then=raw(PARTITIONS))
    thing.objects.create(id=1, size=1)
    thing.objects.update(size=50)
    assert thing.objects.get().size == 50
    assert events("size")[-1] == 50


def test_row_level_sees_what_names_a_partition(project: Project) -> None:
    make_shop(project, LEVELS[0], managed=False, then=raw(PARTITIONS))
    execute("INSERT INTO shop_thing_big (id, size) VALUES (1, 10)")
    execute("UPDATE shop_thing_big SET size = 11")
    execute("DELETE FROM shop_thing_big")
    assert events("size") == [10, 11, 11]


INHERITED = """
from django.db import models

class Thing(models.Model):
    name = models.TextField()

class Heavy(Thing):
    weight = models.IntegerField()

class Light(Thing):
    class Meta:
        proxy = True
"""


def test_a_child_of_a_parent_with_a_table_of_its_own(project: Project) -> None:
    project.write("shop/models.py", INHERITED)
    project.write_migration(
        "shop",
        "0001_initial",
        """
        migrations.CreateModel("Thing", [
            ("id", models.BigAutoField(primary_key=True)), ("name", models.TextField()),
        ]),
        migrations.CreateModel("Heavy", [
            ("thing_ptr", models.OneToOneField(
                "shop.Thing", models.CASCADE, parent_link=True, primary_key=True
            )),
            ("weight", models.IntegerField()),
        ], bases=("shop.thing",)),
        migrations.CreateModel("Light", [], options={"proxy": True}, bases=("shop.thing",)),
        pgh.CreateEventModel("HeavyEvent", tracks="shop.Heavy"),
        pgh.AddTracker("HeavyEvent", pgh.Snapshot()),
        pgh.AddTracker("HeavyEvent", pgh.AfterDelete()),
        pgh.CreateEventModel("LightEvent", tracks="shop.Light"),
        pgh.AddTracker("LightEvent", pgh.Snapshot()),
        """,
        dependencies=[("pghistory_ops", "0001_initial")],
    )
    project.migrate()
    heavy = project.model("shop.Heavy")
    stone = heavy.objects.create(id=1, name="stone", weight=1)
    stone.name = "rock"
    stone.save()
    stone.weight = 2
    stone.save()
    heavy.objects.all().delete()
    assert events("pgh_label, thing_ptr_id, weight", table="shop_heavyevent") == [
        ("snapshot", 1, 1),
        ("snapshot", 1, 2),
        ("after_delete", 1, 2),
    ]
    assert events("id, name", table="shop_lightevent") == [(1, "stone"), (1, "rock")]


def test_the_automatic_table_of_a_many_to_many_field(project: Project) -> None:
    project.write("shop/models.py", "")
    project.write_migration(
        "shop",
        "0001_initial",
        """
        pgh.CreateEventModel("UserGroupsEvent", tracks="auth.User_groups"),
        pgh.AddTracker("UserGroupsEvent", pgh.AfterInsert()),
        pgh.AddTracker("UserGroupsEvent", pgh.AfterDelete()),
        """,
        dependencies=[
            ("pghistory_ops", "0001_initial"),
            ("auth", "0012_alter_user_first_name_max_length"),
        ],
    )
    project.migrate()
    user = User.objects.create(username="ada")
    key = user.pk
    first, second = (Group.objects.create(name=name) for name in ("one", "two"))
    user.groups.set([first, second])
    user.groups.set([second])
    user.delete()
    found = events("pgh_label, user_id, group_id", table="shop_usergroupsevent")
    assert sorted(found) == sorted(
        (label, key, group.pk)
        for label in ("after_delete", "after_insert")
        for group in (first, second)
    )


def test_a_view_cannot_be_tracked_unnoticed(project: Project) -> None:
    # Statement-level triggers with transition tables, and row-level AFTER triggers, take a table.
    with pytest.raises(Exception, match="view"):
        make_shop(
            project,
            LEVELS[0],
            managed=False,
            then=raw(
                "CREATE VIEW shop_thing AS SELECT 1::bigint AS id, ''::text AS name, 1 AS size"
            ),
        )


def test_a_temporary_copy_is_not_tracked(project: Project) -> None:
    make_shop(project, LEVELS[1])
    execute("CREATE TEMPORARY TABLE copy (LIKE shop_thing INCLUDING ALL)")
    execute("INSERT INTO copy VALUES (1, 'a', 1)")
    assert events() == []
    assert query("SELECT count(*) FROM copy") == [1]


TAGGED = """
from django.db import models

class Tag(models.Model):
    pass

class Thing(models.Model):
    tags = models.ManyToManyField(Tag)
"""
TAGGED_STATE = """
migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel(
    "Thing",
    [("id", models.BigAutoField(primary_key=True)), ("tags", models.ManyToManyField("shop.Tag"))],
),
pgh.CreateEventModel("TagsEvent", tracks="shop.Thing_tags", context_field=None),
pgh.AddTracker("TagsEvent", pgh.Snapshot()),
"""
RENAMED_STATE = """
pgh.RemoveTracker("TagsEvent", "snapshot"),
migrations.AlterField("TagsEvent", "pgh_obj", models.BigIntegerField(db_column="pgh_obj_id")),
migrations.RenameModel("Thing", "Item"),
migrations.RenameField("TagsEvent", "thing", "item"),
migrations.AlterField(
    "TagsEvent",
    "pgh_obj",
    models.ForeignKey(
        "shop.Item_tags", models.DO_NOTHING, db_constraint=False, related_name="+"
    ),
),
pgh.AlterEventModel("TagsEvent", tracks="shop.Item_tags"),
pgh.AddTracker("TagsEvent", pgh.Snapshot()),
"""


@pytest.mark.django_db(transaction=True)
def test_a_model_whose_automatic_table_is_tracked_is_renamed(project: Project) -> None:
    project.write("shop/models.py", TAGGED)
    project.write_migration("shop", "0001_initial", TAGGED_STATE, dependencies=[])
    project.migrate("shop")
    project.write("shop/models.py", TAGGED.replace("Thing", "Item"))
    project.write_migration("shop", "0002_renamed", RENAMED_STATE)
    project.migrate("shop")
    item = project.model("shop.Item").objects.create()
    item.tags.add(project.model("shop.Tag").objects.create())
    assert query("SELECT item_id FROM shop_tagsevent") == [item.pk]
    project.write("shop/models.py", TAGGED)
    project.migrate("shop", "0001")
    project.migrate("shop", "zero")
    assert query("SELECT proname FROM pg_proc WHERE proname LIKE 'pgh\\_shop%'") == []
