"""What is open, for whom, and what it says; without a database."""

from __future__ import annotations

import asyncio
import contextvars
import datetime as dt
import importlib
import inspect
import json
import subprocess
import sys
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

import pghistory_ops as pgh
from pghistory_ops.contexts.context import OpenContext, current, open_context
from pghistory_ops.contexts.uuid7 import uuid7


def said() -> dict[str, Any] | None:
    opened = open_context()
    return None if opened is None else json.loads(opened.told().metadata)


def test_a_block_opens_and_closes() -> None:
    with pgh.context(user=1) as ctx:
        assert isinstance(ctx, OpenContext)
        assert ctx.metadata == {"user": 1}
        assert said() == {"user": 1}
        assert ctx.parent_id is None
        assert ctx.root_id == ctx.id
        assert ctx.id.version == 7
    assert current.get() is None


def test_a_block_inside_another_has_both_metadata_and_names_the_outer_ones() -> None:
    with pgh.context(user=1, job="a") as outer, pgh.context(job="b") as middle:
        with pgh.context() as inner:
            assert said() == inner.metadata == {"user": 1, "job": "b"}
        assert (inner.parent_id, inner.root_id) == (middle.id, outer.id)
        assert len({outer.id, middle.id, inner.id}) == 3
        assert outer.metadata == {"user": 1, "job": "a"}


def test_an_error_closes_the_block() -> None:
    with pytest.raises(ValueError, match="x"), pgh.context():
        raise ValueError("x")
    assert current.get() is None


def test_metadata_cannot_be_changed_from_outside() -> None:
    given = {"a": [1]}
    with pgh.context(given=given) as ctx:
        given["a"].append(2)
        assert said() == {"given": {"a": [1]}}
        with pytest.raises(TypeError):
            ctx.metadata["b"] = 1  # type: ignore[index]
        with pytest.raises(AttributeError):
            ctx.id = uuid7()  # type: ignore[misc]


def test_add_context_adds_to_the_innermost_block() -> None:
    pgh.add_context(lost=1)
    with pgh.context(a=1) as outer:
        with pgh.context() as inner:
            pgh.add_context(b=2, a=3)
            assert said() == {"a": 3, "b": 2}
            assert open_context().id == inner.id  # type: ignore[union-attr]
        assert said() == {"a": 1}
        pgh.add_context(c=4)
        assert said() == {"a": 1, "c": 4}
        assert outer.metadata == {"a": 1}
    assert current.get() is None


def test_a_decorated_function_has_a_block_for_each_call() -> None:
    @pgh.context(job="a")
    def work(depth: int) -> list[OpenContext | None]:
        """Work."""
        pgh.add_context(depth=depth)
        assert said() == {"job": "a", "depth": depth}
        return [open_context(), *(work(depth - 1) if depth else [])]

    assert work.__name__ == "work"
    assert work.__doc__ == "Work."
    found = [*work(1), *work(0)]
    assert len({opened.id for opened in found if opened}) == 3
    assert found[1].parent_id == found[0].id  # type: ignore[union-attr]
    assert current.get() is None


def test_methods_can_be_decorated() -> None:
    class Job:
        @pgh.context(kind="method")
        def method(self) -> Any:
            return said()

        @classmethod
        @pgh.context(kind="class")
        def for_class(cls) -> Any:
            return said()

        @staticmethod
        @pgh.context(kind="static")
        def static() -> Any:
            return said()

    assert [Job().method(), Job.for_class(), Job.static()] == [
        {"kind": "method"},
        {"kind": "class"},
        {"kind": "static"},
    ]


def test_coroutines_can_be_decorated_and_have_async_blocks() -> None:
    @pgh.context(job="a")
    async def work() -> Any:
        await asyncio.sleep(0)
        async with pgh.context(step=1):
            await asyncio.sleep(0)
            return said()

    async def main() -> None:
        assert inspect.iscoroutinefunction(work)
        assert await asyncio.gather(work(), work()) == [{"job": "a", "step": 1}] * 2
        assert current.get() is None

    asyncio.run(main())


