import pghistory_ops.conditions
import pghistory_ops.operations
import pghistory_ops.trackers
import pgtrigger
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.DatabaseTracker('paid', condition=pghistory_ops.conditions.Condition("NEW.status = 'paid'"), level=pgtrigger.Row, operation=pgtrigger.Insert | pgtrigger.Update),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.DatabaseTracker('paid.now', condition=pghistory_ops.conditions.Condition("NEW.status = 'paid'"), level=pgtrigger.Row, operation=pgtrigger.Insert | pgtrigger.Update),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.DatabaseTracker('paid.late', condition=pghistory_ops.conditions.Q(('new__status', 'paid'), ('old__status', 'late')), level=pgtrigger.Statement, operation=pgtrigger.Update, snapshot='OLD'),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.DatabaseTracker('paid.late', condition=pghistory_ops.conditions.Q(('new__status', 'paid'), ('old__status', 'late')), level=pgtrigger.Row, operation=pgtrigger.Update, snapshot='OLD'),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.DatabaseTracker('noted', condition=pghistory_ops.conditions.AnyChange('note'), operation=pgtrigger.Update),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.DatabaseTracker('not_noted', condition=pghistory_ops.conditions.Q(pghistory_ops.conditions.AnyChange('note'), _negated=True), operation=pgtrigger.Update),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.DatabaseTracker('gone', operation=pgtrigger.Delete, when=pgtrigger.Before),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.Snapshot('kept'),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.Snapshot('kept', level=pgtrigger.Statement),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.ManualTracker('audited'),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.ManualTracker('audited.twice'),
        ),
    ]
