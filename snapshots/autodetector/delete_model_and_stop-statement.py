import pghistory_ops.operations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Other',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        pghistory_ops.operations.RemoveTracker(
            event_model='OrderEvent',
            label='snapshot',
        ),
        pghistory_ops.operations.AlterEventModel(
            name='OrderEvent',
            declared=False,
        ),
        migrations.AlterField(
            model_name='orderevent',
            name='pgh_obj',
            field=models.BigIntegerField(db_column='pgh_obj_id', db_index=True, null=True),
        ),
        migrations.DeleteModel(
            name='Order',
        ),
    ]
