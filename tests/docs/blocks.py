"""The code blocks of a page, and what is done with them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (shop/\S+\.py)\n")
_PRINTED = re.compile(r"-- manage\.py sqlmigrate (.+)\n")
_OPERATIONS = re.compile(r"operations = \[\n(.*)^\]", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced code block: its language and its text."""

    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The path of the file that the block shows; its first line says it."""
        match = _FILE.match(self.text) if self.language == "python" else None
        return match[1] if match else None

    @property
    def operations(self) -> str | None:
        """The operations, if the block shows nothing else of a migration."""
        match = _OPERATIONS.search(self.text)
        return match[1] if match and "class Migration" not in self.text else None

    @property
    def excerpt_of(self) -> list[str]:
        """The arguments of ``sqlmigrate`` that prints the block, if its first line says so."""
        match = _PRINTED.match(self.text)
        return match[1].split() if match else []

    @property
    def statements(self) -> list[str]:
        """The SQL of the block, without its first line; "-- …" stands for what it leaves out."""
        _, _, text = self.text.partition("\n")
        return [part.strip("\n") for part in re.split(r"^ *-- …\n", text, flags=re.MULTILINE)]


def blocks(path: str) -> list[Block]:
    """Return the fenced code blocks of a page of the repository."""
    text = (ROOT / path).read_text(encoding="utf-8")
    found = []
    for indentation, language, block in _BLOCK.findall(text):
        lines = [line.removeprefix(indentation) for line in block.splitlines(keepends=True)]
        found.append(Block(language, "".join(lines)))
    return found
