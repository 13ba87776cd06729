"""How much of the migration graph is replayed, and that it is enough. There is no database here."""

from __future__ import annotations

import compileall
import runpy
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.migrations.loader import MigrationLoader

import pghistory_ops as pgh
from pghistory_ops.registry import event_models as registry
from pghistory_ops.registry import graph
from pghistory_ops.state import UnknownEventModel, event_states
from projects import Project

LIBRARY = ("pghistory_ops", "0001_initial")
FIRST = ("store", "0001_initial")
ORDER = 'migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True)), {}]),'
MODELS = "from django.db import models\n\n\nclass Order(models.Model):\n    total = {}\n"
TOTAL = '("total", models.IntegerField())'
COLUMNS = 'columns=[("total", models.IntegerField())]'


def write_order(project: Project, fields: str = TOTAL) -> None:
    project.write("store/models.py", MODELS.format("models.IntegerField()"))
    project.write_migration("store", "0001_initial", ORDER.format(fields), initial=True)


def write_audit(
    project: Project, *dependencies: tuple[str, str], tracks: str = "store.Order", options: str = ""
) -> None:
    project.write("audit/models.py", "")
    project.write_migration(
        "audit",
        "0001_initial",
        f'pgh.CreateEventModel("OrderAudit", tracks={tracks!r}, {options}),\n'
        'pgh.AddTracker("OrderAudit", pgh.Snapshot()),',
        dependencies=[LIBRARY, *dependencies],
    )


def imported() -> set[str]:
    """Return the apps whose migrations are imported."""
    return {name.split(".")[0] for name in sys.modules if ".migrations.0" in name}


def columns(model: Any) -> list[str]:
    return [field.name for field in model._meta.fields if not field.name.startswith("pgh_")]


def assert_like_the_whole_graph() -> None:
    """Compare what the registry knows with the state that Django makes of all migrations."""
    state = MigrationLoader(None).project_state()
    assert [item.label for item in event_states(state)] == [
        item._meta.label for item in pgh.event_models()
    ]
    for item in event_states(state):
        found = registry.current().state(*item.key)
        assert found == item


def test_no_more_is_imported_than_is_needed(project: Project) -> None:
    write_order(project)
    write_audit(project, FIRST)
    project.write("noise/migrations/0001_initial.py", "raise_an_error")
    project.write("noise/models.py", "")
    project.install()
    before = imported()
    assert columns(pgh.event_model("audit.OrderAudit")) == ["id", "total"]
    assert imported() - before <= {"audit", "store", "pghistory_ops"}
    registry.clear()
    store = sys.modules["store.models"]
    assert pgh.event_model(store.Order)._meta.label == "audit.OrderAudit"
    assert pgh.event_models(tracks="store.Order", references="store.Order") != []
    assert "noise" not in imported()
    with pytest.raises(NameError, match="raise_an_error"):
        pgh.event_model("store.Missing")  # the whole graph may know it


def test_apps_without_migrations_are_live(project: Project) -> None:
    project.write("bare/models.py", MODELS.format("models.IntegerField()"))
    write_order(project, f'{TOTAL}, ("bare", models.ForeignKey("bare.Order", models.CASCADE))')
    write_audit(project, FIRST)
    project.install()
    model = pgh.event_model("audit.OrderAudit")
    assert model._meta.get_field("bare").related_model is sys.modules["bare.models"].Order
    assert_like_the_whole_graph()


def test_derived_columns_are_those_of_their_place(project: Project) -> None:
    # What the audit's migration depends on leads to the second migration through another app.
    write_order(project)
    add = 'migrations.AddField("order", "b", models.TextField()),'
    project.write_migration("store", "0002_add", add)
    project.write_migration("store", "0003_remove", 'migrations.RemoveField("order", "b"),')
    project.write("between/models.py", "")
    project.write_migration("between", "0001_initial", "", dependencies=[("store", "0002_add")])
    write_audit(project, FIRST, ("between", "0001_initial"))
    project.install()
    assert columns(pgh.event_model("audit.OrderAudit")) == ["id", "total", "b"]
    assert_like_the_whole_graph()


