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
            options={
                'indexes': [models.Index(fields=['pgh_obj', '-pgh_created_at'], name='orderevent_by_order'), models.Index(condition=models.Q(('status', "it's paid")), fields=['status'], name='orderevent_paid')],
            },
        ),
    ]
