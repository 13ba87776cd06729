"""How each field class of Django is mirrored: one tracked model a field."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib.postgres import fields as pg
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.migrations.operations import CreateModel, RunSQL

import pghistory_ops as pgh
from snapshots.case import Case

FIELDS: dict[str, Any] = {
    "big_integer": models.BigIntegerField(),
    "big_integer_range": pg.BigIntegerRangeField(),
    "binary": models.BinaryField(max_length=100),
    "boolean": models.BooleanField(default=False),
    "char": models.CharField(max_length=20, unique=True, default="new"),
    "char_choices": models.CharField(max_length=1, choices=[("a", "A")]),
    "char_collation": models.CharField(max_length=20, db_collation="C"),
    "char_comment": models.CharField(max_length=20, db_comment="The carrier's own"),
    "char_db_column": models.CharField(max_length=20, db_column="Thing Kind"),
    "char_db_default": models.CharField(max_length=20, db_default="new"),
    "char_unlimited": models.CharField(),
    "date": models.DateField(auto_now=True),
    "date_range": pg.DateRangeField(),
    "date_time": models.DateTimeField(auto_now_add=True, db_index=True),
    "date_time_range": pg.DateTimeRangeField(),
    "decimal": models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0.00")),
    "decimal_range": pg.DecimalRangeField(),
    "duration": models.DurationField(),
    "email": models.EmailField(),
    "file": models.FileField(upload_to="files"),
    "file_path": models.FilePathField(path="/srv/files"),
    "float": models.FloatField(),
    "generated": models.GeneratedField(
        expression=models.F("id") * 2, output_field=models.BigIntegerField(), db_persist=True
    ),
    "generated_text": models.GeneratedField(
        expression=models.Value("fixed"),
        output_field=models.CharField(max_length=20, unique=True),
        db_persist=True,
        db_column="made",
    ),
    "generic_ip_address": models.GenericIPAddressField(),
    "hstore": pg.HStoreField(),
    "image": models.ImageField(upload_to="images"),
    "integer": models.IntegerField(),
    "integer_range": pg.IntegerRangeField(),
    "json": models.JSONField(default=dict),
    "positive_big_integer": models.PositiveBigIntegerField(),
    "positive_integer": models.PositiveIntegerField(),
    "positive_small_integer": models.PositiveSmallIntegerField(),
    "search_vector": SearchVectorField(null=True),
    "slug": models.SlugField(unique=True),
    "small_integer": models.SmallIntegerField(),
    "text": models.TextField(db_index=True),
    "text_null": models.TextField(null=True),
    "time": models.TimeField(),
    "url": models.URLField(),
    "uuid": models.UUIDField(),
    "array": pg.ArrayField(models.IntegerField()),
    "array_of_arrays": pg.ArrayField(
        pg.ArrayField(models.CharField(max_length=5), size=2), default=list
    ),
    "array_of_decimals": pg.ArrayField(models.DecimalField(max_digits=5, decimal_places=2)),
}
KEYS: dict[str, Any] = {
    "auto": models.AutoField(primary_key=True),
    "big_auto": models.BigAutoField(primary_key=True),
    "small_auto": models.SmallAutoField(primary_key=True),
    "char_primary_key": models.CharField(max_length=20, primary_key=True),
    "uuid_primary_key": models.UUIDField(primary_key=True),
}
CLASSES = {type(field) for field in (*FIELDS.values(), *KEYS.values())}
# Abstract ones, those that history has no column for, and those that Django took away.
WITHOUT_A_CASE = {
    models.Field,
    models.ForeignObject,
    models.ManyToManyField,
    models.OrderWrt,
    models.CommaSeparatedIntegerField,
    models.IPAddressField,
    models.NullBooleanField,
    pg.CICharField,
    pg.CIEmailField,
    pg.CITextField,
    pg.JSONField,
    pg.RangeField,
}


def cases() -> Iterator[Case]:
    key = ("id", models.BigAutoField(primary_key=True))
    for name, field in FIELDS.items():
        yield case(name, [key, ("thing", field)])
    for name, field in KEYS.items():
        yield case(name, [("id", field)])


def case(name: str, columns: list[Any]) -> Case:
    return Case(
        f"create_event_model/field_{name}",
        pgh.CreateEventModel("ThingEvent", tracks="shop.Thing"),
        (
            RunSQL("CREATE EXTENSION IF NOT EXISTS hstore"),
            CreateModel("Thing", columns),
        ),
        (),
    )


CASES = list(cases())