def test_an_object_with_an_asynchronous_call_can_be_decorated() -> None:
    class Work:
        __name__ = "work"

        async def __call__(self) -> Any:
            return said()

    assert asyncio.run(pgh.context(job="a")(Work())()) == {"job": "a"}


def test_each_task_has_its_own() -> None:
    async def work(number: int) -> None:
        with pgh.context(number=number):
            await asyncio.sleep(0)
            assert said() == {"number": number, "all": True}
            pgh.add_context(step=1)
            await asyncio.sleep(0)
            assert said() == {"number": number, "all": True, "step": 1}
        assert said() == {"all": True}

    async def main() -> None:
        with pgh.context(all=True):
            await asyncio.gather(*(work(number) for number in range(10)))
            assert said() == {"all": True}

    asyncio.run(main())


@pytest.mark.parametrize("thing", [int, classmethod(len), 3])
def test_only_functions_can_be_decorated(thing: Any) -> None:
    with pytest.raises(TypeError, match="decorates functions"):
        pgh.context()(thing)


def test_one_object_is_open_once_at_a_time() -> None:
    block = pgh.context()
    with block, pytest.raises(RuntimeError, match="open already"), block:
        pass
    with block as again:
        assert open_context() is again
    with pytest.raises(RuntimeError, match="not open"):
        block.__exit__(None, None, None)


def test_any_key_can_be_said() -> None:
    with pgh.context(**{"self": 1, "a b": 2, 'q"': 3, "ü": 4, "": 5}):
        assert said() == {"self": 1, "a b": 2, 'q"': 3, "ü": 4, "": 5}


