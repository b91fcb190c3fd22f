"""What /metrics says, to whom, and what it costs."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from agent.models import AgentRun, PlaybookVersion
from conversations.models import Meeting, Message
from conversations.models.ids import first_uuid7, uuid7
from integrations.models import ChannelState, WebhookDelivery
from leadbot import metrics
from tests.conversations import meeting_rows
from tests.conversations.rows import make_conversation, queue_bot_message, write

TOKEN = "a-token-for-prometheus-0123456789"
QUERIES = 8
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
LINE = re.compile(r'([a-z_0-9]+)(\{[a-z]+="[^"\\]*"\})? (-?[0-9.]+(?:e[+-]?\d+)?|\+Inf)')
LABELS = {"outcome", "state", "result", "direction", "channel"}


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def ask(client: Client) -> dict[str, float]:
    response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    return read(response.content.decode())


def read(text: str) -> dict[str, float]:
    """Read the text format strictly: each line is a comment or a sample, each name is explained."""
    assert text.endswith("\n")
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP [a-z_0-9]+ .+|TYPE [a-z_0-9]+ gauge)", line), line
            continue
        sample = LINE.fullmatch(line)
        assert sample, line
        name, labels, number = sample.groups()
        assert f"# TYPE {name} gauge\n" in text
        found[name + (labels or "")] = float(number.replace("+Inf", "inf"))
    return found


def test_without_a_token_set_there_is_nothing(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    for header in ("", "Bearer ", "Bearer x"):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


@pytest.mark.parametrize(
    "header",
    [
        "",
        TOKEN,
        f"Basic {TOKEN}",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer ñandú",
    ],
)
def test_a_wrong_token_is_told_nothing_and_asks_no_database(client: Client, header: str) -> None:
    response = client.get("/metrics", headers={"Authorization": header})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert b"outbox" not in response.content


def test_nobody_may_write_there(client: Client) -> None:
    assert client.post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 405


def test_an_empty_instance_says_zero_and_no_worker(live_server: LiveServer) -> None:
    response = requests.get(
        f"{live_server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20
    )
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    found = read(response.text)
    assert found.pop("worker_heartbeat_age_seconds") == math.inf
    assert set(found.values()) == {0.0}
    assert {"inbound_unhandled_oldest_seconds", "outbox_queued", "outbox_unknown"} <= set(found)
    assert {'sends_5m{outcome="failed"}', 'channel_paused{channel="whatsapp"}'} <= set(found)


@pytest.mark.django_db
def test_a_message_that_nobody_answers_grows_old(client: Client) -> None:
    write("Hola", now=timezone.now() - timedelta(seconds=90))
    found = ask(client)
    assert 90 <= found["inbound_unhandled_oldest_seconds"] < 120
    assert found["inbound_unhandled"] == 1
    assert found['webhook_deliveries_5m{state="processed"}'] == 1


@pytest.mark.django_db
def test_the_outbox_and_what_left_it(client: Client) -> None:
    now = timezone.now()
    conversation = make_conversation(now=now)
    tried = {"attempted_at": now - timedelta(minutes=1), "attempt": 1}
    earlier = {"attempted_at": now - timedelta(minutes=6), "attempt": 1}
    for changes in (
        {},
        {"state": "unknown"} | tried,
        {"state": "sent"} | tried,
        {"state": "sent", "duplicate_ids": ["wamid.2"]} | earlier,
        {"state": "failed"} | earlier,
        {"state": "failed"} | tried,
        # Written more than a day ago.
        {"state": "failed", "id": first_uuid7(now - timedelta(hours=25))} | tried,
    ):
        message = queue_bot_message(conversation, "Hola", now=now - timedelta(minutes=7))
        Message.objects.filter(pk=message.pk).update(**changes)
    found = ask(client)
    assert (found["outbox_queued"], found["outbox_unknown"], found["outbox_failed"]) == (1, 1, 2)
    assert 420 <= found["outbox_oldest_seconds"] < 450
    assert found["duplicate_sends_24h"] == 1
    sends = {name: number for name, number in found.items() if name.startswith("sends_5m")}
    assert sends.pop('sends_5m{outcome="sent"}') == 1
    assert sends.pop('sends_5m{outcome="unknown"}') == 1
    assert sends.pop('sends_5m{outcome="failed"}') == 1
    assert set(sends.values()) == {0.0}


@pytest.mark.django_db
def test_bookings_tokens_jobs_worker_and_pause(client: Client) -> None:
    now = timezone.now()
    day_before = now - timedelta(hours=25)
    first = book()
    Meeting.objects.filter(pk=first).update(id=first_uuid7(day_before))
    book(state="released")
    for written_at in (now, now, day_before):
        run(at=written_at, tokens_in=1_234_567, tokens_out=10)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)",
            [now - timedelta(seconds=9)],
        )
    add_jobs("todo", 3)
    add_jobs("todo", 2, scheduled_at=now + timedelta(hours=1))
    add_jobs("doing", 1)
    add_jobs("failed", metrics.MOST_FAILED_JOBS + 1)
    ChannelState.objects.create(
        channel="whatsapp", paused_until=now + timedelta(minutes=1), failures=3
    )
    found = ask(client)
    assert found['bookings_24h{result="released"}'] == 1
    assert sum(number for name, number in found.items() if name.startswith("bookings")) == 1
    assert found['llm_tokens_24h{direction="in"}'] == 2_469_134
    assert found['llm_tokens_24h{direction="out"}'] == 20
    assert (found["jobs_waiting"], found["jobs_doing"], found["jobs_failed"]) == (3, 1, 1000)
    assert 9 <= found["worker_heartbeat_age_seconds"] < 30
    assert found['channel_paused{channel="whatsapp"}'] == 1
    assert found['channel_failures{channel="whatsapp"}'] == 3


@pytest.mark.django_db
def test_no_label_is_about_a_person(client: Client) -> None:
    write("Soy Ana", now=timezone.now())
    response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    text = response.content.decode()
    assert set(re.findall(r"\{([a-z]+)=", text)) == LABELS
    conversation = str(Message.objects.get().conversation_id)
    assert [word for word in ("5550101234", "Ana", conversation, TOKEN) if word in text] == []


@pytest.mark.django_db
def test_old_rows_are_never_read(client: Client) -> None:
    """Each query finds its rows by an index, however many old ones there are."""
    fill(5000)
    with CaptureQueriesContext(connection) as asked:
        ask(client)
    assert len(asked) == QUERIES
    read_whole = [
        (node["Relation Name"], query["sql"])
        for query in asked.captured_queries
        for node in plan(query["sql"])
        if node["Node Type"] == "Seq Scan" and node["Actual Rows"] + removed(node) > 100
    ]
    assert read_whole == []


@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_is_a_503(client: Client, tmp_path: Path) -> None:
    connection.close()
    away = pytest.MonkeyPatch()
    away.setitem(connection.settings_dict, "HOST", str(tmp_path))
    away.setitem(connection.settings_dict["OPTIONS"], "host", str(tmp_path))
    try:
        response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    finally:
        away.undo()
    assert response.status_code == 503
    assert ask(client)["outbox_queued"] == 0


@pytest.mark.django_db
def test_the_manual_explains_each_and_no_other(client: Client) -> None:
    section = MANUAL.read_text(encoding="utf-8").split("\n## Metrics\n")[1].split("\n## ")[0]
    table = section.split("| when |")[0]
    explained = re.findall(r"`([a-z]+_[a-z_0-9]+(?:\{[a-z]+\})?)`", table)
    given = {re.sub(r'="[^"]*"', "", name) for name in ask(client)}
    assert sorted(explained) == sorted(given)


def test_values_of_labels_are_escaped() -> None:
    odd = metrics.Gauge("a", "An a.", {'x"y\\z\n': 0.5}, "kind")
    assert metrics.exposition([odd]) == (
        '# HELP a An a.\n# TYPE a gauge\na{kind="x\\"y\\\\z\\n"} 0.5\n'
    )


def test_keys_made_from_a_time_on_sort_behind_its_first() -> None:
    now = timezone.now()
    assert first_uuid7(now) <= uuid7() < first_uuid7(now + timedelta(minutes=1))


def book(**changes: object) -> UUID:
    host = meeting_rows.make_host(name=f"host{uuid4().hex}")
    now = timezone.now()
    meeting = Meeting.objects.create(
        lead=meeting_rows.make_conversation().lead,
        salesperson=host,
        during=(now, now + timedelta(minutes=30)),
        time_zone="America/Mexico_City",
        created_at=now,
        **{"state": "confirmed"} | changes,
    )
    return meeting.pk


def run(**changes: Any) -> None:
    version, _ = PlaybookVersion.objects.get_or_create(
        number=1, defaults={"content": {}, "created_at": timezone.now()}
    )
    created_at = changes.pop("at")
    AgentRun.objects.create(
        id=uuid4(),
        conversation_id=uuid4(),
        trigger_message_id=uuid4(),
        playbook_version=version,
        state="done",
        created_at=created_at,
        **changes,
    )


def add_jobs(status: str, count: int, scheduled_at: datetime | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
            " SELECT 'default', 'a.task', %s, %s FROM generate_series(1, %s)",
            [status, scheduled_at, count],
        )


def fill(count: int) -> None:
    """Old rows of every kind that grows, and statistics about them."""
    long_ago = timezone.now() - timedelta(days=60)
    conversation = make_conversation(now=long_ago)
    message = queue_bot_message(conversation, "Hola", now=long_ago)
    first = first_uuid7(long_ago)
    Message.objects.filter(pk=message.pk).update(
        id=first, state="read", send_token=None, turn_id=None
    )
    Meeting.objects.filter(pk=book(state="cancelled")).update(id=first)
    WebhookDelivery.objects.create(body=b"{}", state="processed", received_at=long_ago)
    run(at=long_ago)
    of_that_time = "(left(old.id::text, 24) || lpad(to_hex(copy), 12, '0'))::uuid"
    for table, key in (
        ("conversations_message", of_that_time),
        ("conversations_meeting", of_that_time),
        ("integrations_webhookdelivery", "old.id + copy"),
        ("agent_agentrun", of_that_time),
    ):
        repeat(table, key, count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def repeat(table: str, key: str, count: int) -> None:
    """Copy the only row of a table under other keys."""
    copies = f"""
        INSERT INTO {table} SELECT made.*
          FROM {table} AS old, generate_series(1, %s) AS copy,
               jsonb_populate_record(old, jsonb_build_object('id', {key})) AS made
    """  # noqa: S608  # our own words only
    with connection.cursor() as cursor:
        cursor.execute(copies, [count])


def plan(query: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
        ((found,),) = cursor.fetchall()
    tree = json.loads(found) if isinstance(found, str) else found
    nodes, left = [], [tree[0]["Plan"]]
    while left:
        node = left.pop()
        nodes.append(node)
        left += node.get("Plans", [])
    return nodes


def removed(node: dict[str, Any]) -> float:
    return float(node.get("Rows Removed by Filter", 0))
