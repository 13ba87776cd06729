"""What ``import pghistory_ops as pgh`` gives."""

import subprocess
import sys

import pytest

import pghistory_ops as pgh


@pytest.mark.parametrize("name", pgh.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(pgh, name) is not None


def test_dir_lists_the_names() -> None:
    assert set(pgh.__all__) <= set(dir(pgh))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Snapsot'"):
        pgh.Snapsot  # noqa: B018


def test_importing_loads_neither_models_nor_settings() -> None:
    code = (
        "import sys, pghistory_ops as pgh; pgh.AddTracker, pgh.Snapshot, pgh.Q;"
        "from django.conf import settings; assert not settings.configured;"
        "assert 'pghistory_ops.models' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_a_process_that_only_serves_loads_no_operations() -> None:
    code = (
        "import django, sys; from django.conf import settings;"
        "settings.configure(INSTALLED_APPS=['pghistory_ops'],"
        "DATABASES={'default': {'ENGINE': 'django.db.backends.postgresql'}});"
        "django.setup();"
        "assert 'pghistory_ops.contexts.connections' in sys.modules;"
        "assert 'pghistory_ops.operations' not in sys.modules;"
        "assert 'pghistory_ops.autodetector' not in sys.modules;"
        "from django.core import checks; checks.run_checks();"
        "assert 'pghistory_ops.checks' in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
