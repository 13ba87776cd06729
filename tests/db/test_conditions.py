"""A condition means the same at row and at statement level, and what Python says it means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.shop import execute, forget_events, make_shop, query
from projects import Project

pytestmark = pytest.mark.django_db

Row = dict[str, int | str | None]
Oracle = Callable[[Row, Row], bool]


def truth(value: bool | None) -> bool:
    return value is True


def less(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else left < right


def equal(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else left == right


def differ(old: Row, new: Row, *names: str) -> list[bool]:
    return [old[name] != new[name] for name in names or old]


# Negation is the complement: what is not true, NULL included.
UPDATES: dict[str, Oracle] = {
    "pgh.Q(new__size=2)": lambda old, new: new["size"] == 2,
    "~pgh.Q(new__size=2)": lambda old, new: new["size"] != 2,
    "pgh.Q(new__size__lt=2)": lambda old, new: truth(less(new["size"], 2)),
    "~pgh.Q(new__size__lt=2)": lambda old, new: not truth(less(new["size"], 2)),
    "pgh.Q(old__size__isnull=True, new__size__isnull=False)": (
        lambda old, new: old["size"] is None and new["size"] is not None
    ),
    'pgh.Q(new__size__gt=pgh.F("old__size"))': (
        lambda old, new: truth(less(old["size"], new["size"]))
    ),
    '~pgh.Q(new__size__gt=pgh.F("old__size"))': (
        lambda old, new: not truth(less(old["size"], new["size"]))
    ),
    'pgh.Q(new__size__df=pgh.F("old__size"))': lambda old, new: old["size"] != new["size"],
    'pgh.Q(new__size__ndf=pgh.F("old__size"))': lambda old, new: old["size"] == new["size"],
    'pgh.Q(new__name__in=["a", "b\'\\\\%"])': lambda old, new: new["name"] in ("a", "b'\\%"),
    "pgh.Q(new__id=pgh.F('old__id') + 10)": lambda old, new: new["id"] == old["id"] + 10,
    'pgh.Q(new__name__startswith="b")': lambda old, new: str(new["name"] or "")[:1] == "b",
    'pgh.Q(new__name__contains="%")': lambda old, new: "%" in str(new["name"]),
    "pgh.AnyChange()": lambda old, new: any(differ(old, new)),
    "~pgh.AnyChange()": lambda old, new: not any(differ(old, new)),
    'pgh.AnyChange("size", "name")': lambda old, new: any(differ(old, new, "size", "name")),
    'pgh.AnyChange(exclude=["size"])': lambda old, new: any(differ(old, new, "id", "name")),
    'pgh.AllChange("size", "name")': lambda old, new: all(differ(old, new, "size", "name")),
    "pgh.AllChange()": lambda old, new: all(differ(old, new)),
    'pgh.AnyDontChange("size", "name")': (
        lambda old, new: not all(differ(old, new, "size", "name"))
    ),
    "pgh.AllDontChange()": lambda old, new: not any(differ(old, new)),
    'pgh.AllDontChange("size", "name")': (
        lambda old, new: not any(differ(old, new, "size", "name"))
    ),
    "~pgh.AllDontChange('size')": lambda old, new: old["size"] != new["size"],
    "pgh.AnyChange('size') & pgh.Q(new__name='a')": (
        lambda old, new: old["size"] != new["size"] and new["name"] == "a"
    ),
    "pgh.Q(new__name='a') | ~pgh.AnyChange('size') & pgh.Q(old__size=1)": (
        lambda old, new: new["name"] == "a" or (old["size"] == new["size"] and old["size"] == 1)
    ),
    "pgh.Q(new__name='a') ^ pgh.Q(old__size=1)": (
        lambda old, new: (new["name"] == "a") != (old["size"] == 1)
    ),
    "~(pgh.Q(new__size=1) & pgh.Q(new__name='a'))": (
        lambda old, new: not (new["size"] == 1 and new["name"] == "a")
    ),
    "pgh.Condition('NEW.size > OLD.size OR NEW.\"name\" = ''a''')".replace("''", "\\'"): (
        lambda old, new: truth(less(old["size"], new["size"])) or new["name"] == "a"
    ),
    "pgh.Condition('NEW.size > OLD.size') | pgh.Q(new__size__isnull=True)": (
        lambda old, new: truth(less(old["size"], new["size"])) or new["size"] is None
    ),
    "~pgh.Condition('NEW.size > OLD.size')": (
        lambda old, new: not truth(less(old["size"], new["size"]))
    ),
    "pgh.Condition('OLD.* IS DISTINCT FROM NEW.*')": lambda old, new: any(differ(old, new)),
}
ONE_ROW: dict[str, Callable[[Row], bool]] = {
    "{}__size=2": lambda row: row["size"] == 2,
    "{}__size__isnull=True": lambda row: row["size"] is None,
    "{0}__size__lt=3, {0}__name='a'": (
        lambda row: truth(less(row["size"], 3)) and row["name"] == "a"
    ),
    "{0}__size=pgh.F('{0}__id')": lambda row: row["size"] == row["id"],
}
LEVELS = ("Row", "Statement")


def trackers() -> list[str]:
    found = []
    for level in LEVELS:
        for number, condition in enumerate(UPDATES):
            found.append(
                f"pgh.DatabaseTracker('{level} UPDATE {number}', operation=pgh.Update, "
                f"condition={condition}, level=pgh.{level})"
            )
        for number, arguments in enumerate(ONE_ROW):
            for operation, row in (("Insert", "new"), ("Delete", "old")):
                found.append(
                    f"pgh.DatabaseTracker('{level} {operation.upper()} {number}', "
                    f"operation=pgh.{operation}, level=pgh.{level}, "
                    f"condition=pgh.Q({arguments.format(row)}))"
                )
    return found


VALUES = {
    "size": st.sampled_from([None, 1, 2, 3]),
    "name": st.sampled_from([None, "", "a", "b", "b'\\%"]),
}
ROWS = st.fixed_dictionaries(VALUES)
KEYS = st.integers(1, 4)


@st.composite
def writes(draw: st.DrawFn) -> list[tuple[str, list[tuple[int, Row]]]]:
    """Return statements: a kind, and for each row its key and its new values."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["INSERT", "UPDATE", "UPDATE", "UPDATE", "DELETE", "SHIFT"]))
        keys = draw(st.lists(KEYS, unique=True, min_size=1))
        found.append((kind, [(key, draw(ROWS)) for key in keys]))
    return found


