"""Bad trackers and conditions: an error that names the thing and the remedy."""

import pytest

from operations.mistakes import assert_refused_with_a_remedy
from projects import Project

CASES = {
    "an unknown label": (
        'pgh.RemoveTracker("OrderEvent", "snap"),',
        (
            "The event model shop.OrderEvent has no tracker 'snap' at this point of the "
            "migrations. It has: 'snapshot'."
        ),
    ),
    "a label that exists": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete("snapshot")),',
        (
            "The tracked model shop.Order has a tracker 'snapshot' already, of the event model "
            "shop.OrderEvent. Labels are unique per tracked model: give this one another label, or "
            "remove that one with RemoveTracker."
        ),
    ),
    "a label that another event model has": (
        """
        pgh.CreateEventModel("Event", tracks="shop.Order"),
        pgh.AddTracker("Event", pgh.Snapshot()),
        """,
        (
            "The tracked model shop.Order has a tracker 'snapshot' already, of the event model "
            "shop.OrderEvent."
        ),
    ),
    "OLD on insert": (
        'pgh.AddTracker("OrderEvent", pgh.AfterInsert("new", snapshot="OLD")),',
        (
            "The tracker 'new' copies the OLD row on INSERT, which has none. Use "
            'snapshot="NEW", or leave INSERT out.'
        ),
    ),
    "NEW on delete": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete("gone", snapshot="NEW")),',
        (
            "The tracker 'gone' copies the NEW row on DELETE, which has none. Use "
            'snapshot="OLD", or leave DELETE out.'
        ),
    ),
    "NEW on truncate": (
        'pgh.AddTracker("OrderEvent", pgh.AfterTruncate("gone", snapshot="NEW")),',
        (
            "The tracker 'gone' copies the NEW row on TRUNCATE, which has none. Use "
            'snapshot="OLD", or leave TRUNCATE out.'
        ),
    ),
    "a condition on a field that is not there": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__price=1))),',
        (
            "The tracker 'dear' of shop.OrderEvent: there is no field 'price'; there are code, "
            "day, id, net, owner, total, in the tracked model shop.Order at this point of the "
            "migrations. Give the tracker anew with RemoveTracker and AddTracker."
        ),
    ),
    "a change of a field that is not there": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("dear", condition=pgh.AnyChange("price"))),',
        "The tracker 'dear' of shop.OrderEvent: there is no field 'price'",
    ),
    "SQL about a column that is not there": (
        """
        pgh.AddTracker(
            "OrderEvent", pgh.AfterInsert("x", condition=pgh.Condition("NEW.cost > 0"))
        ),
        """,
        (
            "The tracker 'x' of shop.OrderEvent: the condition 'NEW.cost > 0' names the column "
            "'cost', which is not there"
        ),
    ),
    "a condition that reads OLD on insert": (
        'pgh.AddTracker("OrderEvent", pgh.AfterInsert("dear", condition=pgh.Q(old__total=1))),',
        (
            "The tracker 'dear' of shop.OrderEvent has a condition that reads the OLD row, but "
            "INSERT has none. Use a tracker of its own for INSERT."
        ),
    ),
    "a condition that reads NEW on delete": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete("dear", condition=pgh.Q(new__total=1))),',
        (
            "The tracker 'dear' of shop.OrderEvent has a condition that reads the NEW row, but "
            "DELETE has none. Use a tracker of its own for DELETE."
        ),
    ),
    "a change on insert": (
        'pgh.AddTracker("OrderEvent", pgh.AfterInsertOrUpdate("x", condition=pgh.AnyChange())),',
        (
            "The tracker 'x' of shop.OrderEvent has a condition that reads the OLD row, but "
            "INSERT has none. Use a tracker of its own for INSERT."
        ),
    ),
    "a condition with a lookup that is not there": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("x", condition=pgh.Q(new__code__foo="a"))),',
        (
            "The condition of the tracker 'x' of shop.OrderEvent does not become SQL: The term "
            "'new__code__foo' of a condition: Unsupported lookup 'foo' for CharField"
        ),
    ),
    "a condition with a value of another type": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("x", condition=pgh.Q(new__total="a"))),',
        (
            "The condition of the tracker 'x' of shop.OrderEvent does not become SQL: Field "
            "'total' expected a number but got 'a'."
        ),
    ),
    "a condition with a value that is no date": (
        'pgh.AddTracker("OrderEvent", pgh.AfterUpdate("x", condition=pgh.Q(new__day="a"))),',
        "The condition of the tracker 'x' of shop.OrderEvent does not become SQL: ",
    ),
    "a condition that follows a foreign key": (
        """
        pgh.AddTracker(
            "OrderEvent", pgh.AfterUpdate("x", condition=pgh.Q(new__owner__username="a"))
        ),
        """,
        (
            "The condition of the tracker 'x' of shop.OrderEvent does not become SQL: The term "
            "'new__owner__username' of a condition: "
        ),
    ),
    "a condition with a subquery at row level": (
        """
        pgh.AddTracker(
            "OrderEvent",
            pgh.AfterUpdate("x", condition=pgh.Condition("NEW.total IN (SELECT 1)")),
        ),
        """,
        (
            "The condition of the tracker 'x' of shop.OrderEvent has a subquery, which a row-level "
            "trigger cannot have. Use level=Statement, or a function of your own."
        ),
    ),
    "a condition with a constant without an end": (
        """
        pgh.AddTracker(
            "OrderEvent", pgh.AfterInsert("x", condition=pgh.Condition("NEW.code = 'it''s"))
        ),
        """,
        (
            "The condition of the tracker 'x' of shop.OrderEvent ends within a constant, a name or "
            "a comment: 'it''s"
        ),
    ),
    "a condition with a comment without an end": (
        """
        pgh.AddTracker(
            "OrderEvent", pgh.AfterInsert("x", condition=pgh.Condition("NEW.total = 1 /* /* */"))
        ),
        """,
        (
            "The condition of the tracker 'x' of shop.OrderEvent ends within a constant, a name or "
            "a comment: /* /* */"
        ),
    ),
    "a label that is no text": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete(3)),',
        "A tracker's label is a text of at least one character.",
    ),
    "fields to let go of as a text": (
        'pgh.RefreshTrackers("OrderEvent", without="code"),',
        "without='code' is a text. Use a list of names.",
    ),
    "a tracker that is none": (
        'pgh.AddTracker("OrderEvent", pgh.Snapshot),',
        (
            "AddTracker takes a tracker such as Snapshot(), not <class "
            "'pghistory_ops.trackers.Snapshot'>. Write it with parentheses."
        ),
    ),
    "a timeout without a unit": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete(), lock_timeout="2"),',
        (
            "lock_timeout='2' is not a duration of at most 24 days with a unit (us, ms, s, min, h, "
            'd): "2s".'
        ),
    ),
    "a template of the future": (
        'pgh.RefreshTrackers("OrderEvent", template=99),',
        (
            "There is no SQL template 99; this version of django-pghistory-ops has 1. Install a "
            "version that has it."
        ),
    ),
    "no operation": (
        'pgh.AddTracker("OrderEvent", pgh.DatabaseTracker("x")),',
        (
            "The tracker 'x' needs an operation: Insert, Update, Delete, Truncate, or several "
            "joined with |, not None."
        ),
    ),
    "before an insert": (
        'pgh.AddTracker("OrderEvent", pgh.AfterInsert("x", when=pgh.Before)),',
        (
            "The tracker 'x' cannot copy the NEW row Before INSERT: the row is not final yet. Use "
            "After, or the OLD row of an update or delete."
        ),
    ),
    "before a statement": (
        'pgh.AddTracker("OrderEvent", pgh.AfterDelete("x", when=pgh.Before, level=pgh.Statement)),',
        "The tracker 'x' cannot run Before at statement level. Use After or Row.",
    ),
    "a refresh without a field that is not there": (
        'pgh.RefreshTrackers("OrderEvent", without=["price"]),',
        (
            "The tracked model shop.Order has no column for a field 'price' at this point of the "
            "migrations. It has: id, total, net, code, day, owner."
        ),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("operations", "expected"), CASES.values(), ids=CASES)
def test_it_is_refused_with_a_remedy(project: Project, operations: str, expected: str) -> None:
    assert_refused_with_a_remedy(project, operations, expected)
