"""``manage.py inspectevents`` prints classes that are ready for ``models.py``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management.base import CommandError

import pghistory_ops as pgh
from projects import Project

from .store import HISTORY, MODELS, make_store, models_of, write_store

pytestmark = pytest.mark.django_db

KINDS = '''\
import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Shouted(models.TextField):  # type: ignore[type-arg]
    """A field class of the app's own."""


class User(models.Model):
    """It has the name of another app's model."""


class Kind(models.Model):
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    date = models.DateField(null=True)
    time = models.TimeField(null=True)
    datetime = models.DateTimeField(auto_now=True)
    pause = models.DurationField(default=timedelta)
    price = models.DecimalField(max_digits=9, decimal_places=2, db_column="Preis")
    dt = models.FloatField(default=0)
    blob = models.BinaryField(default=b"")
    data = models.JSONField(null=True)
    loud = Shouted(db_collation="C")
    numbers = ArrayField(models.DecimalField(max_digits=30, decimal_places=20, null=True), size=3)
    grid = ArrayField(ArrayField(Shouted()), null=True)
    stock = models.PositiveIntegerField(default=0)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="kinds")
    user = models.ForeignKey(User, models.CASCADE, null=True)
    group = models.ForeignKey(Group, models.CASCADE)
    parent = models.ForeignKey("self", models.CASCADE, to_field="key", null=True)
    size = models.CharField(
        max_length=20,
        choices=[("s", 'the "small" one'), ("m", "the one in the middle"), ("l", "it's large")],
    )
    a_name_that_is_too_long_for_any_line_with_its_type = models.DateTimeField(null=True)
    a_name_that_is_rather_long_with_its_type = models.DecimalField(max_digits=9, decimal_places=2)
