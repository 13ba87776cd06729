"""Conditions: how they are put together, and where they end up."""

from collections.abc import Iterator
from typing import Any

import pgtrigger

import pghistory_ops as pgh
from snapshots.case import Case, before_all
from snapshots.shop import PARCEL_HISTORY, PARCEL_WRITES

PAID = pgh.Q(new__status="paid")
HEAVY = pgh.Q(new__weight__gt=10)
GREW = pgh.Q(new__weight__gt=pgh.F("old__weight"))
MANY = ["status", "weight", "price", "ratio", "is_express", "due_on", "seen_at", "transit"]

UPDATES: dict[str, Any] = {
    "q": PAID,
    "q_two_terms": pgh.Q(old__status="new", new__status="paid"),
    "q_old_row_only": pgh.Q(old__status="new"),
    "q_and": PAID & HEAVY,
    "q_or": PAID | HEAVY,
    "q_not": ~PAID,
    "q_not_not": ~~PAID,
    "q_not_and": ~(PAID & HEAVY),
    "q_xor": PAID ^ HEAVY,
    "q_xor_of_three": PAID ^ HEAVY ^ GREW,
    "q_nested": (PAID & ~HEAVY) | (~PAID & (GREW | pgh.Q(new__is_express=True))),
    "q_long": pgh.Q(
        old__status="new",
        new__status="paid",
        old__weight__lt=10,
        new__weight__gte=10,
        new__price__gt=pgh.F("old__price"),
        new__is_express=True,
    ),
    "q_distinct_from": pgh.Q(old__status__df=pgh.F("new__status")),
    "q_not_distinct_from": pgh.Q(old__status__ndf=pgh.F("new__status")),
    "q_foreign_key": pgh.Q(new__order=7),
    "q_foreign_key_attribute": pgh.Q(new__order_id=7),
    "q_foreign_key_distinct_from": pgh.Q(old__order__df=pgh.F("new__order")),
    "q_primary_key": pgh.Q(new__pk__gt=100),
    "q_db_column": pgh.Q(new__zip_code="1010"),
    "f": GREW,
    "f_plus": pgh.Q(new__weight__gt=pgh.F("old__weight") + 5),
    "f_minus_times": pgh.Q(new__price__lt=(pgh.F("old__price") - 1) * 2),
    "f_divided_by_f": pgh.Q(new__ratio=pgh.F("new__price") / pgh.F("new__weight")),
    "f_in_a_list": pgh.Q(new__weight__in=[1, pgh.F("old__weight")]),
    "any_change": pgh.AnyChange(),
    "any_change_of_one": pgh.AnyChange("status"),
    "any_change_of_two": pgh.AnyChange("status", "weight"),
    "any_change_of_many": pgh.AnyChange(*MANY),
    "any_change_of_a_foreign_key": pgh.AnyChange("order_id"),
    "any_change_exclude": pgh.AnyChange(exclude=["photo", "data"]),
    "any_change_exclude_auto": pgh.AnyChange(exclude_auto=True),
    "any_change_with_both": pgh.AnyChange(
        "status", "weight", "updated_at", exclude=["weight"], exclude_auto=True
    ),
    "any_dont_change": pgh.AnyDontChange(),
    "any_dont_change_of_two": pgh.AnyDontChange("status", "weight"),
    "any_dont_change_exclude": pgh.AnyDontChange("status", "weight", exclude=["weight"]),
    "all_change": pgh.AllChange(),
    "all_change_of_two": pgh.AllChange("status", "weight"),
    "all_change_of_many": pgh.AllChange(*MANY),
    "all_change_exclude_auto": pgh.AllChange("status", "updated_at", exclude_auto=True),
    "all_dont_change": pgh.AllDontChange(),
    "all_dont_change_of_two": pgh.AllDontChange("status", "weight"),
    "all_dont_change_exclude_auto": pgh.AllDontChange(exclude_auto=True),
    "not_any_change": ~pgh.AnyChange("status"),
    "condition_text": pgh.Condition('OLD."weight" < NEW."weight"'),
    "condition_text_over_lines": pgh.Condition(
        """
        OLD.weight < NEW.weight
        AND NEW.status <> 'it''s OLD.gone -- 100%'
        """
    ),
    "condition_text_whole_row": pgh.Condition("OLD.* IS DISTINCT FROM NEW.*"),
    "condition_text_negated": ~pgh.Condition("OLD.weight < NEW.weight"),
    "condition_and_q": pgh.Condition("OLD.weight < NEW.weight") & PAID,
    "q_and_change": PAID & pgh.AnyChange("status"),
    "change_or_q": pgh.AnyChange("status") | PAID,
    "change_xor_change": pgh.Q(pgh.AnyChange("status")) ^ pgh.Q(pgh.AnyChange("weight")),
    "of_pgtrigger": pgtrigger.AnyChange("status"),
    "of_pgtrigger_negated": ~pgtrigger.AnyChange("status"),
    "empty_q": pgh.Q(),
}

OTHERS: dict[str, Any] = {
    "insert": (pgh.Insert, PAID & HEAVY),
    "insert_text": (pgh.Insert, pgh.Condition("NEW.weight > 10")),
    "insert_or_update": (pgh.Insert | pgh.Update, PAID),
    "delete": (pgh.Delete, pgh.Q(old__status="new") & ~pgh.Q(old__weight=1)),
    "delete_text": (pgh.Delete, pgh.Condition("OLD.weight > 10")),
    "truncate": (pgh.Truncate, pgh.Q(old__status="100%", old__weight__gt=1)),
    "truncate_text": (
        pgh.Truncate,
        pgh.Condition("OLD.weight > 10\nAND OLD.status LIKE '%$insert$%'"),
    ),
    "update_or_delete": (pgh.Update | pgh.Delete, pgh.Q(old__status="new")),
}


def cases() -> Iterator[Case]:
    for name, condition in UPDATES.items():
        for level in (pgh.Row, pgh.Statement):
            yield case(f"update_{name}", pgh.Update, condition, level)
    for name, (operation, condition) in OTHERS.items():
        for level in (pgh.Row, pgh.Statement):
            yield case(name, operation, condition, level)
    yield Case(
        "add_tracker/condition_when_before",
        pgh.AddTracker(
            "ParcelEvent",
            pgh.DatabaseTracker(
                "gone",
                operation=pgh.Delete,
                when=pgh.Before,
                snapshot="OLD",
                condition=pgh.Q(old__weight__gt=10),
            ),
        ),
        writes=PARCEL_WRITES,
    )
    yield Case(
        "remove_tracker/condition",
        pgh.RemoveTracker("ParcelEvent", "paid"),
        (pgh.AddTracker("ParcelEvent", pgh.AfterUpdate("paid", condition=PAID & HEAVY)),),
        PARCEL_WRITES,
    )


def case(name: str, operation: Any, condition: Any, level: Any) -> Case:
    tracker = pgh.DatabaseTracker("selected", operation=operation, condition=condition, level=level)
    return Case(
        f"add_tracker/condition_{name}_{level.name.lower()}",
        pgh.AddTracker("ParcelEvent", tracker),
        writes=PARCEL_WRITES,
    )


CASES = before_all(PARCEL_HISTORY, list(cases()))
