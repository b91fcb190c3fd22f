"""Django app of the agent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from conversations.models import Meeting


class AgentConfig(AppConfig):
    """Playbooks and runs."""

    name = "agent"
    verbose_name = _("Agent")

    def ready(self) -> None:
        """Hand down the rules of the score, and what holds a draft back."""
        from agent import fact_desk  # noqa: PLC0415  # needs the models
        from agent.playbook import gatekeeper  # noqa: PLC0415
        from agent.replay import gate  # noqa: PLC0415
        from conversations.services import meeting_brief, meeting_telling, scores  # noqa: PLC0415

        meeting_telling.provide(_tell_staff_change)
        meeting_brief.provide(fact_desk.PlaybookDesk().labels)
        scores.provide(fact_desk.rescore)
        gatekeeper.provide(gate.blocking)


def _tell_staff_change(meeting: Meeting, *, now: datetime) -> None:
    # What leads read needs Babel's calendars: the web loads them when staff change a meeting.
    from agent import host_news  # noqa: PLC0415

    host_news.tell_staff_change(meeting, now=now)
