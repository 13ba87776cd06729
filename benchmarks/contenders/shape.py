"""The shape that every tracked model has."""

from __future__ import annotations

from django.db import models


class Shape(models.Model):
    """The columns of an order; the primary key is its one index."""

    customer = models.IntegerField()
    status = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=10, decimal_places=2)
    note = models.TextField()
    created = models.DateTimeField()

    class Meta:
        abstract = True


FIELDS = ("customer", "status", "total", "note", "created")
