"""Track everything that Wagtail has, work with it, and take it all back.

What was found is written into ``found.json``.
"""

import json
import os
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader

ROOT = Path(os.environ["APPLICATION_ROOT"])
OURS = {"pghistory_ops", "audit"}

WEBSITE = """
from django.db import models
from modelcluster.fields import ParentalManyToManyField
from wagtail import blocks
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page


class Topic(models.Model):
    name = models.CharField(max_length=20)


class Article(Page):
    body = StreamField([("text", blocks.TextBlock())], blank=True)
    intro = RichTextField(blank=True)
    topics = ParentalManyToManyField(Topic, blank=True)
"""

MIGRATION = """\
from django.db import migrations
import pghistory_ops as pgh


class Migration(migrations.Migration):
    dependencies = {dependencies!r}
    operations = [
{operations}
    ]
"""

# A value for each type of column that PostgreSQL's catalog names.
VALUES = {
    "b": "true",
    "n": "30007",
    "s": "'x'",
    "d": "now()",
    "u": "gen_random_uuid()",
    "j": "'{}'",
}


def write(path: str, text: str) -> None:
    file = ROOT / path
    file.parent.mkdir(parents=True, exist_ok=True)
    for folder in file.relative_to(ROOT).parents[:-1]:
        (ROOT / folder / "__init__.py").touch()
    file.write_text(dedent(text), encoding="utf-8")


def tracked_models() -> list[type[models.Model]]:
    """Return every concrete model, the automatic many-to-many tables among them."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in OURS and not model._meta.proxy and model._meta.managed
    ]


def event_name(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}_{model.__name__}_event"


def operations() -> str:
    lines = []
    for model in tracked_models():
        name = event_name(model)
        lines += [
            f"pgh.CreateEventModel({name!r}, tracks={model._meta.label!r}),",
            f"pgh.AddTracker({name!r}, pgh.Snapshot()),",
            f"pgh.AddTracker({name!r}, pgh.AfterDelete()),",
        ]
    return indent("\n".join(lines), " " * 8)


def rows(query: str, *parameters: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchall()


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def documents(table: str) -> list[dict[str, Any]]:
    return [document for (document,) in rows(f"SELECT to_jsonb(t) FROM {quoted(table)} AS t")]


def events(model: type[models.Model]) -> list[tuple[str, dict[str, Any]]]:
    """Return the labels and the copied rows of a model's events, in order."""
    table = quoted(f"audit_{event_name(model).lower()}")
    found = rows(f"SELECT to_jsonb(t) FROM {table} AS t ORDER BY pgh_id")
    return [
        (row["pgh_label"], {key: value for key, value in row.items() if not key.startswith("pgh_")})
        for row in (
            {**document} if isinstance(document, dict) else json.loads(document)
            for (document,) in found
        )
    ]


def play_with_table(model: type[models.Model]) -> str | None:
    """Insert, update and delete a row; return what is wrong with its events, if anything."""
    table = model._meta.db_table
    columns = rows(
        """
        SELECT attname, typcategory, typname, attnotnull
        FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
        WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        ORDER BY attnum
        """,
        quoted(table),
    )
    given = {}
    for name, category, kind, required in columns:
        key = {"B": "b", "N": "n", "S": "s", "D": "d", "A": "a"}.get(category)
        key = {"uuid": "u", "jsonb": "j", "json": "j"}.get(kind, key)
        if required:
            given[name] = {**VALUES, "a": "'{}'", None: "''"}[key]
    changed = next(
        (quoted(name), "30008" if category == "N" else "'y'")
        for name, category, _, _ in reversed(columns)
        if category in "NS"
    )
    start = len(events(model))
    expected = []
    # The references are checked at the end of the transaction, when the row is gone again.
    with transaction.atomic():
        known = {
            json.dumps(row, sort_keys=True, default=str) for row in map(decoded, documents(table))
        }

        def new() -> dict[str, Any]:
            found = [
                row
                for row in map(decoded, documents(table))
                if json.dumps(row, sort_keys=True, default=str) not in known
            ]
            (row,) = found
            return row

        names = ", ".join(map(quoted, given))
        rows(
            f"INSERT INTO {quoted(table)} ({names}) VALUES ({', '.join(given.values())}) "
            "RETURNING 1"
        )
        expected.append(("snapshot", new()))
        key = quoted(model._meta.pk.column)
        where = f"WHERE ctid = (SELECT max(ctid) FROM {quoted(table)} WHERE {key} IS NOT NULL)"
        rows(f"UPDATE {quoted(table)} SET {changed[0]} = {changed[1]} {where} RETURNING 1")
        expected.append(("snapshot", new()))
        last = new()
        where = f"WHERE ctid = (SELECT max(ctid) FROM {quoted(table)})"
        rows(f"DELETE FROM {quoted(table)} {where} RETURNING 1")
        expected.append(("after_delete", last))
    written = events(model)[start:]
    if written != expected:
        return f"{model._meta.label}: {written} instead of {expected}"
    return None


