"""The figures of an evaluation: a table for the terminal and a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from math import comb
from statistics import quantiles

from django.template.loader import render_to_string

from agent.evaluation.scenario import Scenario
from agent.evaluation.session import Trial


@dataclass(frozen=True)
class Row:
    """All trials of one scenario."""

    scenario: Scenario
    trials: tuple[Trial, ...]

    @property
    def passed(self) -> int:
        return sum(trial.passed for trial in self.trials)

    @property
    def problem(self) -> str:
        """What was wrong the first time that something was."""
        return next((trial.shortcomings[0] for trial in self.trials if not trial.passed), "")


@dataclass(frozen=True)
class Figures:
    """`pass_at_1` is pass@1, `pass_all` pass^k for all k trials; times are of turns, in milliseconds."""

    scenarios: int
    trials: int
    pass_at_1: float
    pass_all: float
    turns: int
    p50: float
    p95: float
    fallbacks: int
    cost: Decimal


def rows_of(trials: Iterable[Trial]) -> list[Row]:
    """Trials by scenario, in the order in which they were played."""
    grouped = groupby(trials, key=lambda trial: trial.scenario)
    return [Row(scenario, tuple(group)) for scenario, group in grouped]


def figures_of(rows: Sequence[Row]) -> Figures:
    """The figures over all scenarios; of no scenario, zeros."""
    trials = [trial for row in rows for trial in row.trials]
    each = max((len(row.trials) for row in rows), default=0)
    seconds = sorted(second for trial in trials for second in trial.seconds) or [0.0]
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 19
    return Figures(
        scenarios=len(rows),
        trials=each,
        pass_at_1=_mean(row.passed / len(row.trials) for row in rows),
        pass_all=_mean(comb(row.passed, each) / comb(len(row.trials), each) for row in rows),
        turns=len(seconds),
        p50=cuts[9] * 1000,
        p95=cuts[18] * 1000,
        fallbacks=sum(trial.fallbacks for trial in trials),
        cost=sum((trial.cost for trial in trials), Decimal(0)),
    )


def table(rows: Sequence[Row]) -> str:
    """Markdown: a line for each scenario and one for all."""
    figures = figures_of(rows)
    lines = ["| scenario | language | kind | passed | what was wrong |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.scenario.id} | {row.scenario.language} | {row.scenario.kind} "
        f"| {row.passed} of {len(row.trials)} | {row.problem or '–'} |"
        for row in rows
    ]
    summary = (
        f"{figures.scenarios} scenarios, {figures.trials} trials each: "
        f"pass@1 {figures.pass_at_1:.0%}, pass^{figures.trials} {figures.pass_all:.0%}; "
        f"{figures.turns} turns, p50 {figures.p50:.0f} ms, p95 {figures.p95:.0f} ms; "
        f"{figures.fallbacks} turns fell back to the guided flow; ${figures.cost:.4f}"
    )
    return "\n".join([*lines, "", summary])


def page(rows: Sequence[Row], *, title: str) -> str:
    """One HTML page with every transcript, the failed ones open."""
    context: Mapping[str, object] = {"rows": rows, "figures": figures_of(rows), "title": title}
    return render_to_string("agent/evaluation.html", dict(context))


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
