"""What is open for the current task or thread: as a block, an async block, and a decorator.

Blocks need not end in the reverse of their order: one that a generator has opened ends when the
generator does. So what is open is a chain of frames, each of which knows the one around it, and the
end of a block takes its own frame out of the chain, with those inside it. It never puts back what
was there when the block began.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import AsyncGeneratorType, CoroutineType, GeneratorType, TracebackType
from typing import Any, Generic, TypeVar

from pghistory_ops.contexts.generator_functions import GeneratorFunction

T = TypeVar("T")
V = TypeVar("V")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])


_running: ContextVar[Suspended[Any] | None] = ContextVar("pghistory_ops_running", default=None)


class Block:
    """What the frames of one block share.

    Attributes:
        generator: The generator inside which it has begun, if it was a decorated one.
        ended: Whether it has ended elsewhere than where it has begun, and so for all that know it.
    """

    __slots__ = ("ended", "generator")

    def __init__(self) -> None:
        self.generator = _running.get()
        self.ended = False


@dataclass(frozen=True, slots=True, eq=False)
class Frame(Generic[V]):
    """What a block has opened, and what is open around it."""

    value: V
    block: Block
    outer: Frame[V] | None


def innermost(variable: ContextVar[Frame[V] | None]) -> Frame[V] | None:
    """Return the innermost frame that is open."""
    found = frame = variable.get()
    while frame is not None and frame.block.ended:
        frame = frame.outer
    if frame is not found:
        variable.set(frame)
    return frame


class Suspended(Generic[V]):
    """What is open inside a generator, which is put in place while it runs."""

    def __init__(self, variable: ContextVar[Frame[V] | None], frame: Frame[V] | None) -> None:
        self._variable = variable
        self._frame = frame

    def run(self, step: Callable[[], R]) -> R:
        """Call ``step`` with what is open inside."""
        outside = self._enter()
        try:
            return step()
        finally:
            self._leave(*outside)

    async def wait(self, step: Callable[[], Awaitable[R]]) -> R:
        """Await what ``step`` returns with what is open inside."""
        outside = self._enter()
        try:
            return await step()
        finally:
            self._leave(*outside)

    def _enter(self) -> tuple[Frame[V] | None, Suspended[Any] | None]:
        outside = self._variable.get(), _running.get()
        self._variable.set(self._frame)
        _running.set(self)
        return outside

    def _leave(self, frame: Frame[V] | None, running: Suspended[Any] | None) -> None:
        self._frame = self._variable.get()
        self._variable.set(frame)
        _running.set(running)

    def going_on(self, started: Any) -> Any:
        """Return a coroutine or generator that runs ``started``, which is one, to its end."""
        if isinstance(started, AsyncGeneratorType):
            return self.adrive(started)
        if not inspect.isawaitable(started):
            return self.drive(started)
        coroutine: Any = self.wait(lambda: started)
        # What is never awaited is warned about by its name.
        names: Any = started
        coroutine.__name__, coroutine.__qualname__ = names.__name__, names.__qualname__
        return coroutine

    def drive(self, generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Run a generator (Python language reference, 6.2.9.1 "Generator-iterator methods")."""
        step = functools.partial(next, generator)
        while True:
            try:
                value = self.run(step)
            except StopIteration as end:
                return end.value
            try:
                sent = yield value
            except GeneratorExit:
                self.run(generator.close)
                raise
            except BaseException as error:
                step = functools.partial(generator.throw, error)
            else:
                step = functools.partial(generator.send, sent)

    async def adrive(self, generator: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
        """Run an asynchronous generator."""
        step: Callable[[], Awaitable[Any]] = generator.__anext__
        while True:
            try:
                value = await self.wait(step)
            except StopAsyncIteration:
                return
            try:
                sent = yield value
            except GeneratorExit:
                await self.wait(generator.aclose)
                raise
            except BaseException as error:
                step = functools.partial(generator.athrow, error)
            else:
                step = functools.partial(generator.asend, sent)


# What a function may return before it has done its work: a view's ``dispatch`` does.
_STILL_TO_RUN = (CoroutineType, GeneratorType, AsyncGeneratorType)


class Scope(ABC, Generic[T, V]):
    """A value of a context variable for the time of a block or of a call.

    Each task and each thread has its own (Python's ``contextvars``), and a decorated function a new
    one per call.
    """

    def __init__(self) -> None:
        self._open: tuple[Block, Token[Frame[V] | None]] | None = None

    @property
    @abstractmethod
    def _variable(self) -> ContextVar[Frame[V] | None]: ...

    @abstractmethod
    def _opened(self) -> tuple[V, T]:
        """Return the value of the frame, and what ``as`` gives."""

    @abstractmethod
    def _copy(self) -> Scope[T, V]:
        """Return a scope like this one that is not open."""

    def _frame(self) -> tuple[Frame[V], T]:
        value, given = self._opened()
        return Frame(value, Block(), innermost(self._variable)), given

    def __enter__(self) -> T:
        if self._open is not None:
            name = type(self).__name__
            raise RuntimeError(
                f"This {name}(…) is open already. Write {name}(…) anew for each block, or use it "
                "as a decorator, which does."
            )
        frame, given = self._frame()
        self._open = frame.block, self._variable.set(frame)
        return given

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._open is None:
            raise RuntimeError(f"This {type(self).__name__}(…) is not open.")
        (block, token), self._open = self._open, None
        own = found = self._variable.get()
        while own is not None and own.block is not block:
            own = own.outer
        try:
            # Only a token can tell whether this is where the block has begun.
            self._variable.reset(token)
        except ValueError:
            # What closes an abandoned generator may be another task or thread.
            block.ended = True
        if block.generator is not _running.get():
            block.ended = True
        self._variable.set(found if own is None else own.outer)
        if own is None and kind is None and not block.ended:
            name = type(self).__name__
            warnings.warn(
                f"The block around this {name}(…) ended before it, and so {name}(…) did not hold "
                f"until its own end. If it stands in a generator, decorate the function with "
                f"{name}(…) instead, which holds whenever the generator runs.",
                RuntimeWarning,
                stacklevel=2,
            )

    async def __aenter__(self) -> T:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def _suspended(self) -> Suspended[V]:
        return Suspended(self._variable, self._copy()._frame()[0])

    def __call__(self, function: F) -> F:
        if isinstance(function, type) or not callable(function):
            raise TypeError(
                f"{type(self).__name__}(…) decorates functions, not {function!r}. Decorate the "
                "methods, below @classmethod and @staticmethod."
            )
        wrapper: Any
        if inspect.isgeneratorfunction(function):
            wrapper = GeneratorFunction(
                function,
                lambda *args, **kwargs: self._suspended().drive(function(*args, **kwargs)),
            )
        elif inspect.isasyncgenfunction(function):
            wrapper = GeneratorFunction(
                function,
                lambda *args, **kwargs: self._suspended().adrive(function(*args, **kwargs)),
            )
        elif inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
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
                    result = function(*args, **kwargs)
                    if not isinstance(result, _STILL_TO_RUN):
                        return result
                    suspended = Suspended(self._variable, self._variable.get())
                return suspended.going_on(result)

        return wrapper  # type: ignore[no-any-return]
