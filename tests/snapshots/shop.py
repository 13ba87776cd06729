"""The models that most cases track, and writes that reach every trigger on them."""

from django.db import models
from django.db.migrations.operations import CreateModel

import pghistory_ops as pgh

CUSTOMER = CreateModel(
    "Customer",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("email", models.EmailField(max_length=254, unique=True)),
    ],
)
ORDER = CreateModel(
    "Order",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("customer", models.ForeignKey("shop.Customer", models.CASCADE)),
        ("status", models.CharField(max_length=20)),
        ("total", models.DecimalField(max_digits=10, decimal_places=2)),
        ("note", models.TextField(null=True)),
        ("updated_at", models.DateTimeField(auto_now=True)),
    ],
)
SHOP = (CUSTOMER, ORDER)
ORDER_EVENT = pgh.CreateEventModel("OrderEvent", tracks="shop.Order")
HISTORY = (*SHOP, ORDER_EVENT)

# What the database still has to check would be in the way of DDL.
CHECK_CONSTRAINTS = "SET CONSTRAINTS ALL IMMEDIATE"
ROWS = (
    "INSERT INTO shop_customer (id, email) VALUES (1, 'ada@example.com')",
    """
    INSERT INTO shop_order (id, customer_id, status, total, note, updated_at)
    SELECT id, 1, 'new', 10 * id, NULL, now() FROM generate_series(1, 3) AS id
    """,
)
WRITES = (
    *ROWS,
    "UPDATE shop_order SET status = 'paid', total = total + 1, note = 'thanks'",
    "DELETE FROM shop_order WHERE id = 3",
    CHECK_CONSTRAINTS,
    "TRUNCATE shop_order",
)

PARCEL = CreateModel(
    "Parcel",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("order", models.ForeignKey("shop.Order", models.CASCADE, null=True)),
        ("status", models.CharField(max_length=20)),
        ("weight", models.IntegerField()),
        ("price", models.DecimalField(max_digits=10, decimal_places=2)),
        ("ratio", models.FloatField(null=True)),
        ("is_express", models.BooleanField(default=False)),
        ("due_on", models.DateField(null=True)),
        ("due_time", models.TimeField(null=True)),
        ("seen_at", models.DateTimeField(null=True)),
        ("transit", models.DurationField(null=True)),
        ("token", models.UUIDField(null=True)),
        ("data", models.JSONField(null=True)),
        ("photo", models.BinaryField(null=True)),
        ("address", models.GenericIPAddressField(null=True)),
        ("zip_code", models.CharField(max_length=9, db_column="Zip Code", default="")),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("updated_at", models.DateTimeField(auto_now=True)),
    ],
)
PARCEL_EVENT = pgh.CreateEventModel("ParcelEvent", tracks="shop.Parcel")
PARCEL_HISTORY = (*SHOP, PARCEL, PARCEL_EVENT)
PARCEL_WRITES = (
    """
    INSERT INTO shop_parcel
        (status, weight, price, is_express, "Zip Code", created_at, updated_at)
    SELECT 'new', id, id, id > 1, '', now(), now() FROM generate_series(1, 3) AS id
    """,
    "UPDATE shop_parcel SET status = 'sent', weight = weight + 1, token = gen_random_uuid()",
    "DELETE FROM shop_parcel WHERE weight > 3",
    CHECK_CONSTRAINTS,
    "TRUNCATE shop_parcel",
)
