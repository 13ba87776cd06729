"""Values in conditions, each as the literal that PostgreSQL reads."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy

import pghistory_ops as pgh
from snapshots.case import Case
from snapshots.shop import PARCEL_HISTORY, PARCEL_WRITES

EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))


class Status(models.TextChoices):
    PAID = "paid"


class Size(models.IntegerChoices):
    LARGE = 100


TERMS: dict[str, dict[str, Any]] = {
    "text": {"new__status": "paid"},
    "text_empty": {"new__status": ""},
    "text_with_quotes": {"new__status": """it's "paid" """},
    "text_with_a_backslash": {"new__status": "C:\\new"},
    "text_with_percent_signs": {"new__status": "100% %s %(x)s {}"},
    "text_with_a_dollar_quote": {"new__status": "$pgh$ $$"},
    "text_with_a_newline": {"new__status": "one\ntwo"},
    "text_not_ascii": {"new__status": "Ärger – 支払い"},
    "text_contains": {"new__status__contains": "50%_\\"},
    "text_icontains": {"new__status__icontains": "Paid"},
    "text_startswith": {"new__status__startswith": "pa"},
    "text_iexact": {"new__status__iexact": "Paid"},
    "text_regex": {"new__status__regex": r"^\d+'$"},
    "text_choice": {"new__status": Status.PAID},
    "text_choices": {"new__status__in": list(Status)},
    "text_translated": {"new__status": gettext_lazy("paid")},
    "int": {"new__weight": 10},
    "int_choice": {"new__weight__gt": Size.LARGE},
    "int_negative": {"new__weight__lt": -10},
    "int_large": {"new__weight__lt": 2**40},
    "range": {"new__weight__range": (1, 10)},
    "float": {"new__ratio__gte": 0.25},
    "decimal": {"new__price": Decimal("19.90")},
    "bool_true": {"new__is_express": True},
    "bool_false": {"new__is_express": False},
    "date": {"new__due_on": dt.date(2026, 2, 28)},
    "date_year": {"new__due_on__year": 2026},
    "time": {"new__due_time__lt": dt.time(12, 30)},
    "datetime": {"new__seen_at__lt": dt.datetime(2026, 2, 28, 12, 30, tzinfo=dt.UTC)},
    "datetime_of_another_zone": {
        "new__seen_at__lt": dt.datetime(2026, 2, 28, 12, 30, 0, 250000, tzinfo=EAST)
    },
    "datetime_date": {"new__seen_at__date": dt.date(2026, 2, 28)},
    "timedelta": {"new__transit__gt": dt.timedelta(days=2, hours=1)},
    "uuid": {"new__token": UUID("6e2f4b8a-93f6-4f0c-8f35-0a9f2f6d3c11")},
    "json": {"new__data": {"paid": True, "by": ["ada", "it's", None, 1.5]}},
    "json_key": {"new__data__paid": True},
    "json_key_text": {"new__data__by__name": "it's 100%"},
    "json_contains": {"new__data__contains": {"a": 1}},
    "json_has_key": {"new__data__has_key": "paid"},
    "bytes": {"new__photo": b"\x00\xff'"},
    "ip_address": {"new__address": "10.0.0.1"},
    "in": {"new__status__in": ["paid", "it's", "100%"]},
    "in_tuple": {"new__weight__in": (1, 2)},
    "in_set": {"new__weight__in": {1, 2}},
    "in_set_of_texts": {"new__status__in": {"paid", "late", "sent", "new"}},
    "in_empty": {"new__status__in": []},
    "in_one": {"new__weight__in": [1]},
    "in_uuids": {"new__token__in": [UUID(int=1), UUID(int=2)]},
    "isnull_true": {"new__token__isnull": True},
    "isnull_false": {"new__token__isnull": False},
    "none": {"new__token": None},
}

CASES = [
    Case(
        f"add_tracker/literal_{name}",
        pgh.AddTracker("ParcelEvent", pgh.AfterUpdate("selected", condition=pgh.Q(**term))),
        PARCEL_HISTORY,
        PARCEL_WRITES,
    )
    for name, term in TERMS.items()
]
