"""``migrate`` that knows event models when it tells whether changes are not in a migration yet."""

from django.core.management.commands.migrate import Command as BaseCommand

from pghistory_ops.autodetector import with_history


class Command(BaseCommand):
    """Django's command, with the follow-ups of event models."""

    autodetector = with_history(BaseCommand)
