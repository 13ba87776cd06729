import django.db.models.deletion
import pghistory_ops.fields
import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='orderevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='shop.order'),
        ),
        pghistory_ops.operations.AlterEventModel(
            name='OrderEvent',
            obj_field=pghistory_ops.fields.ObjForeignKey(db_index=False),
        ),
    ]