def decoded(row: Any) -> dict[str, Any]:
    return row if isinstance(row, dict) else json.loads(row)


def play_with_orm() -> dict[str, list[str]]:
    """Do an editor's work; return the labels of the events that it left, by model."""
    from django.contrib.auth.models import Group, User
    from django.core.files.base import ContentFile
    from taggit.models import Tag
    from wagtail.contrib.redirects.models import Redirect
    from wagtail.documents.models import Document
    from wagtail.models import Collection, Page, PageLogEntry, Revision, Site
    from website.models import Article, Topic

    before = {model: len(events(model)) for model in tracked_models()}
    with transaction.atomic():
        user = User.objects.create_superuser("ada", password="secret")
        user.groups.add(Group.objects.get(name="Editors"))
        home = Page.objects.get(depth=2)
        topic = Topic.objects.create(name="trees")
        article = Article(title="On trees", slug="trees", owner=user, intro="<p>Short.</p>")
        home.add_child(instance=article)
        article.topics = [topic]
        article.body = [("text", "Long.")]
        revision = article.save_revision(user=user)
        revision.publish(user=user)
        Article.objects.filter(pk=article.pk).update(intro="<p>Shorter.</p>")
        Page.objects.filter(pk=article.pk).update(seo_title="Trees")
        Topic.objects.bulk_create([Topic(name="a"), Topic(name="b")])
        Topic.objects.filter(name__in="ab").delete()
        collection = Collection.get_first_root_node().add_child(name="Papers")
        document = Document(title="Paper", collection=collection)
        document.file.save("paper.txt", ContentFile(b"paper"))
        document.tags.add("wood")
        Redirect.objects.create(old_path="/wood", redirect_page=article)
        article.delete()
        user.delete()
    wanted = [
        User,
        User.groups.through,
        Page,
        Article,
        Article.topics.through,
        Topic,
        Revision,
        PageLogEntry,
        Collection,
        Document,
        Tag,
        Redirect,
        Site,
    ]
    return {
        model._meta.label: [label for label, _ in events(model)[before[model] :]]
        for model in wanted
    }


def main() -> None:
    write("website/models.py", WEBSITE)
    write("website/urls.py", "urlpatterns = []\n")
    write("website/migrations/__init__.py", "")
    write("audit/models.py", "")
    write("audit/migrations/__init__.py", "")
    django.setup()
    from catalog import catalog

    quiet = {"verbosity": 0, "interactive": False}
    call_command("makemigrations", "website", **quiet)
    call_command("migrate", **quiet)
    before = catalog()
    leaves = [key for key in MigrationLoader(None).graph.leaf_nodes() if key[0] != "audit"]
    write(
        "audit/migrations/0001_initial.py",
        MIGRATION.format(dependencies=leaves, operations=operations()),
    )
    call_command("migrate", "audit", **quiet)
    first = catalog()
    tracked = tracked_models()
    wrong = [text for model in tracked if (text := play_with_table(model))]
    labels = play_with_orm()
    call_command("check")
    call_command("migrate", "audit", "zero", **quiet)
    left = set(catalog().items()) ^ set(before.items())
    found = {
        "tracked": [model._meta.label for model in tracked],
        "through": [model._meta.label for model in tracked if model._meta.auto_created],
        "triggers": len([1 for kind, _ in first if kind == "trigger"]),
        "wrong": wrong,
        "labels": labels,
        "left": sorted(f"{key} {text}" for key, text in left),
    }
    (ROOT / "found.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
