"""Whether a session's past slows it down: a bulk update after one save, and the other way round."""

from __future__ import annotations

from connections import reconnect
from contestants import ALL, Contestant
from rounds import PATIENCE, Group, rounds, seconds

SLOW = frozenset({"simple-history", "auditlog", "reversion"})
CONTESTANTS = tuple(item for item in ALL if item.name not in SLOW)


def fresh_name(size: int) -> str:
    return f"update {size:,} in a fresh session"


def after_save_name(size: int) -> str:
    return f"update {size:,} after one save"


def after_bulk_name(size: int) -> str:
    return f"one save after an update of {size:,}"


SAVE_FIRST = "one save in a fresh session"


def sessions(count: int, size: int) -> Group:
    """Measure in new sessions; seconds per row. Statistics are once fresh and once missing."""
    group = Group("sessions")
    for analyzed in (True, False):
        suffix = "" if analyzed else ", without statistics"
        slow = set()
        for keep, contestant in rounds(CONTESTANTS, count):
            if contestant in slow:
                continue
            found = _measure(contestant, size, analyzed)
            after_save = after_save_name(size)
            if found[after_save] * size > PATIENCE:
                slow.add(contestant)
                reason = f"takes more than {PATIENCE:.0f} s and is measured once"
                group.skip(after_save + suffix, contestant.name, reason)
            for name, figure in found.items():
                if keep or contestant in slow:
                    group.add(name + suffix, contestant.name, figure)
    return group


def _measure(contestant: Contestant, size: int, analyzed: bool) -> dict[str, float]:
    spent = {}
    for save_first in (True, False):
        contestant.empty()
        contestant.fill(size)
        if analyzed:
            contestant.analyze()
        reconnect()
        row = contestant.model.objects.order_by("pk").last()
        row.status = "sent"
        if save_first:
            spent[SAVE_FIRST] = seconds(row.save)
            spent[after_save_name(size)] = seconds(lambda: contestant.update("paid")) / size
            contestant.check("update after a save", size + 1, row.pk, "paid")
        else:
            spent[fresh_name(size)] = seconds(lambda: contestant.update("paid")) / size
            spent[after_bulk_name(size)] = seconds(row.save)
            contestant.check("save after an update", size + 1, row.pk, "sent")
    return spent
