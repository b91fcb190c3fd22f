"""Which engine answers, by the settings. LangChain is loaded here, by name, in the worker only."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from agent.engines.guided.engine import GuidedEngine
from agent.model_calls import ModelRecorder
from agent.models import AgentRun
from agent.replay.billing import Bill, BilledCalls
from agent.replay.play import Rehearsal
from agent.runner import Tools
from agent.tools import pictures
from agent.tools.recorder import StepRecorder
from agent.turn import Engine
from conversations.services.lanes import Claim
from conversations.services.media import SPOKEN
from integrations import registry
from integrations.messaging import MessageKind

GUIDED = GuidedEngine()


def tools() -> Tools:
    """What every turn of this process works with."""
    return Tools(
        primary=_llm if settings.AGENT_ENGINE == "llm" else _guided,
        guided=GUIDED,
        calendar=registry.calendar(),
        channel=registry.channel(),
        clock=timezone.now,
        awaited=_awaited(),
    )


def rehearsal() -> Rehearsal:
    """The engine that would decide, for replays: it leaves no step and counts for no lead."""
    bill = Bill()
    invites = registry.calendar().sends_invitations
    if settings.AGENT_ENGINE == "llm":
        return Rehearsal(llm_engine(BilledCalls(bill, clock=timezone.now)), bill, invites)
    return Rehearsal(GUIDED, bill, invites)


def _awaited() -> frozenset[str]:
    """Kinds of messages that nobody can answer before their file is here."""
    kinds: set[str] = set(SPOKEN) if settings.OPENAI_TRANSCRIPTION_MODEL else set()
    if settings.AGENT_ENGINE == "llm" and settings.OPENAI_VISION:
        kinds.add(MessageKind.IMAGE)
    return frozenset(kinds)


def _guided(_run: AgentRun, _claim: Claim) -> Engine:
    return GUIDED


def _llm(run: AgentRun, claim: Claim) -> Engine:
    return llm_engine(StepRecorder(run=run, claim=claim, clock=timezone.now))


def llm_engine(recorder: ModelRecorder) -> Engine:
    """The model that the settings name."""
    llm: Any = import_string("agent.engines.llm.LlmEngine")
    llm_settings: Any = import_string("agent.engines.llm.LlmSettings")
    engine = llm(
        llm_settings(
            api_key=settings.OPENAI_API_KEY,
            base_url=settings.OPENAI_BASE_URL,
            model=settings.OPENAI_MODEL,
            fallback_model=settings.OPENAI_FALLBACK_MODEL,
        ),
        recorder,
        pictures.read if settings.OPENAI_VISION else None,
    )
    return cast(Engine, engine)
