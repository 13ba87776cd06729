"""Constants of an SQL text are put on one line, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pghistory_ops.sql.lexer import constants_on_one_line, identifier_of, tokens

# What it is, and its kind.
KINDS = {
    "an apostrophe in a line comment": ("-- don't\n", "comment"),
    "an apostrophe in a block comment": ("/* it's\nnot */", "comment"),
    "a comment in a comment": ("/* a /* b */ c' */", "comment"),
    "a constant": ("'a -- b /* $$ \" '' c'", "string"),
    "a constant with a backslash at its end": ("'a\\'", "string"),
    "an escape constant": (r"E'it\'s \\'", "string"),
    "a Unicode constant": (r"U&'\0061'''", "string"),
    "a bit string": ("B'01'", "string"),
    "a national constant": ("N'a'", "string"),
    "a dollar-quoted constant": ("$$it's\n\"$$", "dollar"),
    "a tagged constant": ("$a$ $$ $b$ ' $a$", "dollar"),
    "a tag that is not ASCII": ("$é$'$é$", "dollar"),
    "an identifier": ('"it\'s -- "" $$"', "quoted"),
    "a Unicode identifier": ('U&"\\0061"', "quoted"),
    "a name with a dollar": ("a$b$c", "word"),
    "a parameter": ("$1", "number"),
    "a number": ("1.5e10", "number"),
}


@pytest.mark.parametrize(("text", "kind"), KINDS.values(), ids=KINDS)
def test_it_is_one_token(text: str, kind: str) -> None:
    # A line comment takes the end of its line along with nothing of the next one.
    (first, *rest) = tokens(f"{text}\n+ 1")
    assert (first.kind, first.text) == (kind, text.removesuffix("\n"))
    assert [token.text for token in rest if token.kind != "space"] == ["+", "1"]


@pytest.mark.parametrize("text", ["'a", "E'a\\'", '"a', "/* a /* b */", "$$a", "$a$ $b$"])
def test_a_text_that_ends_within_a_token(text: str) -> None:
    found = list(tokens(f"NEW.a = {text}"))
    assert "".join(token.text for token in found) == f"NEW.a = {text}"
    if text[0] != "$":  # a dollar alone is nothing that could be open
        assert found[-1].kind == "open"


ONE_LINE = {
    "'a\nb'": "E'a\\nb'",
    "'a\\\nb'": "E'a\\\\\\nb'",
    "'it''s\n'": "E'it''s\\n'",
    "E'a\nb\\\\\n'": "E'a\\nb\\\\\\n'",
    "$$it's\na\\b$$": "E'it''s\\na\\\\b'",
    "$x$a\n$$b$x$": "E'a\\n$$b'",
    'NEW."a\nb\\"': 'NEW.U&"a\\000Ab\\\\"',
    "U&'a\nb'": "U&'a\\000Ab'",
    "NEW.a <> 'x' -- don't\n AND NEW.b = 'q'": "NEW.a <> 'x' -- don't\n AND NEW.b = 'q'",
    "NEW.a /* it's\nso */ = 'q'": "NEW.a /* it's\nso */ = 'q'",
    "NEW.a = 'a'\n'b'": "NEW.a = 'a'\n'b'",
    "\"it's\" = 'a\nb'": "\"it's\" = E'a\\nb'",
    "$a$it's$a$\n AND NEW.a <> 'q'": "$a$it's$a$\n AND NEW.a <> 'q'",
}


@pytest.mark.parametrize(("text", "expected"), ONE_LINE.items())
def test_constants_are_put_on_one_line(text: str, expected: str) -> None:
    assert constants_on_one_line(text) == expected


PIECES = st.sampled_from(
    ["'", "''", '"', "$$", "$a$", "--", "/*", "*/", "\n", "\\", " ", "a", "é", "E", "U&", "$", "1"]
)


@given(pieces=st.lists(PIECES, max_size=12))
def test_joined_the_tokens_are_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = list(tokens(text))
    assert "".join(token.text for token in found) == text
    assert [token.start for token in found] == [
        len("".join(token.text for token in found[:number])) for number in range(len(found))
    ]


@given(pieces=st.lists(PIECES, max_size=12))
def test_what_is_on_one_line_is_left_alone(pieces: list[str]) -> None:
    text = "".join(piece for piece in pieces if piece != "\n")
    assert constants_on_one_line(text) == text


def test_a_long_text_takes_one_pass() -> None:
    # Nested quantifiers would take exponential time.
    text = "'" + "a" * 200_000
    assert [token.kind for token in tokens(text)] == ["open"]
    assert constants_on_one_line("E'" + "\\" * 200_001)


def test_the_names_of_identifiers() -> None:
    names = [identifier_of(token) for token in tokens('Total "To""tal" 1')]
    assert [name for name in names if name] == ["total", 'To"tal']


@pytest.mark.parametrize(
    "text", ["%s, %s,%s", "%(a)s", "%b::text, %s", ", (%s, %s), (%s, %s)", "1, 2.5 , 3", "1, 2a"]
)
def test_a_list_of_a_query_is_one_token(text: str) -> None:
    assert [(token.kind, token.text) for token in tokens(text, query=True)] == [("list", text)]
    assert "list" not in {token.kind for token in tokens(text)}


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_a_comment_ends_with_its_line(end: str) -> None:
    assert [token.word for token in tokens(f"-- a{end}b")] == ["", "", "B"]
