"""A real application, Wagtail: every model of it is tracked from a migration of the project's."""

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
DATABASE = "pghistory_ops_application"


@pytest.fixture(scope="module")
def found(server: postgres.Conninfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What the process found that tracked all, worked, and took the history back."""
    root = tmp_path_factory.mktemp("application")
    database = {**postgres.database_settings(server), "NAME": DATABASE}
    maintenance = {"dbname": "postgres", **server}
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
    with psycopg.connect(**maintenance, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(create)
        try:
            process = subprocess.run(
                [sys.executable, HERE / "application" / "play.py"],
                env={
                    **os.environ,
                    "APPLICATION_DATABASE": json.dumps(database),
                    "APPLICATION_ROOT": str(root),
                    "DJANGO_SETTINGS_MODULE": "application.settings",
                    "PYTHONPATH": os.pathsep.join(
                        [
                            str(root),
                            str(HERE),
                            str(HERE.parent),
                            str(Path(pghistory_ops.__file__).parents[1]),
                        ]
                    ),
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


def test_every_model_has_a_history(found: Any) -> None:
    assert len(found["tracked"]) > 50
    assert len(found["through"]) > 5
    assert {"auth.User_groups", "website.Article_topics"} <= set(found["through"])
    assert found["triggers"] == 3 * len(found["tracked"])


def test_a_row_of_every_table_is_recorded_from_its_insert_to_its_delete(found: Any) -> None:
    assert found["wrong"] == []


def test_the_work_of_an_editor_is_recorded(found: Any) -> None:
    labels = found["labels"]
    new, gone = ["snapshot"], ["after_delete"]
    assert labels["auth.User_groups"] == new + gone
    assert labels["website.Topic"] == new + new * 2 + gone * 2
    assert labels["website.Article_topics"] == new + gone
    assert labels["wagtailcore.Collection"][-1:] == new
    assert labels["taggit.Tag"] == new
    assert labels["wagtailredirects.Redirect"] == new + gone
    assert labels["wagtailcore.Site"] == []
    for model in ("auth.User", "website.Article", "wagtailcore.Page", "wagtailcore.Revision"):
        assert labels[model][0] == "snapshot"
        assert "after_delete" in labels[model]
    assert len(labels["wagtailcore.PageLogEntry"]) >= 2


def test_nothing_is_left_of_it(found: Any) -> None:
    assert found["left"] == []
