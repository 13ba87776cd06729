"""Event models as Python source: the explicit classes that ``inspectevents`` prints."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.migrations.writer import MigrationWriter

from pghistory_ops import fields as event_fields
from pghistory_ops.registry.event_base import Event
from pghistory_ops.sql.quoting import indent

WIDTH = 88  # the default of the formatters
LONG = 60  # what is longer and can be broken is broken

# What the database does by itself, or does not do for an event, is left out.
_LEFT_OUT = (
    "auto_created",
    "db_comment",
    "db_constraint",
    "db_default",
    "db_index",
    "db_tablespace",
    "on_delete",
    "serialize",
    "to",
)
# A subclass of a project's own may have other values.
_KEYS = (models.ForeignKey, event_fields.OneWayForeignKey)

# The type of a field's values, and the module that has it.
_VALUES: dict[type[Any], tuple[str, str]] = {
    models.BigAutoField: ("", "int"),
    models.BigIntegerField: ("", "int"),
    models.BinaryField: ("", "bytes | memoryview"),
    models.BooleanField: ("", "bool"),
    models.CharField: ("", "str"),
    models.DateField: ("datetime", "date"),
    models.DateTimeField: ("datetime", "datetime"),
    models.DecimalField: ("decimal", "Decimal"),
    models.DurationField: ("datetime", "timedelta"),
    models.EmailField: ("", "str"),
    models.FilePathField: ("", "str"),
    models.FloatField: ("", "float"),
    models.GenericIPAddressField: ("", "str"),
    models.IntegerField: ("", "int"),
    models.JSONField: ("typing", "Any"),
    models.PositiveBigIntegerField: ("", "int"),
    models.PositiveIntegerField: ("", "int"),
    models.PositiveSmallIntegerField: ("", "int"),
    models.SlugField: ("", "str"),
    models.SmallIntegerField: ("", "int"),
    models.TextField: ("", "str"),
    models.TimeField: ("datetime", "time"),
    models.URLField: ("", "str"),
    models.UUIDField: ("uuid", "UUID"),
}
_META = ("ordering", "get_latest_by", "verbose_name", "verbose_name_plural")


class Module:
    """The source of a module with the explicit classes of an app's event models.

    Args:
        app_label: The label of the app.
        classes: The classes that the registry makes of the event models.
    """

    def __init__(self, app_label: str, classes: Iterable[type[models.Model]]) -> None:
        self.name = f"{apps.get_app_config(app_label).name}.models"
        found: list[Any] = list(classes)
        # A field of the same name would hide them in the body of its class.
        fields = {field.name for model in found for field in model._meta.get_fields()}
        self._models = _free("models", fields)
        self._pgh = _free("pgh", fields)
        self._datetime = _free("dt", fields)
        self._lines: set[str] = set()
        self._names: dict[str, str] = {}
        self._imported: dict[str, set[str]] = {}
        self._checked: dict[str, set[str]] = {}
        for name in (*(model.__name__ for model in found), *self._live_names(app_label)):
            self._names[name] = self.name
        self._bodies = ["\n".join(self._class(model)) for model in found]

    def _live_names(self, app_label: str) -> Iterator[str]:
        for model in apps.get_app_config(app_label).get_models():
            if model.__module__ == self.name:
                yield model.__name__

    def __str__(self) -> str:
        imported = {module: set(names) for module, names in self._imported.items()}
        name = "models" if self._models == "models" else f"models as {self._models}"
        imported.setdefault("django.db", set()).add(name)
        if self._checked:
            imported.setdefault("typing", set()).add("TYPE_CHECKING")
        lines = self._lines | {f"import pghistory_ops as {self._pgh}"}
        parts = ["from __future__ import annotations", *self._sections(lines, imported)]
        if self._checked:
            sections = "\n\n".join(self._sections(set(), self._checked))
            parts.append(f"if TYPE_CHECKING:\n{indent(sections, '    ')}")
        return "\n\n\n".join(["\n\n".join(parts), *self._bodies]) + "\n"

    def _sections(self, lines: set[str], names: Mapping[str, set[str]]) -> Iterator[str]:
        """Yield the imports as isort would arrange them: Python's, others', the project's own."""
        own = self.name.partition(".")[0]

        def section(module: str) -> int:
            package = module.partition(".")[0]
            return 0 if package in sys.stdlib_module_names else 2 if package == own else 1

        for place in range(3):
            found = [
                *sorted(line for line in lines if section(line.split()[1]) == place),
                *(
                    f"from {module} import {line}"
                    for module in sorted(names)
                    if section(module) == place
                    for line in _members(names[module])
                ),
            ]
            if found:
                yield "\n".join(found)

    def _class(self, model: Any) -> Iterator[str]:
        options = model._meta
        # Those that the migrations give it; the registry's own takes the place of EventBase.
        mixins = [base for base in model.__bases__ if base.__module__ != Event.__module__]
        bases = [*(self._name(base.__module__, base.__name__) for base in mixins), "EventBase"]
        bases[-1] = f"{self._pgh}.EventBase"
        yield f"class {options.object_name}({', '.join(bases)}):"
        inherited = {
            field.name
            for base in mixins
            for field in getattr(getattr(base, "_meta", None), "local_fields", ())
        }
        for field in options.local_concrete_fields:
            if field.name not in inherited:
                yield from self._field(field)
        yield ""
        yield "    class Meta:"
        yield "        managed = False"
        yield f"        db_table = {_quoted(options.db_table)}"
        for name in _META:
            if name in options.original_attrs:
                value = options.original_attrs[name]
                text = self._value(tuple(value) if isinstance(value, list) else value)
                yield indent(f"{name} = {text}", " " * 8)

    def _field(self, field: Any) -> Iterator[str]:
        call, arguments = self._call(field)
        hint = self._hint(field, call)
        yield from _assignment(field.name, hint, call, arguments)
        if type(field) in _KEYS:
            target: Any = field
            while target.remote_field is not None:
                target = target.target_field
            kind = models.BigAutoField if isinstance(target, models.AutoField) else type(target)
            if kind in _VALUES:
                yield f"    {field.attname}: {self._values(kind, null=field.null)}"

    def _hint(self, field: Any, call: str) -> str | None:
        """Return the type of a field; None where its class does not say that of its values."""
        if type(field) in _KEYS:
            value = self._target(field.remote_field.model) + (" | None" if field.null else "")
        elif type(field) in _VALUES:
            value = self._values(type(field), null=field.null)
        elif type(field) is ArrayField:
            value = self._list(field) + (" | None" if field.null else "")
        else:
            return None
        return f"{call}[{value}, {value}]"

    def _list(self, field: Any) -> str:
        base = field.base_field
        if type(base) is ArrayField:
            item = self._list(base)
        elif type(base) in _VALUES:
            item = self._values(type(base), null=base.null)
        else:
            item = self._name("typing", "Any")
        return f"list[{item}]"

    def _values(self, kind: type[Any], *, null: bool) -> str:
        module, name = _VALUES[kind]
        text = name
        if module == "datetime":
            text = f"{self._datetime}.{name}"
            self._lines.add(f"import datetime as {self._datetime}")
        elif module:
            text = self._name(module, name)
        return f"{text} | None" if null and name != "Any" else text

    def _target(self, model: Any) -> str:
        if model._meta.auto_created:
            return f"{self._models}.Model"  # no module has it
        app_label = model._meta.app_label
        return self._name(model.__module__, model.__name__, checked=True, prefix=app_label)

    def _name(self, module: str, name: str, *, checked: bool = False, prefix: str = "other") -> str:
        """Return the name by which the module knows an object of another one; it is imported."""
        if module == self.name:
            return name
        known = name
        if self._names.get(known, module) != module:
            known = prefix.title().replace("_", "") + name
        self._names[known] = module
        if not (checked and known in self._imported.get(module, ())):
            imported = self._checked if checked else self._imported
            imported.setdefault(module, set()).add(name if known == name else f"{name} as {known}")
        return known

    def _call(self, field: Any) -> tuple[str, list[str]]:
        """Return the class of a field as source, and the arguments that make it."""
        _, path, args, kwargs = field.deconstruct()
        arguments = [self._value(value) for value in args]
        if field.remote_field is not None:
            arguments += [self._reference(field), f"{self._models}.DO_NOTHING"]
        for key, value in sorted(kwargs.items()):
            if key not in _LEFT_OUT:
                arguments.append(f"{key}={self._value(value)}")
        module, _, name = path.rpartition(".")
        if module == "django.db.models":
            return f"{self._models}.{name}", arguments
        return self._name(module, name), arguments

    def _reference(self, field: Any) -> str:
        if field.swappable_setting:
            return f"{self._name('django.conf', 'settings')}.{field.swappable_setting}"
        return _quoted(field.remote_field.model._meta.label)

    def _value(self, value: Any) -> str:
        """Return a value as formatters write it."""
        if isinstance(value, models.Field):
            call, arguments = self._call(value)
            return _enclosed(f"{call}(", arguments, ")")
        if type(value) is str:
            return _quoted(value)
        if type(value) is list:
            return _enclosed("[", [self._value(item) for item in value], "]")
        if type(value) is tuple:
            items = [self._value(item) for item in value]
            return _enclosed("(", items, ",)" if len(items) == 1 else ")")
        if type(value) is dict:
            pairs = [f"{self._value(key)}: {self._value(item)}" for key, item in value.items()]
            return _enclosed("{", pairs, "}")
        text, imports = MigrationWriter.serialize(value)
        self._lines |= imports - {"from django.db import models"}
        return str(text)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _place(name: str) -> tuple[int, str]:
    """Return the place of an imported name: constants, classes, then the others."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def _members(names: set[str]) -> Iterator[str]:
    """Yield what is imported by one line: the plain names together, each alias alone."""
    plain = [name for name in names if " as " not in name]
    if plain:
        yield ", ".join(sorted(plain, key=_place))
    yield from sorted(names.difference(plain))


def _quoted(text: str) -> str:
    """Return a string literal with the quotes that formatters prefer."""
    plain = repr(text)
    if plain.startswith('"') or '"' in text:
        return plain
    return '"' + plain[1:-1].replace("\\'", "'") + '"'


def _enclosed(opening: str, items: list[str], closing: str) -> str:
    """Return a sequence of items on one line, or each on its own."""
    whole = f"{opening}{', '.join(items)}{closing}"
    if not items or closing == ",)" or (len(whole) <= LONG and "\n" not in whole):
        return whole  # the comma of a single item does not keep formatters from joining the lines
    lines = (f"{indent(item, '    ')}," for item in items)
    return "\n".join([opening, *lines, closing])


def _assignment(name: str, hint: str | None, call: str, arguments: list[str]) -> Iterator[str]:
    """Yield the lines that give a class a field, as formatters leave them."""
    target = f"    {name}: {hint}" if hint else f"    {name}"
    whole = f"{call}({', '.join(arguments)})"
    if "\n" in whole:
        whole += " " * WIDTH  # it fits nowhere
    lines = [f"{indent(argument, ' ' * 8)}," for argument in arguments]
    if len(f"{target} = {whole}") <= WIDTH:
        yield f"{target} = {whole}"
    elif len(f"{target} = {call}(") <= WIDTH and lines:
        yield from (f"{target} = {call}(", *lines, "    )")
    elif len(f"{target} = (") <= WIDTH and len(f"        {whole}") <= WIDTH:
        yield from (f"{target} = (", f"        {whole}", "    )")
    elif len(f"{target} = (") <= WIDTH:
        yield from (f"{target} = (", f"        {call}(")
        yield from (indent(line, "    ") for line in lines)
        yield from ("        )", "    )")
    else:
        kind, _, values = (hint or "").removesuffix("]").partition("[")
        yield from (f"    {name}: {kind}[", f"        {values}")
        if len(f"    ] = {whole}") <= WIDTH:
            yield f"    ] = {whole}"
        else:
            yield from (f"    ] = {call}(", *lines, "    )")
