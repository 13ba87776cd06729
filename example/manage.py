#!/usr/bin/env python
"""Django's commands for the shop, on the database that PGHISTORY_OPS_DSN names."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    execute_from_command_line(sys.argv)
