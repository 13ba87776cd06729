"""``makemigrations`` does not write what ``migrate`` would refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.migrations import AddField, Migration, RenameField
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.models import CASCADE, CharField, ForeignKey

from autodetector.runner import Runner
from pghistory_ops.autodetector import AutodetectorMixin
from pghistory_ops.autodetector.proposal import UnsoundProposal, check_proposal
from pghistory_ops.management.commands import makemigrations
from pghistory_ops.operations import RefreshTrackers
from projects import Project

ORDER = "@pgh.track()\nclass Order(models.Model):\n    total = models.IntegerField()\n"
LINKED = """class Customer(models.Model):
    code = models.CharField(max_length=5, unique=True)


@pgh.track()
class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, to_field="code")
"""


class Defective(AutodetectorMixin, MigrationAutodetector):
    """One that forgets to compile the triggers anew."""

    def _build_migration_list(self, graph: Any = None) -> None:
        detector: Any = self
        for app_label, items in detector.generated_operations.items():
            kept = [item for item in items if not isinstance(item, RefreshTrackers)]
            detector.generated_operations[app_label] = kept
        super()._build_migration_list(graph)


@pytest.mark.django_db
def test_a_defect_is_said_by_makemigrations(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = Runner(project)
    runner.models(ORDER)
    runner.makemigrations()
    runner.models(ORDER + "    note = models.TextField(null=True)\n")
    monkeypatch.setattr(makemigrations.Command, "autodetector", Defective)
    with pytest.raises(UnsoundProposal) as caught:
        runner.makemigrations()
    text = str(caught.value)
    assert text.startswith("No migration was made. migrate would refuse what was about to be ")
    assert "please report it" in text
    assert "The tracker 'snapshot' of shop.OrderEvent is stale" in text
    assert project.migrations("shop") == ["0001_initial"]

    monkeypatch.undo()
    assert "RefreshTrackers" in runner.makemigrations()


@pytest.mark.django_db
def test_what_was_wrong_before_is_not_held_against_it(project: Project) -> None:
    """A person has to mend it; the rest of the project goes on."""
    runner = Runner(project)
    runner.models(ORDER + "\n\nclass Item(models.Model):\n    pass\n")
    runner.makemigrations()
    project.write_migration(
        "shop",
        "0002_stale",
        'migrations.AlterField("orderevent", "total", models.SmallIntegerField()),',
        dependencies=[("shop", "0001_initial")],
    )
    runner.models(ORDER + "\n\nclass Item(models.Model):\n    n = models.IntegerField(null=True)\n")
    assert "AddField" in runner.makemigrations()


@pytest.mark.django_db
def test_the_check_changes_no_field_of_the_migrations(project: Project) -> None:
    """Django renames the target of a foreign key in the field itself."""
    runner = Runner(project)
    runner.models(LINKED)
    runner.makemigrations()
    loader = MigrationLoader(None)
    state = loader.project_state()
    migration: Any = Migration("auto_1", "shop")
    added: Any = AddField(
        "order",
        "other",
        ForeignKey("shop.Customer", CASCADE, to_field="code", null=True, related_name="+"),
    )
    migration.operations = [
        added,
        RenameField("customer", "code", "name"),
        AddField("customer", "code", CharField(max_length=3, null=True)),
    ]
    fields: list[Any] = [
        added.field,
        *(state.models["shop", name].fields["customer"] for name in ("order", "orderevent")),
    ]
    with pytest.raises(UnsoundProposal):
        check_proposal(state, {"shop": [migration]})
    assert [field.remote_field.field_name for field in fields] == ["code"] * 3
    assert [field.to_fields for field in fields] == [["code"]] * 3