def test_what_a_part_cannot_say_the_whole_does(project: Project) -> None:
    # The order of the two apps is known to a third one alone.
    write_order(project)
    project.write_migration("store", "0002_name", 'migrations.RenameModel("Order", "Purchase"),')
    project.write("between/models.py", "")
    project.write_migration("between", "0001_initial", "", dependencies=[("store", "0002_name")])
    write_audit(project, ("between", "0001_initial"), tracks="store.Purchase", options=COLUMNS)
    renamed = MODELS.replace("class Order", "class Purchase")
    project.write("store/models.py", renamed.format("models.IntegerField()"))
    project.install()
    assert "between" not in imported()
    model = pgh.event_model("audit.OrderAudit")
    assert "between" in imported()
    purchase = sys.modules["store.models"].Purchase
    assert model._meta.get_field("pgh_obj").related_model is purchase
    assert pgh.event_model(purchase) is model
    assert_like_the_whole_graph()


def test_a_reference_follows_a_rename_in_another_app(project: Project) -> None:
    project.write("crm/models.py", MODELS.replace("Order", "Client").format("models.TextField()"))
    project.write_migration("crm", "0001_initial", ORDER.format("").replace("Order", "Customer"))
    write_order(project)
    options = 'columns=[("customer", models.ForeignKey("crm.Customer", models.DO_NOTHING))]'
    write_audit(project, FIRST, ("crm", "0001_initial"), options=options)
    project.write_migration(
        "crm",
        "0002_rename",
        'migrations.RenameModel("Customer", "Client"),',
        dependencies=[("crm", "0001_initial"), ("audit", "0001_initial")],
    )
    project.install()
    model = pgh.event_model("audit.OrderAudit")
    assert model._meta.get_field("customer").related_model is sys.modules["crm.models"].Client


def test_a_squashed_migration_stands_for_what_it_replaces(project: Project) -> None:
    write_order(project)
    write_audit(project, FIRST)
    project.write_migration(
        "audit",
        "0002_note",
        'migrations.AddField("orderaudit", "note", models.TextField(null=True)),',
    )
    project.write_migration(
        "audit",
        "0001_squashed_0002",
        'pgh.CreateEventModel("OrderAudit", tracks="store.Order", columns=[\n'
        '    ("total", models.IntegerField()), ("squashed", models.TextField(null=True))]),',
        dependencies=[LIBRARY, FIRST],
        replaces=[("audit", "0001_initial"), ("audit", "0002_note")],
    )
    project.install()
    assert columns(pgh.event_model("audit.OrderAudit")) == ["total", "squashed"]
    assert_like_the_whole_graph()


@pytest.mark.parametrize("statement", ["from audit.history", "from ..history"])
def test_an_event_model_may_be_made_by_a_function(project: Project, statement: str) -> None:
    write_order(project)
    project.write("audit/models.py", "")
    project.write(
        "audit/history.py",
        "import pghistory_ops as pgh\n\n"
        "def history(label):\n"
        '    return [pgh.CreateEventModel("OrderAudit", tracks=label, context_field=None)]\n',
    )
    project.write(
        "audit/migrations/0001_initial.py",
        f"from django.db import migrations\n{statement} import history\n\n\n"
        "class Migration(migrations.Migration):\n"
        '    dependencies = [("store", "0001_initial")]\n'
        '    operations = history("store.Order")\n',
    )
    project.install()
    store = sys.modules["store.models"]
    assert [item._meta.label for item in pgh.event_models()] == ["audit.OrderAudit"]
    registry.clear()
    assert pgh.event_model(store.Order)._meta.label == "audit.OrderAudit"
    registry.clear()
    assert [item._meta.label for item in pgh.event_models(tracks=store.Order)] != []


@pytest.mark.parametrize(
    "tracks", ['"auth.User"', "settings.AUTH_USER_MODEL", '"auth.{}".format("User")']
)
def test_what_is_tracked_may_be_said_in_many_ways(project: Project, tracks: str) -> None:
    write_audit(project, ("auth", "0012_alter_user_first_name_max_length"), tracks="PLACE")
    file = project.root / "audit/migrations/0001_initial.py"
    text = file.read_text().replace("'PLACE'", tracks)
    file.write_text(f"from django.conf import settings\n{text}")
    project.install()
    model = pgh.event_model(User)
    assert model._meta.label == "audit.OrderAudit"
    assert model._meta.get_field("pgh_obj").related_model is User


