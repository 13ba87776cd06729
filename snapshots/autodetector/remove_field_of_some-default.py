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
        migrations.RemoveField(
            model_name='order',
            name='note',
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='note',
            field=models.CharField(max_length=20, null=True),
        ),
    ]
