"""The page on squashing shows what the squashed migration is."""

import re

import pytest

from projects import Project

from .blocks import blocks

PAGE = "docs/squashing.md"


@pytest.mark.django_db
def test_the_page_shows_what_its_migrations_are_squashed_to(project: Project) -> None:
    shown = blocks(PAGE)
    models = next(b for b in blocks("docs/quickstart.md") if b.file == "shop/models.py")
    project.write("shop/models.py", models.text)
    project.write("shop/migrations/__init__.py", "")
    project.makemigrations("shop")
    for block in shown:
        if block.file and block.operations is None:
            project.write(block.file, block.text)
        elif block.file:
            project.write_migration("shop", block.file[16:-3], block.operations or "")
    project.call("squashmigrations", "shop", "0002", "0003", interactive=False)
    (name,) = [name for name in project.migrations("shop") if "squashed" in name]
    (result,) = [block for block in shown if block.language == "python" and not block.file]
    assert without_layout(result.text) in without_layout(project.read(f"shop/migrations/{name}.py"))


def without_layout(text: str) -> str:
    return re.sub(r",?\s+|,(?=[\])])", "", text).replace("'", '"')
