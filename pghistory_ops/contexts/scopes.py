"""What is open for the current task or thread: as a block, an async block, and a decorator."""

from __future__ import annotations

import functools
import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Generic, TypeVar

T = TypeVar("T")
V = TypeVar("V")
F = TypeVar("F", bound=Callable[..., Any])


class Scope(ABC, Generic[T, V]):
    """A value of a context variable for the time of a block or of a call.

    Each task and each thread has its own (Python's ``contextvars``), and a decorated function a new
    one per call.
    """

    def __init__(self) -> None:
        self._token: Token[V] | None = None

    @property
    @abstractmethod
    def _variable(self) -> ContextVar[V]: ...

    @abstractmethod
    def _opened(self) -> tuple[V, T]:
        """Return the value of the variable, and what ``as`` gives."""

    @abstractmethod
    def _copy(self) -> Scope[T, V]:
        """Return a scope like this one that is not open."""

    def __enter__(self) -> T:
        if self._token is not None:
            name = type(self).__name__
            raise RuntimeError(
                f"This {name}(…) is open already. Write {name}(…) anew for each block, or use it "
                "as a decorator, which does."
            )
        value, given = self._opened()
        self._token = self._variable.set(value)
        return given

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        token, self._token = self._token, None
        if token is None:
            raise RuntimeError(f"This {type(self).__name__}(…) is not open.")
        self._variable.reset(token)

    async def __aenter__(self) -> T:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: F) -> F:
        name = type(self).__name__
        if isinstance(function, type) or not callable(function):
            raise TypeError(
                f"{name}(…) decorates functions, not {function!r}. Decorate the methods, below "
                "@classmethod and @staticmethod."
            )
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{name}(…) cannot decorate the generator function {function.__qualname__}: what "
                "it does between two values would be the caller's. Write a with block inside it."
            )
        wrapper: Any
        if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004
        ):

            @functools.wraps(function)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self._copy():
                    return await function(*args, **kwargs)
        else:

            @functools.wraps(function)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                with self._copy():
                    return function(*args, **kwargs)

        return wrapper  # type: ignore[no-any-return]
