"""Functions that are called at once and return a generator, and are known as what they decorate."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import CodeType, MethodType
from typing import Any


class GeneratorFunction:
    """A function in front of a generator function.

    A generator function itself does nothing when it is called, and so cannot see what is open then;
    another one is not recognised by whatever asks (``inspect.isgeneratorfunction``, and with it
    pytest's fixtures and the dependencies of web frameworks). ``inspect`` takes what has a
    function's attributes for a function.

    Args:
        function: The generator function, or asynchronous one.
        call: What is done in its place.
    """

    __code__: CodeType
    __qualname__: str

    def __init__(self, function: Callable[..., Any], call: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._call = call
        while isinstance(function, functools.partial):
            function = function.func
        for name in ("__name__", "__qualname__", "__code__", "__defaults__", "__kwdefaults__"):
            setattr(self, name, getattr(function, name))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<function {self.__qualname__} at {id(self):#x}>"

    def __reduce__(self) -> str:
        return self.__qualname__
