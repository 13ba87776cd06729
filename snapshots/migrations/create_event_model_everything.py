import pghistory_ops.fields
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
            exclude=['note'],
            attrs=[
                ('reason', models.TextField(null=True)),
            ],
            obj_field=pghistory_ops.fields.ObjForeignKey(db_column='order_key'),
            context_field=pghistory_ops.fields.ContextJSONField(db_column='metadata'),
            context_id_field=pghistory_ops.fields.ContextUUIDField(db_column='request'),
            append_only=True,
            pausable=True,
            security_definer=False,
            options={
                'db_table': 'order_history',
                'ordering': ['-pgh_id'],
            },
        ),
    ]
