from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from snapshots.extension import ROOT, CaseExtension


class ProposalExtension(CaseExtension):
    """A file per proposed migration: ``snapshots/autodetector/<case>.py``."""

    file_extension = "py"
    folder = ROOT / "autodetector"


@pytest.fixture
def proposal(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(ProposalExtension)
