"""PostgreSQL's plans for the questions about a long history."""

from __future__ import annotations

from contestants import OURS_DEFAULT
from history import History


def plans(history: History) -> dict[str, str]:
    """Return how each question is answered, with the rows that were met.

    The history is filled already, and the questions have been asked.
    """
    import pghistory_ops as pgh

    model, key = OURS_DEFAULT.model, history.objects // 2
    moment = history.moment(key, history.steps // 2)
    one, everything = pgh.events(model(pk=key)), pgh.events(model)
    questions = {
        "The last 20 events of an object": one.order_by("-pgh_id")[:20],
        "An object as it was": one.as_of(moment),
        "The table as it was": everything.as_of(moment),
        "The timeline of an object, with changes": one.with_changes(),
        "The last 20 events of all, with changes": everything.with_changes().order_by("-pgh_id")[
            :20
        ],
    }
    options = {"analyze": True, "costs": False, "timing": False, "buffers": False}
    return {name: found.explain(**options) for name, found in questions.items()}
