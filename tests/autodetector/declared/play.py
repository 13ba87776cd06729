"""Declare a history of everything that Wagtail and Django have, work with it, and take it back.

What was found is written into ``found.json``.
"""

from __future__ import annotations

import importlib
import json
from io import StringIO
from typing import Any

import django
from application.play import (
    ROOT,
    WEBSITE,
    event_name,
    play_with_orm,
    play_with_table,
    tracked_models,
    write,
)
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

QUIET: dict[str, Any] = {"verbosity": 0, "interactive": False}


def migrations() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def declarations() -> str:
    lines = ["import pghistory_ops as pgh", ""]
    for model in tracked_models():
        arguments = f"pgh.Snapshot(), pgh.AfterDelete(), model_name={event_name(model)!r}"
        lines.append(f"pgh.track({arguments})({model._meta.label!r})")
    return "\n".join(lines) + "\n"


def is_quiet() -> bool:
    try:
        call_command("makemigrations", check=True, dry_run=True, **QUIET)
    except SystemExit:
        return False
    return True


def faces() -> dict[str, Any]:
    """Return what of the model classes a declaration could have touched."""
    return {
        model._meta.label: (sorted(vars(model)), sorted(vars(model._meta)))
        for model in apps.get_models(include_auto_created=True)
    }


def main() -> None:
    write("website/models.py", WEBSITE)
    write("website/urls.py", "urlpatterns = []\n")
    write("website/migrations/__init__.py", "")
    write("audit/models.py", "")
    write("audit/migrations/__init__.py", "")
    django.setup()
    from catalog import catalog

    call_command("makemigrations", "website", **QUIET)
    call_command("migrate", **QUIET)
    before = catalog()
    known = migrations()
    tracked = tracked_models()
    seen = faces()
    write("audit/models.py", declarations())
    importlib.reload(importlib.import_module("audit.models"))
    untouched = faces() == seen
    out = StringIO()
    call_command("makemigrations", stdout=out, interactive=False, verbosity=1)
    made = sorted(migrations() - known)
    call_command("migrate", **QUIET)
    first = catalog()
    quiet = [is_quiet()]
    wrong = [text for model in tracked if (text := play_with_table(model))]
    labels = play_with_orm()
    call_command("check")
    quiet.append(is_quiet())
    call_command("migrate", "audit", "zero", **QUIET)
    left = set(catalog().items()) ^ set(before.items())
    found = {
        "apps": sorted({model._meta.app_label for model in tracked}),
        "tracked": [model._meta.label for model in tracked],
        "through": [model._meta.label for model in tracked if model._meta.auto_created],
        "untouched": untouched,
        "made": made,
        "printed": out.getvalue(),
        "triggers": len([1 for kind, _ in first if kind == "trigger"]),
        "quiet": quiet,
        "wrong": wrong,
        "labels": labels,
        "left": sorted(f"{key} {text}" for key, text in left),
    }
    (ROOT / "found.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
