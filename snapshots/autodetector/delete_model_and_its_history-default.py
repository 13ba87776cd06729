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
        pghistory_ops.operations.DeleteEventModel(
            name='OrderEvent',
        ),
        migrations.DeleteModel(
            name='Order',
        ),
    ]
