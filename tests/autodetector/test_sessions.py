"""Others go on writing, in sessions that wrote before the type of a column changed.

PL/pgSQL keeps the plans of a session's functions, and with those of row-level triggers the types.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from autodetector.runner import Runner, after_each_migration
from autodetector.test_order import back_to_nothing, go
from projects import Project

pytestmark = pytest.mark.django_db(transaction=True)

MODEL = "class Order(models.Model):\n    a = models.{}\n    b = models.IntegerField(default=0)\n"
NUMBER, BIG = "IntegerField(default=0)", "BigIntegerField(default=0)"
SHORT, TEXT = "CharField(default='0', max_length=9)", "TextField(default='0')"


class Session:
    """Somebody who writes after each migration."""

    def __init__(self, table: str) -> None:
        parameters = connection.get_connection_params()
        known = ("host", "port", "user", "password", "dbname")
        given = {key: parameters[key] for key in known if parameters.get(key)}
        self.connection = psycopg.connect(**given, autocommit=True)
        self.table = table

    def write(self) -> None:
        assert self._recorded("UPDATE shop_order SET b = b + 1") == 1
        assert self._recorded("INSERT INTO shop_order (a, b) VALUES ('1', 1)") == 1
        assert self._recorded("DELETE FROM shop_order WHERE b = 1 AND id > 1") == 0

    def _recorded(self, sql: str) -> int:
        before = self._count()
        self.connection.execute(sql)  # type: ignore[call-overload]
        return self._count() - before

    def _count(self) -> int:
        query = f"SELECT count(*) FROM {self.table}"
        found: Any = self.connection.execute(query).fetchone()  # type: ignore[call-overload]
        return int(found[0])


@pytest.mark.parametrize("app", ["history", "shop", "tracks"])
@pytest.mark.parametrize("level", ["", ", level=pgh.Row", ", level=pgh.Statement"])
@pytest.mark.parametrize(
    ("old", "new"), [(NUMBER, BIG), (BIG, NUMBER), (NUMBER, TEXT), (SHORT, TEXT)]
)
def test_sessions_go_on(project: Project, app: str, level: str, old: str, new: str) -> None:
    runner = Runner(project)

    def written(kind: str) -> dict[str, str]:
        declared = f"pgh.track(pgh.Snapshot('s'{level}), app_label='{app}', model_name='Past')"
        declared += "('shop.Order')\n"
        models = MODEL.format(kind)
        return {"shop": models + declared} if app == "shop" else {"shop": models, app: declared}

    go(runner, **written(old))
    runner.execute("INSERT INTO shop_order (a, b) VALUES ('1', 1)")
    session = Session(f"{app}_past")
    try:
        session.write()
        with after_each_migration(session.write):
            go(runner, **written(new))
            runner.migrate(app, "0001")
            runner.migrate("shop", "0001")
            runner.migrate()
    finally:
        session.connection.close()
    back_to_nothing(runner, app, "shop")


def test_more_room_replaces_no_tracker(project: Project) -> None:
    """The type is the same one, with another modifier."""
    runner = Runner(project)
    declared = "pgh.track(app_label='tracks', model_name='Past')('shop.Order')\n"
    go(runner, shop=MODEL.format(SHORT), tracks=declared)
    text = go(runner, shop=MODEL.format(SHORT.replace("9", "20")), tracks=declared)
    assert "Tracker(" not in text
    assert runner.events("INSERT INTO shop_order (a, b) VALUES ('1', 1)", "tracks_past")
