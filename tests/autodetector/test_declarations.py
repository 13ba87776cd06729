"""``track``: what it leaves alone, what it can be called on, and what it makes of settings."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.test import override_settings

import pghistory_ops as pgh
from autodetector.runner import HEAD, Runner, leftovers
from pghistory_ops import conf, declarations
from pghistory_ops.declarations import default_name
from pghistory_ops.defaults import Defaults
from projects import Project

ORDER = """class Order(models.Model):
    total = models.IntegerField(default=5)
    note = models.CharField(max_length=20, default='-')
    tags = models.ManyToManyField('auth.Group')
"""
INSERT = "INSERT INTO shop_order (total, note) VALUES (7, 'n')"


@pytest.fixture
def runner(project: Project) -> Runner:
    return Runner(project)


@pytest.fixture
def nothing_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declarations, "_declarations", {})


def only_declaration() -> Any:
    (declaration,) = declarations.declarations()
    return declaration


def face(model: Any) -> dict[str, Any]:
    """Return everything that is known of a class, by the objects themselves."""
    found = {f"class.{name}": value for name, value in vars(model).items()}
    found |= {f"meta.{name}": value for name, value in vars(model._meta).items()}
    found |= {
        f"field.{field.name}.{name}": value
        for field in model._meta.get_fields(include_hidden=True)
        for name, value in list(vars(field).items())
    }
    return found


def registry() -> tuple[Any, ...]:
    return (
        {label: dict(found) for label, found in apps.all_models.items()},
        set(apps._pending_operations),
        apps.ready,
    )


# Inert ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [User, Group, User.groups.through])
@pytest.mark.usefixtures("nothing_declared")
def test_it_returns_the_class_untouched(model: type[models.Model]) -> None:
    declare = pgh.track(
        pgh.Snapshot(),
        pgh.AfterDelete(),
        exclude=["id"],
        append_only=True,
        attrs={"why": models.TextField(null=True)},
        meta={"ordering": ["pgh_id"]},
        app_label="auth",
    )
    face(model)  # fills the caches of what it looks at
    before, known = face(model), registry()
    assert declare(model) is model
    after = face(model)
    assert after.keys() == before.keys()
    assert [name for name in before if after[name] is not before[name]] == []
    assert registry() == known
    assert only_declaration().tracks == model._meta.label


@pytest.mark.usefixtures("nothing_declared")
def test_it_returns_a_label_as_it_is() -> None:
    assert pgh.track(app_label="auth")("auth.User") == "auth.User"


def test_a_decorated_class_is_the_class_without_decorator(project: Project) -> None:
    def names_of(text: str) -> tuple[list[str], list[str], list[str]]:
        project.write("shop/models.py", HEAD + text)
        model = project.model("shop.Order")
        made = sorted(item.__name__ for item in apps.get_app_config("shop").get_models(True))
        return sorted(vars(model)), sorted(vars(model._meta)), made

    assert names_of("@pgh.track()\n" + ORDER) == names_of(ORDER)


# What it is called on ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "fields", "name"),
    [
        ("Order", None, "OrderEvent"),
        ("Order", ("email",), "OrderEmailEvent"),
        ("Order", ("email", "first_name"), "OrderEmailFirstNameEvent"),
        ("User_groups", None, "UserGroupsEvent"),
        ("HTTPCall", None, "HTTPCallEvent"),
    ],
)
def test_the_default_name_is_that_of_django_pghistory(
    model: str, fields: tuple[str, ...] | None, name: str
) -> None:
    assert default_name(model, fields) == name


@pytest.mark.usefixtures("nothing_declared")
def test_an_empty_choice_of_fields_is_a_choice() -> None:
    pgh.track(fields=[], app_label="auth", model_name="E")("auth.User")
    assert only_declaration().policy.fields == ()


TARGETS = {
    "a decorator": (f"@pgh.track()\n{ORDER}", "shop_orderevent"),
    "the class": (f"{ORDER}\n\npgh.track()(Order)\n", "shop_orderevent"),
    "the label": (f"{ORDER}\n\npgh.track()('shop.Order')\n", "shop_orderevent"),
    "a label before the class": (f"pgh.track()('shop.Order')\n\n\n{ORDER}", "shop_orderevent"),
    "a lower-case label": (
        f"{ORDER}\n\npgh.track(model_name='OrderEvent')('shop.order')\n",
        "shop_orderevent",
    ),
    "a proxy": (
        f"{ORDER}\n\n@pgh.track()\nclass Sale(Order):\n    class Meta:\n        proxy = True\n",
        "shop_saleevent",
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", TARGETS)
def test_it_is_called_on(runner: Runner, name: str) -> None:
    text, table = TARGETS[name]
    runner.models(text)
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    assert runner.events(INSERT, table=table, columns="total, note") == [(7, "n")]
    runner.models(text.replace("default='-'", "default='+', null=True"))
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    insert = "INSERT INTO shop_order (total) VALUES (8)"
    assert runner.events(insert, table=table, columns="total, note") == [(8, None)]
    runner.forget_rows("shop_order", table)
    runner.migrate("shop", "zero")
    assert leftovers() == []


THROUGH = {
    "of an own model": ("Order.tags.through", "order_id", "shop_order_tags"),
    "of Django's": ("User.groups.through", "user_id", "auth_user_groups"),
    "by label": ("'auth.User_groups'", "user_id", "auth_user_groups"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", THROUGH)
def test_it_is_called_on_an_automatic_table(runner: Runner, name: str) -> None:
    target, column, table = THROUGH[name]
    runner.models(
        "from django.contrib.auth.models import User\n\n\n"
        f"{ORDER}\n\npgh.track(model_name='LinkEvent')({target})\n"
    )
    text = runner.makemigrations()
    assert text.count("class Migration") == 1
    runner.migrate()
    assert runner.is_quiet()
    runner.execute(INSERT)
    owner = User.objects.create(username="a").pk
    if column == "order_id":
        ((owner,),) = runner.fetch("SELECT id FROM shop_order")
    group = Group.objects.create(name="g").pk
    insert = f"INSERT INTO {table} ({column}, group_id) VALUES ({owner}, {group})"
    columns = f"{column}, group_id"
    assert runner.events(insert, table="shop_linkevent", columns=columns) == [(owner, group)]


@pytest.mark.django_db(transaction=True)
def test_the_event_model_is_in_the_app_of_the_decorated_model(
    project: Project, runner: Runner
) -> None:
    """A decorated class belongs to the app that its Meta names, wherever the module is."""
    runner.models("", app="audit")
    runner.models(
        f"@pgh.track()\n{ORDER}\n    class Meta:\n        app_label = 'audit'\n", app="shop"
    )
    runner.makemigrations()
    assert project.migrations("shop") == []
    assert "CreateEventModel" in project.read("audit/migrations/0001_initial.py")


@pytest.mark.django_db(transaction=True)
def test_two_histories_of_one_model(runner: Runner) -> None:
    everything = "@pgh.track(pgh.Snapshot('all'))\n"
    totals = "@pgh.track(pgh.Snapshot('total'), fields=['total'], context_field=None)\n"
    runner.models(everything + totals + ORDER)
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    change = f"{INSERT}; UPDATE shop_order SET note = 'm'"
    runner.execute(change)
    assert runner.fetch("SELECT pgh_label, total, note FROM shop_orderevent ORDER BY pgh_id") == [
        ("all", 7, "n"),
        ("all", 7, "m"),
    ]
    assert runner.fetch("SELECT pgh_label, total FROM shop_ordertotalevent") == [("total", 7)]

    # Each goes its own way; one is taken away with its history, and the other goes on.
    runner.models(everything + ORDER.replace("total", "amount"))
    text = runner.makemigrations("y", "3")
    assert text.count("DeleteEventModel") == 1
    runner.migrate()
    assert runner.is_quiet()
    insert = "INSERT INTO shop_order (amount, note) VALUES (8, 'k')"
    assert runner.events(insert, columns="amount, note") == [(8, "k")]


# The setting ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_declared")
def test_a_declaration_takes_what_it_does_not_say_from_the_setting() -> None:
    with override_settings(
        PGHISTORY_OPS={
            "trackers": [pgh.AfterInsert(), pgh.AfterDelete()],
            "context_field": pgh.ContextJSONField(),
            "context_id_field": pgh.ContextUUIDField(),
            "append_only": True,
            "level": pgh.Row,
        }
    ):
        pgh.track(app_label="auth")("auth.User")
    found = only_declaration()
    assert [item.label for item in found.trackers] == ["after_insert", "after_delete"]
    assert {str(item.level) for item in found.trackers} == {str(pgh.Row)}
    assert found.context_field == pgh.ContextJSONField()
    assert found.context_id_field == pgh.ContextUUIDField()
    assert found.append_only


@pytest.mark.usefixtures("nothing_declared")
def test_a_declaration_wins_over_the_setting() -> None:
    with override_settings(
        PGHISTORY_OPS={"append_only": True, "context_field": None, "level": pgh.Row}
    ):
        pgh.track(
            pgh.Snapshot(level=pgh.Statement),
            pgh.AfterDelete(),
            append_only=False,
            context_field=pgh.ContextForeignKey(),
            app_label="auth",
        )("auth.User")
    found = only_declaration()
    assert [str(item.level) for item in found.trackers] == [str(pgh.Statement), str(pgh.Row)]
    assert found.context_field == pgh.ContextForeignKey()
    assert found.append_only is False


@pytest.mark.usefixtures("nothing_declared")
def test_without_a_setting_a_declaration_has_a_snapshot() -> None:
    pgh.track(app_label="auth")("auth.User")
    assert only_declaration().trackers == (pgh.Snapshot(),)


WRONG_SETTINGS = {
    "an unknown key": ({"traker": []}, "has the unknown key 'traker'"),
    "no dictionary": ([], "is a dictionary"),
    "None": (None, "is a dictionary"),
    "trackers that are none": ({"trackers": ["Snapshot"]}, "trackers"),
    "one tracker": ({"trackers": pgh.Snapshot()}, "trackers"),
    "an object field that is none": ({"obj_field": True}, "obj_field"),
    "a context field that is none": ({"context_field": "json"}, "context_field"),
    "a context key that is none": ({"context_id_field": True}, "context_id_field"),
    "a level that is none": ({"level": "ROW"}, "level"),
    "append_only that is no truth value": ({"append_only": "no"}, "append_only"),
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
@pytest.mark.usefixtures("nothing_declared")
def test_a_wrong_setting_is_refused(name: str) -> None:
    value, message = WRONG_SETTINGS[name]
    with (
        override_settings(PGHISTORY_OPS=value),
        pytest.raises(ImproperlyConfigured, match=message),
    ):
        pgh.track(app_label="auth")("auth.User")
    assert declarations.declarations() == []


@pytest.mark.django_db(transaction=True)
def test_the_setting_shapes_proposals_alone(project: Project, runner: Runner) -> None:
    """What is in a migration stays; a change of the setting is a change of the declarations."""
    runner.models("@pgh.track()\n" + ORDER)
    runner.makemigrations()
    text = project.read("shop/migrations/0001_initial.py")
    project.uninstall()
    with override_settings(PGHISTORY_OPS={"append_only": True}):
        runner.migrate()
        proposed = runner.makemigrations()
        assert "append_only=True" in proposed
        runner.migrate()
        assert runner.is_quiet()
        assert project.read("shop/migrations/0001_initial.py") == text
        project.uninstall()
    assert not runner.is_quiet()


def test_the_setting_knows_each_key_of_the_defaults() -> None:
    """It is read at the start of each process, and the defaults, with the trackers, are not."""
    assert {field.name for field in dataclasses.fields(Defaults)} == conf.DEFAULTS
