from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='orderevent',
            options={'ordering': ['pgh_id']},
        ),
        migrations.AddIndex(
            model_name='orderevent',
            index=models.Index(fields=['pgh_label'], name='shop_orderevent_347f37_pgh'),
        ),
    ]
