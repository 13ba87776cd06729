import django.db.models.expressions
import pghistory_ops.conditions
import pghistory_ops.operations
import pghistory_ops.trackers
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.AddTracker(
            event_model='ParcelEvent',
            tracker=pghistory_ops.trackers.AfterUpdate('selected', condition=pghistory_ops.conditions.Q(('new__price__lt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(pghistory_ops.conditions.F('old__price'), '-', models.Value(1)), '*', models.Value(2))))),
        ),
    ]
