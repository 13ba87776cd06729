"""``makemigrations`` that proposes history migrations too."""

from django.core.management.commands.makemigrations import Command as BaseCommand

from pghistory_ops.autodetector import with_history


class Command(BaseCommand):
    """Django's command, with the follow-ups of event models."""

    autodetector = with_history(BaseCommand)
