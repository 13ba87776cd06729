"""Code between the migrations of two apps, while a tracker stands in the way of one of them.

Each migration is a transaction of its own, so that others write between them.
"""

from __future__ import annotations

import pytest
from django.db import Error, connection

from autodetector.runner import Runner, after_each_migration
from autodetector.test_windows import Operations, written_at
from projects import Project

ORDER = """class Order(models.Model):
    total = models.IntegerField()
    note = models.TextField(default="")
"""
BIG = ORDER.replace("IntegerField()", "BigIntegerField()")
FLOAT = ORDER.replace("IntegerField()", "FloatField()")
CODE = ORDER.replace(
    "total", "code = models.UUIDField(primary_key=True, default=uuid.uuid4)\n    total", 1
)
PAID = ORDER.replace("note", "paid") + "    code = models.UUIDField(null=True)\n"
GREATER = "pgh.AfterInsert('a', condition=pgh.Q(new__total__gt=3), level=pgh.Row)"
DIFFERENT = "pgh.AfterInsert('a', condition=pgh.Q(new__total__gt=2), level=pgh.Row)"
NOTED = "pgh.AfterInsert('a', condition=pgh.Q(new__note='n'), level=pgh.Row)"
UNPAID = "pgh.AfterInsert('a', condition=pgh.Q(new__code__isnull=False), level=pgh.Row)"


def declared(trackers: str) -> str:
    return f"pgh.track({trackers}, model_name='Past')('shop.Order')\n"


