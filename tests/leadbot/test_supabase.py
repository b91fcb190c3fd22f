"""A database as Supabase hands it out: its roles, both of its grants, a login that owns one schema.

The server is one of the tests' own, since roles belong to a whole server.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql

from leadbot import embedded_postgres, gunicorn, worker
from tests.leadbot.instance import Instance, wait_for
from tests.payloads import sign

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

# What Supabase's smallest project lets through its session pooler, and how it is shared.
ALLOWED, WEB_PROCESSES, POOL_SIZE = 15, 2, 3
NO_LIMIT = -1
API_ROLES = ["anon", "authenticated", "service_role"]
ROLES = """
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT;
GRANT anon, authenticated, service_role TO authenticator;
CREATE ROLE dashboard LOGIN CREATEROLE CREATEDB;
"""
GRANTS = {
    # Until 2026, and in every project made before: all on whatever comes into `public`.
    "old": """
        GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public
            GRANT ALL ON TABLES TO anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public
            GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public
            GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
        """,
    # Since: reading and writing revoked, the rest left.
    "new": """
        GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public
            GRANT TRUNCATE, REFERENCES, TRIGGER ON TABLES TO anon, authenticated, service_role;
        """,
    # Not Supabase's, but any project may have it: whatever our own role makes, wherever.
    "everywhere": """
        ALTER DEFAULT PRIVILEGES FOR ROLE {role}
            GRANT ALL ON TABLES TO anon, authenticated;
        ALTER DEFAULT PRIVILEGES FOR ROLE {role}
            GRANT ALL ON SEQUENCES TO anon, authenticated;
        ALTER DEFAULT PRIVILEGES FOR ROLE {role} GRANT USAGE ON SCHEMAS TO anon;
        """,
}
RIGHTS = """
SELECT kind, name, role, right_
  FROM (SELECT 'table' AS kind, relname AS name, oid, relkind FROM pg_class
         WHERE relnamespace = 'leadbot'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')) AS t,
       unnest(%(roles)s::text[]) AS role,
       unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'])
           AS right_
 WHERE has_table_privilege(role, oid, right_)
UNION ALL
SELECT 'sequence', relname, role, right_
  FROM pg_class, unnest(%(roles)s::text[]) AS role,
       unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS right_
 WHERE relnamespace = 'leadbot'::regnamespace AND relkind = 'S'
   AND has_sequence_privilege(role, oid, right_)
UNION ALL
SELECT 'function', oid::regprocedure::text, role, 'EXECUTE'
  FROM pg_proc, unnest(%(roles)s::text[]) AS role
 WHERE pronamespace = 'leadbot'::regnamespace AND has_function_privilege(role, oid, 'EXECUTE')
UNION ALL
SELECT 'schema', 'leadbot', role, right_
  FROM unnest(%(roles)s::text[]) AS role, unnest(ARRAY['USAGE', 'CREATE']) AS right_
 WHERE has_schema_privilege(role, 'leadbot', right_)
"""


class Project:
    """One Supabase project: a database, seen by its administrator and by our role."""

    def __init__(self, server: str, name: str) -> None:
        self.role = f"app_{name}"
        superuser_url = server.replace("/leadbot?", f"/{name}?")
        # Supabase's `postgres` owns the database and is no superuser.
        self.admin_url = superuser_url.replace("user=postgres", "user=dashboard")
        self.url = superuser_url.replace("user=postgres", f"user={self.role}")

    def rows(self, query: str, url: str = "", **parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(url or self.admin_url) as connection:
            return connection.execute(query, parameters).fetchall()

    def number(self, query: str, **parameters: Any) -> int:
        return int(self.rows(query, **parameters)[0][0])

    def manage(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={
                "PATH": os.environ["PATH"],
                "DATABASE_URL": self.url,
                "SECRET_KEY": "k" * 60,
                "LEADBOT_DEMO": "1",
            }
            | variables,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_postgres.start(tmp_path_factory.mktemp("supabase")) as started:
        with psycopg.connect(started.url, autocommit=True) as connection:
            connection.execute(ROLES)
        yield started.url


@pytest.fixture
def project(server: str) -> Project:
    return new_project(server)


@pytest.fixture(scope="module")
def migrated(server: str) -> Project:
    """One project with every grant at once: rights add up, so none alone leaves more."""
    project = new_project(server)
    prepare(project, *GRANTS)
    with psycopg.connect(project.url) as ours, pytest.raises(psycopg.errors.InsufficientPrivilege):
        ours.execute("CREATE SCHEMA another")
    # Beside web and worker there is one connection left for a command.
    refuse_more_connections_than(project, 1)
    done = project.manage("migrate", "--noinput", DATABASE_POOL_SIZE=str(POOL_SIZE))
    assert done.returncode == 0, done.stderr
    assert "too many connections" not in done.stderr
    refuse_more_connections_than(project, NO_LIMIT)
    return project


def new_project(server: str) -> Project:
    name = f"project_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER dashboard").format(sql.Identifier(name))
        )
        connection.execute(
            sql.SQL("REVOKE CREATE, TEMPORARY ON DATABASE {} FROM PUBLIC").format(
                sql.Identifier(name)
            )
        )
    return Project(server, name)


def prepare(project: Project, *grants: str) -> None:
    """Do what docs/configuration.md tells an administrator to do once."""
    text = (ROOT / "docs" / "configuration.md").read_text()
    documented = text.partition("```sql\n")[2].partition("```")[0]
    assert "create schema leadbot" in documented
    with psycopg.connect(project.admin_url, autocommit=True) as connection:
        connection.execute(documented.replace("leadbot_app", project.role).encode())
        for name in grants:
            connection.execute(GRANTS[name].replace("{role}", project.role).encode())


def test_nobody_else_has_any_right_on_what_migrate_makes(migrated: Project) -> None:
    project = migrated
    kinds = dict(
        project.rows(
            "SELECT relkind, count(*) FROM pg_class"
            " WHERE relnamespace = 'leadbot'::regnamespace GROUP BY relkind"
        )
    )
    functions = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'leadbot'::regnamespace"
    assert kinds["r"] > 20
    assert kinds["S"] > 5
    assert project.number(functions) > 10
    assert project.number("SELECT count(*) FROM leadbot.procrastinate_jobs") == 0
    assert project.rows(RIGHTS, roles=API_ROLES) == []
    assert leftovers_in_public(project) == []
    path = project.rows("SELECT current_schema(), current_schemas(false)", url=project.url)
    assert path == [("leadbot", ["leadbot"])]


def test_rights_that_came_later_go_at_the_next_migrate(migrated: Project) -> None:
    project = migrated
    with psycopg.connect(project.admin_url, autocommit=True) as connection:
        connection.execute("GRANT USAGE ON SCHEMA leadbot TO anon")
        connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA leadbot TO anon, authenticated")
        connection.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA leadbot TO service_role")
    assert "REVOKE" in project.manage("doctor", "database").stdout
    assert project.manage("migrate", "--noinput").returncode == 0
    assert project.rows(RIGHTS, roles=API_ROLES) == []


def leftovers_in_public(project: Project) -> list[tuple[Any, ...]]:
    return project.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"
    )


def test_the_check_itself_sees_what_public_would_give_away(project: Project) -> None:
    """Put a table where Django puts them by default: the old grants open it."""
    prepare(project, "old")
    with psycopg.connect(project.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.auth_user (id int)")
        connection.execute("CREATE TABLE leadbot.open_to_all (id int)")
        connection.execute("GRANT SELECT ON leadbot.open_to_all TO anon")
    assert project.number("SELECT has_table_privilege('anon', 'public.auth_user', 'UPDATE')::int")
    assert project.rows(RIGHTS, roles=["anon"]) == [("table", "open_to_all", "anon", "SELECT")]


def test_a_role_that_may_make_schemas_makes_its_own(project: Project) -> None:
    project.url = project.admin_url
    migrated = project.manage("migrate", "--noinput")
    assert migrated.returncode == 0, migrated.stderr
    assert project.rows(RIGHTS, roles=API_ROLES) == []
    assert leftovers_in_public(project) == []


def test_everything_runs_as_that_role_through_a_pool(migrated: Project, tmp_path: Path) -> None:
    project = migrated
    # As the pooler does it: whoever asks for one more is refused.
    refuse_more_connections_than(project, WEB_PROCESSES * POOL_SIZE + worker.POOLED_CONNECTIONS)
    started = Instance(
        tmp_path / "data",
        DATABASE_URL=project.url,
        DATABASE_POOL_SIZE=str(POOL_SIZE),
        WEB_CONCURRENCY=str(WEB_PROCESSES),
        AGENT_DEBOUNCE_SECONDS="0.1",
        WHATSAPP_APP_SECRET="test-app-secret",
    )
    try:
        started.wait_until_up()
        before = answered(project)
        with ThreadPoolExecutor(8) as phones:
            numbers = [f"52155501{number:05}" for number in range(24)]
            statuses = list(phones.map(lambda phone: write(started, phone=phone), numbers))
        assert statuses == [200] * len(numbers)
        wait_for(lambda: answered(project) >= before + len(numbers))
        assert started.get("/readyz")[0] == 200
        assert started.stop() == 0
        for refusal in ("too many connections", "Timeout"):
            assert refusal not in started.text()
        assert not (tmp_path / "data" / "postgres").exists()
    finally:
        if started.process.poll() is None:
            started.stop()
    assert project.rows(RIGHTS, roles=API_ROLES) == []


def refuse_more_connections_than(project: Project, limit: int) -> None:
    with psycopg.connect(project.admin_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(
                sql.Identifier(project.role), sql.Literal(limit)
            )
        )


def test_the_connections_add_up_to_what_the_pooler_allows() -> None:
    group = yaml.safe_load((ROOT / "render.yaml").read_text())["envVarGroups"][0]["envVars"]
    given = {variable["key"]: variable["value"] for variable in group}
    assert int(given["DATABASE_POOL_SIZE"]) == POOL_SIZE
    assert gunicorn.workers == WEB_PROCESSES
    one_off = 1
    assert WEB_PROCESSES * POOL_SIZE + worker.POOLED_CONNECTIONS + one_off <= ALLOWED
    text = (ROOT / "docs" / "configuration.md").read_text()
    assert f"{WEB_PROCESSES} web processes of {POOL_SIZE}" in text
    assert f"the worker's {worker.POOLED_CONNECTIONS} " in text


def write(instance: Instance, *, phone: str) -> int:
    """Post what Meta posts when a new phone writes."""
    message = {
        "from": phone,
        "id": f"wamid.{uuid.uuid4().hex}",
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": "Hola, vi su anuncio"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": "118273645019283"},
        "contacts": [{"profile": {"name": "Ana"}, "wa_id": phone}],
        "messages": [message],
    }
    entry = {"id": "104938271650432", "changes": [{"field": "messages", "value": value}]}
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=60)
    try:
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(raw)}
        connection.request("POST", "/webhook", body=raw, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def answered(project: Project) -> int:
    """Count what the worker posted; the simulator knows no such phones, and refuses them."""
    return project.number(
        "SELECT count(DISTINCT conversation_id) FROM leadbot.conversations_message"
        " WHERE direction = 'outbound' AND state NOT IN ('queued', 'sending')"
    )
