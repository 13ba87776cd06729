import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connections

from projects import Project

MODELS = """
from django.db import models

class Order(models.Model):
    total = models.IntegerField()
    user = models.ForeignKey("auth.User", models.CASCADE, null=True)
"""
CHANGED_MODELS = MODELS.replace("total", "amount")
RENAME = 'migrations.RenameField("order", "total", "amount"),'
TABLES = "SELECT count(*) FROM pg_class WHERE relname LIKE 'shop%'"


def write_shop(project: Project) -> None:
    project.write("shop/models.py", MODELS)
    project.write("shop/migrations/__init__.py", "")


def scalar(query: str, alias: str = "default") -> object:
    with connections[alias].cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@pytest.mark.django_db(databases=["default", "other"])
@pytest.mark.parametrize("alias", ["default", "other"])
def test_both_databases_are_on_a_supported_server(alias: str) -> None:
    assert connections[alias].pg_version >= 150000
    assert scalar("SELECT current_database()", alias) == connections[alias].settings_dict["NAME"]


@pytest.mark.django_db
def test_a_written_project_makes_its_migrations_and_runs_them(project: Project) -> None:
    write_shop(project)
    assert "Create model Order" in project.makemigrations("shop")
    assert project.migrations("shop") == ["0001_initial"]
    assert 'CREATE TABLE "shop_order"' in project.sqlmigrate("shop", "0001")
    project.migrate("shop")
    assert project.model("shop.Order").objects.create(total=1).pk

    project.write("shop/models.py", CHANGED_MODELS)
    project.write_migration("shop", "0002_amount", RENAME)
    project.migrate("shop")
    assert project.model("shop.Order").objects.get().amount == 1
    assert "No changes detected" in project.makemigrations("shop", "--check")
    project.migrate("shop", "zero")
    assert scalar(TABLES) == 0


# The same test twice: whatever the first run left behind would make the second one fail.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", [1, 2])
def test_a_committed_project_is_forgotten(project: Project, run: int) -> None:
    assert scalar(TABLES) == 0
    assert not hasattr(User, "order_set")
    assert not apps.is_installed("shop")
    write_shop(project)
    project.write_migration(
        "shop",
        "0001_initial",
        """
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("total", models.IntegerField()),
                ("user", models.ForeignKey("auth.User", models.CASCADE, null=True)),
            ],
        ),
        migrations.RunSQL(
            [
                "CREATE FUNCTION shop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
                "CREATE TRIGGER shop AFTER TRUNCATE ON auth_user EXECUTE FUNCTION shop()",
            ]
        ),
        """,
        dependencies=[("auth", "0001_initial")],
        atomic=False,
    )
    assert "Applying shop.0001_initial... OK" in project.migrate("shop")
    user = User.objects.create(username="ada")
    project.model("shop.Order").objects.create(total=1, user=user)
    assert user.order_set.count() == 1


def test_an_app_that_fails_to_import_is_forgotten(project: Project) -> None:
    project.write("shop/models.py", f"{MODELS}\nraise LookupError('shop')")
    with pytest.raises(LookupError):
        project.install()
    write_shop(project)
    assert project.model("shop.Order").__module__ == "shop.models"
