"""``manage.py inspectevents``: event models as classes for ``models.py``."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pghistory_ops.registry.event_models import rendered_models
from pghistory_ops.registry.source import Module


class Command(BaseCommand):
    """Prints the event models of the migrations as Python source with type hints."""

    help = "Prints the classes of event models, ready for models.py."
    # It is asked for when a class is not what the migrations say, which is an error of a check.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "app_label",
            nargs="*",
            help="The apps whose event models to print; by default all.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        labels = options["app_label"]
        for label in labels:
            if label not in apps.app_configs:
                raise CommandError(f"There is no app with the label {label!r}.")
        found: dict[str, list[Any]] = {}
        for model in rendered_models(labels or None):
            found.setdefault(model._meta.app_label, []).append(model)
        for label in labels:
            if label not in found:
                raise CommandError(f"The migrations of the app {label!r} create no event model.")
        sources = {label: Module(label, models) for label, models in sorted(found.items())}
        if len(sources) == 1:
            texts = [str(source) for source in sources.values()]
        else:
            texts = [f"# {source.name}\n{source}" for source in sources.values()]
        self.stdout.write("\n\n".join(texts), ending="")