def change(runner: Runner, before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Migrate to the models before, propose for those after; return the paths of the new files."""
    for app, text in before.items():
        runner.models(text, app=app)
    runner.makemigrations()
    runner.migrate()
    known = set(runner.project.root.glob("*/migrations/0*.py"))
    for app, text in after.items():
        runner.models(text, app=app)
    runner.makemigrations()
    found = set(runner.project.root.glob("*/migrations/0*.py")) - known
    return sorted(str(file.relative_to(runner.project.root)) for file in found)


def places(runner: Runner, paths: list[str]) -> dict[tuple[str, int], str]:
    """Return what came of a write at each place of migrations.

    Left out are those where one tracker takes another's place, and, within a migration, those
    between a rename and the refresh, where writes may be refused.
    """
    found = {}
    for path in paths:
        file = runner.project.root / path
        operations = Operations(file.read_text(encoding="utf-8"))
        inside = {
            place for start, end in operations.brackets for place in range(start + 1, end + 1)
        }
        inside |= {
            place + 1 for place, name in enumerate(operations.names) if name == "RemoveTracker"
        }
        for place in set(range(len(operations.names) + 1)) - inside:
            try:
                _, events = written_at(runner, operations, file, place)
                found[path, place] = " ".join(event["pgh_label"] for event in events)
            except Error as error:
                if not (0 < place < len(operations.names) and operations.renamed_at(place)):
                    found[path, place] = type(error).__name__
        file.write_text(operations.text, encoding="utf-8")
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after", "trackers"),
    [
        (ORDER, BIG, (GREATER, GREATER)),
        (ORDER, FLOAT, (GREATER, GREATER)),
        (ORDER, BIG, (GREATER, DIFFERENT)),
        (ORDER, BIG, (GREATER.replace("'a'", "'b'"), GREATER)),
        (ORDER, BIG, ("pgh.Snapshot('a'), exclude=['note']",) * 2),
    ],
)
def test_a_type_changes_under_a_condition_and_nothing_goes_unrecorded(
    project: Project, before: str, after: str, trackers: tuple[str, str]
) -> None:
    runner = Runner(project)
    first, second = map(declared, trackers)
    paths = change(runner, {"shop": before, "audit": first}, {"shop": after, "audit": second})
    assert [path[:5] for path in paths] == ["audit", "audit", "shop/"]
    came = places(runner, paths)
    assert {key: text for key, text in came.items() if text not in ("a", "b")} == {}
    runner.migrate()
    assert runner.is_quiet()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("after", "trackers"),
    [(CODE, (GREATER, GREATER)), (PAID, (NOTED, UNPAID)), (CODE, ("pgh.Snapshot('a')",) * 2)],
)
def test_what_cannot_be_recorded_is_refused(
    project: Project, after: str, trackers: tuple[str, str]
) -> None:
    """The key is replaced, or the field that a condition reads goes."""
    runner = Runner(project)
    first, second = map(declared, trackers)
    paths = change(runner, {"shop": ORDER, "audit": first}, {"shop": after, "audit": second})
    came = places(runner, paths)
    assert "a" in came.values()
    assert set(came.values()) <= {"a", "ProgrammingError"}
    runner.migrate()
    assert runner.is_quiet()


@pytest.mark.django_db(transaction=True)
def test_what_is_recorded_before_the_row_changes_is_so_all_the_time(project: Project) -> None:
    """The stand-in writes the same event when the statement ends."""
    runner = Runner(project)
    audit = declared(
        "pgh.BeforeUpdate('a', when=pgh.Before, condition=pgh.Q(old__total__gt=3), level=pgh.Row)"
    )
    change(runner, {"shop": ORDER, "audit": audit}, {"shop": BIG, "audit": audit})
    runner.execute("INSERT INTO shop_order (total, note) VALUES (4, '')")
    runner.migrate("audit", "0002")
    sql = "UPDATE shop_order SET total = total + 1"
    assert runner.events(sql, table="audit_past", columns="total") == [(4,)]
    runner.migrate()
    assert runner.events(sql, table="audit_past", columns="total") == [(5,)]
    runner.migrate("audit", "0001")
    assert runner.events(sql, table="audit_past", columns="total") == [(6,)]


@pytest.mark.django_db(transaction=True)
def test_the_key_that_a_condition_refers_to_changes_in_another_app(project: Project) -> None:
    runner = Runner(project)
    shop = "class Customer(models.Model):\n"
    shop += "    code = models.CharField(max_length={}, unique=True)\n    n = models.{}()\n"
    ref = """@pgh.track(pgh.AfterInsert('a', condition=pgh.Q(new__customer='x'), level=pgh.Row))
class Note(models.Model):
    customer = models.ForeignKey('shop.Customer', models.CASCADE, to_field='code')
"""
    paths = change(
        runner,
        {"shop": shop.format(5, "IntegerField"), "ref": ref},
        {"shop": shop.format(9, "IntegerField")},
    )
    assert [path[:5] for path in paths] == ["ref/m", "ref/m", "shop/"]
    runner.execute("INSERT INTO shop_customer (code, n) VALUES ('x', 1)")
    sql = "INSERT INTO ref_note (customer_id) VALUES ('x')"
    runner.migrate("ref", "0002")
    assert runner.events(sql, table="ref_noteevent", columns="pgh_label") == [("a",)]
    runner.migrate()
    assert runner.events(sql, table="ref_noteevent", columns="pgh_label") == [("a",)]
    assert runner.is_quiet()

    # Of another field of theirs, nothing is read.
    runner.models(shop.format(9, "BigIntegerField"), app="shop")
    assert "AlterField" in runner.makemigrations()
    assert len(runner.project.migrations("ref")) == 3


@pytest.mark.django_db(transaction=True)
def test_a_gap_that_cannot_be_closed_is_announced(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A virtual column is not computed for statement-level triggers."""
    if connection.pg_version < 180000:
        pytest.skip("PostgreSQL 18 has virtual columns")
    runner = Runner(project)
    order = (
        ORDER
        + """    double = models.GeneratedField(
        expression=models.F("total") * 2, output_field=models.IntegerField(), db_persist=False
    )
    limit = models.{}(default=0)
"""
    )
    audit = declared(
        "pgh.AfterInsert('a', condition=pgh.Q(new__double__gt=pgh.F('new__limit'))), "
        "level=pgh.Row, exclude=['double']"
    )
    change(
        runner,
        {"shop": order.format("IntegerField"), "audit": audit},
        {"shop": order.format("BigIntegerField"), "audit": audit},
    )
    told = capsys.readouterr().err + project.stderr
    assert "The tracker 'a' of audit.Past is off between two of the proposed migrations" in told
    assert "shop_order" in told
    runner.migrate()
    assert runner.is_quiet()
    sql = "INSERT INTO shop_order (total, note, \"limit\") VALUES (4, '', 7)"
    assert runner.events(sql, table="audit_past", columns="pgh_label") == [("a",)]


KEYS = {
    "profile": """class Person(models.Model):
    id = models.{}
class Order(models.Model):
    person = models.OneToOneField(Person, models.CASCADE, primary_key=True)
    total = models.IntegerField(default=0)
""",
    "child": """class Person(models.Model):
    id = models.{}
class Order(Person):
    person = models.OneToOneField(
        Person, models.CASCADE, primary_key=True, parent_link=True
    )
    total = models.IntegerField(default=0)
""",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KEYS)
def test_a_key_changes_with_the_key_that_it_refers_to(project: Project, kind: str) -> None:
    runner = Runner(project)
    audit = declared("pgh.Snapshot('a')")
    text = KEYS[kind]
    paths = change(
        runner,
        {"shop": text.format("CharField(max_length=40, primary_key=True)"), "audit": audit},
        {"shop": text.format("UUIDField(primary_key=True)"), "audit": audit},
    )
    assert [path[:5] for path in paths] == ["audit", "audit", "shop/"]
    key = "6a3c2f8e-0000-4000-8000-000000000000"
    runner.execute(f"INSERT INTO shop_person (id) VALUES ('{key}')")
    runner.execute(f"INSERT INTO shop_order (person_id, total) VALUES ('{key}', 0)")
    sql = "UPDATE shop_order SET total = total + 1"
    for app, name in (("audit", "0002"), ("shop", "0002"), ("audit", "0003")):
        runner.migrate(app, name)
        assert runner.events(sql, table="audit_past", columns="pgh_label") == [("a",)]
    assert runner.is_quiet()


@pytest.mark.django_db(transaction=True)
def test_a_rename_that_triggers_follow_does_not_keep_other_columns_waiting(
    project: Project,
) -> None:
    """A condition in a WHEN follows a rename: events are written meanwhile, and must have room."""
    runner = Runner(project)
    null = ORDER.replace("IntegerField()", "IntegerField(null=True)")
    paid = "pgh.AfterInsert('a', condition=pgh.Q(new__{}='n'), level=pgh.Row)"
    before = declared(f"pgh.Snapshot('s'), {paid.format('note')}")
    after = declared(f"pgh.Snapshot('s'), {paid.format('paid')}")
    before, after = (
        text.replace("model_name", f"exclude=['{name}'], model_name")
        for text, name in ((before, "note"), (after, "paid"))
    )
    for app, text in {"shop": ORDER, "tracks": before}.items():
        runner.models(text, app=app)
    runner.makemigrations()
    runner.migrate()
    for app, text in {"shop": null.replace("note", "paid"), "tracks": after}.items():
        runner.models(text, app=app)
    runner.makemigrations("y")

    def write() -> None:
        required, name = runner.fetch(
            "SELECT bool_or(attnotnull) FILTER (WHERE attname = 'total'), "
            "max(attname) FILTER (WHERE attname IN ('note', 'paid')) FROM pg_attribute "
            "WHERE attrelid = 'shop_order'::regclass"
        )[0]
        total = 1 if required else None
        insert = f"INSERT INTO shop_order (total, {name}) VALUES ({total or 'NULL'}, 'n')"
        assert runner.events(insert, "tracks_past", "total") == [(total,)] * 2

    with after_each_migration(write):
        runner.migrate()
    assert runner.is_quiet()
