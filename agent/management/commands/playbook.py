"""`manage.py playbook`: the playbook as JSON, to export, to edit as a draft and to publish."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone
from pydantic import ValidationError

from agent.models import PlaybookVersion
from agent.playbook import store
from agent.playbook.schema import dump_playbook, parse_playbook

DEFAULT_NOTE = "manage.py playbook publish"


class Command(BaseCommand):
    """Prints the playbook in force, makes a file the draft, or publishes a file or the draft."""

    help = "Export the playbook as JSON, make a file the draft, publish a file or the draft."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="print the playbook in force")
        export.add_argument("--draft", action="store_true", help="the draft instead")
        draft = actions.add_parser("draft", help="make the playbook of a file the draft")
        draft.add_argument("file", type=Path)
        publish = actions.add_parser("publish", help="put a file, or else the draft, in force")
        publish.add_argument("file", type=Path, nargs="?")
        publish.add_argument("--note", default=DEFAULT_NOTE, help="what changed")

    @no_translations
    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            said = getattr(self, f"_{options['action']}")(options)
        except ValidationError as error:
            raise CommandError(f"Nothing was done. Mend these:\n{_named(error)}") from error
        except store.HeldBackError as error:
            reasons = "\n".join(f"  {reason}" for reason in error.reasons)
            raise CommandError(f"Nothing was done. Mend these:\n{reasons}") from error
        except store.StoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(said)

    def _export(self, options: dict[str, Any]) -> str:
        version = _draft() if options["draft"] else store.published(now=timezone.now())
        # Through the schema: its order of fields reads well, that of jsonb does not.
        content = dump_playbook(parse_playbook(version.content))
        return json.dumps(content, ensure_ascii=False, indent=2)

    def _draft(self, options: dict[str, Any]) -> str:
        version = store.replace_draft(content=_read(options["file"]), by=None, now=timezone.now())
        return f"Version {version.number} is the draft."

    def _publish(self, options: dict[str, Any]) -> str:
        note, now = options["note"], timezone.now()
        if options["file"] is not None:
            version = store.publish(content=_read(options["file"]), note=note, now=now)
        else:
            seen = _draft().edited_at
            version = store.publish_draft(note=note, by=None, seen=seen, now=now)
        return f"Version {version.number} is in force."


def _draft() -> PlaybookVersion:
    version = store.draft()
    if version is None:
        raise CommandError("There is no draft.")
    return version


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CommandError(f"{path} is not JSON: {error}") from error


def _named(error: ValidationError) -> str:
    return "\n".join(
        f"  {'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
    )
