"""Which functions a query calls, as far as its text tells."""

from __future__ import annotations

from collections.abc import Sequence

from pghistory_ops import names
from pghistory_ops.contexts.harmless import FUNCTIONS, NEVER_FUNCTIONS
from pghistory_ops.sql.lexer import Token, identifier_of

# Words that name functions too, and what they stand behind where they are syntax.
_BEHIND = {
    "BERNOULLI": {"TABLESAMPLE"},
    "BY": {"GROUP", "ORDER", "PARTITION"},
    "FIRST": {"FETCH"},
    "JOIN": {"CROSS", "FULL", "INNER", "LEFT", "NATURAL", "OUTER", "RIGHT"},
    "SETS": {"GROUPING"},
    "SYSTEM": {"TABLESAMPLE"},
    "VARYING": {"BIT", "CHAR", "CHARACTER", "NCHAR"},
}
_BEHIND_OPERANDS = frozenset({"ILIKE", "JOIN", "LIKE", "OVER", "OVERLAPS", "REPEATABLE"})
_CONSTANTS = frozenset({"string", "dollar"})
_OPERANDS = frozenset({"quoted", "number", "list"}) | _CONSTANTS


def name_of(token: Token) -> str:
    """Return the identifier that a token is, as PostgreSQL stores it."""
    return names.cut(identifier_of(token) or "", names.MAX_BYTES)


def called(tokens: Sequence[Token]) -> frozenset[str] | None:
    """Return the functions that are called by a name of PostgreSQL's own and no schema.

    Returns:
        Their names: the project may have functions under them too. None if the query may call one
        that is not known to be harmless.
    """
    found = set()
    for place, token in enumerate(tokens[:-1]):
        if tokens[place + 1].text != "(" or token.kind not in ("word", "quoted"):
            continue
        name = name_of(token)
        # Behind a point, any word is a name.
        if place > 1 and tokens[place - 1].text == ".":
            if name_of(tokens[place - 2]) != "pg_catalog" or name not in FUNCTIONS:
                return None
        elif not _is_syntax(tokens, place):
            if name not in FUNCTIONS:
                return None
            found.add(name)
    return frozenset(found)


def _is_syntax(tokens: Sequence[Token], place: int) -> bool:
    """Whether the word in front of a parenthesis names no function.

    PostgreSQL has four categories of key words (manual, appendix C). Those that may name a function
    are syntax where the grammar has them, and only there.
    """
    word = tokens[place].word
    if word in NEVER_FUNCTIONS:
        return True
    if place == 0:
        return word == "COPY"
    before, further = tokens[place - 1], tokens[place - 2] if place > 1 else tokens[0]
    if before.word in _BEHIND.get(word, ()):
        return True
    if word in _BEHIND_OPERANDS:
        if before.word == "NOT":
            return place > 1 and _ends_operand(tokens, place - 2)
        return _ends_operand(tokens, place - 1)
    match word:
        case "CUBE" | "ROLLUP":
            return (further.word, before.word) == ("GROUP", "BY")
        case "MATERIALIZED":
            return before.word == "AS" or (further.word, before.word) == ("AS", "NOT")
        case "FILTER":
            return place + 2 < len(tokens) and tokens[place + 2].word == "WHERE"
        case "COLUMNS":
            return before.kind in _CONSTANTS or further.word == "AS"
        case "PASSING":
            return before.kind in _CONSTANTS
    return False


def _ends_operand(tokens: Sequence[Token], place: int) -> bool:
    """Whether no expression can begin behind a token."""
    token = tokens[place]
    if token.text == ")":
        return _ends_operand_in_parentheses(tokens, place)
    if token.text == "]" or token.kind in _OPERANDS:
        return True
    before = tokens[place - 1] if place else token
    is_name = before.text == "." or before.word in ("AS", "FROM", "JOIN")
    return token.kind == "word" and is_name and token.word not in NEVER_FUNCTIONS


def _ends_operand_in_parentheses(tokens: Sequence[Token], place: int) -> bool:
    depth = 0
    while place >= 0:
        depth += (tokens[place].text == ")") - (tokens[place].text == "(")
        if not depth:
            break
        place -= 1
    before = [token.word for token in tokens[max(place - 2, 0) : max(place, 0)]]
    return before[-1:] != ["OPERATOR"] and before != ["DISTINCT", "ON"]
