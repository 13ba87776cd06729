"""What a statement does, as far as its text tells: whether it may write, and so needs a context.

Comments, constants and quoted names are skipped as PostgreSQL does (manual, 4.1 "Lexical
Structure"). What is not known to be harmless may write: a context too many costs a setting, one too
few an event without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise

from pghistory_ops.contexts.calls import called, name_of
from pghistory_ops.contexts.harmless import FUNCTIONS
from pghistory_ops.sql.lexer import Token
from pghistory_ops.sql.lexer import tokens as tokens_of


class Kind(Enum):
    """How the context and a statement go together."""

    READ = "reads, or does nothing that a trigger could see"
    WRITE = "may write"
    ALONE = "refuses to run in a transaction"
    CALL = "calls a procedure, which may commit"
    MAY_COMMIT = "may write, and commit where it begins its own transaction"
    BEGIN = "begins a transaction"
    END = "ends a transaction"
    SAVEPOINT = "sets a savepoint"
    RELEASE = "forgets a savepoint"
    ROLLBACK_TO = "goes back to a savepoint"


_CONTROL = frozenset({Kind.BEGIN, Kind.END, Kind.SAVEPOINT, Kind.RELEASE, Kind.ROLLBACK_TO})


@dataclass(frozen=True)
class Statement:
    """One statement of a text.

    Attributes:
        start, end: Where it is in the text, without the semicolon.
        savepoint: The name of the savepoint that it is about.
        procedure: The schema, if written, and the name of the procedure that it calls.
        changes_settings: Whether it may change the settings that the context is in.
        functions: The functions that it calls by a name of PostgreSQL's own and no schema. If the
            database has others of the name, it may write.
        defines_namesake: Whether it may make a function of such a name.
    """

    kind: Kind
    start: int = 0
    end: int = 0
    savepoint: str = ""
    procedure: tuple[str | None, str] = (None, "")
    changes_settings: bool = False
    functions: frozenset[str] = frozenset()
    defines_namesake: bool = False

    @property
    def is_control(self) -> bool:
        """Whether what is known of the transaction is another thing after it."""
        return self.changes_settings or self.kind in _CONTROL


_FIRST_WORD = re.compile(r"[\s(]*+([A-Za-z]++)")

_CACHED_LENGTH = 4096
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_QUERIES = frozenset({"SELECT", "VALUES", "TABLE", "WITH"})
_HARMLESS = frozenset(
    {"SHOW", "LISTEN", "UNLISTEN", "NOTIFY", "DEALLOCATE", "CLOSE", "LOCK", "CHECKPOINT"}
)
_SETTING = frozenset({"SET", "RESET", "DISCARD"})
_CONSTANTS = ("string", "dollar")
_NOT_IN_TRANSACTIONS = frozenset({"DATABASE", "TABLESPACE", "SUBSCRIPTION", "SYSTEM"})
_COMMITS = frozenset({"COMMIT", "ROLLBACK", "CALL"})


def may_commit(source: str) -> bool:
    """Whether PL/pgSQL could end the transaction it is called in.

    What EXECUTE runs cannot (manual, 41.8 "Transaction Management").
    """
    before = ""
    for token in _tokens(source, query=False):
        if token is None or token.word in _COMMITS:
            return True
        # ON CONFLICT DO is followed by a word.
        if before == "DO" and (token.kind in _CONSTANTS or token.word == "LANGUAGE"):
            return True
        before = token.word
    return False


def parse(text: str, conforming: bool = False) -> tuple[Statement, ...]:
    """Return the statements of a text; none if there are only comments.

    Args:
        text: The text.
        conforming: Whether ``standard_conforming_strings`` is known to be on, so that a backslash
            in a plain constant is one.
    """
    return (_cached if len(text) <= _CACHED_LENGTH else _parse)(text, conforming)


def _parse(text: str, conforming: bool) -> tuple[Statement, ...]:
    if ";" not in text:
        first = _FIRST_WORD.match(text)
        if first and first[1].upper() in _CHANGES and "set_config" not in text.lower():
            return (Statement(Kind.WRITE, 0, len(text)),)
    statements = []
    tokens: list[Token] = []
    depth = 0
    conforming = conforming and "standard_conforming_strings" not in text.lower()
    for token in _tokens(text, query=True, conforming=conforming):
        if token is None:  # a constant that does not end, or not where it seems to
            # Behind it, anything may stand.
            hidden = Statement(
                Kind.WRITE, 0, len(text), changes_settings=True, defines_namesake=True
            )
            return (hidden,)
        if token.text in "()":
            depth += 1 if token.text == "(" else -1
        elif token.word in ("BEGIN", "CASE", "END") and _is_routine(tokens):
            # BEGIN ATOMIC …; END is a body, as psql sees it too.
            if token.word == "END":
                depth -= depth > 0
            else:
                depth += token.word == "BEGIN" or depth > 0
        if token.text != ";" or depth > 0:
            tokens.append(token)
            continue
        if tokens:
            statements.append(_statement(tokens, token.start, text))
        tokens, depth = [], 0
    if tokens:
        statements.append(_statement(tokens, len(text), text))
    return tuple(statements)


_cached = lru_cache(maxsize=1024)(_parse)


def _is_routine(tokens: list[Token]) -> bool:
    words = [token.word for token in tokens[:4]]
    return words[:1] == ["CREATE"] and not {"FUNCTION", "PROCEDURE"}.isdisjoint(words)


def _tokens(source: str, *, query: bool, conforming: bool = False) -> Iterator[Token | None]:
    """Yield the tokens that say something, and None where it cannot be known what comes."""
    for token in tokens_of(source, query=query):
        if token.kind in ("space", "comment"):
            continue
        if token.kind == "open" or (
            # What a backslash means here is a setting's.
            token.kind == "string"
            and not conforming
            and "\\" in token.text
            and token.text[0] not in "eE"
        ):
            yield None
            return
        yield token


def _statement(tokens: list[Token], end: int, text: str) -> Statement:
    start = tokens[0].start
    savepoint = ""
    procedure: tuple[str | None, str] = (None, "")
    functions: frozenset[str] | None = frozenset()
    words = [token.word for token in tokens]
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in ("BEGIN", "START"):
        kind = Kind.BEGIN
    elif first in ("ROLLBACK", "ABORT") and "TO" in words:
        kind, savepoint = Kind.ROLLBACK_TO, name_of(tokens[-1])
    elif first in ("COMMIT", "END", "ROLLBACK", "ABORT"):
        kind = Kind.END
    elif first == "PREPARE":
        kind = Kind.END if second == "TRANSACTION" else Kind.READ
    elif first == "SAVEPOINT":
        kind, savepoint = Kind.SAVEPOINT, name_of(tokens[-1])
    elif first == "RELEASE":
        kind, savepoint = Kind.RELEASE, name_of(tokens[-1])
    elif first in _HARMLESS or (
        first in _SETTING and (second != "CONSTRAINTS" or words[-1] == "DEFERRED")
    ):
        kind = Kind.READ
    elif _refuses_transactions(words):
        kind = Kind.ALONE
    elif first == "CALL":
        kind, procedure = Kind.CALL, _procedure(tokens)
    elif first == "DO":
        kind = Kind.MAY_COMMIT if _block_may_commit(tokens) else Kind.WRITE
    else:
        functions = _read_by(tokens, words)
        kind = Kind.WRITE if functions is None else Kind.READ
    return Statement(
        kind,
        start,
        end,
        savepoint,
        procedure,
        _changes_settings(tokens, text[start:end].lower()),
        functions or frozenset(),
        first in ("CREATE", "ALTER") and _defines_namesake(tokens, words),
    )


def _changes_settings(tokens: list[Token], text: str) -> bool:
    if tokens[0].word in ("RESET", "DISCARD"):
        return True
    if "pghistory_ops" in text:
        return tokens[0].word == "SET" or "set_config" in text
    return (
        "set_config" in text
        and any(
            token.kind in ("word", "quoted")
            and name_of(token) == "set_config"
            # Another setting's name is a plain constant.
            and [each.text[0] for each in tokens[place + 2 : place + 4]] != ["'", ","]
            for place, token in enumerate(tokens)
        )
    )


def _defines_namesake(tokens: list[Token], words: list[str]) -> bool:
    """Whether CREATE or ALTER may make a function of the name of one of PostgreSQL's own."""
    kinds = {"FUNCTION", "AGGREGATE", "ROUTINE", "EXTENSION"}.intersection(words[:4])
    if not kinds or words[0] == "ALTER" or "EXTENSION" in kinds:
        return bool(kinds)
    named = next((token for token, after in pairwise(tokens) if after.text == "("), None)
    return named is None or name_of(named) in FUNCTIONS


