"""Code that someone places between two proposed operations: what it writes is recorded too."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from autodetector.cases import CASES, NOTE, TOTAL, order
from autodetector.runner import Runner
from projects import Project

VALUES = {"total": 20, "amount": 20, "note": "n", "paid": True, "secret": "", "customer": None}
VALUES["code"] = "c0de0000-0000-4000-8000-00000000c0de"
# Writes a row with the columns that the table has at this place, and leaves word of them.
CODE = f"""

def write(apps, schema_editor):
    import json

    (model,) = [
        model
        for model in apps.get_models()
        if model._meta.app_label == "shop" and model.__name__ in ("Order", "Purchase")
    ]
    values = {VALUES!r}
    fields = [field for field in model._meta.fields if field.name in values]
    given = {{field.column: values[field.name] for field in fields}}
    names, places = ", ".join(given), ", ".join(["%s"] * len(given))
    with schema_editor.connection.cursor() as cursor:
        sql = f"INSERT INTO {{model._meta.db_table}} ({{names}}) VALUES ({{places}})"
        cursor.execute(sql, list(given.values()))
        cursor.execute("SELECT set_config('tests.given', %s, true)", [json.dumps(given)])


"""


@dataclass(frozen=True)
class Operations:
    """A migration file, whose operations are known by their place in it."""

    text: str

    def _elements(self) -> list[ast.expr]:
        (cls,) = [node for node in ast.parse(self.text).body if isinstance(node, ast.ClassDef)]
        for node in cls.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "operations":
                assert isinstance(node.value, ast.List)
                return node.value.elts
        raise AssertionError("no operations")

    @property
    def names(self) -> list[str]:
        """The classes of the operations."""
        calls = [node for node in self._elements() if isinstance(node, ast.Call)]
        return [ast.unparse(node.func).rpartition(".")[2] for node in calls]

    def with_code_at(self, place: int) -> str:
        """Return the file with code before the operation at ``place``, or behind the last one."""
        lines = self.text.splitlines()
        elements = self._elements()
        line = elements[place].lineno - 1 if place < len(elements) else elements[-1].end_lineno
        assert line is not None
        lines.insert(line, "        migrations.RunPython(write, migrations.RunPython.noop),")
        start = next(i for i, text in enumerate(lines) if text.startswith("class Migration"))
        lines.insert(start, CODE)
        lines.insert(0, "from django.db import migrations")
        return "\n".join(lines)

    @property
    def brackets(self) -> list[tuple[int, int]]:
        """The places of a tracker's removal and of its return, for each that returns."""
        removed: dict[str, int] = {}
        found = []
        for place, name in enumerate(self.names):
            if name == "RemoveTracker":
                removed[self.label(place)] = place
            elif name == "AddTracker" and self.label(place) in removed:
                found.append((removed.pop(self.label(place)), place))
        return found

    def renamed_at(self, place: int, before: bool = False) -> bool:
        """Return whether a name or a type has changed that the triggers still take for the old one.

        It may have done so before this migration. PostgreSQL refuses a write there: nothing goes
        unrecorded. A type changes on the tracked table first, as writers lock the two.
        """
        for name in reversed(self.names[:place]):
            if name in ("AlterField", "RenameField", "RenameModel", "AlterModelTable"):
                return True
            if name in ("RefreshTrackers", "AddTracker"):
                return False
        return before

    def label(self, place: int) -> str:
        """Return the label of the tracker of an operation."""
        text = ast.unparse(self._elements()[place])
        if found := re.search(r"label='(\w+)'|trackers\.\w+\('(\w+)'", text):
            return found[1] or found[2]
        (kind,) = re.findall(r"trackers\.(\w+)\(", text)
        return re.sub(r"(?<!^)([A-Z])", r"_\1", kind).lower()


