"""Apps, models and declarations as a random walk knows them, and their text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True)
class Kind:
    """A class of fields with its arguments, and two SQL values.

    The first value is one that only this kind takes; the second one fits every kind that a column
    can be altered to.
    """

    text: str
    values: tuple[str, str] = ("NULL", "NULL")
    into: tuple[str, ...] = ()


KINDS = {
    "char": Kind(
        "CharField(max_length=20, default='')",
        ("repeat('c', 20)", "'b'"),
        ("long", "text", "blank"),
    ),
    "long": Kind(
        "CharField(max_length=80, default='')", ("repeat('l', 80)", "'b'"), ("char", "text")
    ),
    "blank": Kind("CharField(max_length=20, null=True)", ("NULL", "'b'"), ("char", "long")),
    "text": Kind("TextField(default='')", ("repeat('t', 300)", "'b'"), ("long",)),
    "int": Kind("IntegerField(default=0)", ("2147483646", "3"), ("big", "decimal", "text")),
    "big": Kind("BigIntegerField(default=0)", ("9000000000", "3"), ("int", "exact")),
    "decimal": Kind(
        "DecimalField(max_digits=6, decimal_places=2, default=0)", ("1234.56", "3"), ("exact",)
    ),
    "exact": Kind(
        "DecimalField(max_digits=12, decimal_places=4, default=0)",
        ("12345678.1234", "3"),
        ("decimal", "big"),
    ),
    "bool": Kind("BooleanField(default=False)", ("true", "false")),
    "date": Kind("DateField(null=True)", ("'2020-02-29'", "'2021-01-01'"), ("moment",)),
    "moment": Kind(
        "DateTimeField(null=True)", ("'2020-02-29 12:30Z'", "'2021-01-01 00:00Z'"), ("date",)
    ),
    "code": Kind(
        "CharField(max_length=40, null=True, unique=True)",
        ("md5(random()::text)", "md5(random()::text)"),
    ),
    "json": Kind("JSONField(default=dict)", ("""'{"a": [1, null]}'""", "'[]'")),
}
NUMBERS = ("int", "big", "decimal", "exact")
RELATIONS = {
    "fk": "ForeignKey({to}, models.SET_NULL, null=True, related_name='+')",
    "o2o": "OneToOneField({to}, models.SET_NULL, null=True, related_name='+')",
    "key": "ForeignKey({to}, models.SET_NULL, null=True, related_name='+', to_field={by!r})",
    "m2m": "ManyToManyField({to}, related_name='+')",
}
GENERATED = (
    "GeneratedField(expression=models.F({of!r}) + 1, "
    "output_field=models.BigIntegerField(), db_persist=True)"
)
CONTEXTS = {
    "default": "",
    "none": "context_field=None",
    "json": "context_field=pgh.ContextJSONField()",
    "json_and_id": (
        "context_field=pgh.ContextJSONField(), context_id_field=pgh.ContextUUIDField()"
    ),
}


@dataclass(eq=False)
class Column:
    """A field of a model; whatever names it holds this object, so that a rename is one change."""

    name: str
    kind: str
    to: Model | None = None
    of: Column | None = None  # what it is computed from, or orders the rows by
    by: Column | None = None  # the field that a foreign key refers to, if it is not the key
    was: str | None = None  # its name before this step of the walk

    @property
    def column(self) -> str:
        return self._column(self.name)

    @property
    def former(self) -> str:
        """The column before this step of the walk."""
        return self._column(self.was or self.name)

    def _column(self, name: str) -> str:
        return f"{name}_id" if self.kind in ("fk", "o2o", "key") else name

    @property
    def concrete(self) -> bool:
        return self.kind != "m2m"

    @property
    def takes_null(self) -> bool:
        return self.kind in KINDS and "null=True" in KINDS[self.kind].text

    def text(self, model: Model) -> str:
        if self.of is not None:
            return GENERATED.format(of=self.of.name)
        if self.to is not None:
            to = "self" if self.to is model else self.to.label
            return RELATIONS[self.kind].format(to=repr(to), by=self.by and self.by.name)
        return KINDS[self.kind].text


@dataclass(eq=False)
class Model:
    app: str
    name: str
    columns: list[Column]
    key: str | None = None
    table: str | None = None
    was: str | None = None
    fields_were: list[tuple[str, str]] | None = None

    def fields(self) -> list[tuple[str, str]]:
        return [("id", self.key or ""), *((item.name, item.kind) for item in self.columns)]

    @property
    def label(self) -> str:
        return f"{self.app}.{self.name}"

    @property
    def db_table(self) -> str:
        return self.table or f"{self.app}_{self.name.lower()}"

    def concrete(self) -> list[Column]:
        return [column for column in self.columns if column.concrete]

    def text(self) -> str:
        lines = [f"class {self.name}(models.Model):"]
        if self.key:
            lines.append(f"    id = models.{self.key}(primary_key=True)")
        options = [f"        db_table = {self.table!r}"] if self.table else []
        for item in self.columns:
            if item.kind == "order":
                assert item.of is not None
                options.append(f"        order_with_respect_to = {item.of.name!r}")
            else:
                lines.append(f"    {item.name} = models.{item.text(self)}")
        if options:
            lines += ["", "    class Meta:", *options]
        if len(lines) == 1:
            lines.append("    pass")
        return "\n".join(lines)


@dataclass(eq=False)
class Condition:
    form: str
    column: Column | None = None

    def text(self) -> str:
        name = self.column.name if self.column else ""
        return {
            "old_gt": f"pgh.Q(old__{name}__gt=9)",
            "new_gt": f"pgh.Q(new__{name}__gt=9)",
            "differs": f"pgh.Q(old__{name}__df=pgh.F('new__{name}'))",
            "any": f"pgh.AnyChange({name!r})",
            "none": f"pgh.AnyDontChange({name!r})",
            "exclude": f"pgh.AnyChange(exclude=[{name!r}])",
            "row": "pgh.AnyChange()",
        }[self.form]


@dataclass(eq=False)
class Tracker:
    kind: str
    label: str
    level: str | None = None
    condition: Condition | None = None

    def text(self) -> str:
        parts = [repr(self.label)]
        if self.level:
            parts.append(f"level=pgh.{self.level}")
        if self.condition:
            parts.append(f"condition={self.condition.text()}")
        return f"pgh.{self.kind}({', '.join(parts)})"


@dataclass(eq=False)
class History:
    """A declaration: the event model ``name`` of the app ``app``."""

    app: str
    name: str
    model: Model
    link: Column | None  # the many-to-many field whose table is tracked
    trackers: list[Tracker]
    fields: list[Column] | None = None
    exclude: list[Column] = field(default_factory=list)
    append_only: bool = False
    context: str = "default"
    reference: bool = True
    declared: bool = True
    gone: bool = False  # whether its model is
    was: str | None = None  # its name before this step of the walk, if it was declared

    @property
    def label(self) -> str:
        return f"{self.app}.{self.name}"

    @property
    def db_table(self) -> str:
        return f"{self.app}_{self.name.lower()}"

    @property
    def decorates(self) -> bool:
        return self.link is None and self.app == self.model.app

    @property
    def subject(self) -> str:
        return f"{self.model.label}_{self.link.name}" if self.link else self.model.label

    def reads(self) -> Iterator[tuple[Tracker, Column]]:
        for tracker in self.trackers:
            if tracker.condition and tracker.condition.column:
                yield tracker, tracker.condition.column

    def text(self) -> str:
        parts = [tracker.text() for tracker in self.trackers]
        parts.append(f"model_name={self.name!r}")
        if self.app != self.model.app or self.link is not None:
            parts.append(f"app_label={self.app!r}")
        if self.fields is not None:
            parts.append(f"fields={[column.name for column in self.fields]}")
        if self.exclude:
            parts.append(f"exclude={[column.name for column in self.exclude]}")
        if self.append_only:
            parts.append("append_only=True")
        if CONTEXTS[self.context]:
            parts.append(CONTEXTS[self.context])
        if not self.reference:
            parts.append("obj_field=None")
        call = f"pgh.track({', '.join(parts)})"
        return f"@{call}" if self.decorates else f"{call}({self.subject!r})"


APPS = ("shop", "people", "audit")


@dataclass(eq=False)
class World:
    models: list[Model] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    removed: list[tuple[Model, Column]] = field(default_factory=list)
    removed_now: list[Column] = field(default_factory=list)
    # Of each history, what its events had in the column of a field, after the last step.
    recorded: dict[History, dict[Column, tuple[str, dict[int, str]]]] = field(default_factory=dict)
    referred: list[Model] = field(default_factory=list)  # from another app, once
    unrelated: list[Model] = field(default_factory=list)  # of these, what is so no more
    renamed: list[Model] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    # What becomes of histories whose declaration or model is gone, by label.
    answers: dict[str, str] = field(default_factory=dict)
    relations_were: list[Column] = field(default_factory=list)

    def fresh(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers)}"

    def begin(self) -> None:
        """Begin a step: what things are called now is what they were called before."""
        # What was kept without a declaration is asked about again.
        self.answers = {key: text for key, text in self.answers.items() if text == "keep"}
        for model in self.models:
            model.was, model.fields_were = model.name, model.fields()
            for column in model.columns:
                column.was = column.name
        self.relations_were = self.relations()
        self.removed_now = []
        for history in self.histories:
            history.was = history.name

    def end(self) -> None:
        """End a step.

        Django takes a renamed model whose fields are others for another model, and does not order
        a rename and new references to the model across apps.
        """
        related = self.relations() != self.relations_were
        for model in self.models:
            if model.was and (related or model.fields() != model.fields_were):
                model.name = model.was

    def retype(self, column: Column, kind: str) -> None:
        """Give a column another type; conditions that compare numbers go where it is none."""
        column.kind = kind
        if kind not in NUMBERS:
            for history in self.histories:
                for tracker, read in history.reads():
                    if read is column and tracker.condition and "gt" in tracker.condition.form:
                        tracker.condition = None

    def renamed_for(self, model: Model) -> list[Model]:
        """Return the renamed models of other apps: references to them are not removed.

        Django puts the rename of a model and the end of a reference to it into no order across
        apps, whichever of the two came first, so that going back fails.
        """
        return [item for item in self.renamed if item.app != model.app]

    def note_unrelated(self, model: Model, columns: list[Column]) -> None:
        """Note that references end: what they referred to keeps its name."""
        self.unrelated += [item.to for item in columns if item.to and item.to.app != model.app]

    def relations(self) -> list[Column]:
        return [item for model in self.models for item in model.columns if item.to is not None]

    def text(self, app: str) -> str:
        parts = []
        for model in self.models:
            if model.app == app:
                decorators = [
                    item.text()
                    for item in self.histories
                    if item.model is model and item.decorates and item.declared
                ]
                parts.append("\n".join([*decorators, model.text()]))
        calls = [h for h in self.histories if h.app == app and not h.decorates and h.declared]
        return "\n\n\n".join(parts) + "\n\n\n" + "\n".join(h.text() for h in calls) + "\n"

    def renames(self) -> set[tuple[str, str, str]]:
        """Return the fields that this step renamed: the model, the old and the new name."""
        return {
            (model.name.lower(), column.was, column.name)
            for model in self.models
            for column in model.columns
            if column.was and column.was != column.name
        }