def _block_may_commit(tokens: list[Token]) -> bool:
    """Whether a DO statement could end the transaction it begins."""
    constants = [token for token in tokens if token.kind in _CONSTANTS]
    languages = [
        name_of(after)
        for token, after in pairwise(tokens)
        if token.word == "LANGUAGE"
        if after.kind in ("word", "quoted")
    ]
    if len(constants) != 1 or languages not in ([], ["plpgsql"]):
        return True
    text = constants[0].text
    if constants[0].kind == "dollar":
        tag = text.index("$", 1) + 1
        return may_commit(text[tag:-tag])
    return text[0] != "'" or may_commit(text[1:-1].replace("''", "'"))


def _refuses_transactions(words: list[str]) -> bool:
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in ("VACUUM", "REINDEX", "CLUSTER"):
        return True
    if first in ("CREATE", "DROP", "ALTER") and second in _NOT_IN_TRANSACTIONS:
        return True
    return first in ("CREATE", "DROP", "ALTER") and "CONCURRENTLY" in words


def _procedure(tokens: list[Token]) -> tuple[str | None, str]:
    found = [name_of(token) for token in tokens[1:4] if token.kind in ("word", "quoted")]
    if len(tokens) > 3 and tokens[2].text == ".":
        return found[0], found[1]
    return None, found[0] if found else ""


def _read_by(tokens: list[Token], words: list[str]) -> frozenset[str] | None:
    """Return the functions of PostgreSQL that a query reads by; None if it may write."""
    first = next((word for word, token in zip(words, tokens, strict=True) if token.text != "("), "")
    if first == "EXPLAIN":
        return None if "ANALYZE" in words or "ANALYSE" in words else frozenset()
    if first == "COPY":
        # FROM outside of a query's parentheses is where the rows come from.
        depth = 0
        for token in tokens:
            depth += (token.text == "(") - (token.text == ")")
            if token.word == "FROM" and not depth:
                return None
    elif first not in _QUERIES:
        return None
    before: tuple[str, str] = ("", "")
    for word in words:
        if word == "INTO" or (word in _CHANGES and before[1] not in ("FOR", "KEY")):
            return None
        before = (before[1], word)
    return called(tokens)
