"""Projects that a test writes as text: real apps with real migration modules."""

import importlib
import sys
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from textwrap import dedent, indent
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections, models
from django.db.models.signals import post_migrate
from django.test import override_settings

from pghistory_ops import declarations
from pghistory_ops.registry import event_models as registry

MIGRATION = """\
from django.db import migrations, models
import pghistory_ops as pgh


class Migration(migrations.Migration):
    dependencies = {dependencies!r}
{attributes}
    operations = [
{operations}
    ]
"""


class Project:
    """Apps in a temporary folder, installed beside those of the settings.

    Each folder under the root is an app, whose label is the folder's name. The apps are installed
    by the first command (or by ``install()``), and again after one of their files was written: ask
    for classes with ``model()`` then. Migration modules are read anew by every command.

    Whatever a test commits to a database, the fixture ``clean_catalog`` removes.

    Attributes:
        root: The folder.
        has_permissions: Whether ``migrate`` and ``flush`` make the content types and permissions of
            every model, as they do in a real project. It takes longer than all else that they do.
        beside: The apps that it is installed beside; by default those of the settings.
        stdout, stderr: What the last command printed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.beside: list[str] | None = None
        self.has_permissions = False
        self.stdout, self.stderr = StringIO(), ""
        self._installed: _Installation | None = None

    def __enter__(self) -> Self:
        sys.path.insert(0, str(self.root))
        # A file that is written twice within a second would be taken from its stale byte code.
        self._writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        return self

    def __exit__(self, *_: object) -> None:
        self.uninstall()
        sys.dont_write_bytecode = self._writes_bytecode
        sys.path.remove(str(self.root))
        importlib.invalidate_caches()

    @property
    def labels(self) -> list[str]:
        return sorted(folder.name for folder in self.root.iterdir() if folder.is_dir())

    def write(self, path: str, text: str) -> Path:
        """Write a file such as ``shop/models.py``, and the packages that it is in."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        for folder in file.relative_to(self.root).parents[:-1]:
            (self.root / folder / "__init__.py").touch()
        file.write_text(dedent(text), encoding="utf-8")
        if "migrations" not in file.parts:
            self.uninstall()
        return file

    def write_migration(
        self,
        label: str,
        name: str,
        operations: str,
        *,
        dependencies: Iterable[tuple[str, str]] | None = None,
        **attributes: object,
    ) -> Path:
        """Write a migration from the text of its operations.

        It depends on the app's last migration by name, unless told otherwise; ``attributes`` are
        those of the class, such as ``atomic=False``.
        """
        if dependencies is None:
            earlier = [other for other in self.migrations(label) if other < name]
            dependencies = [(label, other) for other in earlier[-1:]]
        return self.write(
            f"{label}/migrations/{name}.py",
            MIGRATION.format(
                dependencies=list(dependencies),
                attributes="".join(f"    {key} = {value!r}\n" for key, value in attributes.items()),
                operations=indent(dedent(operations).strip("\n"), " " * 8),
            ),
        )

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def migrations(self, label: str) -> list[str]:
        """Return the names of the app's migrations, in order."""
        return sorted(file.stem for file in self.root.glob(f"{label}/migrations/[!_]*.py"))

    def model(self, label: str) -> type[models.Model]:
        """Return a model class as it is now, by its label: ``shop.Order``."""
        self.install()
        return apps.get_model(label)

    def migrate(self, *args: str, **options: Any) -> str:
        return self.call("migrate", *args, **{"interactive": False, **options})

    def sqlmigrate(self, *args: str, **options: Any) -> str:
        return self.call("sqlmigrate", *args, **options)

    def makemigrations(self, *args: str, **options: Any) -> str:
        return self.call("makemigrations", *args, **{"interactive": False, **options})

    def call(self, command: str, *args: str, **options: Any) -> str:
        """Run a management command; return what it printed, and keep ``stdout`` and ``stderr``."""
        self.install()
        _forget_modules(f"{label}.migrations" for label in self.labels)
        registry.clear()
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block:
                # As a commit would: a table with constraints left to check cannot be altered.
                connection.check_constraints()
        self.stdout, stderr = StringIO(), StringIO()
        try:
            call_command(
                command, *args, stdout=self.stdout, stderr=stderr, no_color=True, **options
            )
        finally:
            self.stderr = stderr.getvalue()
        return self.stdout.getvalue()

    def install(self) -> None:
        if self._installed is None:
            beside = settings.INSTALLED_APPS if self.beside is None else self.beside
            installation = _Installation(self.labels, beside, str(self.root))
            installation.start()
            self._installed = installation
            # The apps have connected their receivers anew.
            if not self.has_permissions:
                make_no_permissions()

    def uninstall(self) -> None:
        if self._installed is not None:
            self._installed.stop()
            self._installed = None


def make_no_permissions() -> None:
    """Let ``migrate`` and ``flush`` make no content types and permissions."""
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


class _Installation:
    """What the import of some apps does to the process, and its undoing."""

    def __init__(self, labels: list[str], beside: list[str], root: str) -> None:
        if taken := [label for label in labels if label in sys.modules]:
            raise ValueError(f"Modules named {taken} are imported already: choose other labels.")
        self._labels = labels
        self._root = root
        self._apps = [*beside, *labels]
        self._override = override_settings(INSTALLED_APPS=self._apps)
        self._attributes = {model: set(vars(model)) for model in apps.get_models(True)}
        self._pending = set(apps._pending_operations)

    def start(self) -> None:
        importlib.invalidate_caches()
        try:
            self._override.enable()
        except BaseException:
            self._forget()
            raise

    def stop(self) -> None:
        found = settings.INSTALLED_APPS
        self._override.disable()
        make_no_permissions()
        self._forget()
        if found != self._apps:
            raise RuntimeError(
                "INSTALLED_APPS was restored before the project was, and is wrong from now on. Do "
                "not override it around a test with a project: set project.beside."
            )

    def _forget(self) -> None:
        for label in self._labels:
            apps.all_models.pop(label, None)
        for key in apps._pending_operations.keys() - self._pending:
            del apps._pending_operations[key]
        for model, attributes in self._attributes.items():
            for name in vars(model).keys() - attributes:
                delattr(model, name)
        for place, declaration in list(declarations._declarations.items()):
            if declaration.source.startswith(self._root):
                del declarations._declarations[place]
        apps.clear_cache()
        ContentType.objects.clear_cache()
        _forget_modules(self._labels)


def _forget_modules(names: Iterable[str]) -> None:
    for name in names:
        for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
            del sys.modules[module]
    importlib.invalidate_caches()
