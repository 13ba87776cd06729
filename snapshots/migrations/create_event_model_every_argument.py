import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory_ops.fields
import pghistory_ops.operations
import snapshots.cases.written
from django.conf import settings
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
            columns=[
                ('id', models.BigIntegerField()),
                ('status', models.CharField(choices=[('n', 'new'), ('p', 'paid')], max_length=20)),
                ('total', models.DecimalField(decimal_places=2, max_digits=10, null=True)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=5), size=3)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            attrs=[
                ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            obj_field=pghistory_ops.fields.ObjForeignKey(db_column='order_key', db_comment='The order', db_constraint=True, db_index=False, null=True, related_name='history', related_query_name='event', verbose_name='order'),
            context_field=pghistory_ops.fields.ContextJSONField(db_column='metadata', null=False),
            context_id_field=pghistory_ops.fields.ContextUUIDField(db_index=True, verbose_name='context'),
            append_only=True,
            pausable=True,
            security_definer=False,
            bases=(snapshots.cases.written.Described, models.Model),
            options={
                'db_table': 'order_history',
                'db_table_comment': "What an order's row was",
                'indexes': [django.contrib.postgres.indexes.BrinIndex(fields=['pgh_created_at'], name='order_history_at')],
                'ordering': ['-pgh_id'],
            },
            declared=True,
        ),
    ]
