import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
            without=['note'],
        ),
        migrations.RenameField(
            model_name='order',
            old_name='total',
            new_name='amount',
        ),
        migrations.RemoveField(
            model_name='order',
            name='note',
        ),
        migrations.AddField(
            model_name='order',
            name='paid',
            field=models.BooleanField(default=False),
        ),
        migrations.RenameField(
            model_name='orderevent',
            old_name='total',
            new_name='amount',
        ),
        migrations.AddField(
            model_name='orderevent',
            name='paid',
            field=models.BooleanField(null=True),
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
    ]
