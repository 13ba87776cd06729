"""The tokens of an SQL text (PostgreSQL manual, 4.1 "Lexical Structure")."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple


class Token(NamedTuple):
    """A token.

    Attributes:
        kind: ``"space"``, ``"comment"``, ``"string"``, ``"dollar"`` (a dollar-quoted string),
            ``"quoted"`` (an identifier), ``"word"``, ``"list"`` (see ``tokens``), ``"number"``,
            ``"other"`` (one character), or ``"open"`` for the rest of a text that ends within a
            token.
        text: It, as it is written.
        start: Where it starts.
        word: It in upper case, if it is a word, and otherwise empty.
    """

    kind: str
    text: str
    start: int
    word: str


# Quantifiers are possessive, so that no text takes more than one pass.
_TOKEN = r"""
      (?P<space> \s++ )
    | (?P<comment> --[^\r\n]*+ | /\* )
    | (?P<string> [eE] ' [^'\\]*+ (?: (?: \\. | '' ) [^'\\]*+ )*+ '
                | (?: [bBnNxX] | [uU]& )? ' [^']*+ (?: '' [^']*+ )*+ ' )
    | (?P<quoted> (?: [uU]& )? " [^"]*+ (?: "" [^"]*+ )*+ " )
    | (?P<dollar> \$ (?P<tag> (?: [^\W\d] \w*+ )? ) \$ .*? \$ (?P=tag) \$ )
    | (?P<open> (?: [eE] ' | ['"] ) .* )
    | (?P<word> [^\W\d] [\w$]*+ )
    {list}
    | (?P<number> \$? \d [\w.]*+ )
    | (?P<other> . )
"""
_LIST = r"""
    | (?P<list> % (?: \( [^)]*+ \) )? [sbt] (?: :: \w++ )? (?: \s*+ , \s*+ %s (?: :: \w++ )? )*+
        | (?: , \s*+ \( %s (?: \s*+ , \s*+ %s )*+ \) )++
        | \d [\w.]*+ (?: \s*+ , \s*+ \d [\w.]*+ )++ )
"""
# A backslash with what it escapes, or a line break, escaped or not.
_BREAK = re.compile(r"(\\[^\n])|\\?\n")
_COMMENT = re.compile(r"/\*|\*/")


@functools.cache
def _pattern(*, query: bool) -> re.Pattern[str]:
    """Return the pattern of a token; every process imports it, and few read SQL."""
    return re.compile(_TOKEN.replace("{list}", _LIST if query else ""), re.VERBOSE | re.DOTALL)


def tokens(sql: str, *, query: bool = False) -> Iterator[Token]:
    """Yield the tokens of ``sql``; joined, they are the text.

    Args:
        sql: A text of any length.
        query: Whether it is a query of psycopg. Its placeholders, and the numbers of a list, are
            one token with the commas between them, however many they are.
    """
    match_at = _pattern(query=query).match
    position = 0
    while match := match_at(sql, position):
        kind, text = str(match.lastgroup), match[0]
        if kind == "tag":
            kind = "dollar"
        if text == "/*":
            end = _end_of_comment(sql, position)
            kind, text = ("comment", sql[position:end]) if end else ("open", sql[position:])
        yield Token(kind, text, position, text.upper() if kind == "word" else "")
        position += len(text)


def _end_of_comment(sql: str, start: int) -> int | None:
    """Return where a block comment ends; they nest."""
    depth = 0
    for match in _COMMENT.finditer(sql, start):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    return None


def identifier_of(token: Token) -> str | None:
    """Return the name that an identifier stands for, or None for another token."""
    if token.kind == "quoted":
        return token.text[token.text.index('"') + 1 : -1].replace('""', '"')
    return token.text.lower() if token.kind == "word" else None


def constants_on_one_line(sql: str) -> str:
    """Return ``sql`` with no line break inside a constant or an identifier.

    The lines of the result can be indented without a change of what it says.
    """
    return "".join(
        _on_one_line(token) if "\n" in token.text else token.text for token in tokens(sql)
    )


def _on_one_line(token: Token) -> str:
    kind, text = token.kind, token.text
    if kind == "string" and text[0] in "eE":
        return _BREAK.sub(lambda match: match[1] or "\\n", text)
    if kind in ("string", "quoted") and text[0] in "uU":
        return text.replace("\n", "\\000A")
    if kind == "string" and text[0] in "'nN":
        return _escape_string(text[text.index("'") + 1 : -1])
    if kind == "dollar":
        tag = text.index("$", 1) + 1
        return _escape_string(text[tag:-tag].replace("'", "''"))
    if kind == "quoted":
        return "U&" + text.replace("\\", "\\\\").replace("\n", "\\000A")
    return text


def _escape_string(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("\n", "\\n") + "'"
