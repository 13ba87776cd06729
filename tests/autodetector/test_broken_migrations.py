"""Migrations on disk that cannot be replayed are refused with words, by whatever reads them."""

from __future__ import annotations

import shutil

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError
from django.db.migrations.exceptions import NodeNotFoundError

from autodetector.runner import Runner, leftovers
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

TAGS = """class Tag(models.Model):
    pass


class Thing(models.Model):
    tags = models.ManyToManyField(Tag{})


"""
TRACK = "pgh.track(pgh.Snapshot(), app_label='shop', model_name='TagsEvent')({})\n"
THROUGH = """@pgh.track(pgh.Snapshot(), model_name='TagsEvent')
class ThingTag(models.Model):
    thing = models.ForeignKey(Thing, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)

    class Meta:
        db_table = 'shop_thing_tags'
"""
PLAIN = """migrations.AlterField(
    "TagsEvent", "pgh_obj", models.BigIntegerField(db_column="pgh_obj_id", db_index=True)
),
"""
IN_STATE = """migrations.SeparateDatabaseAndState(state_operations=[
    migrations.CreateModel(
        "ThingTag",
        [
            ("id", models.BigAutoField(
                auto_created=True, primary_key=True, serialize=False, verbose_name="ID",
            )),
            ("thing", models.ForeignKey("shop.Thing", models.CASCADE)),
            ("tag", models.ForeignKey("shop.Tag", models.CASCADE)),
        ],
        options={"db_table": "shop_thing_tags"},
    ),
    migrations.AlterField(
        "Thing", "tags", models.ManyToManyField("shop.Tag", through="shop.ThingTag")
    ),
]),
pgh.AlterEventModel("TagsEvent", tracks="shop.ThingTag"),
migrations.AlterField("TagsEvent", "pgh_obj", models.ForeignKey(
    "shop.ThingTag", models.DO_NOTHING, db_constraint=False, related_name="+",
)),
pgh.RefreshTrackers("TagsEvent"),
"""
TOO_EARLY = (
    r"The field pgh_obj of shop\.TagsEvent refers to shop\.Thing_tags, which is not there any "
    r"more\. Make it a plain column before that goes: AlterField\('TagsEvent', 'pgh_obj', "
    r"models\.BigIntegerField\(db_column='pgh_obj_id', db_index=True\)\), and point it to "
    r"shop\.ThingTag after this operation\."
)
ORDER = "class Order(models.Model):\n    total = models.IntegerField(default=0)\n"


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


@pytest.fixture
def many_to_many(runner: Runner) -> Runner:
    """A tracked automatic table, whose models have a ``through`` model now."""
    runner.models(TAGS.format("") + TRACK.format("Thing.tags.through"))
    runner.makemigrations()
    runner.migrate()
    runner.models(TAGS.format(", through='ThingTag'") + THROUGH)
    return runner


def test_an_automatic_table_gets_a_model(many_to_many: Runner) -> None:
    runner = many_to_many
    with pytest.raises(CommandError, match=r"If the table 'shop_thing_tags' is the same one, let"):
        runner.makemigrations()
    runner.project.write_migration("shop", "0002_through", PLAIN + IN_STATE)
    runner.migrate()
    assert runner.is_quiet()
    runner.execute("INSERT INTO shop_thing DEFAULT VALUES")
    runner.execute("INSERT INTO shop_tag DEFAULT VALUES")
    sql = "INSERT INTO shop_thing_tags (thing_id, tag_id) VALUES (1, 1)"
    assert runner.events(sql, "shop_tagsevent", "pgh_obj_id, tag_id") == [(1, 1)]
    runner.migrate("shop", "0001")
    runner.execute("DELETE FROM shop_thing_tags")
    runner.migrate("shop", "zero")
    assert leftovers() == []


@pytest.mark.parametrize("skip_checks", [True, False])
def test_what_is_tracked_changes_before_the_reference(
    many_to_many: Runner, skip_checks: bool
) -> None:
    runner = many_to_many
    runner.project.write_migration("shop", "0002_through", IN_STATE)
    with pytest.raises(CommandError, match=TOO_EARLY):
        runner.migrate()
    with pytest.raises(CommandError, match=TOO_EARLY):
        runner.project.makemigrations(skip_checks=skip_checks)


def test_makemigrations_says_what_is_wrong_with_a_migration(runner: Runner) -> None:
    runner.models("@pgh.track(pgh.Snapshot())\n" + ORDER + "\n\n" + ORDER.replace("Order", "Bill"))
    runner.makemigrations()
    runner.project.write_migration(
        "shop", "0002_other", 'pgh.AlterEventModel("OrderEvent", tracks="shop.Bill"),'
    )
    message = (
        r"No migration was made, for those on disk cannot be replayed\. shop\.0002_other: The "
        r"event model shop\.OrderEvent has trackers on shop\.Order"
    )
    with pytest.raises(CommandError, match=message):
        runner.project.makemigrations(skip_checks=True)


def test_the_checks_say_that_there_is_no_graph(project: Project, runner: Runner) -> None:
    runner.models(ORDER)
    track = "pgh.track(pgh.Snapshot(), app_label='audit', model_name='History')('shop.Order')\n"
    explicit = "\n\nclass History(pgh.EventBase):\n    class Meta:\n        managed = False\n"
    runner.models(track, app="audit")
    runner.makemigrations()
    runner.models(track + explicit, app="audit")
    shutil.rmtree(project.root / "shop" / "migrations")
    project.write("shop/migrations/__init__.py", "")
    with pytest.raises(NodeNotFoundError):
        project.call("showmigrations")
    (found,) = [
        item for item in run_checks() if item.id in ("pghistory_ops.E001", "pghistory_ops.E003")
    ]
    assert found.id == "pghistory_ops.E001"
    assert found.msg == (
        "The migrations make no graph, so nobody knows whether trackers are stale: Migration "
        "audit.0001_initial dependencies reference nonexistent parent node ('shop', '0001_initial')"
    )
    assert found.hint == "Mend the dependencies of the migration."
