"""Where syrupy keeps the snapshots: one file a case, at a path that the case chooses."""

from pathlib import Path

from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

ROOT = Path(__file__).resolve().parents[2] / "snapshots"


class CaseExtension(SingleFileSnapshotExtension):
    """The id of the test's parameter is the path below the folder, without the suffix."""

    _write_mode = WriteMode.TEXT
    folder: Path

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(cls.folder)

    @classmethod
    def get_file_basename(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        return str(test_location.item.callspec.id)  # type: ignore[attr-defined]

    @classmethod
    def matches_test_location(
        cls, *, test_location: PyTestLocation, snapshot_location: str
    ) -> bool:
        return cls.get_location(test_location=test_location, index=0) == snapshot_location

    def discover_snapshots(
        self, *, test_location: PyTestLocation, ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        # Syrupy takes a file for a test module's by its name; a test looks for unused ones here.
        return SnapshotCollections()

    @classmethod
    def paths(cls) -> set[str]:
        """Return the ids of the cases that have a file."""
        files = cls.folder.rglob(f"*.{cls.file_extension}")
        return {str(file.relative_to(cls.folder).with_suffix("")) for file in files}

    @classmethod
    def unlink(cls, path: str) -> None:
        """Remove the file of a case."""
        (cls.folder / f"{path}.{cls.file_extension}").unlink()


class SQLExtension(CaseExtension):
    file_extension = "sql"
    folder = ROOT / "sql"


class MigrationExtension(CaseExtension):
    file_extension = "py"
    folder = ROOT / "migrations"
