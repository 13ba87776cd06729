"""The setting ``pghistory_ops.paused`` rests the trackers of the pausable event models it names."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from db.shop import events, execute, make_shop
from projects import Project

pytestmark = pytest.mark.django_db

TRACKERS = (
    "pgh.DatabaseTracker('row', operation=pgh.Insert | pgh.Update | pgh.Delete, level=pgh.Row)",
    (
        "pgh.DatabaseTracker('statement', operation=pgh.Insert | pgh.Update | pgh.Delete, "
        "level=pgh.Statement)"
    ),
    "pgh.AfterTruncate('truncate')",
    (
        "pgh.DatabaseTracker('before', operation=pgh.Update | pgh.Delete, when=pgh.Before, "
        "snapshot='OLD')"
    ),
)


def pause(value: str) -> None:
    execute("SELECT set_config('pghistory_ops.paused', %s, true)", [value])


def write() -> None:
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1), (2, 'b', 2)")
    execute("UPDATE shop_thing SET size = 3")
    execute("DELETE FROM shop_thing WHERE id = 1")
    execute("TRUNCATE shop_thing")


@pytest.mark.parametrize(
    ("pausable", "setting", "recorded"),
    [
        (True, "{shop.thingevent}", False),
        (True, "{shop.other,shop.thingevent}", False),
        (True, "{shop.other}", True),
        (True, "{}", True),
        (True, "", True),
        (False, "{shop.thingevent}", True),
        (False, "no array", True),
    ],
)
def test_only_a_pausable_event_model_that_is_named_rests(
    project: Project, pausable: bool, setting: str, recorded: bool
) -> None:
    thing = make_shop(project, *TRACKERS, event=f"pausable={pausable}")
    pause(setting)
    write()
    assert thing.objects.count() == 0
    labels = {"row": 5, "statement": 5, "truncate": 1, "before": 3}
    found = events("pgh_label")
    assert {label: found.count(label) for label in labels} == (
        labels if recorded else dict.fromkeys(labels, 0)
    )


def test_a_pause_ends(project: Project) -> None:
    make_shop(project, *TRACKERS, event="pausable=True")
    pause("{shop.thingevent}")
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1)")
    execute("SAVEPOINT here")
    pause("")
    execute("UPDATE shop_thing SET size = 2")
    assert sorted(events("pgh_label")) == ["before", "row", "statement"]
    execute("ROLLBACK TO SAVEPOINT here")
    execute("UPDATE shop_thing SET size = 2")
    assert events() == []


def test_a_setting_that_is_no_array_makes_the_write_fail(project: Project) -> None:
    thing = make_shop(project, TRACKERS[0], event="pausable=True")
    pause("no array")
    with pytest.raises(DatabaseError, match="malformed array"), transaction.atomic():
        thing.objects.create(id=1)
    assert thing.objects.count() == 0
