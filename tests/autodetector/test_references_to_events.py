"""A model refers to an event model, which the state of the live models does not have."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from autodetector.test_order import back_to_nothing, go
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = """
@pgh.track()
class Order(models.Model):
    note = models.ForeignKey("Note", models.CASCADE, null=True)


"""
NOTE = "class Note(models.Model):\n    text = models.TextField(default='')\n"
EVENT = """
class OrderEvent(pgh.EventBase):
    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        managed = False
        db_table = "shop_orderevent"


"""
REFERENCE = "    event = models.ForeignKey('shop.OrderEvent', models.CASCADE, {})\n"


def test_the_reference_of_a_model_that_history_refers_to_is_altered(project: Project) -> None:
    runner = Runner(project)
    go(runner, shop=ORDER + NOTE)
    for options in ("null=True", "null=True, db_index=False", "null=True, db_column='of'"):
        go(runner, shop=ORDER + EVENT + NOTE + REFERENCE.format(options))
    written = (
        "INSERT INTO shop_note (text) VALUES ('x'); INSERT INTO shop_order (note_id) VALUES (1)"
    )
    runner.execute(written)
    assert runner.fetch("SELECT note_id FROM shop_orderevent") == [(1,)]


NOTED = """
@pgh.track()
class Note(models.Model):
    text = models.{}
    event = models.ForeignKey('shop.OrderEvent', models.CASCADE, null=True{})
"""
SHORT, LONG = "CharField(max_length=9, default='')", "TextField(default='')"
TEXT = "SELECT pgh_label, text, event_id FROM shop_noteevent ORDER BY pgh_id"


def test_a_tracked_model_refers_to_an_event_model(project: Project) -> None:
    runner = Runner(project)
    go(runner, shop=ORDER + NOTE)
    for text, options in ((SHORT, ""), (LONG, ""), (LONG, ", db_index=False")):
        go(runner, shop=ORDER + EVENT + NOTED.format(text, options))
    runner.execute(
        "INSERT INTO shop_order DEFAULT VALUES; "
        "INSERT INTO shop_note (text, event_id) SELECT 'x', pgh_id FROM shop_orderevent; "
        "UPDATE shop_note SET text = 'y'"
    )
    ((event,),) = runner.fetch("SELECT pgh_id FROM shop_orderevent")
    assert runner.fetch(TEXT) == [("snapshot", "x", event), ("snapshot", "y", event)]
    renamed = EVENT.replace("OrderEvent", "Past").replace("shop_orderevent", "shop_past")
    go(
        runner,
        "y",
        "y",
        shop=ORDER.replace("track()", "track(model_name='Past')")
        + renamed
        + NOTED.format(LONG, "").replace("OrderEvent", "Past").replace("text =", "words ="),
    )
    runner.execute("UPDATE shop_note SET words = 'z'")
    assert runner.fetch(TEXT.replace("text", "words"))[2:] == [("snapshot", "z", event)]
    # The history is deleted, with all that refers to it.
    orders, notes = ORDER.replace("@pgh.track()", ""), NOTED.format(LONG, "").splitlines()
    go(runner, "3", shop=orders + "\n".join(notes[:-1]).replace("text =", "words ="))
    runner.execute("UPDATE shop_note SET words = 'w'")
    assert runner.fetch("SELECT words FROM shop_noteevent ORDER BY pgh_id")[3:] == [("w",)]
    back_to_nothing(runner, "shop")


def test_a_model_and_the_history_that_it_refers_to_begin_together(project: Project) -> None:
    runner = Runner(project)
    go(runner, shop=NOTED.format(LONG, "") + EVENT + ORDER)
    runner.execute(
        "INSERT INTO shop_order DEFAULT VALUES; "
        "INSERT INTO shop_note (text, event_id) SELECT 'x', pgh_id FROM shop_orderevent"
    )
    ((event,),) = runner.fetch("SELECT pgh_id FROM shop_orderevent")
    assert runner.fetch(TEXT) == [("snapshot", "x", event)]
    go(runner, shop=NOTED.format(SHORT, "") + EVENT + ORDER)
    back_to_nothing(runner, "shop")


def test_a_model_of_another_app_refers_to_an_event_model(project: Project) -> None:
    runner = Runner(project)
    orders = ORDER.replace(
        '    note = models.ForeignKey("Note", models.CASCADE, null=True)', "    pass"
    )
    go(runner, shop=orders + EVENT, desk=NOTED.format(SHORT, ""))
    go(runner, shop=orders + EVENT, desk=NOTED.format(LONG, ", db_column='of'"))
    runner.execute(
        "INSERT INTO shop_order DEFAULT VALUES; "
        "INSERT INTO desk_note (text, \"of\") SELECT 'x', pgh_id FROM shop_orderevent"
    )
    assert runner.fetch("SELECT pgh_label, text FROM desk_noteevent") == [("snapshot", "x")]
    back_to_nothing(runner, "desk", "shop")
