"""A project of any size: apps, models and migrations as a team writes them over the years.

    python benchmarks/synthetic.py FOLDER --apps 50 --models 500 --migrations 1000

writes one, with ``settings.py`` and ``manage.py``. The first half of an app's migrations creates
its models and adds fields; then all of them, or none, are tracked; the rest adds fields to models
and, where they are tracked, to their event models. ``makemigrations --check`` finds nothing to do.
An untracked project can have a plain model in the place of each event model: the same tables.

The environment names the database, as it does for ``psql``: ``PGHOST``, ``PGUSER``, ``PGDATABASE``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

SETTINGS = """\
import os

SECRET_KEY = "synthetic"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
{apps}
]
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("PGDATABASE", "synthetic"),
        "HOST": os.environ.get("PGHOST", ""),
        "USER": os.environ.get("PGUSER", ""),
    }}
}}
"""
MANAGE = """\
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"""
MIGRATION = """\
import django.db.models.deletion
from django.db import migrations, models{imports}


class Migration(migrations.Migration):
    dependencies = [
{dependencies}
    ]

    operations = [
{operations}
    ]
"""
# Name, class, options, and the default of a field that is added later.
KINDS = [
    ("name", "models.CharField", "max_length=100", 'default=""'),
    ("size", "models.IntegerField", "", "default=0"),
    ("price", "models.DecimalField", "decimal_places=2, max_digits=12", "default=0"),
    ("done", "models.BooleanField", "", "default=False"),
    ("note", "models.TextField", "", 'default=""'),
    ("moment", "models.DateTimeField", "null=True", ""),
]
KEY = 'auto_created=True, primary_key=True, serialize=False, verbose_name="ID"'
REFERENCE = 'on_delete=django.db.models.deletion.CASCADE, related_name="{name}", to="{to}"'
MIRROR = (
    "db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, "
    'related_name="+", to="{to}"'
)


@dataclass(frozen=True)
class Field:
    """A field: its source in the model, in the event model, and added to the latter."""

    name: str
    text: str
    copy: str
    added_copy: str


def app_name(place: int) -> str:
    """Return the label of an app."""
    return f"app{place:03}"


def plain_field(index: int, *, added: bool = False) -> Field:
    """Return one of the kinds of fields."""
    name, cls, options, default = KINDS[index % len(KINDS)]
    return Field(
        f"{name}{index}",
        call(cls, options, default if added else ""),
        call(cls, options),
        call(cls, options, "" if "null" in options else "null=True"),
    )


def reference(name: str, source: str, to: str) -> Field:
    """Return a foreign key."""
    related = f"{source}_{name}".replace(".", "_")
    copy = call("models.ForeignKey", MIRROR.format(to=to))
    return Field(name, call("models.ForeignKey", REFERENCE.format(name=related, to=to)), copy, copy)


def call(name: str, *arguments: str) -> str:
    """Return a call as source."""
    return f"{name}({', '.join(filter(None, arguments))})"


def lines(items: Iterable[str], width: int = 4) -> str:
    """Return lines of source."""
    return indent("\n".join(items), " " * width)


def write(path: Path, text: str) -> None:
    """Write a file, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


