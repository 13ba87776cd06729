import pghistory_ops.fields
import pghistory_ops.operations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        pghistory_ops.operations.AlterEventModel(
            name='OrderEvent',
            obj_field=pghistory_ops.fields.ObjForeignKey(db_index=False),
            context_field=pghistory_ops.fields.ContextJSONField(),
            context_id_field=pghistory_ops.fields.ContextUUIDField(),
        ),
    ]
