"""What ``makemigrations`` proposes, and that it is right."""

import pytest
from runner import Runner, leftovers  # noqa: I001

from projects import Project

ORDER = """
{track}
class Order(models.Model):
    total = models.IntegerField()
    note = models.CharField(max_length=20)
"""
SNAPSHOT = "@pgh.track(pgh.Snapshot(level={level}))"

CHANGES = {
    "add_field": (
        """
        {track}
        class Order(models.Model):
            total = models.IntegerField()
            note = models.CharField(max_length=20)
            paid = models.BooleanField(default=False)
        """,
        (),
        "INSERT INTO shop_order (total, note, paid) VALUES (5, 'n', true)",
        ("total, note, paid", (5, "n", True)),
    ),
    "alter_field": (
        """
        {track}
        class Order(models.Model):
            total = models.BigIntegerField()
            note = models.CharField(max_length=10)
        """,
        (),
        "INSERT INTO shop_order (total, note) VALUES (5000000000, 'n')",
        ("total, note", (5000000000, "n")),
    ),
    "rename_field": (
        """
        {track}
        class Order(models.Model):
            amount = models.IntegerField()
            note = models.CharField(max_length=20)
        """,
        ("y",),
        "INSERT INTO shop_order (amount, note) VALUES (5, 'n')",
        ("amount, note", (5, "n")),
    ),
    "remove_field": (
        """
        {track}
        class Order(models.Model):
            total = models.IntegerField()
        """,
        (),
        "INSERT INTO shop_order (total) VALUES (5)",
        ("total, note", (5, None)),
    ),
    "rename_model": (
        """
        {track}
        class Purchase(models.Model):
            total = models.IntegerField()
            note = models.CharField(max_length=20)
        """,
        ("y",),
        "INSERT INTO shop_purchase (total, note) VALUES (5, 'n')",
        ("total, note", (5, "n")),
    ),
    "move_table": (
        """
        {track}
        class Order(models.Model):
            total = models.IntegerField()
            note = models.CharField(max_length=20)

            class Meta:
                db_table = "orders"
        """,
        (),
        "INSERT INTO orders (total, note) VALUES (5, 'n')",
        ("total, note", (5, "n")),
    ),
    "add_rename_remove": (
        """
        {track}
        class Order(models.Model):
            amount = models.IntegerField()
            paid = models.BooleanField(default=False)
        """,
        ("y",),
        "INSERT INTO shop_order (amount, paid) VALUES (5, true)",
        ("amount, paid, note", (5, True, None)),
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", ["None", "pgh.Row", "pgh.Statement"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_the_tracked_model_is_followed(
    project: Project, name: str, level: str
) -> None:
    changed, replies, write, (columns, expected) = CHANGES[name]
    track = SNAPSHOT.format(level=level)
    if name == "rename_model":
        track = track.replace("level=", "level=").replace("))", "), model_name='OrderEvent')")
    runner = Runner(project)
    runner.models(ORDER.format(track=track))
    runner.makemigrations()
    runner.migrate()
    assert runner.is_quiet()
    assert runner.events(
        "INSERT INTO shop_order (total, note) VALUES (1, 'old')", columns="total, note"
    ) == [(1, "old")]

    runner.models(changed.format(track=track))
    print(runner.makemigrations(*replies))
    runner.migrate()
    assert runner.events(write, columns=columns) == [expected]
    assert runner.is_quiet()

    # What is there would not satisfy the columns as they were.
    table = write.split()[2]
    runner.events(f"TRUNCATE {table}, shop_orderevent")
    runner.migrate("shop", "0001")
    assert runner.events(
        "INSERT INTO shop_order (total, note) VALUES (2, 'again')", columns="total, note"
    ) == [(2, "again")]
    runner.migrate("shop", "zero")
    assert leftovers() == []
