"""A model that is tracked by its own app and by another: where the migrations are cut."""

from __future__ import annotations

import pytest

from autodetector.runner import Runner
from autodetector.test_order import BIG_A, STATE, STATUS, A, back_to_nothing, go, operations, order
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "    a = models.TextField(default='')\n"
PAID = "pgh.AfterInsert('{}', condition=pgh.Q(new__a=5), level=pgh.Row)"


def migrations(text: str) -> list[list[str]]:
    """Return the operations of each migration."""
    return [operations(item) for item in text.split("class Migration")[1:]]


@pytest.mark.parametrize("app", ["audit", "tracks"])
@pytest.mark.parametrize(
    ("own", "other", "altered"),
    [
        ("pgh.Snapshot('o')", "pgh.Snapshot('x')", BIG_A),
        ("pgh.Snapshot('o')", "pgh.Snapshot('x')", TEXT),
        ("pgh.Snapshot('o')", PAID.format("x"), BIG_A),
        (PAID.format("o"), "pgh.Snapshot('x')", BIG_A),
    ],
)
def test_a_field_changes_its_type_while_another_is_added(
    project: Project, app: str, own: str, other: str, altered: str
) -> None:
    """The own app's follow-up is in one migration, wherever the other stands in the alphabet."""
    runner = Runner(project)
    declared = f"pgh.track({other}, app_label='{app}', model_name='Past')('shop.Order')\n"
    go(runner, shop=order(A + STATUS, own), **{app: declared})
    found = migrations(go(runner, shop=order(altered + STATUS + STATE, own), **{app: declared}))
    (together,) = [item for item in found if "AlterField order.a" in item]
    assert {"AddField order.state", "AddField orderevent.state"} < set(together)
    assert len(found) == 3  # the other app's, the change, the other app's
    sql = "INSERT INTO shop_order (a, status, state) VALUES (5, '', 1)"
    for table in ("shop_orderevent", f"{app}_past"):
        assert runner.events(sql, table=table, columns="a::int, state") == [(5, 1)]
    back_to_nothing(runner, app, "shop")


def test_a_change_is_not_cut_where_another_app_can_be(project: Project) -> None:
    runner = Runner(project)
    declared = "pgh.track(app_label='tracks', model_name='Past')('shop.Order')\n"
    go(runner, shop=order(A), tracks=declared)
    found = migrations(go(runner, shop=order(BIG_A + STATE), tracks=declared))
    assert [len(item) for item in found] == [2, 1, 2]
    assert found[0] == ["AddField order.state", "AlterField order.a"]
    back_to_nothing(runner, "tracks", "shop")
