import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='orderevent',
            name='id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='note',
            field=models.CharField(max_length=20, null=True),
        ),
        pghistory_ops.operations.AlterEventModel(
            name='OrderEvent',
            fields=['total'],
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
    ]
