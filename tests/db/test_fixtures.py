"""Django's commands on data: what they do with events."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError

from db.shop import events, execute, make_shop, query
from projects import Project

REFERENCE = "obj_field=pgh.ObjForeignKey(db_constraint=True)"


@pytest.mark.django_db
def test_a_dump_has_no_events_and_a_load_records_inserts(project: Project, tmp_path: Path) -> None:
    thing = make_shop(project, "pgh.Snapshot()")
    thing.objects.create(id=1, name="a", size=1)
    thing.objects.update(size=2)
    file = str(tmp_path / "things.json")
    project.call("dumpdata", "shop", "pghistory_ops", output=file)
    assert "shop.thing" in Path(file).read_text()
    assert "event" not in Path(file).read_text()
    execute("TRUNCATE shop_thing; TRUNCATE shop_thingevent")
    project.call("loaddata", file)
    assert events("pgh_label, id, name, size") == [("snapshot", 1, "a", 2)]


@pytest.mark.django_db(transaction=True)
def test_a_flush_leaves_the_events(project: Project) -> None:
    thing = make_shop(project, "pgh.Snapshot()", "pgh.AfterTruncate()")
    thing.objects.create(id=1, name="a", size=1)
    project.call("flush", interactive=False)
    assert thing.objects.count() == 0
    assert events("pgh_label, id") == [("snapshot", 1), ("after_truncate", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_flush_of_a_table_to_which_events_refer(project: Project) -> None:
    """Django does not know the event table, so PostgreSQL refuses to empty the other one alone."""
    thing = make_shop(project, "pgh.Snapshot()", event=REFERENCE)
    thing.objects.create(id=1, name="a", size=1)
    with pytest.raises(CommandError, match="couldn't be flushed"):
        project.call("flush", interactive=False)
    # What the page on event models says to do about it.
    project.write_migration(
        "shop",
        "0002_no_constraint",
        """
        migrations.AlterField("ThingEvent", "pgh_obj", models.ForeignKey(
            "shop.Thing", models.DO_NOTHING, db_constraint=False, related_name="+"
        )),
        """,
    )
    project.migrate("shop")
    project.call("flush", interactive=False)
    assert thing.objects.count() == 0


@pytest.mark.django_db
def test_an_event_model_has_a_content_type_and_no_permissions(project: Project) -> None:
    project.has_permissions = True
    make_shop(project, "pgh.Snapshot()")
    models = set(ContentType.objects.filter(app_label="shop").values_list("model", flat=True))
    assert models == {"thing", "thingevent"}
    found = Permission.objects.filter(content_type__app_label="shop")
    assert {item.codename.partition("_")[2] for item in found} == {"thing"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        'migrations.AlterModelOptions("ThingEvent", {"ordering": ["pgh_id"]}),',
        'pgh.AlterEventModel("ThingEvent", append_only=True),',
    ],
)
def test_it_has_none_after_a_change_either(project: Project, change: str) -> None:
    project.has_permissions = True
    make_shop(project, "pgh.Snapshot()")
    project.write_migration("shop", "0002_change", change)
    project.migrate("shop")
    assert not Permission.objects.filter(codename__contains="thingevent").exists()


@pytest.mark.django_db
def test_it_has_those_that_it_is_given(project: Project) -> None:
    project.has_permissions = True
    make_shop(
        project,
        "pgh.Snapshot()",
        event='options={"default_permissions": ("view",), "permissions": [("audit", "Audit")]}',
    )
    found = Permission.objects.filter(content_type__app_label="shop", name__contains="event")
    assert set(found.values_list("codename", flat=True)) == {"view_thingevent"}
    assert Permission.objects.filter(codename="audit").exists()
    assert query("SELECT count(*) FROM shop_thingevent") == [0]
