"""What the engine is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class LlmSettings:
    """How to reach the model and how long a turn may take.

    `use_responses_api` None means: yes for api.openai.com, no for anything else.
    `deadline_seconds` is wall-clock for the whole turn, `call_seconds` for one request; keep the
    first below the lease of a turn. `patience_seconds` is the longest Retry-After worth waiting, `retry_seconds` the
    pause when there is none.
    """

    api_key: str = field(repr=False)
    base_url: str = "https://api.openai.com/v1"
    model: str = "gpt-5.6-luna"
    fallback_model: str = ""
    use_responses_api: bool | None = None
    deadline_seconds: float = 30.0
    call_seconds: float = 15.0
    patience_seconds: float = 2.0
    retry_seconds: float = 0.25
    max_tokens: int = 1200
    reasoning_effort: str = "low"
    max_calls: int = 8
    history_lines: int = 30

    @property
    def responses(self) -> bool:
        """Whether to speak the Responses API."""
        if self.use_responses_api is not None:
            return self.use_responses_api
        return self.official

    @property
    def official(self) -> bool:
        """Whether this is OpenAI itself: others refuse parameters they do not know."""
        return urlsplit(self.base_url).hostname == "api.openai.com"


# By its id, a picture's type and content; None when it is gone or nothing for a model. Called on
# the engine's own thread.
ReadPicture = Callable[[str], tuple[str, bytes] | None]


@dataclass(frozen=True)
class Picture:
    """A picture as the model gets it; never logged, never stored with a run."""

    mime_type: str
    data: bytes = field(repr=False)
