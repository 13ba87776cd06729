"""A day in a shop whose migrations installed its history. Run it by ``nox -s example``."""

import os
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from io import StringIO
from typing import Any

import django
import server
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.syntax import Syntax
from rich.table import Table

# Where the output is no terminal its width is not known: one that fits every table.
console = Console(width=None if Console().is_terminal else 110, highlight=False)


def main() -> None:
    started = time.monotonic()
    with ExitStack() as stack:
        with console.status("Starting PostgreSQL …"):
            dsn = stack.enter_context(server.database())
        os.environ["PGHISTORY_OPS_DSN"] = dsn
        os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
        django.setup()
        from django.db import connection

        stack.callback(connection.close)
        play()
    console.print(f"\nDone in {time.monotonic() - started:.0f} seconds.")


def play() -> None:
    """Tell the whole story, on an empty database."""
    from django.db import connection

    connection.ensure_connection()
    version = connection.pg_version // 10_000
    console.print(f"Django {django.get_version()}, PostgreSQL {version}, an empty database.")

    chapter("1. What a migration is going to do", "manage.py sqlmigrate shop 0002_order_history")
    show_sql(command("sqlmigrate", "shop", "0002_order_history"))

    chapter("2. The shop and its history are installed", "manage.py migrate")
    show_migrations(command("migrate"))
    from history import catalog

    installed = catalog()

    chapter("3. A day of work", "example/day.py")
    work()

    chapter("4. The history of the day", "example/history.py")
    show_history()

    chapter("5. What a role that may only write orders can do")
    show_clerk()

    chapter("6. Backwards, and nothing is left", "manage.py migrate shop zero")
    show_migrations(command("migrate", "shop", "zero"))
    show_migrations(command("migrate", "pghistory_ops", "zero"))
    console.print()
    left = catalog()
    show_table(
        ("In the catalog", "installed", "left"),
        [(kind, str(installed[kind]), str(left[kind])) for kind in sorted(installed)],
    )
    if any(left.values()):
        raise SystemExit("Something is left: this must not happen.")


def chapter(title: str, source: str = "") -> None:
    console.print()
    console.rule(f"[bold]{title}[/]" + (f" · {source}" if source else ""), align="left")
    console.print()


def command(name: str, *arguments: str) -> str:
    """Run a management command; return what it printed."""
    from django.core.management import call_command

    output = StringIO()
    call_command(name, *arguments, stdout=output, no_color=True)
    return output.getvalue()


def show_sql(text: str) -> None:
    if console.is_terminal:
        text_with_colours = Syntax(
            text, "postgresql", theme="ansi_dark", background_color="default", word_wrap=True
        )
        console.print(text_with_colours)
    else:
        console.print(text, markup=False, soft_wrap=True, end="")


def show_migrations(output: str) -> None:
    for line in output.splitlines():
        name, dots, result = line.partition("... ")
        if dots and "pplying" in name and ("shop." in name or "pghistory_ops." in name):
            console.print(f"{name} [green]{result}[/]")


def show_table(head: Iterable[str], rows: Iterable[Iterable[str]], title: str = "") -> None:
    """Print a table; columns whose cells are all numbers are right-aligned."""
    rows = [list(row) for row in rows]
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="dim")
    for index, name in enumerate(head):
        numeric = all(row[index].replace(",", "").replace(".", "").isdigit() for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print()


def work() -> None:
    """Play the day, and print what was done and how many events each step left."""
    from day import DAY
    from history import History

    history = History()
    rows = []
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console
    )
    with bar:
        task = bar.add_task("", total=len(DAY))
        recorded = history.count()
        for step in DAY:
            bar.update(task, description=f"{step.name:<32}")
            started = time.perf_counter()
            written = step.work()
            milliseconds = (time.perf_counter() - started) * 1_000
            events, recorded = history.count() - recorded, history.count()
            rows.append((step.name, step.way, f"{written:,}", f"{events:,}", f"{milliseconds:.0f}"))
            bar.advance(task)
        bar.update(task, description=f"{'The day is over':<32}")
    console.print()
    show_table(("Step", "By", "Rows", "Events", "ms"), rows)


