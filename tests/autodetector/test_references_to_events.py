"""A model refers to an event model, which the state of the live models does not have."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from autodetector.test_order import go
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
