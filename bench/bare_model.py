"""What LangChain and the OpenAI client take of a turn, without leadbot. For `bench.turn`.

Reads a turn per line from stdin: the messages with which leadbot asked the model first. Each goes
through an agent of the same shape, with the same tools in name and form, which do nothing, and
handed over as leadbot does it: out of the box the libraries take longer. Prints the milliseconds of
each turn.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import django


def main() -> None:
    """Run every turn that is handed in against the model at this address."""
    django.setup()
    turns = [json.loads(line) for line in sys.stdin]
    print(json.dumps(list(_times(sys.argv[1], turns))))


def _times(url: str, turns: list[list[dict[str, Any]]]) -> Iterable[float]:
    agent = _agent(url)
    for messages in turns:
        began = time.perf_counter()
        agent.invoke({"messages": messages})
        yield (time.perf_counter() - began) * 1000


def _agent(url: str) -> Any:
    # After django.setup(): what is imported here is the worker's only.
    from langchain.agents import create_agent
    from langchain.agents.middleware import wrap_model_call
    from langchain_core.tools import StructuredTool
    from pydantic import SecretStr

    from agent.engines.llm.provider import ChatModel
    from agent.engines.llm.tools import SCHEMAS, TOOLS

    @wrap_model_call
    def hand_over(request: Any, handler: Callable[[Any], Any]) -> Any:
        return handler(request.override(tools=SCHEMAS))

    idle = [
        StructuredTool(
            name=tool.name,
            description=tool.description,
            args_schema=tool.tool_call_schema,
            func=_do_nothing,
        )
        for tool in TOOLS
    ]
    model = ChatModel(model="bench", base_url=url, api_key=SecretStr("bench"), timeout=15)
    return create_agent(model, idle, middleware=[hand_over])


def _do_nothing(**_arguments: Any) -> str:
    return "{}"


if __name__ == "__main__":
    main()
