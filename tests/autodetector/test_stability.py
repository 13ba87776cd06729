"""The same declarations give the same text, from run to run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pghistory_ops as pgh
from autodetector.runner import HEAD

MANY = """
CHOSEN = {"alpha", "beta", "gamma", "delta", "epsilon"}
SORTED = sorted(CHOSEN)


class Base(models.Model):
    reason = models.TextField(db_default="")
    source = models.TextField(null=True)

    class Meta:
        abstract = True


@pgh.track(
    pgh.Snapshot(),
    pgh.AfterUpdate("one", condition=pgh.Q(new__state__in=CHOSEN) | pgh.AnyChange(*SORTED)),
    pgh.AfterDelete(condition=pgh.Q(old__state="x", old__alpha="y")),
    exclude=CHOSEN,
    base_model=Base,
    attrs={name: models.TextField(null=True) for name in ("zeta", "eta", "theta")},
    meta={"indexes": [models.Index(fields=["pgh_label"], name="labels")], "ordering": ["pgh_id"]},
)
class Order(models.Model):
    state = models.TextField(default="")
    alpha = models.TextField(default="")
    beta = models.TextField(default="")
    gamma = models.TextField(default="")
    delta = models.TextField(default="")
    epsilon = models.TextField(default="")
    user = models.ForeignKey("auth.User", models.CASCADE, null=True)


for _label in ("auth.User", "auth.Group", "auth.User_groups", "contenttypes.ContentType"):
    pgh.track(pgh.Snapshot(), pgh.AfterDelete(), append_only=True)(_label)
"""
LATER = (
    MANY.replace('    delta = models.TextField(default="")\n', "")
    .replace("    beta = models.TextField(", "    beta = models.CharField(max_length=50, ")
    .replace(', "delta"', "")
)
NOWHERE = """
SECRET_KEY = "tests"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "pghistory_ops", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x", "PORT": "1"}}
"""


def texts(root: Path, seed: str) -> list[str]:
    """Write the migrations of the first models and of the later ones; return their texts."""
    (root / "shop/migrations").mkdir(parents=True)
    for package in ("shop", "shop/migrations"):
        (root / package / "__init__.py").touch()
    (root / "settings_of_nowhere.py").write_text(NOWHERE)
    for version in (MANY, LATER):
        (root / "shop/models.py").write_text(HEAD + version)
        process = subprocess.run(
            [sys.executable, "-m", "django", "makemigrations", "--noinput", "--no-header"],
            cwd=root,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "settings_of_nowhere",
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join([str(root), str(Path(pgh.__file__).parents[1])]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
    found = sorted(root.glob("shop/migrations/0*.py"))
    return [f"{file.name}\n{file.read_text()}" for file in found]


def test_the_same_text_whatever_the_order_of_sets(tmp_path: Path) -> None:
    first = texts(tmp_path / "first", "1")
    assert len(first) == 2
    for seed in ("2", "3", "4"):
        assert texts(tmp_path / seed, seed) == first
