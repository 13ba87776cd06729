import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.RenameField(
            model_name='order',
            old_name='total',
            new_name='amount',
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
            without=['note'],
        ),
        migrations.AddField(
            model_name='order',
            name='paid',
            field=models.BooleanField(default=False),
        ),
        migrations.RemoveField(
            model_name='order',
            name='note',
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
        migrations.AlterField(
            model_name='orderevent',
            name='note',
            field=models.CharField(max_length=20, null=True),
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
    ]
