import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.CreateEventModel(
            name='OrderEvent',
            tracks='shop.Order',
            attrs=[
                ('reason', models.TextField(null=True)),
                ('imported', models.BooleanField(db_default=False)),
            ],
        ),
    ]
