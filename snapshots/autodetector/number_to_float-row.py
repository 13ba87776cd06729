import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.RenameField(
            model_name='orderevent',
            old_name='total',
            new_name='total_old',
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='total_old',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='total',
            field=models.FloatField(null=True),
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
        migrations.AlterField(
            model_name='order',
            name='total',
            field=models.FloatField(),
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
    ]
