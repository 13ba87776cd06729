"""The database that writes and reads are measured in: every contestant's tables and triggers."""

from __future__ import annotations

import gc
import json
import os
from typing import Any

import django
import hand
from connections import reconnect, use_processor_time


def configure(parameters: dict[str, Any]) -> None:
    """Let Django use the database that the parameters name; for a new process, too."""
    os.environ["BENCH_DATABASE"] = json.dumps(parameters)
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    django.setup()
    reconnect()
    gc.collect()
    gc.freeze()  # what stays is not looked at again


def create(*, processor_time: bool = False) -> None:
    """Make the tables, the triggers and the user whose writes they are."""
    from contestants import ALL, USER, ByHand, Ours
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    # The models without migrations refer to those with some.
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("pgtrigger", "install", verbosity=0)
    hand.install()
    User.objects.create(pk=USER, username="ada")
    for contestant in ALL:
        if isinstance(contestant, (ByHand, Ours)):
            hand.check_shape(contestant.events_table)
    if processor_time:
        use_processor_time()
