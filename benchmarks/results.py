"""All that one run has found, as it is saved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rounds import Group


@dataclass
class Results:
    """The machine, the groups by their names, and the plans of questions."""

    machine: dict[str, str]
    groups: dict[str, Group]
    took: dict[str, float]
    plans: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        found: dict[str, Any] = {
            "machine": self.machine,
            "took": self.took,
            "groups": {name: group.to_json() for name, group in self.groups.items()},
            "plans": self.plans,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Results:
        found = json.loads(path.read_text(encoding="utf-8"))
        groups = {
            name: Group(name, group["unit"], group["figures"], group["skipped"])
            for name, group in found["groups"].items()
        }
        return cls(found["machine"], groups, found["took"], found.get("plans", {}))

    def merge(self, other: Results) -> None:
        """Take over the groups of another run.

        What the two were made on is kept, for the groups of each.
        """
        kept = [name for name in self.took if name not in other.took]
        for name, text in self.machine.items() if kept else ():
            if text != other.machine.get(name):
                other.machine.setdefault(f"{name}, of {', '.join(kept)}", text)
        self.machine = other.machine
        self.groups.update(other.groups)
        self.took.update(other.took)
        self.plans.update(other.plans)

    def group(self, name: str) -> Group:
        return self.groups.get(name, Group(name))
