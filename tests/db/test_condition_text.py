"""The text of a ``Condition`` means what it says, comments, constants and line breaks included."""

from __future__ import annotations

import pytest

from db.shop import events, execute, make_shop
from projects import Project

pytestmark = pytest.mark.django_db

LEVELS = ["Row", "Statement"]
# Texts of conditions, and the rows (name, size) that they select.
ROWS = {
    "plain": ("y", 200),
    "small": ("y", 1),
    "q": ("q", 200),
    "two lines": ("one\ntwo", 200),
    "indented": ("one\n        two", 200),
    "apostrophe": ("it's", 200),
    "backslash": ("a\\\nb", 200),
    "one": ("one", 200),
}
TEXTS: dict[str, tuple[str, set[str]]] = {
    "an apostrophe in a line comment": (
        "NEW.name <> 'x' -- don't\n AND NEW.size > 100 AND NEW.name <> 'q'",
        {"plain", "two lines", "indented", "apostrophe", "backslash", "one"},
    ),
    "an apostrophe in a block comment": (
        "NEW.name = 'one' /* it's */ AND NEW.size > 100 /* isn't\n it */",
        {"one"},
    ),
    "a comment at the end": ("NEW.name = 'q' -- that's it", {"q"}),
    "a comment at the end of a line": ("NEW.name = 'q' -- that's it\n", {"q"}),
    "a dollar-quoted constant over lines": ("NEW.name = $$one\ntwo$$", {"two lines"}),
    "a tagged constant with an apostrophe": (
        "NEW.name = $a$it's$a$\n AND NEW.name <> 'q'",
        {"apostrophe"},
    ),
    "a constant over lines": ("NEW.name = 'one\ntwo'", {"two lines"}),
    "a constant in two parts": ("NEW.name = 'one\n'\n'two'", {"two lines"}),
    "an escape constant over lines": ("NEW.name = E'one\ntwo'", {"two lines"}),
    "an escaped backslash at the end of a line": ("NEW.name = E'a\\\\\nb'", {"backslash"}),
    "a backslash at the end of a line": ("NEW.name = 'a\\\nb'", {"backslash"}),
    "indented lines": ("""
        NEW.name = 'one
        two'
        """, {"indented"}),
    "an identifier that looks like a comment": ("NEW.\"name\" = 'q' AND '--' <> '/*'", {"q"}),
    "two comments, one in the other": ("NEW.name /* a /* b' */ c */ = 'q'", {"q"}),
    "an escaped apostrophe": ("NEW.name = 'it''s' AND NEW.name = E'it\\'s'", {"apostrophe"}),
    "a subselect in its own words": ("NEW.name = 'q' -- SELECT", {"q"}),
    "parentheses in comments": ("NEW.name = 'q' /* ) */ OR NEW.name = 'one' -- (", {"q", "one"}),
}  # fmt: skip


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("negated", [False, True], ids=["", "not"])
def test_it_selects_what_it_says(project: Project, level: str, negated: bool) -> None:
    trackers = [
        f"pgh.DatabaseTracker({label!r}, operation=pgh.Insert, level=pgh.{level}, "
        f"condition={'~' if negated else ''}pgh.Condition({text!r}))"
        for label, (text, _) in TEXTS.items()
    ]
    make_shop(project, *trackers)
    for number, row in enumerate(ROWS.values()):
        execute("INSERT INTO shop_thing VALUES (%s, %s, %s)", [number, *row])
    names = list(ROWS)
    found: dict[str, set[str]] = {label: set() for label in TEXTS}
    for label, number in events("pgh_label, id"):
        found[label].add(names[number])
    assert found == {
        label: set(ROWS) - selected if negated else selected
        for label, (_, selected) in TEXTS.items()
    }


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("joined", ["pgh.Q(new__size=200) & {}", "{} & pgh.Q(new__size=200)"])
def test_it_is_joined_to_others(project: Project, level: str, joined: str) -> None:
    trackers = [
        f"pgh.DatabaseTracker({label!r}, operation=pgh.Insert, level=pgh.{level}, "
        f"condition={joined.format(f'pgh.Condition({text!r})')})"
        for label, (text, _) in TEXTS.items()
    ]
    make_shop(project, *trackers)
    for number, row in enumerate(ROWS.values()):
        execute("INSERT INTO shop_thing VALUES (%s, %s, %s)", [number, *row])
    names = list(ROWS)
    found = {(label, names[number]) for label, number in events("pgh_label, id")}
    assert found == {(label, row) for label, (_, rows) in TEXTS.items() for row in rows}


NONSENSE = {
    "NEW.size = = 1": r"operator does not exist: = integer|syntax error",
    "NEW.size": "argument of AND must be type boolean, not type integer",
    "nothing(NEW.size)": "function nothing.integer. does not exist",
    "NEW.size = 'a'": 'invalid input syntax for type integer: "a"',
    "NEW.size = 1)": "syntax error",
    "count(NEW.size) > 1": "aggregate functions are not allowed in WHERE",
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("text", "said"), NONSENSE.items())
def test_what_postgresql_cannot_read_is_refused(
    project: Project, level: str, text: str, said: str
) -> None:
    tracker = f"pgh.AfterUpdate('x', level=pgh.{level}, condition=pgh.Condition({text!r}))"
    with pytest.raises(
        ValueError,
        match=f"The condition of the tracker 'x' of shop.ThingEvent does not work: .*{said}",
    ):
        make_shop(project, tracker)


def test_a_subquery_at_statement_level(project: Project) -> None:
    text = "NEW.size IN (SELECT size FROM public.limits)"
    execute("CREATE TABLE limits (size int); INSERT INTO limits VALUES (2)")
    tracker = f"pgh.AfterUpdate(level=pgh.Statement, condition=pgh.Condition({text!r}))"
    make_shop(project, tracker)
    execute("INSERT INTO shop_thing VALUES (1, 'a', 1), (2, 'b', 2)")
    execute("UPDATE shop_thing SET name = 'c'")
    assert events("size") == [2]