def test_the_table_of_a_many_to_many_field(project: Project) -> None:
    write_audit(
        project, ("auth", "0012_alter_user_first_name_max_length"), tracks="auth.User_groups"
    )
    project.install()
    through = User.groups.through
    model = pgh.event_model(through)
    assert model is pgh.event_model("auth.User_groups")
    assert model._meta.get_field("pgh_obj").related_model is through
    assert registry.history_of(model).mirrored == ("id", "user", "group")


def test_migrations_may_be_byte_code_alone(project: Project) -> None:
    write_order(project)
    write_audit(project, FIRST)
    folder = project.root / "audit/migrations"
    assert compileall.compile_dir(folder, legacy=True, quiet=1)
    for file in folder.glob("*.py"):
        file.unlink()
    project.install()
    assert pgh.event_model("store.Order")._meta.label == "audit.OrderAudit"
    assert columns(pgh.event_model("audit.OrderAudit")) == ["id", "total"]


def test_migrations_may_be_in_an_archive(project: Project, tmp_path_factory: Any) -> None:
    write_order(project)
    write_audit(project, FIRST)
    archive = tmp_path_factory.mktemp("zip") / "changes.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("__init__.py", "0001_initial.py"):
            file.write(project.root / "audit/migrations" / name, f"changes/{name}")
    for path in (project.root / "audit/migrations").iterdir():
        path.unlink()
    (project.root / "audit/migrations").rmdir()
    project.install()
    sys.path.insert(0, str(archive))
    try:
        with pytest.MonkeyPatch.context() as patch:
            from django.conf import settings

            patch.setattr(settings, "MIGRATION_MODULES", {"audit": "changes"})
            registry.clear()
            assert "audit" in graph.Sources().apps()
            assert pgh.event_model("store.Order")._meta.label == "audit.OrderAudit"
    finally:
        sys.path.remove(str(archive))
        for name in [name for name in sys.modules if name.partition(".")[0] == "changes"]:
            del sys.modules[name]


def test_a_folder_without_a_file_is_no_package_of_migrations(project: Project) -> None:
    write_order(project)
    write_audit(project, FIRST)
    (project.root / "audit/migrations/__init__.py").unlink()
    project.install()
    assert "audit" not in graph.Sources().apps()
    with pytest.raises(UnknownEventModel):
        pgh.event_model("audit.OrderAudit")


def test_no_migration_is_read_twice(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    write_order(project)
    write_audit(project, FIRST)
    project.install()
    loads: list[Any] = []
    original = graph.project_state
    monkeypatch.setattr(graph, "project_state", lambda x: (loads.append(set(x)), original(x))[1])
    model = pgh.event_model("audit.OrderAudit")
    for ref in ("audit.OrderAudit", "store.Order", sys.modules["store.models"].Order):
        assert pgh.event_model(ref) is model
    assert pgh.event_models() == [model]
    assert loads == [{"audit"}]


# The synthetic project ----------------------------------------------------------------------------

SYNTHETIC = Path(__file__).parents[2] / "benchmarks/synthetic.py"


@pytest.mark.django_db
@pytest.mark.parametrize("tracked", [True, False])
def test_the_synthetic_project_is_sound(project: Project, tracked: bool) -> None:
    synthetic = runpy.run_path(str(SYNTHETIC))["Synthetic"]
    synthetic(3, 9, 36, tracked=tracked).write(project.root)
    assert len(list(project.root.glob("app*/migrations/0*.py"))) == 36
    assert "No changes detected" in project.makemigrations("--check", "--dry-run")
    if tracked:
        assert len(pgh.event_models()) == 9
        assert "app000" not in {
            item._meta.app_label for item in registry.rendered_models(["app001"])
        }
        project.migrate(verbosity=0)
        event = pgh.event_model("app001.Model0")
        assert event.objects.count() == 0