class Synthetic:
    """A synthetic project.

    Args:
        apps, models, migrations: How many there are in all.
        tracked: Whether every model is tracked.
        twins: Whether an untracked project has a plain model in the place of each event model.
        linked: Whether each app refers to the one before it, so that all models are related.
    """

    def __init__(
        self,
        apps: int,
        models: int,
        migrations: int,
        *,
        tracked: bool = True,
        twins: bool = False,
        linked: bool = True,
    ) -> None:
        self.linked = linked
        self.twins = twins and not tracked
        self.apps = apps
        self.models = models // apps
        self.migrations = migrations // apps
        self.tracked = tracked
        if self.models < 1 or self.migrations < 4:
            raise ValueError("An app has at least one model and four migrations.")

    def write(self, root: Path) -> None:
        """Write the project."""
        names = [*(["pghistory_ops"] if self.tracked else []), *map(app_name, range(self.apps))]
        write(root / "settings.py", SETTINGS.format(apps=lines(f'"{name}",' for name in names)))
        write(root / "manage.py", MANAGE)
        for place in range(self.apps):
            self._write_app(root / app_name(place), place)

    def _write_app(self, folder: Path, place: int) -> None:
        label = folder.name
        fields = {number: self._initial(place, number) for number in range(self.models)}
        copies: dict[int, list[tuple[str, str]]] = {}
        history = self.migrations // 2
        previous = ""
        for number in range(1, self.migrations + 1):
            dependencies = [(label, previous)] if previous else []
            model = number % self.models
            if number == 1:
                previous = "0001_initial"
                operations = [create(model, found) for model, found in fields.items()]
                if place and self.linked:
                    dependencies.append((app_name(place - 1), "0001_initial"))
            elif number == history and self.tracked:
                previous = f"{number:04}_history"
                dependencies.append(("pghistory_ops", "0001_initial"))
                operations = [
                    text for model in fields for text in track(label, model, fields[model])
                ]
            elif number == history and self.twins:
                previous = f"{number:04}_twins"
                operations = [twin(label, model, fields[model]) for model in fields]
                copies = {
                    model: [(field.name, field.copy) for field in found]
                    for model, found in fields.items()
                }
            else:
                field = plain_field(len(fields[model]), added=True)
                fields[model].append(field)
                previous = f"{number:04}_model{model}_{field.name}"
                copied = number > history and (self.tracked or self.twins)
                operations = add(model, field, copied=copied, tracked=self.tracked)
                if copied and self.twins:
                    copies[model].append((field.name, field.added_copy))
            imports = "\nimport pghistory_ops.operations\nimport pghistory_ops.trackers"
            text = MIGRATION.format(
                imports=imports if "pghistory_ops." in "".join(operations) else "",
                dependencies=lines((f"{item!r}," for item in dependencies), 8),
                operations=lines((f"{item}," for item in operations), 8),
            )
            write(folder / "migrations" / f"{previous}.py", text)
        write(folder / "migrations" / "__init__.py", "")
        write(folder / "__init__.py", "")
        text = "import django.db.models.deletion\nfrom django.db import models\n"
        for model, found in fields.items():
            text += f"\n\nclass Model{model}(models.Model):\n"
            text += lines(f"{field.name} = {field.text}" for field in found) + "\n"
            if self.twins:
                text += f"\n\nclass Model{model}Event(models.Model):\n"
                columns = [*twin_fields(label, model), *copies[model]]
                text += lines(f"{name} = {field}" for name, field in columns) + "\n"
        write(folder / "models.py", text)

    def _initial(self, place: int, number: int) -> list[Field]:
        label = app_name(place)
        fields = [plain_field(index) for index in range(4)]
        targets = [f"{label}.model{number - 1}"] if number else []
        targets += [f"{app_name(place - 1)}.model0"] if place and self.linked else []
        source = f"{label}.model{number}"
        return fields + [reference(f"ref{i}", source, to) for i, to in enumerate(targets)]


def create(model: int, fields: list[Field]) -> str:
    """Return the operation that creates a model."""
    columns = [("id", call("models.BigAutoField", KEY)), *((f.name, f.text) for f in fields)]
    text = lines((f'("{name}", {field}),' for name, field in columns), 8)
    return f'migrations.CreateModel(\n    name="Model{model}",\n    fields=[\n{text}\n    ],\n)'


def add(model: int, field: Field, *, copied: bool, tracked: bool) -> list[str]:
    """Return the operations that add a field, and its copy to the event model or the twin."""
    found = [f'migrations.AddField("model{model}", "{field.name}", {field.text})']
    if copied:
        found += [f'migrations.AddField("model{model}event", "{field.name}", {field.added_copy})']
    if copied and tracked:
        found += [f'pghistory_ops.operations.RefreshTrackers("Model{model}Event")']
    return found


def twin_fields(label: str, model: int) -> list[tuple[str, str]]:
    """Return the fields that an event model has besides the copies."""
    return [
        ("pgh_id", "models.BigAutoField(primary_key=True, serialize=False)"),
        ("pgh_created_at", "models.DateTimeField()"),
        ("pgh_label", "models.TextField()"),
        ("pgh_obj", call("models.ForeignKey", MIRROR.format(to=f"{label}.model{model}"))),
        ("pgh_context_id", "models.UUIDField(null=True)"),
        ("id", "models.BigIntegerField()"),
    ]


def twin(label: str, model: int, fields: list[Field]) -> str:
    """Return the operation that creates a plain model of an event model's shape."""
    columns = [*twin_fields(label, model), *((field.name, field.copy) for field in fields)]
    text = lines((f'("{name}", {field}),' for name, field in columns), 8)
    return (
        f'migrations.CreateModel(\n    name="Model{model}Event",\n    fields=[\n{text}\n    ],\n)'
    )


def track(label: str, model: int, fields: list[Field]) -> list[str]:
    """Return the operations that track a model."""
    columns = [("id", "models.BigIntegerField()"), *((f.name, f.copy) for f in fields)]
    text = lines((f'("{name}", {field}),' for name, field in columns), 8)
    event = f"Model{model}Event"
    return [
        (
            f'pghistory_ops.operations.CreateEventModel(\n    name="{event}",\n'
            f'    tracks="{label}.Model{model}",\n    columns=[\n{text}\n    ],\n)'
        ),
        *(
            f'pghistory_ops.operations.AddTracker("{event}", pghistory_ops.trackers.{tracker}())'
            for tracker in ("Snapshot", "AfterDelete")
        ),
    ]


def main() -> None:
    """Write the project that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--apps", type=int, default=50)
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--migrations", type=int, default=1000)
    parser.add_argument("--untracked", action="store_true")
    options = parser.parse_args()
    project = Synthetic(
        options.apps, options.models, options.migrations, tracked=not options.untracked
    )
    project.write(options.folder)


if __name__ == "__main__":
    main()