def written_at(
    runner: Runner, operations: Operations, file: Path, place: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Migrate with code at a place; return what it wrote, and the events that it left."""
    with transaction.atomic():
        runner.execute("DISCARD PLANS")  # a command that migrates has made none
        ((known,),) = runner.fetch(f"SELECT count(*) FROM {event_table(runner)}")
        file.write_text(operations.with_code_at(place), encoding="utf-8")
        runner.migrate()
        ((given,),) = runner.fetch("SELECT current_setting('tests.given')")
        rows = runner.fetch(
            f"SELECT to_jsonb(t)::text FROM {event_table(runner)} t ORDER BY pgh_id OFFSET {known}"
        )
        transaction.set_rollback(True)
    return json.loads(given), [json.loads(text) for (text,) in rows]


def event_table(runner: Runner) -> str:
    """Return the event table, whatever it is called now."""
    ((table,),) = runner.fetch(
        "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON oid = attrelid "
        "WHERE attname = 'pgh_label' AND relkind = 'r'"
    )
    return str(table)


def what_is_wrong(given: dict[str, Any], events: list[dict[str, Any]], loose: set[str]) -> str:
    """Return what is wrong with the events of a row; ``loose`` names may be missing in one."""
    if len(events) != 1:
        return f"{len(events)} events"
    event = events[0]
    if "pgh_obj" not in loose and event.get("pgh_obj_id", "none") is None:
        return "no reference"
    for name, value in given.items():
        # A column that could not follow is kept beside the one that does.
        names = {"total", "amount"} if name in ("total", "amount") else {name}
        columns = {column for column in event if column.removesuffix("_old") in names}
        found = {comparable(event[column]) for column in columns} - {None}
        if found != {comparable(value)} - {None} and (found or name not in loose):
            return f"{name}: {found}"
    return ""


def comparable(value: Any) -> Any:
    """Return a value as every column that holds it gives it: ``20``, ``20.0`` and ``'20'``."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return str(float(value)) if number or str(value).isdecimal() else value


def wrong_places(
    runner: Runner,
    path: str,
    loose: set[str],
    label: str = "snapshot",
    renamed: bool = False,
) -> dict[int, str]:
    """Return the places of a migration at which code would not be recorded, and what is wrong."""
    file = runner.project.root / path
    operations = Operations(file.read_text(encoding="utf-8"))
    wrong = {}
    for place in range(len(operations.names) + 1):
        try:
            given, events = written_at(runner, operations, file, place)
        except ProgrammingError as error:
            if not operations.renamed_at(place, renamed):
                wrong[place] = str(error)
            continue
        events = [event for event in events if event["pgh_label"] == label]
        if text := what_is_wrong(given, events, loose):
            wrong[place] = text
    file.write_text(operations.text, encoding="utf-8")
    return wrong


# Whatever is not to be mirrored before or after the change, or is gone at its end.
LOOSE = {
    "add_field": {"paid"},
    "add_foreign_key": {"customer_id"},
    "remove_field": {"note"},
    "remove_field_of_some": {"note", "secret"},
    "several_at_once": {"note", "paid"},
    "exclude_field": {"note"},
    "only_some_fields": {"note"},
    "no_reference": {"pgh_obj"},
    "another_key": {"pgh_obj"},
}
ENDED = {name for name in CASES if name.endswith("_declaration_is_gone")}
ENDED |= {"delete_model_and_its_history", "delete_model_and_stop"}
LEVELS = {"default": "pgh.Snapshot()", "row": "pgh.Snapshot(level=pgh.Row)"}
LEVELS["statement"] = "pgh.Snapshot(level=pgh.Statement)"


@pytest.mark.django_db
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", sorted(set(CASES) - ENDED))
def test_code_between_two_operations_is_recorded(project: Project, name: str, level: str) -> None:
    case = CASES[name]
    runner = Runner(project)
    runner.models(case.before.format(trackers=LEVELS[level]))
    runner.makemigrations()
    runner.migrate()
    runner.models(case.after.format(trackers=LEVELS[level]))
    runner.makemigrations(*case.replies)
    (_, last) = project.migrations("shop")
    path = f"shop/migrations/{last}.py"
    operations = Operations(project.read(path))
    inside = set()
    for start, end in operations.brackets:
        # A tracker is off while a column that its condition reads changes its type, and else is
        # replaced at once.
        others = set(operations.names[start + 1 : end]) - {"RemoveTracker", "AddTracker"}
        assert not others or "AlterField" in others
        inside |= set(range(start + 1, end + 1))
    label = "snapshot" if "{trackers}" in case.before else "after_insert"
    wrong = wrong_places(runner, path, LOOSE.get(name, set()), label)
    assert {place: text for place, text in wrong.items() if place not in inside} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["add", "remove", "rename", "alter", "all"])
def test_code_between_the_migrations_of_two_apps_is_recorded(project: Project, name: str) -> None:
    """The same where another app keeps the history, in each of the migrations."""
    after = {
        "add": TOTAL + NOTE + "    paid = models.BooleanField(default=False)\n",
        "remove": TOTAL,
        "rename": TOTAL.replace("total", "amount") + NOTE,
        "alter": TOTAL.replace("Integer", "BigInteger") + NOTE,
        "all": TOTAL.replace("total", "amount") + "    paid = models.BooleanField(default=False)\n",
    }
    runner = Runner(project)
    runner.models(order(track=""))
    runner.models("pgh.track(pgh.Snapshot())('shop.Order')\n", app="audit")
    runner.makemigrations()
    runner.migrate()
    known = {(app, item) for app in ("shop", "audit") for item in project.migrations(app)}
    runner.models(order(after[name], track=""))
    runner.makemigrations("y")
    new = [
        (app, item)
        for app in ("shop", "audit")
        for item in project.migrations(app)
        if (app, item) not in known
    ]
    assert {app for app, _ in new} == {"shop", "audit"}
    loose = {"add": {"paid"}, "remove": {"note"}, "all": {"note", "paid"}}.get(name, set())
    new.sort(key=lambda item: item[0] == "audit")
    for app, item in new:
        path = f"{app}/migrations/{item}.py"
        renamed = app == "audit" and name in ("rename", "all")
        pairs = Operations(project.read(path)).brackets  # where one tracker takes another's place
        wrong = wrong_places(runner, path, loose, renamed=renamed)
        assert wrong.keys() <= {place + 1 for place, _ in pairs}, (item, wrong)
