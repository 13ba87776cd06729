"""What is shown of history is what was stored, to the last digit and quote."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models

import pghistory_ops as pgh
from db.shop import make_shop
from pghistory_ops.queries.exact import ExactDecoder, dumps
from projects import Project

from .tools import TRACKERS, open_context

pytestmark = pytest.mark.django_db

BIG = Decimal("12345678901234567890.0123456789")
MORE = Decimal("12345678901234567890.0123456790")
FIELDS = {
    "a_name": "models.TextField(null=True)",
    "id2": "models.IntegerField(default=0)",
    "num": "models.DecimalField(max_digits=40, decimal_places=10, null=True)",
    "real": "models.FloatField(default=0.1)",
    "notes": "models.JSONField(null=True)",
}


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")


def lived(project: Project) -> Any:
    thing = make_shop(project, *TRACKERS, fields=FIELDS)
    thing.objects.create(id=1, num=BIG, a_name="a")
    return thing


def lines(project: Project, key: int = 1) -> str:
    return project.call("history", "shop.Thing", str(key))


def test_numbers_keep_their_digits(project: Project) -> None:
    thing = lived(project)
    thing.objects.update(num=MORE)
    first, second = pgh.Events.objects.tracks(thing(id=1))
    assert first.pgh_data["num"] == BIG
    assert second.pgh_diff == {"num": [BIG, MORE]}
    assert str(first.pgh_data["real"]) == "0.1"
    assert first.pgh_data["id2"] == 0
    assert list(pgh.Events.objects.values_list("pgh_data__num", flat=True).order_by("pgh_id")) == [
        BIG,
        MORE,
    ]
    assert pgh.Events.objects.filter(pgh_data__num__gt=1).count() == 2
    printed = lines(project)
    assert "num: 12345678901234567890.0123456789 → 12345678901234567890.0123456790" in printed
    text = project.call("history", "shop.Thing", "1", "--json")
    assert '"num": 12345678901234567890.0123456789,' in text
    found = json.loads(text, parse_float=Decimal)
    assert found[1]["pgh_diff"]["num"] == [BIG, MORE]


def test_json_is_written_as_it_was_read() -> None:
    text = """{
  "a": [
    1.10,
    1E-7,
    {}
  ],
  "é\\"": {
    "b": null,
    "c": [],
    "d": "1.1"
  }
}"""
    value = json.loads(text, cls=ExactDecoder)
    assert dumps(value, "  ") == text
    assert json.loads(dumps(value), parse_float=Decimal) == value
    assert "\n" not in dumps(value)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a", None, "a → null"),
        ("a", "null", 'a → "null"'),
        ("a", "", 'a → ""'),
        ("a", " b", 'a → " b"'),
        ("a", "12", 'a → "12"'),
        ("a", "[1]", 'a → "[1]"'),
        ("a", "the [1] and “x”", "a → the [1] and “x”"),
        ("12a", "2026-01-01", "12a → 2026-01-01"),
    ],
)
def test_texts_are_told_from_other_values(project: Project, old: str, new: Any, shown: str) -> None:
    thing = lived(project)
    thing.objects.update(a_name=old)
    thing.objects.update(a_name=new)
    assert f"a_name: {shown} " in lines(project)


def test_values_that_look_alike_are_said_to_differ(project: Project) -> None:
    thing = lived(project)
    thing.objects.update(notes=models.Value(None, models.JSONField()))
    assert "notes: null → null (stored in another form)" in lines(project)


def test_fields_are_in_the_order_of_the_model(project: Project) -> None:
    thing = lived(project)
    thing.objects.update(id2=5, a_name="b", real=1, num=None)
    printed = lines(project)
    names = ("id = 1", "a_name = a", "id2 = 0", "num = 1", "real = 0.1", "a_name: ", "id2: 0")
    places = [printed.index(name) for name in (*names, "num: ", "real: ")]
    assert places == sorted(places)


class Keys(pgh.Events):
    order = pgh.ProxyField("pgh_context__metadata__order", models.BigIntegerField())
    user = pgh.ProxyField("pgh_context__metadata__user", models.ForeignKey(User, models.DO_NOTHING))


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (1234567890123456789, 1234567890123456789),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**63, None),
        (-(2**63) - 1, None),
        (10**19, None),
        ("x", None),
        (1.5, None),
    ],
)
def test_proxies_of_keys_of_nineteen_digits(project: Project, said: Any, key: int | None) -> None:
    thing = lived(project)
    open_context(1, json.dumps({"order": said, "user": said}))
    thing.objects.update(a_name="b")
    found = Keys.objects.order_by("-pgh_id")
    assert found.values_list("order", "user_id").first() == (key, key)
    if key is not None:
        assert Keys.objects.filter(order=key, user=key).count() == 1


@pytest.mark.parametrize(
    "field",
    [
        5,
        models.TextField,
        models.ManyToManyField("auth.Group"),
        models.CompositePrimaryKey("a", "b"),
        models.ForeignObject("auth.User", models.CASCADE, ["a"], ["id"]),
    ],
)
def test_a_proxy_has_a_field_with_a_column(field: Any) -> None:
    with pytest.raises(TypeError, match="Give one that has a column"):
        pgh.ProxyField("pgh_data__a", field)


@pytest.mark.parametrize("name", ["pgh_id", "pgh_context", "pk", "save"])
def test_a_proxy_has_a_name_of_its_own(name: str) -> None:
    proxy = pgh.ProxyField("pgh_data__a", models.TextField())
    with pytest.raises(ValueError, match=f"The ProxyField '{name}' of Some has a name that every"):
        type("Some", (pgh.Events,), {name: proxy})