def test_djangos_types_can_be_said() -> None:
    key = uuid7()
    moment = dt.datetime(2030, 1, 2, tzinfo=dt.UTC)
    with pgh.context(key=key, moment=moment, price=Decimal("1.10"), deep={"a": [None, True, "😀"]}):
        opened = open_context()
        assert opened is not None
        assert opened.told().metadata.isascii()
        assert said() == {
            "key": str(key),
            "moment": "2030-01-02T00:00:00Z",
            "price": "1.10",
            "deep": {"a": [None, True, "😀"]},
        }


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (object(), TypeError, "'key' cannot be written as JSON"),
        ({1, 2}, TypeError, "json_encoder"),
        ({(1, 2): 3}, TypeError, "'key'"),
        (float("nan"), ValueError, "'key'"),
        ([float("inf")], ValueError, "'key'"),
        (CYCLE, ValueError, "'key'"),
        ("a\x00b", ValueError, "NUL byte"),
        ({"a\x00": 1}, ValueError, "NUL byte"),
        ([{"a": ["\x00"]}], ValueError, "NUL byte"),
        ("\ud800", ValueError, "surrogate"),
        ("\udc00\ud800", ValueError, "surrogate"),
    ],
)
def test_what_cannot_be_stored_is_refused_where_it_is_said(
    value: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        pgh.context(key=value)
    with pgh.context(), pytest.raises(error, match=text):
        pgh.add_context(key=value)
    with pytest.raises(error, match=text):
        pgh.add_context(key=value)


@pytest.mark.parametrize("value", ["\\u0000", "\\\\u0000", "\\ud800", "😀", "\\"])
def test_what_looks_like_it_is_not(value: str) -> None:
    with pgh.context(key=value):
        assert said() == {"key": value}


@pytest.mark.parametrize("key", ["a\x00", "\ud800"])
def test_keys_are_looked_at_too(key: str) -> None:
    with pytest.raises(ValueError, match=r"NUL|surrogate"):
        pgh.context(**{key: 1})


class SetEncoder(json.JSONEncoder):
    def default(self, value: Any) -> Any:
        return sorted(value)


@pytest.mark.parametrize("encoder", [SetEncoder, f"{__name__}.SetEncoder"])
def test_the_encoder_is_the_projects(encoder: Any) -> None:
    if isinstance(encoder, str):
        sys.modules.setdefault(__name__, importlib.import_module(__name__))
    with override_settings(PGHISTORY_OPS={"json_encoder": encoder}), pgh.context(ids={2, 1}):
        assert said() == {"ids": [1, 2]}


@pytest.mark.parametrize(
    "settings",
    [
        {"json_encoder": dict},
        {"json_encoder": "json.dumps"},
        {"middleware_methods": "POST"},
        {"json_encode": dict},
    ],
)
def test_a_setting_that_is_wrong_is_refused(settings: Any) -> None:
    from pghistory_ops.conf import runtime

    with override_settings(PGHISTORY_OPS=settings), pytest.raises(ImproperlyConfigured):
        runtime()


def test_a_worker_goes_on_with_what_was_exported() -> None:
    assert pgh.export_context() is None
    with pgh.context(user=1, job="a") as outer, pgh.context() as sender:
        exported = json.loads(json.dumps(pgh.export_context()))
    with pgh.resume_context(exported, job="b") as resumed:
        assert said() == {"user": 1, "job": "b"}
        assert (resumed.parent_id, resumed.root_id) == (sender.id, outer.id)
        assert resumed.id not in (sender.id, outer.id)

    @pgh.resume_context(exported)
    def work() -> Any:
        return said()

    assert work() == {"user": 1, "job": "a"}


def test_a_worker_goes_on_with_nothing() -> None:
    with pgh.resume_context(None, job="b") as resumed:
        assert said() == {"job": "b"}
        assert resumed.parent_id is None


def test_what_goes_on_with_nothing_stands_alone_in_an_open_block() -> None:
    with pgh.context(user=1):
        with pgh.resume_context(None, job="b") as resumed:
            assert resumed.metadata == {"job": "b"}
            assert (resumed.parent_id, resumed.root_id) == (None, resumed.id)
            pgh.add_context(more=True)
        assert said() == {"user": 1}


@pytest.mark.parametrize(
    "exported",
    [{}, {"id": "1", "root_id": "2", "metadata": {}}, "text", 3, {"id": None}],
)
def test_what_was_not_exported_is_refused(exported: Any) -> None:
    with pytest.raises(ValueError, match="export_context"):
        pgh.resume_context(exported)


def test_a_context_that_was_copied_outlives_its_block() -> None:
    with pgh.context(user=1):
        copied = contextvars.copy_context()
    assert said() is None
    assert copied.run(said) == {"user": 1}


def test_keys_grow() -> None:
    keys = [uuid7() for _ in range(5000)]
    assert keys == sorted(set(keys))
    assert {key.version for key in keys} == {7}
    assert {key.variant for key in keys} == {uuid.RFC_4122}
    moment = keys[0].int >> 80
    now = dt.datetime.now(dt.UTC).timestamp() * 1000
    assert abs(moment - now) < 60_000


def test_the_function_is_not_hidden_by_a_module() -> None:
    """A submodule takes its name in the package when it is imported."""
    code = (
        "import pkgutil, pghistory_ops\n"
        "modules = {module.name for module in pkgutil.iter_modules(pghistory_ops.__path__)}\n"
        "print(modules & set(pghistory_ops.__all__))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "set()"


@pytest.mark.parametrize("function", [pgh.context, pgh.add_context])
def test_metadata_has_names(function: Any) -> None:
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\) takes metadata by name, and 5"):
        function(5)


def test_a_decorator_has_parentheses() -> None:
    with pytest.raises(TypeError, match=r"@context\(\) above a function"):
        pgh.context(said)  # type: ignore[arg-type]


@pytest.mark.parametrize("ctx", ["zz", None, 5])
def test_a_group_is_of_a_context(ctx: Any) -> None:
    from pghistory_ops.models import Context

    with pytest.raises(ValueError, match=r"group\(\) takes a context or the key of one, not "):
        Context.objects.group(ctx)
