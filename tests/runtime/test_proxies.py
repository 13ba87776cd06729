"""Values of the context as fields of the aggregate."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models

import pghistory_ops as pgh
from projects import Project

from .store import MODELS, SNAPSHOTS, make_lived_store, make_store
from .tools import open_context

pytestmark = pytest.mark.django_db


class Requests(pgh.Events):
    user = pgh.ProxyField(
        "pgh_context__metadata__user", models.ForeignKey("auth.User", models.CASCADE)
    )
    url = pgh.ProxyField("pgh_context__metadata__url", models.CharField(max_length=3))
    job = pgh.ProxyField("pgh_context__metadata__job", models.UUIDField())
    tags = pgh.ProxyField("pgh_context__metadata__tags", models.JSONField())
    total = pgh.ProxyField("pgh_data__total", models.DecimalField(max_digits=9, decimal_places=2))

    def who(self) -> str:
        return self.user.username if self.user else "nobody"


class Totals(Requests):
    doubled = pgh.ProxyField("pgh_data__doubled", models.IntegerField())


def test_values_of_the_context_as_fields(project: Project) -> None:
    store = make_lived_store(project)
    attributes = set(vars(User))
    ada = User.objects.create(username="ada")
    open_context(1, f'{{"user": {ada.pk}, "url": "/long", "tags": ["x"]}}')
    order = store.Order.objects.create(customer=store.ada, total=3)
    open_context(2, '{"user": "anonymous", "job": "none"}')
    order.total = 4
    order.save()
    open_context(3, '{"user": 999, "job": "0190b0a0-0000-7000-8000-000000000009"}')
    order.delete()
    found = Requests.objects.tracks(store.Order(pk=found_key(store)))
    one, two, three = found.select_related("user")
    assert isinstance(one, Requests)
    assert (one.user, one.who(), one.url, one.tags, one.total) == (ada, "ada", "/long", ["x"], 3)
    assert (two.user_id, two.user, two.job, two.who()) == (None, None, None, "nobody")
    assert three.user_id == 999
    assert str(three.job) == "0190b0a0-0000-7000-8000-000000000009"
    assert found.filter(user=ada).get() == one
    assert found.filter(user__username="ada").get() == one
    assert found.filter(url__startswith="/lo").get() == one
    assert found.order_by("user__username").values_list("user__username", flat=True)[0] == "ada"
    assert [item.doubled for item in Totals.objects.tracks(store.Order(pk=order_key(one)))] == [
        6,
        8,
        8,
    ]
    assert pickle.loads(pickle.dumps(one)).user == ada
    assert set(vars(User)) == attributes
    assert not [field for field in User._meta.get_fields() if "equest" in str(field)]


def order_key(row: Any) -> int:
    return int(row.pgh_obj_id)


def found_key(store: Any) -> int:
    return int(pgh.events(store.Order).last().pgh_obj_id)


@pytest.mark.parametrize("path", ["pgh_context", "pgh_label__x", "user", ""])
def test_a_path_that_leads_nowhere(path: str) -> None:
    with pytest.raises(ValueError, match="does not lead into one of pgh_context, pgh_data, pgh_di"):
        pgh.ProxyField(path, models.TextField())


@pytest.mark.django_db(databases=["default", "other"])  # which Django's own checks ask
def test_it_is_no_model_of_an_app(project: Project) -> None:
    make_store(project, SNAPSHOTS)
    assert Requests.objects.count() == 0
    assert pgh.Events.objects.count() == 0
    assert not [model for model in apps.get_models() if "vents" in model.__name__]
    project.write("store/models.py", MODELS + "\n\n" + SUBCLASS)
    assert "No changes detected" in project.makemigrations("--check", "--dry-run")
    project.call("check")


SUBCLASS = """\
import pghistory_ops as pgh


class StoreEvents(pgh.Events):
    user = pgh.ProxyField(
        "pgh_context__metadata__user", models.ForeignKey("auth.User", models.CASCADE)
    )
"""
