"""A tracked column has another type than its copy, which is a text."""

from __future__ import annotations

from typing import Any

import pytest

import pghistory_ops as pgh
from db.shop import execute, make_shop
from projects import Project

pytestmark = pytest.mark.django_db

FIELDS = {
    "count": "models.IntegerField(default=0)",
    "price": "models.DecimalField(max_digits=7, decimal_places=2, default=0)",
    "notes": "models.JSONField(default=dict)",
    "code": "models.CharField(max_length=3)",
}
COLUMNS = "columns=[('id', models.BigIntegerField())" + "".join(
    f", ({name!r}, models.TextField())" for name in FIELDS
)


def lived(project: Project) -> Any:
    thing = make_shop(project, "pgh.Snapshot()", fields=FIELDS, event=COLUMNS + "]")
    thing.objects.create(id=1, count=5, price="1.50", notes={"x": [1]}, code="abc")
    thing.objects.update(count=6, price=2, notes=[], code="d")
    return thing


@pytest.mark.parametrize("gone", [False, True])
def test_a_value_of_the_type_of_now(project: Project, gone: bool) -> None:
    thing = lived(project)
    first = pgh.events(thing)[0]
    if gone:
        thing.objects.all().delete()
    assert pgh.can_revert(first)
    found = pgh.revert(first)
    assert (found.count, str(found.price), found.notes, found.code) == (
        5,
        "1.50",
        {"x": [1]},
        "abc",
    )


@pytest.mark.parametrize(("name", "value"), [("count", "many"), ("notes", "{"), ("price", "1,5")])
def test_a_value_that_the_type_does_not_take(project: Project, name: str, value: str) -> None:
    thing = lived(project)
    execute(f"UPDATE shop_thingevent SET {name} = %s", [value])
    first = pgh.events(thing)[0]
    assert not pgh.can_revert(first)
    with pytest.raises(pgh.CannotRevert, match=f"has '{value}' in the field '{name}', which was a"):
        pgh.revert(first)
    assert thing.objects.get().count == 6
