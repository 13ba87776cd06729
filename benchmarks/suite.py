"""Which groups there are, and how large each is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rounds import Group

if TYPE_CHECKING:
    from history import History


@dataclass(frozen=True)
class Scale:
    """How much is done.

    Attributes:
        rounds: Of each scenario, behind one for warming up.
        single_rounds: The same for the writes of one object, which are short.
        bulk: The sizes of bulk writes.
        bulk_with_context: The sizes that are written with a context, too.
        repeats: Writes or reads of one object in a round.
        session: The rows of an update that comes after one save.
        events: Events to read, of a hundredth as many objects.
        apps, models, migrations: Of the synthetic project that is checked and set up.
        tables: Tracked models of the project that is migrated.
        queries: Queries in a round whose client time is measured.
    """

    rounds: int
    single_rounds: int
    bulk: tuple[int, ...]
    bulk_with_context: tuple[int, ...]
    repeats: int
    session: int
    events: int
    apps: int
    models: int
    migrations: int
    tables: int
    queries: int

    @property
    def history(self) -> History:
        """The history that is read."""
        from history import History

        return History(self.events, self.events // 100)


FULL = Scale(
    rounds=5,
    single_rounds=15,
    bulk=(10, 1_000, 10_000, 100_000),
    bulk_with_context=(10_000,),
    repeats=100,
    session=10_000,
    events=1_000_000,
    apps=50,
    models=500,
    migrations=1_000,
    tables=200,
    queries=5_000,
)
QUICK = Scale(
    rounds=5,
    single_rounds=5,
    bulk=(10, 1_000),
    bulk_with_context=(1_000,),
    repeats=20,
    session=1_000,
    events=50_000,
    apps=10,
    models=50,
    migrations=100,
    tables=20,
    queries=1_000,
)


def groups(scale: Scale, parameters: dict[str, Any]) -> dict[str, Callable[[], list[Group]]]:
    """Return what can be measured, by the names that ``--only`` takes."""

    def write() -> list[Group]:
        from sessions import sessions
        from sizes import sizes
        from two_processes import two_processes
        from writes import bulk, single

        return [
            single(scale.single_rounds, scale.repeats // 2),
            bulk(scale.rounds, scale.bulk, scale.bulk_with_context),
            sessions(scale.rounds, scale.session),
            two_processes(parameters, scale.rounds, scale.repeats),
            sizes(scale.bulk_with_context[-1]),
        ]

    def read() -> list[Group]:
        from reads import reads

        return [reads(scale.rounds, scale.history, 20)]

    def client() -> list[Group]:
        from client import client_time, round_trips

        return [client_time(scale.rounds, scale.queries), round_trips()]

    def project() -> list[Group]:
        from projects import projects

        return [projects(scale, parameters)]

    return {"writes": write, "reads": read, "client": client, "project": project}
