import pghistory_ops.fields
import pghistory_ops.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.CreateEventModel(
            name='OrderEvent',
            tracks='shop.Order',
            obj_field=pghistory_ops.fields.ObjForeignKey(db_column='order_key', db_comment="The order; it's kept when the order goes.", db_index=False, null=True, related_name='history', related_query_name='event'),
        ),
    ]
