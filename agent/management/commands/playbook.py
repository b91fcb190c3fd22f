"""`manage.py playbook export` and `publish FILE`: edit the playbook as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from pydantic import ValidationError

from agent.playbook import store
from agent.playbook.schema import PLAYBOOK, parse_playbook


class Command(BaseCommand):
    """Prints the playbook in force, or publishes the one in a file."""

    help = "Export the playbook as JSON, or publish an edited one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("export", help="print the playbook in force")
        publish = actions.add_parser("publish", help="put the playbook of a file in force")
        publish.add_argument("file", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["action"] == "export":
            # Through the schema: its order of fields reads well, that of jsonb does not.
            playbook = parse_playbook(store.published(now=timezone.now()).content)
            content = PLAYBOOK.dump_python(playbook, mode="json")
            self.stdout.write(json.dumps(content, ensure_ascii=False, indent=2))
        else:
            self._publish(options["file"])

    def _publish(self, path: Path) -> None:
        try:
            version = store.publish(content=json.loads(path.read_bytes()), now=timezone.now())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            problems = "\n".join(
                f"  {'.'.join(map(str, problem['loc']))}: {problem['msg']}"
                for problem in error.errors()
            )
            raise CommandError(f"Nothing was published. Mend these:\n{problems}") from error
        except ValueError as error:
            raise CommandError(f"{path} is not JSON: {error}") from error
        self.stdout.write(f"Version {version.number} is in force.")
