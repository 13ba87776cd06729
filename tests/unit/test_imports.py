"""The architecture: what a module of the package may import."""

import ast
from pathlib import Path

import pytest

import pghistory_ops

ROOT = Path(pghistory_ops.__file__).parent

# Each line imports from the lines above it alone.
LAYERS = [
    [
        "names",
        "dialect",
        "sql.lexer",
        "sql.quoting",
        "contexts.uuid7",
        "contexts.generator_functions",
        "contexts.harmless",
        "contexts.databases",
        "queries.arguments",
        "queries.exact",
        "queries.ordered",
    ],
    [
        "conditions",
        "fields",
        "columns",
        "contexts.calls",
        "contexts.namesakes",
        "contexts.rows",
        "contexts.scopes",
    ],
    ["reading", "contexts.statements"],
    ["trackers"],
    ["spec"],
    ["history"],
    ["state", "sql.objects", "sql.conditions"],
    ["tracked", "sql.v1"],
    ["sql.guard", "sql.templates", "values", "mirroring"],
    ["compilation"],
    ["catalog"],
    ["operations.base", "operations.arguments", "operations.keys", "operations.site"],
    ["operations.tables", "operations.context"],
    ["operations.delete"],
    ["operations.alter"],
    ["operations.triggers"],
    ["operations.refresh"],
    ["operations.trackers"],
    ["operations.create"],
    ["operations"],
    ["soundness.plan", "soundness.problem"],
    ["soundness.obstacles"],
    ["soundness.stale"],
    ["registry.graph", "registry.event_base"],
    ["registry.rendering"],
    ["registry.app_registry"],
    ["registry.event_models"],
    ["writing", "registry.explicit", "registry.source"],
    ["conf"],
    ["defaults", "soundness.gate"],
    ["contexts.metadata"],
    [
        "queries.compared",
        "queries.kinds",
        "queries.subjects",
        "queries.derived",
        "queries.instances",
    ],
    ["queries.literals"],
    ["queries.newest", "queries.scope"],
    ["queries.partners", "queries.sliced", "queries.event_query"],
    ["queries.changes"],
    ["queries.event_queryset"],
    ["queries.asking", "queries.restore", "queries.union", "queries.proxies"],
    ["queries.combined"],
    ["queries.aggregate"],
    ["contexts.context"],
    ["contexts.session"],
    ["contexts.cursors"],
    ["contexts.connections", "contexts.pauses", "middleware"],
    ["declarations"],
    ["autodetector.conditions", "autodetector.dependencies"],
    ["autodetector.alteration"],
    ["autodetector.labels", "autodetector.live", "autodetector.order", "autodetector.proposal"],
    ["autodetector.run"],
    [
        "autodetector.questions",
        "autodetector.change",
        "autodetector.creation",
        "autodetector.ended",
    ],
    ["autodetector.fillings", "autodetector.indexes"],
    ["autodetector.event_columns", "autodetector.soundness"],
    [
        "autodetector.event_trackers",
        "autodetector.options",
        "autodetector.own_fields",
        "autodetector.specification",
    ],
    ["autodetector.endings"],
    ["autodetector.follow_up"],
    ["autodetector.mixin"],
    ["autodetector"],
    ["checks"],
    ["models", "migrations", "migrations.0001_initial"],
    ["management.base"],
    ["queries.timeline"],
    [
        "apps",
        "management.commands.history",
        "management.commands.makemigrations",
        "management.commands.migrate",
    ],
    ["management.commands.inspectevents"],
]
PLACE = {module: place for place, layer in enumerate(LAYERS) for module in layer}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


FILES = {module_name(file): file for file in ROOT.rglob("*.py")}


def imports_of(file: Path) -> set[str]:
    """Return the package's own modules that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file} has a relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in names if name.removeprefix("pghistory_ops.") in FILES}
            found |= modules or {node.module}
    return {name.removeprefix("pghistory_ops.") for name in found if "pghistory_ops." in name}


def test_every_module_has_its_place() -> None:
    packages = {"", "sql", "management", "management.commands"}
    packages |= {"contexts", "queries", "registry", "soundness"}
    assert set(FILES) - packages == set(PLACE)


@pytest.mark.parametrize("module", sorted(PLACE))
def test_imports_run_one_way(module: str) -> None:
    upwards = {name for name in imports_of(FILES[module]) if PLACE[name] >= PLACE[module]}
    assert not upwards


def test_the_public_face_imports_nothing_at_once() -> None:
    tree = ast.parse(FILES[""].read_text(encoding="utf-8"))
    imported = {
        node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module not in ("__future__", "typing")
    }
    assert imported == {"importlib"}


@pytest.mark.parametrize("module", sorted(FILES))
def test_files_stay_short(module: str) -> None:
    lines = FILES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= 400


TESTS = Path(__file__).parents[1]
TEST_FILES = {str(file.relative_to(TESTS)): file for file in TESTS.rglob("*.py")}


@pytest.mark.parametrize("file", sorted(TEST_FILES))
def test_files_of_tests_stay_short(file: str) -> None:
    lines = TEST_FILES[file].read_text(encoding="utf-8").count("\n")
    assert lines <= 400
