import pghistory_ops.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.RenameModel(
            old_name='Order',
            new_name='Purchase',
        ),
        pghistory_ops.operations.AlterEventModel(
            name='OrderEvent',
            tracks='shop.Purchase',
        ),
    ]
