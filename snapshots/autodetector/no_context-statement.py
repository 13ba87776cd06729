import django.db.models.deletion
import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pghistory_ops', '0001_initial'),
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='orderevent',
            name='pgh_context',
            field=models.ForeignKey(db_column='pgh_context_id', db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory_ops.context'),
        ),
        migrations.RenameField(
            model_name='orderevent',
            old_name='pgh_context',
            new_name='pgh_context_old',
        ),
        pghistory_ops.operations.AlterEventModel(
            name='OrderEvent',
            context_field=None,
        ),
        pghistory_ops.operations.RefreshTrackers(
            event_model='OrderEvent',
        ),
    ]
