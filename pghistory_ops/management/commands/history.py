"""Print the history of an object."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from pghistory_ops.queries.aggregate import Events
from pghistory_ops.queries.exact import dumps
from pghistory_ops.registry.event_models import event_model, event_models, history_of
from pghistory_ops.state import UnknownEventModel

_NEWEST = ("-pgh_created_at", "-pgh_model", "-pgh_id")
_FIELDS = (
    "pgh_model",
    "pgh_id",
    "pgh_created_at",
    "pgh_label",
    "pgh_obj_model",
    "pgh_obj_id",
    "pgh_data",
    "pgh_diff",
    "pgh_context",
)


class Command(BaseCommand):
    """Print what happened to an object, with the changes and their contexts.

    ``manage.py history shop.Order 42``
    """

    help = "Prints the history of an object: what changed, when, and in which context."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="the tracked model, or an event model: shop.Order")
        parser.add_argument("key", nargs="+", help="the primary key; of a composite one all parts")
        parser.add_argument("--limit", type=int, help="print no more than the newest events")
        parser.add_argument("--json", action="store_true", help="print JSON, for programs")
        parser.add_argument(
            "--using",
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='the database; "default" if none is given',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the history.

        Raises:
            CommandError: Nothing tracks the model, a key is none, or rich is not installed.
        """
        limit = options["limit"]
        if limit is not None and limit < 1:
            raise CommandError(f"--limit takes a number of at least 1, not {limit}.")
        models, tracked = _models(options["model"])
        item = tracked(pk=_key(tracked, options["key"]))
        found = Events.objects.using(options["using"]).across(*models).tracks(item)
        rows = list(found.order_by(*_NEWEST)[:limit])[::-1]
        if options["json"]:
            self._print_json(rows)
        else:
            title = f"{tracked._meta.label} {' '.join(options['key'])}"
            self._print_table(rows, title, options)

    def _print_json(self, rows: list[Any]) -> None:
        shown = [{name: getattr(row, name) for name in _FIELDS} for row in rows]
        for row in shown:
            row["pgh_created_at"] = row["pgh_created_at"].isoformat()
        self.stdout.write(dumps(shown, "  "))

    def _print_table(self, rows: list[Any], title: str, options: dict[str, Any]) -> None:
        try:
            from rich.console import Console

            from pghistory_ops.queries.timeline import table
        except ImportError as error:
            raise CommandError(
                "The history is drawn with rich, which is not installed. Install "
                "django-pghistory-ops[cli], or print JSON with --json."
            ) from error
        if not rows:
            self.stdout.write(f"There are no events of {title}.")
            return
        console = Console(
            file=self.stdout,  # type: ignore[arg-type]
            no_color=options["no_color"],
            force_terminal=True if options["force_color"] else None,
        )
        console.print(table(rows, title))


def _models(label: str) -> tuple[list[Any], Any]:
    """Return event models, and the model that they track."""
    try:
        tracked = apps.get_model(label)
        found = [
            model
            for kind in (tracked, *tracked._meta.all_parents)
            for model in event_models(tracks=kind)
        ]
        if found:
            return found, tracked
    except (LookupError, ValueError):
        pass
    try:
        model = event_model(label)
    except (UnknownEventModel, ValueError) as error:
        known = sorted({history_of(model).tracks for model in event_models()})
        raise CommandError(f"{error} Tracked models: {', '.join(known) or 'none'}.") from error
    gone = history_of(model)
    if gone.tracked_model is None:
        raise CommandError(
            f"The model {gone.tracks} that {gone.label} tracks is gone, so its objects have no "
            "keys to ask for. Read the events with pgh.events()."
        )
    return [model], gone.tracked_model


def _key(tracked: Any, given: list[str]) -> Any:
    """Return the primary key that some texts say."""
    fields = tracked._meta.pk_fields
    if len(fields) != len(given):
        names = ", ".join(field.name for field in fields)
        raise CommandError(
            f"The primary key of {tracked._meta.label} has {len(fields)} "
            f"part{'s' if len(fields) > 1 else ''} ({names}), and {len(given)} "
            f"{'are' if len(given) > 1 else 'is'} given."
        )
    values = []
    for field, text in zip(fields, given, strict=True):
        try:
            values.append(field.to_python(text))
        except ValidationError as error:
            raise CommandError(
                f"{text!r} is no {field.name} of {tracked._meta.label}: {' '.join(error.messages)}"
            ) from error
    return tuple(values) if len(values) > 1 else values[0]