def apply(kind: str, rows: list[tuple[int, Row]], table: dict[int, Row]) -> list[Any]:
    """Run one statement, and return the changes that it makes: (operation, old, new)."""
    changes: list[Any] = []
    if kind == "INSERT":
        rows = [(key, row) for key, row in rows if key not in table]
        values = [(key, row["name"], row["size"]) for key, row in rows]
        for key, row in rows:
            table[key] = {"id": key, **row}
            changes.append(("INSERT", None, table[key]))
        if values:
            marks = ", ".join(["(%s, %s::text, %s::int)"] * len(values))
            flat = [item for value in values for item in value]
            execute(f"INSERT INTO shop_thing (id, name, size) VALUES {marks}", flat)
        return changes
    rows = [(key, row) for key, row in rows if key in table]
    keys = [key for key, _ in rows]
    if kind == "DELETE":
        execute("DELETE FROM shop_thing WHERE id = ANY(%s::bigint[])", [keys])
        return [("DELETE", table.pop(key), None) for key in keys]
    if kind == "SHIFT":
        rows = [(key, row) for key, row in rows if key + 10 not in table]
        keys = [key for key, _ in rows]
    for key, row in rows:
        old = table.pop(key)
        changed = {"id": key + 10} if kind == "SHIFT" else row
        changes.append(("UPDATE", old, {**old, **changed}))
    table.update({new["id"]: new for _, _, new in changes})
    if kind == "SHIFT":
        execute("UPDATE shop_thing SET id = id + 10 WHERE id = ANY(%s::bigint[])", [keys])
        return changes
    execute(
        "UPDATE shop_thing SET name = given.name, size = given.size "
        "FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS given (id, name, size) "
        "WHERE shop_thing.id = given.id",
        [keys, [row["name"] for _, row in rows], [row["size"] for _, row in rows]],
    )
    return changes


def expected(changes: list[Any]) -> set[tuple[str, int, int]]:
    """Return the events: the tracker without its level, the number of the statement, the key."""
    found = set()
    for number, (operation, old, new) in changes:
        if operation == "UPDATE":
            found |= {
                (f"UPDATE {index}", number, new["id"])
                for index, holds in enumerate(UPDATES.values())
                if holds(old, new)
            }
        else:
            row = new or old
            found |= {
                (f"{operation} {index}", number, row["id"])
                for index, holds in enumerate(ONE_ROW.values())
                if holds(row)
            }
    return found


def test_both_levels_record_what_the_condition_selects(project: Project) -> None:
    make_shop(project, *trackers())

    @settings(
        max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(statements=writes())
    def check(statements: list[tuple[str, list[tuple[int, Row]]]]) -> None:
        with transaction.atomic():
            table: dict[int, Row] = {}
            changes, found = [], []
            for number, (kind, rows) in enumerate([("INSERT", SEED), *statements]):
                changes += [(number, change) for change in apply(kind, rows, table)]
                found += [
                    (label, number, key)
                    for label, key in query("SELECT pgh_label, id FROM shop_thingevent")
                ]
                forget_events()
            for level in LEVELS:
                ours = [
                    (label.removeprefix(f"{level} "), number, key)
                    for label, number, key in found
                    if label.startswith(level)
                ]
                assert len(ours) == len(set(ours))
                assert set(ours) == expected(changes)
            transaction.set_rollback(True)

    check()


SEED: list[tuple[int, Row]] = [
    (1, {"name": "a", "size": 1}),
    (2, {"name": None, "size": None}),
    (3, {"name": "b", "size": 2}),
]
