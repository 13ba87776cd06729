"""One event model of whatever a test tracks."""

from typing import Any

import pghistory_ops as pgh
from catalog import Catalog
from chain import Chain, assert_there_and_back


def track(chain: Chain, label: str, **configuration: Any) -> Catalog:
    return assert_there_and_back(
        chain,
        pgh.CreateEventModel("Event", tracks=label, **configuration),
        pgh.AddTracker("Event", pgh.Snapshot()),
        pgh.AddTracker("Event", pgh.AfterDelete()),
        pgh.AddTracker("Event", pgh.AfterTruncate()),
    )


def column(found: Catalog, name: str) -> str:
    return found["column", f"shop_event.{name}"].replace(" identity generated", "")


def recorded(chain: Chain, *names: str) -> list[tuple[Any, ...]]:
    events = chain.model("Event")._base_manager.order_by("pgh_id")
    return list(events.values_list("pgh_label", *names))
