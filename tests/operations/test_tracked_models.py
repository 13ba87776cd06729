"""Each kind of tracked model: there and back, with the right events in between."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import CommandError
from django.db import connection, migrations, models
from django.test import override_settings

import pghistory_ops as pgh
from catalog import catalog, names
from chain import Chain, assert_there_and_back
from projects import Project
from tracking import column, recorded, track

ID = ("id", models.BigAutoField(primary_key=True))


def test_a_composite_key_is_mirrored_and_indexed(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel(
            "Line",
            [
                ("pk", models.CompositePrimaryKey("order", "number")),
                ("order", models.IntegerField()),
                ("number", models.IntegerField()),
                ("text", models.TextField()),
            ],
        )
    )
    found = track(chain, "shop.Line")
    assert ("column", "shop_event.pgh_obj_id") not in found
    assert [
        text
        for (kind, name), text in found.items()
        if kind == "index" and '("order", number)' in text and "shop_event " in text
    ]
    line = chain.model("Line").objects.create(pk=(1, 2), text="a")
    chain.model("Line").objects.filter(pk=line.pk).update(text="b", number=3)
    chain.model("Line").objects.all().delete()
    assert recorded(chain, "order", "number", "text") == [
        ("snapshot", 1, 2, "a"),
        ("snapshot", 1, 3, "b"),
        ("after_delete", 1, 3, "b"),
    ]


def test_a_child_has_the_history_of_its_own_table(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel("Place", [ID, ("name", models.TextField())]),
        migrations.CreateModel(
            "Cafe",
            [
                (
                    "place_ptr",
                    models.OneToOneField(
                        "shop.Place",
                        models.CASCADE,
                        parent_link=True,
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("seats", models.IntegerField()),
            ],
            bases=("shop.place",),
        ),
    )
    found = track(chain, "shop.Cafe")
    own = [name for name in names(found, "column") if name.startswith("shop_event.")]
    assert [name for name in own if not name.startswith("shop_event.pgh_")] == [
        "shop_event.place_ptr_id",
        "shop_event.seats",
    ]
    cafe = chain.model("Cafe").objects.create(name="Procope", seats=4)
    cafe.name = "Florian"
    cafe.save()
    cafe.seats = 5
    cafe.save()
    assert recorded(chain, "pgh_obj_id", "place_ptr_id", "seats") == [
        ("snapshot", cafe.pk, cafe.pk, 4),
        ("snapshot", cafe.pk, cafe.pk, 5),
    ]
    chain.model("Event")._base_manager.get(pgh_obj__name="Florian", seats=4)
    chain.settle()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE shop_cafe")
    assert recorded(chain, "seats")[2:] == [("after_truncate", 5)]


def test_a_hand_written_child_may_leave_its_key_out(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel("Place", [ID]),
        migrations.CreateModel("Cafe", [("seats", models.IntegerField())], bases=("shop.Place",)),
    )
    track(chain, "shop.Cafe")
    cafe = chain.model("Cafe").objects.create(seats=4)
    assert recorded(chain, "place_ptr_id", "seats") == [("snapshot", cafe.pk, 4)]


def test_a_hand_written_model_may_leave_its_key_out(chain: Chain) -> None:
    chain.forwards(migrations.CreateModel("Thing", [("text", models.TextField())]))
    track(chain, "shop.Thing")
    thing = chain.model("Thing").objects.create(text="a")
    assert recorded(chain, "pgh_obj_id", "id", "text") == [("snapshot", thing.pk, thing.pk, "a")]


def test_an_automatic_through_table_of_an_installed_app(chain: Chain) -> None:
    track(chain, "auth.User_groups")
    user, group = User.objects.create(username="ada"), Group.objects.create(name="staff")
    user.groups.add(group)
    user.groups.clear()
    assert recorded(chain, "user_id", "group_id") == [
        ("snapshot", user.pk, group.pk),
        ("after_delete", user.pk, group.pk),
    ]
    key = User.groups.through.objects.create(user=user, group=group).pk
    event = chain.model("Event")._base_manager.latest("pgh_id")
    assert (event.id, event.pgh_obj_id, event.pgh_obj.user_id) == (key, key, user.pk)


def test_an_automatic_through_table_of_a_model_with_itself(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel(
            "Person",
            [ID, ("friends", models.ManyToManyField("shop.Person", db_table="friendship"))],
        )
    )
    track(chain, "shop.Person_friends")
    manager = chain.model("Person").objects
    one, two = manager.create(), manager.create()
    one.friends.add(two)
    assert recorded(chain, "from_person_id", "to_person_id") == [("snapshot", one.pk, two.pk)]


def test_a_many_to_many_field_has_no_column(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel(
            "Person",
            [ID, ("groups", models.ManyToManyField("auth.Group")), ("n", models.IntegerField())],
        )
    )
    found = track(chain, "shop.Person")
    assert ("column", "shop_event.groups") not in found
    chain.model("Person").objects.create(n=1)
    assert recorded(chain, "n") == [("snapshot", 1)]


def test_a_proxy_stands_for_its_concrete_model(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel("Order", [ID, ("total", models.IntegerField())]),
        migrations.CreateModel("Cheap", [], options={"proxy": True}, bases=("shop.order",)),
        migrations.CreateModel("Cheaper", [], options={"proxy": True}, bases=("shop.cheap",)),
    )
    track(chain, "shop.Cheaper")
    chain.model("Order").objects.create(total=1)
    chain.model("Cheap").objects.create(total=2)
    assert recorded(chain, "total") == [("snapshot", 1), ("snapshot", 2)]
    reference = chain.model("Event")._meta.get_field("pgh_obj")
    assert reference.related_model._meta.label == "shop.Order"


def test_a_proxy_of_a_model_of_another_app(chain: Chain) -> None:
    chain.forwards(
        migrations.CreateModel("Staff", [], options={"proxy": True}, bases=("auth.user",))
    )
    track(chain, "shop.Staff", fields=["username"])
    User.objects.create(username="ada")
    assert recorded(chain, "username") == [("snapshot", "ada")]


def test_an_unmanaged_model_is_tracked_where_its_table_is(chain: Chain) -> None:
    with connection.cursor() as cursor:
        cursor.execute('CREATE TABLE "Legacy Order" (nr int PRIMARY KEY, txt text)')
    chain.forwards(
        migrations.CreateModel(
            "Legacy",
            [
                ("number", models.IntegerField(primary_key=True, db_column="nr")),
                ("text", models.TextField(db_column="txt", null=True)),
            ],
            options={"managed": False, "db_table": "Legacy Order"},
        )
    )
    track(chain, "shop.Legacy")
    with connection.cursor() as cursor:
        cursor.execute("""INSERT INTO "Legacy Order" VALUES (7, 'a')""")
    assert recorded(chain, "pgh_obj_id", "number", "text") == [("snapshot", 7, 7, "a")]
    chain.zero()
    with connection.cursor() as cursor:
        cursor.execute('DROP TABLE "Legacy Order"')


def test_a_swapped_user_model(db: None) -> None:
    with override_settings(AUTH_USER_MODEL="shop.Person"):
        before = catalog()
        chain = Chain().forwards(
            migrations.CreateModel(
                "Person",
                [("id", models.UUIDField(primary_key=True)), ("name", models.TextField())],
                options={"swappable": "AUTH_USER_MODEL"},
            ),
            migrations.CreateModel(
                "Order", [ID, ("owner", models.ForeignKey("shop.Person", models.CASCADE))]
            ),
        )
        found = track(chain, "shop.Order")
        assert column(found, "owner_id").startswith("uuid NOT NULL")
        assert_there_and_back(
            chain,
            pgh.CreateEventModel("PersonEvent", tracks=settings.AUTH_USER_MODEL),
            pgh.AddTracker("PersonEvent", pgh.Snapshot()),
        )
        person = chain.model("Person").objects.create(
            pk="12345678-1234-5678-1234-567812345678", name="ada"
        )
        chain.model("Order").objects.create(owner=person)
        assert [str(key) for _, key in recorded(chain, "owner_id")] == [person.pk]
        assert [event["name"] for event in chain.events("PersonEvent")] == ["ada"]
        chain.zero()
        assert catalog() == before


@pytest.mark.django_db
def test_a_reference_to_a_model_of_an_app_without_migrations(project: Project) -> None:
    project.write(
        "plain/models.py",
        """
        from django.db import models

        class Country(models.Model):
            code = models.CharField(max_length=2, primary_key=True)
        """,
    )
    project.write("shop/models.py", "")
    project.write_migration(
        "shop",
        "0001_initial",
        """
        migrations.CreateModel("Order", [
            ("id", models.BigAutoField(primary_key=True)),
            ("country", models.ForeignKey("plain.Country", models.CASCADE)),
        ]),
        pgh.CreateEventModel("Event", tracks="shop.Order"),
        pgh.AddTracker("Event", pgh.Snapshot()),
        pgh.AddTracker("Event", pgh.AfterUpdate("home", condition=pgh.Q(new__country="nl"))),
        """,
        dependencies=[("pghistory_ops", "0001_initial")],
    )
    project.migrate("plain", run_syncdb=True)
    before = catalog()
    project.migrate("shop")
    first = catalog()
    assert column(first, "country_id").startswith("character varying(2) NOT NULL")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO plain_country VALUES ('fr'), ('nl')")
        cursor.execute("INSERT INTO shop_order (country_id) VALUES ('fr')")
        cursor.execute("UPDATE shop_order SET country_id = 'nl'")
        cursor.execute("SELECT pgh_label, country_id FROM shop_event ORDER BY pgh_label DESC, 2")
        assert cursor.fetchall() == [("snapshot", "fr"), ("snapshot", "nl"), ("home", "nl")]
    project.migrate("shop", "zero")
    assert catalog() == before
    project.migrate("shop")
    assert catalog() == first
    project.migrate("shop", "zero")


@pytest.mark.django_db
def test_a_model_of_an_app_without_migrations_cannot_be_tracked(project: Project) -> None:
    project.write("plain/models.py", "from django.db import models\nclass Thing(models.Model): ...")
    project.write("shop/models.py", "")
    project.write_migration(
        "shop", "0001_initial", 'pgh.CreateEventModel("Event", tracks="plain.Thing"),'
    )
    with pytest.raises(CommandError, match="The app 'plain' has no migrations"):
        project.migrate("shop")


@pytest.mark.parametrize(
    "key",
    [
        models.AutoField(primary_key=True),
        models.BigAutoField(primary_key=True),
        models.SmallAutoField(primary_key=True),
        models.UUIDField(primary_key=True),
        models.CharField(max_length=5, primary_key=True),
        models.OneToOneField("auth.User", models.CASCADE, primary_key=True),
    ],
    ids=lambda key: type(key).__name__,
)
def test_every_kind_of_key(chain: Chain, key: Any) -> None:
    chain.forwards(migrations.CreateModel("Thing", [("key", key), ("text", models.TextField())]))
    track(chain, "shop.Thing")
    given: dict[str, Any] = {}
    if isinstance(key, models.UUIDField):
        given = {"pk": "12345678-1234-5678-1234-567812345678"}
    elif isinstance(key, models.CharField):
        given = {"pk": "abc"}
    elif isinstance(key, models.OneToOneField):
        given = {"pk": User.objects.create(username="ada").pk}
    thing = chain.model("Thing").objects.create(text="a", **given)
    (event,) = chain.model("Event")._base_manager.all()
    thing.refresh_from_db()
    name = "key_id" if isinstance(key, models.OneToOneField) else "key"
    assert (event.pgh_obj_id, getattr(event, name), event.text) == (thing.pk, thing.pk, "a")
