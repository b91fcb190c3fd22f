#!/usr/bin/env python3
"""Django's command line."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from leadbot.management.commands.up import Command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadbot.settings")
    if sys.argv[1:2] == ["up"]:
        # It only watches others: without the models it starts a second sooner and stays small.
        Command().run_from_argv(sys.argv)
    else:
        execute_from_command_line(sys.argv)
