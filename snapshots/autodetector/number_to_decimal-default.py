import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='order',
            name='total',
            field=models.DecimalField(decimal_places=2, max_digits=6),
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='total',
            field=models.DecimalField(decimal_places=2, max_digits=12),
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
    ]
