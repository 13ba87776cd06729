"""PostgreSQL's dialect as Django knows it, without a server and without the settings."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.utils import ConnectionHandler


class _UTCOperations(DatabaseOperations):
    """Takes moments apart in UTC, whatever the settings of whoever migrates say."""

    def _convert_sql_to_tz(self, sql: str, params: Any, tzname: str | None) -> tuple[str, Any]:
        return (f"{sql} AT TIME ZONE 'UTC'", params) if tzname else (sql, params)

    def datetime_cast_date_sql(self, sql: str, params: Any, tzname: Any) -> Any:
        return super().datetime_cast_date_sql(sql, params, "UTC")

    def datetime_cast_time_sql(self, sql: str, params: Any, tzname: Any) -> Any:
        return super().datetime_cast_time_sql(sql, params, "UTC")

    def datetime_extract_sql(self, lookup_type: str, sql: str, params: Any, tzname: Any) -> Any:
        return super().datetime_extract_sql(lookup_type, sql, params, "UTC")

    def datetime_trunc_sql(self, lookup_type: str, sql: str, params: Any, tzname: Any) -> Any:
        return super().datetime_trunc_sql(lookup_type, sql, params, "UTC")

    def year_lookup_bounds_for_datetime_field(self, value: int, iso_year: bool = False) -> Any:
        bounds = super().year_lookup_bounds_for_date_field(value, iso_year)
        first, last = (date.fromisoformat(str(bound)) for bound in bounds)
        return [
            datetime.combine(first, time.min, tzinfo=UTC),
            datetime.combine(last, time.max, tzinfo=UTC),
        ]


@functools.cache
def offline_connection() -> Any:
    """Return a PostgreSQL connection that is never opened: it knows the dialect."""
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.postgresql"}})
    connection: Any = handler["default"]
    connection.ops = _UTCOperations(connection)
    return connection
