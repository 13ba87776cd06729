"""Runs Django's commands, each in a process of its own that is forked when Django is imported.

Starting Python and importing Django takes longer than most commands. Nothing is imported here that
reads settings or that a project's apps could change. A line of the input is a request.
"""

import json
import os
import sys
import traceback
from typing import Any

import django.core.management
import django.core.management.commands.makemigrations
import django.core.management.commands.migrate
import django.db.backends.postgresql.base


def run(request: dict[str, Any]) -> int:
    """Run a command in this process; return the code that it exits with."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.dont_write_bytecode = True
    sys.path[:0] = request["paths"]
    sys.argv = ["django-admin", *request["arguments"]]
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        flags = os.O_RDONLY if name == "stdin" else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(request[name], flags), descriptor)
    try:
        django.core.management.execute_from_command_line(sys.argv)
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = run(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
