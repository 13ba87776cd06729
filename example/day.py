"""A day in the shop: the work of people, of jobs, and of whoever has a psql prompt."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.db.models import F
from shop.models import Customer, Order, OrderLine, Product, Tag

import pghistory_ops as pgh

CUSTOMERS = 200
PRODUCTS = 2_000
ORDERS = 500

# The same day on every run.
chance = random.Random(1815)


def sql(statement: str, *parameters: object) -> int:
    """Run a statement as any program could; return how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return int(cursor.rowcount)


@contextmanager
def as_role(name: str, *, may_write: str) -> Iterator[None]:
    """Act as a new role that may read and write one table, and undo it all at the end."""
    with transaction.atomic():
        sql(f"CREATE ROLE {name}")
        sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {may_write} TO {name}")
        sql(f"SET LOCAL ROLE {name}")
        yield
        transaction.set_rollback(True)


def hire_staff() -> int:
    with pgh.context(job="hire_staff"):
        group = Group.objects.create(name="shop staff")
        for name in ("ada", "bob"):
            user = User.objects.create_user(name, f"{name}@shop.example", is_staff=True)
            user.groups.add(group)
    return 4


def copy_products() -> int:
    statement = "COPY shop_product (sku, name, price, stock) FROM STDIN"
    with (
        pgh.context(job="supplier import"),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for number in range(1, PRODUCTS + 1):
            price = Decimal(chance.randrange(100, 20_000)) / 100
            copy.write_row((f"P{number:04}", f"Product {number}", price, 1_000))
    return PRODUCTS


def tag_products() -> int:
    tags = Tag.objects.bulk_create(Tag(name=name) for name in ("new", "garden", "fragile"))
    products = list(Product.objects.order_by("pk")[:100])
    with pgh.context(user="ada", url="/tags/"):
        for tag in tags:
            tag.product_set.set(products)
    return len(tags) * len(products)


def sign_up_customers() -> int:
    Customer.objects.bulk_create(
        Customer(name=f"Customer {number}", email=f"c{number}@mail.example")
        for number in range(1, CUSTOMERS + 1)
    )
    return CUSTOMERS


def take_orders() -> int:
    customers, products = list(Customer.objects.all()), list(Product.objects.all())
    orders = Order.objects.bulk_create(
        Order(customer=chance.choice(customers)) for _ in range(ORDERS)
    )
    lines = [
        OrderLine(order=order, product=product, price=product.price, quantity=chance.randint(1, 3))
        for order in orders
        for product in chance.sample(products, 3)
    ]
    OrderLine.objects.bulk_create(lines)
    return len(orders) + len(lines)


def total_orders() -> int:
    return sql(
        """
        UPDATE shop_order SET total = sums.total
        FROM (
            SELECT order_id, sum(quantity * price) AS total FROM shop_orderline GROUP BY order_id
        ) AS sums
        WHERE sums.order_id = shop_order.id
        """
    )


def serve_customers() -> int:
    orders = list(Order.objects.order_by("pk")[:100])
    for number, order in enumerate(orders):
        with pgh.context(user=("ada", "bob")[number % 2], url=f"/orders/{order.pk}/pay/"):
            order.status = Order.Status.PAID
            order.save()
    return len(orders)


def save_without_a_change() -> int:
    orders = list(Order.objects.order_by("pk")[:100])
    for order in orders:
        order.save()
    return len(orders)


def write_notes() -> int:
    orders = list(Order.objects.order_by("pk")[:50])
    for order in orders:
        order.delivery_note = "Ring twice"
    with pgh.context(user="bob", url="/orders/notes/"):
        return int(Order.objects.bulk_update(orders, ["delivery_note"]))


def remind_customers() -> int:
    orders = list(Order.objects.filter(status=Order.Status.NEW)[:20])
    with pgh.context(job="reminders"):
        return len(pgh.create_events(orders, label="order.reminded"))


def raise_prices() -> int:
    with pgh.context(job="price list"):
        return Product.objects.filter(price__gt=100).update(price=F("price") * Decimal("1.05"))


def sell_stock() -> int:
    return Product.objects.update(stock=F("stock") - 1)


def update_from_supplier() -> int:
    with pgh.context(job="supplier import"):
        return sql(
            """
            MERGE INTO shop_product AS product
            USING (VALUES ('P0001', 3.50), ('P0002', 4.50), ('P9999', 9.99)) AS offer (sku, price)
            ON product.sku = offer.sku
            WHEN MATCHED THEN UPDATE SET price = offer.price
            WHEN NOT MATCHED THEN
                INSERT (sku, name, price, stock) VALUES (offer.sku, 'Newcomer', offer.price, 10)
            """
        )


def register_twice() -> int:
    return sql(
        """
        INSERT INTO shop_customer (name, email, joined)
        VALUES ('Ada L.', 'c1@mail.example', now()), ('Grace', 'grace@mail.example', now())
        ON CONFLICT (email) DO UPDATE SET name = EXCLUDED.name
        """
    )


def forget_customer() -> int:
    customer = Customer.objects.filter(order__status=Order.Status.PAID).earliest("pk")
    with pgh.context(user="ada", url=f"/customers/{customer.pk}/delete/"):
        deleted, _ = customer.delete()
    return deleted


def clear_tags() -> int:
    removed = Product.tags.through.objects.count()
    with pgh.context(job="clean-up"):
        sql("TRUNCATE shop_product_tags")
    return removed


def promote_somebody() -> int:
    # Nobody tells the database who this is; that it happened is recorded all the same.
    return sql("UPDATE auth_user SET is_superuser = true WHERE username = 'bob'")


@dataclass(frozen=True)
class Step:
    """A part of the day: what is done, in which way, and the function that does it."""

    name: str
    way: str
    work: Callable[[], int]


DAY = [
    Step("Hire two people", "save(), groups.add()", hire_staff),
    Step("Import the supplier's products", "COPY", copy_products),
    Step("Tag products", "tags.set()", tag_products),
    Step("Sign up customers", "bulk_create()", sign_up_customers),
    Step("Take orders with their lines", "bulk_create()", take_orders),
    Step("Compute the orders' totals", "UPDATE … FROM", total_orders),
    Step("Customers pay", "save(), one by one", serve_customers),
    Step("Save orders without a change", "save(), one by one", save_without_a_change),
    Step("Write delivery notes", "bulk_update()", write_notes),
    Step("Remind customers, nothing changes", "create_events()", remind_customers),
    Step("Raise prices", "queryset.update()", raise_prices),
    Step("Count the stock, not tracked", "queryset.update()", sell_stock),
    Step("Take over the supplier's offers", "MERGE", update_from_supplier),
    Step("Register an address twice", "INSERT … ON CONFLICT", register_twice),
    Step("Forget a customer", "delete(), cascading", forget_customer),
    Step("Remove all tags", "TRUNCATE", clear_tags),
    Step("Become a superuser", "a psql prompt", promote_somebody),
]
