from django.db import migrations

import pghistory_ops as pgh


class Migration(migrations.Migration):
    """The rest of the shop, each part with the trackers that it needs."""

    dependencies = [("shop", "0002_order_history")]

    operations = [
        # What a line said when it was deleted, as an order with its lines may be.
        pgh.CreateEventModel("OrderLineEvent", tracks="shop.OrderLine"),
        pgh.AddTracker("OrderLineEvent", pgh.Snapshot()),
        pgh.AddTracker("OrderLineEvent", pgh.AfterDelete()),
        # Customers: an auditor's history, which nobody can change.
        pgh.CreateEventModel("CustomerEvent", tracks="shop.Customer", append_only=True),
        pgh.AddTracker("CustomerEvent", pgh.Snapshot()),
        pgh.AddTracker("CustomerEvent", pgh.AfterDelete()),
        # Products: prices only. The stock changes with every sale, and is of no interest.
        pgh.CreateEventModel("PriceEvent", tracks="shop.Product", fields=["sku", "price"]),
        pgh.AddTracker("PriceEvent", pgh.Snapshot("price")),
        pgh.AddTracker(
            "PriceEvent",
            pgh.AfterUpdate("price.halved", condition=pgh.Condition("NEW.price <= OLD.price / 2")),
        ),
        # The table behind Product.tags, which has no model of its own.
        pgh.CreateEventModel("ProductTagEvent", tracks="shop.Product_tags"),
        pgh.AddTracker("ProductTagEvent", pgh.AfterInsert("tag.added")),
        pgh.AddTracker("ProductTagEvent", pgh.AfterDelete("tag.removed")),
        pgh.AddTracker("ProductTagEvent", pgh.AfterTruncate("tag.truncated")),
    ]
