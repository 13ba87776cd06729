"""A real application, Wagtail: every model of it and of Django is declared in the project's app."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

import pghistory_ops
import postgres

HERE = Path(__file__).parent
TESTS = HERE.parent
DATABASE = "pghistory_ops_declared"


@pytest.fixture(scope="module")
def found(server: postgres.Conninfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the process found that declared all, worked, and took the history back."""
    root = tmp_path_factory.mktemp("declared")
    database = {**postgres.database_settings(server), "NAME": DATABASE}
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
    library = Path(pghistory_ops.__file__).parents[1]
    paths = [root, HERE, TESTS / "operations", TESTS, library]
    maintenance = {"dbname": "postgres", **server}
    with psycopg.connect(**maintenance, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(create)
        try:
            process = subprocess.run(
                [sys.executable, HERE / "declared" / "play.py"],
                env={
                    **os.environ,
                    "APPLICATION_DATABASE": json.dumps(database),
                    "APPLICATION_ROOT": str(root),
                    "DJANGO_SETTINGS_MODULE": "declared.settings",
                    "PYTHONPATH": os.pathsep.join(map(str, paths)),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                capture_output=True,
                text=True,
                check=False,
            )
            assert process.returncode == 0, process.stderr
            yield json.loads((root / "found.json").read_text(encoding="utf-8"))
        finally:
            connection.execute(drop)


def test_every_model_is_declared(found: Any) -> None:
    assert len(found["tracked"]) > 60
    django = {"admin", "auth", "contenttypes", "flatpages", "redirects", "sessions", "sites"}
    assert django <= set(found["apps"])
    assert {"auth.User_groups", "flatpages.FlatPage_sites", "website.Article_topics"} <= set(
        found["through"]
    )


def test_a_declaration_leaves_the_classes_as_they_are(found: Any) -> None:
    assert found["untouched"]


def test_one_run_writes_one_migration_of_the_project_s_app(found: Any) -> None:
    assert found["made"] == [["audit", "0001_initial"]]
    assert "Migrations for 'audit':" in found["printed"]
    assert found["printed"].count("Migrations for") == 1
    assert found["triggers"] == 3 * len(found["tracked"])


def test_nothing_more_is_proposed(found: Any) -> None:
    assert found["quiet"] == [True, True]


def test_a_row_of_every_table_is_recorded_from_its_insert_to_its_delete(found: Any) -> None:
    assert found["wrong"] == []


def test_the_work_of_an_editor_is_recorded(found: Any) -> None:
    labels = found["labels"]
    assert labels["auth.User_groups"] == ["snapshot", "after_delete"]
    assert labels["website.Article_topics"] == ["snapshot", "after_delete"]
    assert labels["taggit.Tag"] == ["snapshot"]
    assert labels["wagtailcore.Site"] == []
    for model in ("auth.User", "website.Article", "wagtailcore.Page", "wagtailcore.Revision"):
        assert labels[model][0] == "snapshot"
        assert "after_delete" in labels[model]


def test_nothing_is_left_of_it(found: Any) -> None:
    assert found["left"] == []
