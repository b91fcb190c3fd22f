"""`manage.py evaluate`: simulated leads talk with the agent, and the rows say how well it went."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from agent.evaluation import report, scenario, session
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from leadbot import embedded_postgres


class Command(BaseCommand):
    """Plays every scenario in a database of its own, prints a table, writes a page."""

    help = (
        "Play the scenarios of agent/evaluation/scenarios on the guided flow, on a scripted model, "
        "or with --live on the model that the environment configures (that costs money)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--engine", choices=("guided", "scripted"), default="guided")
        parser.add_argument("--live", action="store_true", help="ask the real model")
        parser.add_argument("--trials", type=int, default=1, help="times each scenario is played")
        parser.add_argument("--only", nargs="+", metavar="ID", help="scenarios by id")
        parser.add_argument("--html", type=Path, help="write the transcripts to this file")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["trials"] < 1:
            raise CommandError("--trials is 1 or more.")
        if options["live"] and not settings.OPENAI_API_KEY:
            self.stdout.write("Not run: --live needs OPENAI_API_KEY.")
            return
        mode: session.Mode = "live" if options["live"] else options["engine"]
        scenarios = _chosen(options["only"], mode)
        with _server(), _database():
            trials = session.evaluate(
                scenarios,
                mode=mode,
                playbook=DEFAULT_PLAYBOOK,
                trials=options["trials"],
                told=lambda trial: self._tell(trial, options["verbosity"]),
            )
        rows = report.rows_of(trials)
        self.stdout.write(report.table(rows))
        if options["html"]:
            title = f"Evaluation: {mode}"
            options["html"].write_text(report.page(rows, title=title), encoding="utf-8")
        if len(rows) < len(scenarios):
            told = "AGENT_BUDGET_PER_DAY_USD is spent: %d of %d scenarios were played."
            raise CommandError(told % (len(rows), len(scenarios)))
        if failed := [row.scenario.id for row in rows if row.problem]:
            raise CommandError(f"{len(failed)} scenarios did not pass: {', '.join(failed)}.")

    def _tell(self, trial: session.Trial, verbosity: int) -> None:
        mark = "passed" if trial.passed else "; ".join(trial.shortcomings)
        self.stderr.write(f"{trial.scenario.id}: {mark}")
        if verbosity > 1:
            for line in trial.lines:
                self.stderr.write(f"  {line.author}: {line.text} {' | '.join(line.options)}")


def _chosen(ids: list[str] | None, mode: session.Mode) -> list[scenario.Scenario]:
    """Those that were named, or all; a model's scenarios are not for the guided flow."""
    found = {each.id: each for each in scenario.load()}
    if unknown := set(ids or ()) - set(found):
        raise CommandError(f"No scenario is called {', '.join(sorted(unknown))}.")
    if ids:
        return [found[each] for each in ids]
    return [each for each in found.values() if mode != "guided" or each.needs == "nothing"]


def _server() -> Any:
    return (
        embedded_postgres.start(settings.DATA_DIR) if settings.EMBEDDED_DATABASE else nullcontext()
    )


@contextmanager
def _database() -> Iterator[None]:
    """A database beside the real one, made for this run and dropped after it."""
    real = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{real}_evaluation_{os.getpid()}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(real, verbosity=0)
