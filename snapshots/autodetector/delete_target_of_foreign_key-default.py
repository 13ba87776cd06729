import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
            without=['customer'],
        ),
        migrations.RemoveField(
            model_name='order',
            name='customer',
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='customer',
            field=models.BigIntegerField(db_column='customer_id', db_index=True, null=True),
        ),
        migrations.DeleteModel(
            name='Customer',
        ),
    ]
