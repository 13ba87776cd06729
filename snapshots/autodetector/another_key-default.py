import django.db.models.deletion
import pghistory_ops.operations
import pghistory_ops.trackers
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.RemoveTracker(
            event_model='OrderEvent',
            label='snapshot',
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='pgh_obj',
            field=models.BigIntegerField(db_column='pgh_obj_old_id', null=True),
        ),
        migrations.RenameField(
            model_name='orderevent',
            old_name='pgh_obj',
            new_name='pgh_obj_old',
        ),
        migrations.RemoveField(
            model_name='order',
            name='id',
        ),
        migrations.AlterField(
            model_name='order',
            name='code',
            field=models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='shop.order'),
        ),
        pghistory_ops.operations.AddTracker(
            event_model='OrderEvent',
            tracker=pghistory_ops.trackers.Snapshot(),
        ),
    ]