def show_history() -> None:
    from history import History

    import pghistory_ops as pgh

    history = History()
    show_table(
        ("Event model", "Label", "Events"),
        [
            (name, label, f"{count:,}")
            for name, counts in history.counts().items()
            for label, count in counts.items()
        ],
        title="All that was recorded",
    )
    show_table(
        ("Who", "Events"),
        [(name, f"{count:,}") for name, count in history.by_context().most_common()],
        title="Who did it, as far as they said",
    )

    orders = pgh.events("shop.OrderEvent").select_related("pgh_context")
    deleted = orders.labeled("after_delete").first()
    assert deleted is not None
    life = orders.filter(pgh_obj_id=deleted.pgh_obj_id)
    show_events(
        f"The life of order {deleted.pgh_obj_id}: its row is gone, its history is not", life
    )
    prices = pgh.events("shop.PriceEvent").filter(sku="P0001").select_related("pgh_context")
    show_events("The price of P0001", prices)
    bob = pgh.events("auth.User").in_context(job="hire_staff").filter(username="bob")
    show_events("What the job hire_staff did to the account of bob", bob)
    show_past(deleted, life)


def show_events(title: str, events: Any) -> None:
    """Print events with what each of them changed."""
    from history import who

    show_table(
        ("At", "Label", "Changed", "Who"),
        [
            (
                f"{event.pgh_created_at:%H:%M:%S.%f}",
                event.pgh_label,
                "\n".join(
                    f"{name}: {old} → {new}"
                    for name, (old, new) in (event.pgh_changes or {}).items()
                ),
                who(event),
            )
            for event in events.with_changes()
        ],
        title=title,
    )


def show_past(deleted: Any, life: Any) -> None:
    """Print the table of orders as it was, and bring a row of it back."""
    from shop.models import Customer, Order

    import pghistory_ops as pgh

    then = pgh.events(Order).as_of(life.latest("pgh_id").pgh_created_at - timedelta(microseconds=1))
    console.print(
        f"Orders now: {Order.objects.count():,}; just before order {deleted.pgh_obj_id} went: "
        f"{then.count():,}, {then.filter(status='paid').count():,} of them paid."
    )
    console.print(f"Bring order {deleted.pgh_obj_id} back:")
    try:
        pgh.revert(deleted)
    except pgh.CannotRevert as error:
        console.print(f"[red]{error}[/]")
    customer = pgh.revert(pgh.events(Customer).labeled("after_delete").get())
    order = pgh.revert(deleted)
    console.print(f"So first {customer}, then the order, which is {order.status} as it was.")
    console.print()


def show_clerk() -> None:
    """Act as a role with rights on the table of orders alone, and print what PostgreSQL says."""
    from day import as_role, sql
    from django.db import DatabaseError, transaction
    from history import History

    history = History()
    before = history.count()

    def attempt(statement: str, refused: bool) -> None:
        console.print(f"clerk> {statement};", markup=False)
        try:
            with transaction.atomic():
                rows = sql(statement)
        except DatabaseError as error:
            diagnosis = error.__cause__.diag
            console.print(f"[red]{diagnosis.message_primary}[/]")
            succeeded = False
        else:
            console.print(f"[green]{rows:,} rows[/]")
            succeeded = True
        if succeeded is refused:
            raise SystemExit("This must not happen.")

    with as_role("clerk", may_write="shop_order"):
        attempt("UPDATE shop_order SET status = 'sent' WHERE status = 'paid'", refused=False)
        attempt("DELETE FROM shop_orderevent", refused=True)
        attempt("INSERT INTO shop_orderevent (pgh_label) VALUES ('forged')", refused=True)
        sql("RESET ROLE")
        console.print(f"[green]{history.count() - before:,} events[/] of what clerk did")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        console.print("\nStopped.")
        raise SystemExit(130) from None
