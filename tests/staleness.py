"""A shop's history as the text of migrations, and what the system check says of it."""

from django.core.checks import CheckMessage, run_checks

from projects import Project

ORDER = """
migrations.CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)),
    ("total", models.IntegerField(default=0)),
    ("note", models.TextField(default="")),
]),
"""
HISTORY = """
pgh.CreateEventModel("OrderEvent", tracks="shop.Order"{policy}),
pgh.AddTracker("OrderEvent", pgh.Snapshot()),
pgh.AddTracker(
    "OrderEvent", pgh.AfterUpdate("dear", condition=pgh.Q(new__total__gt=9), level=pgh.Row)
),
"""
SOME = ', fields=["total", "note"]'
CONTEXT = [("pghistory_ops", "0001_initial")]
REFRESH = 'Add RefreshTrackers("OrderEvent") to the migration.'


def found_by_the_check(project: Project) -> list[CheckMessage]:
    project.call("check", tags=["urls"])  # reads the migrations anew
    return [item for item in run_checks(tags=["models"]) if item.id == "pghistory_ops.E001"]
