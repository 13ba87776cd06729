"""A model that is tracked by its own app and by another: where the migrations are cut."""

from __future__ import annotations

import pytest
from django.db import DatabaseError

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
    assert [len(item) for item in found] == [2, 3, 3]
    assert found[0] == ["AddField order.state", "AlterField order.a"]
    back_to_nothing(runner, "tracks", "shop")


def told(runner: Runner, *replies: str, **models: str) -> str:
    """Bring apps to a version of their models; return what was said on stderr."""
    for app, text in models.items():
        runner.models(text, app=app)
    runner.makemigrations(*replies)
    said = runner.project.stderr
    runner.migrate()
    assert runner.is_quiet()
    return said


INSERT = "INSERT INTO shop_order (a) VALUES (1)"


@pytest.mark.parametrize("answer", ["2", "3"])
@pytest.mark.parametrize("app", ["audit", "tracks"])
def test_a_declaration_that_goes_to_another_app_leaves_a_gap_that_is_announced(
    project: Project, app: str, answer: str
) -> None:
    runner = Runner(project)
    go(runner, shop=order(A, ""), **{app: ""})
    other = f"pgh.track(app_label='{app}')('shop.Order')\n"
    said = told(runner, answer, shop=order(A), **{app: other})
    assert f"The tracker 'snapshot' goes from shop.OrderEvent to {app}.OrderEvent" in said
    assert "write to the table shop_order until" in said
    assert runner.events(INSERT, f"{app}_orderevent", "a") == [(1,)]


def test_a_declaration_goes_to_another_app_in_two_steps_without_a_gap(project: Project) -> None:
    runner = Runner(project)
    go(runner, shop=order(A, ""), tracks="")
    new = "pgh.track(pgh.Snapshot('new'), app_label='tracks')('shop.Order')\n"
    assert "is off between" not in told(runner, shop=order(A, ""), tracks=new)
    assert runner.events(INSERT, "tracks_orderevent", "a") == [(1,)]
    assert "is off between" not in told(runner, "2", shop=order(A), tracks=new)
    assert runner.events(INSERT, "tracks_orderevent", "a") == [(1,)]


def test_two_event_models_of_one_app_hand_a_label_over_without_a_word(project: Project) -> None:
    runner = Runner(project)
    declared = "pgh.AfterInsert('{}')", "pgh.AfterInsert('{}'), model_name='Other'"
    go(runner, shop=order(A, declared[0].format("a"), declared[1].format("b")))
    said = told(runner, shop=order(A, declared[0].format("b"), declared[1].format("a")))
    assert "is off between" not in said


@pytest.mark.parametrize("app", ["audit", "tracks"])
@pytest.mark.parametrize(
    "trackers", ["pgh.Snapshot('x')", PAID.format("x"), f"pgh.Snapshot('s'), {PAID.format('x')}"]
)
def test_an_event_model_is_renamed_in_the_migration_of_the_refresh(
    project: Project, app: str, trackers: str
) -> None:
    """Between the two a write is refused, and another app's migration would be between."""
    # Beside content types, a renamed model goes back only where its app depends on them.
    project.beside = ["pghistory_ops"]
    runner = Runner(project)
    declared = f"pgh.track({trackers}, app_label='{app}', model_name='{{}}')('shop.Order')\n"
    go(runner, shop=order(A), **{app: declared.format("Past")})
    runner.models(order(BIG_A + STATE))
    runner.models(declared.format("Gone"), app=app)
    found = migrations(runner.makemigrations("y"))
    (behind,) = [item for item in found if "RenameModel " in item]
    following = behind[behind.index("RenameModel ") + 1]
    assert following.startswith(("RefreshTrackers Gone", "RemoveTracker Gone."))
    assert len(found) == 3
    runner.migrate(app, "0002")
    sql = "INSERT INTO shop_order (a) VALUES (5)"
    assert set(runner.events(sql, f"{app}_past", "a")) == {(5,)}
    runner.migrate()
    assert runner.is_quiet()
    sql = "INSERT INTO shop_order (a, state) VALUES (5, 1)"
    assert set(runner.events(sql, f"{app}_gone", "a, state")) == {(5, 1)}
    back_to_nothing(runner, app, "shop")


@pytest.mark.parametrize("sealed", [True, False])
def test_the_guard_follows_a_renamed_event_model_whose_trackers_are_exchanged(
    project: Project, sealed: bool
) -> None:
    project.beside = ["pghistory_ops"]
    runner = Runner(project)
    declared = f"{PAID}, model_name='{{}}', append_only={{}}"
    go(runner, shop=order(A, declared.format("x", "Past", sealed)))
    changed = declared.replace("a=5", "a=6").format("x", "Gone", True)
    go(runner, "y", shop=order(A, changed))
    assert runner.events("INSERT INTO shop_order (a) VALUES (6)", "shop_gone", "a") == [(6,)]
    with pytest.raises(DatabaseError):
        runner.execute("DELETE FROM shop_gone")
    back_to_nothing(runner, "shop")
