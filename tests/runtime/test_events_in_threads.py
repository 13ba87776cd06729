"""``Events`` asked by many threads at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import models

import pghistory_ops as pgh


class Slow(models.TextField):
    """A field whose copy takes long enough for every thread to come by."""

    def clone(self) -> Any:
        time.sleep(0.05)
        return super().clone()


def test_there_is_one_class_of_rows() -> None:
    class Rows(pgh.Events):
        note = pgh.ProxyField("pgh_context__metadata__note", Slow())

    class More(Rows):
        pass

    threads = 8
    barrier = threading.Barrier(threads)

    def ask(number: int) -> tuple[type[Any], type[Any]]:
        barrier.wait()
        first, second = (Rows, More) if number % 2 else (More, Rows)
        found: Any = {cls: cls.objects.all().model for cls in (first, second)}
        return found[Rows], found[More]

    with ThreadPoolExecutor(threads) as pool:
        found = set(pool.map(ask, range(threads)))
    assert len(found) == 1
    ((rows, more),) = found
    assert rows is Rows.objects.all().model
    assert more is not rows
    assert rows(pgh_slug="shop.OrderEvent:1") == rows(pgh_slug="shop.OrderEvent:1")
    assert (Rows.objects.all() | Rows.objects.all()).model is rows