'''
KINDS_HISTORY = """\
pgh.CreateEventModel(
    "KindEvent",
    tracks="store.Kind",
    attrs=[("by", models.TextField(db_default="nobody"))],
    options={"db_table": "kinds", "ordering": ["-pgh_id"], "verbose_name": "it's a kind"},
),
pgh.AddTracker("KindEvent", pgh.Snapshot()),
pgh.CreateEventModel("MembershipEvent", tracks="auth.User_groups"),
"""
MYPY = """\
[mypy]
strict = true
plugins = mypy_django_plugin.main
[mypy.plugins.django-stubs]
django_settings_module = checked_settings
"""
READER = """\
from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from store.models import Order, OrderEvent

if TYPE_CHECKING:
    from django.db.models import QuerySet


def read(order: Order) -> str:
    event = OrderEvent.objects.select_related("pgh_obj").get(pgh_obj=order, total__gt=3)
    assert_type(event.pgh_obj, Order | None)
    assert_type(event.pgh_obj_id, int | None)
    assert_type(event.total, int)
    assert_type(event.pgh_context_id is None, bool)
    assert_type(OrderEvent.objects.all(), "QuerySet[OrderEvent, OrderEvent]")
    return event.status + event.pgh_label
"""


def split(printed: str) -> tuple[str, str]:
    """Return what comes before the classes, and the classes."""
    head, _, classes = printed.partition("\n\n\nclass ")
    return head, f"\n\nclass {classes}"


def paste(project: Project, models: str, printed: str) -> None:
    """Write the printed classes into ``models.py``, as a person would."""
    head, classes = split(printed)
    future, _, imports = head.partition("\n")
    project.write("store/models.py", f"{future}\n{imports}\n\n{models}{classes}")


def run(project: Project, *command: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", *command],
        check=False,
        cwd=project.root,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{project.root}:{Path(pgh.__file__).parents[1]}", "PATH": ""},
    )
    return result.stdout + result.stderr if result.returncode else ""


def test_every_field_whose_values_are_known_has_a_hint(project: Project) -> None:
    write_store(project, KINDS_HISTORY, KINDS)
    printed = " ".join(project.call("inspectevents", "store").split())
    for hint in (
        "blob: models.BinaryField[bytes | memoryview, bytes | memoryview] = ",
        "numbers: ArrayField[list[Decimal | None], list[Decimal | None]] = ",
        "grid: ArrayField[list[list[Any]] | None, list[list[Any]] | None] = ",
        "stock: models.IntegerField[int, int] = ",
    ):
        assert hint in printed


@pytest.mark.parametrize(
    ("models", "history"), [(MODELS, HISTORY), (KINDS, KINDS_HISTORY)], ids=["store", "kinds"]
)
def test_what_is_printed_goes_into_models(project: Project, models: str, history: str) -> None:
    write_store(project, history, models)
    printed = project.call("inspectevents", "store")
    paste(project, models, printed)
    module = models_of(project)
    found = run_checks(tags=["models"], databases=["default"])
    assert [item for item in found if item.id == "pghistory_ops.E003"] == []
    assert "No changes detected" in project.makemigrations("store", "--check", "--dry-run")
    for model in pgh.event_models():
        assert model is getattr(module, model.__name__)
    assert project.call("inspectevents", "store") == printed
    project.write("printed.py", printed)
    assert run(project, "ruff", "format", "--isolated", "--check", "printed.py") == ""
    selection = "--select=E,F,I,UP,PGH,RUF"
    check = ("ruff", "check", "--isolated", selection, "--ignore=F821", "printed.py")
    assert run(project, *check) == ""


@pytest.mark.parametrize(
    ("models", "history"), [(MODELS, HISTORY), (KINDS, KINDS_HISTORY)], ids=["store", "kinds"]
)
def test_the_type_checker_accepts_it(
    project: Project, models: str, history: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.getbasetemp() / "mypy"  # what it knows of Django serves them all
    write_store(project, history, models)
    paste(project, models, project.call("inspectevents", "store"))
    if models is MODELS:
        project.write("store/reader.py", READER)
    project.write("mypy.ini", MYPY)
    project.write(
        "checked_settings.py",
        "SECRET_KEY = 'x'\nINSTALLED_APPS = ['django.contrib.contenttypes', "
        "'django.contrib.auth', 'pghistory_ops', 'store']\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n",
    )
    found = run(project, "mypy", f"--cache-dir={cache}", "--exclude=migrations", "store")
    assert found == ""


def test_the_whole_text(project: Project) -> None:
    make_store(
        project,
        'pgh.CreateEventModel("OrderEvent", tracks="store.Order", fields=["total", "customer"]),',
    )
    assert project.call("inspectevents") == EXPECTED


EXPECTED = """\
from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

import pghistory_ops as pgh
from django.db import models

if TYPE_CHECKING:
    from pghistory_ops.models import Context


class OrderEvent(pgh.EventBase):
    pgh_id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    pgh_created_at: models.DateTimeField[dt.datetime, dt.datetime] = (
        models.DateTimeField()
    )
    pgh_label: models.TextField[str, str] = models.TextField()
    pgh_obj: models.ForeignKey[Order | None, Order | None] = models.ForeignKey(
        "store.Order",
        models.DO_NOTHING,
        null=True,
        related_name="+",
    )
    pgh_obj_id: int | None
    pgh_context: models.ForeignKey[Context | None, Context | None] = models.ForeignKey(
        "pghistory_ops.Context",
        models.DO_NOTHING,
        null=True,
        related_name="+",
    )
    pgh_context_id: UUID | None
    total: models.IntegerField[int, int] = models.IntegerField()
    customer: models.ForeignKey[Customer | None, Customer | None] = models.ForeignKey(
        "store.Customer",
        models.DO_NOTHING,
        null=True,
        related_name="+",
    )
    customer_id: int | None

    class Meta:
        managed = False
        db_table = "store_orderevent"
"""


def test_several_apps_are_told_apart(project: Project) -> None:
    write_store(project)
    project.write_migration(
        "audit",
        "0001_initial",
        'pgh.CreateEventModel("OrderAudit", tracks="store.Order", context_field=None),',
        dependencies=[("store", "0001_initial")],
    )
    project.uninstall()
    printed = project.call("inspectevents")
    assert printed.startswith("# audit.models\nfrom __future__ import annotations\n")
    assert "\n\n# store.models\nfrom __future__ import annotations\n" in printed
    assert "if TYPE_CHECKING:\n    from store.models import Customer, Order\n" in printed
    assert "# " not in project.call("inspectevents", "audit")


def test_an_app_without_event_models_is_refused(project: Project) -> None:
    write_store(project)
    with pytest.raises(CommandError, match="migrations of the app 'auth' create no event model"):
        project.call("inspectevents", "auth")
    with pytest.raises(CommandError, match="There is no app with the label 'shop'"):
        project.call("inspectevents", "shop")


def test_a_project_without_event_models_prints_nothing(project: Project) -> None:
    assert project.call("inspectevents") == ""
