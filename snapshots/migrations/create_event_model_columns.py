import django.contrib.postgres.fields
import django.db.models.deletion
import pghistory_ops.operations
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
            columns=[
                ('id', models.BigIntegerField()),
                ('status', models.CharField(choices=[('n', 'new'), ('p', 'paid')], max_length=20)),
                ('total', models.DecimalField(decimal_places=2, max_digits=10, null=True)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=5), size=3)),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
    ]
