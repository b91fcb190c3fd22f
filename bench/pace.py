"""A steady stream with a worker at work: how fast a webhook is acknowledged and a job starts."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import psycopg

from bench import load, traffic
from bench.load import Sample
from bench.stack import Stack

# Every job leaves behind how late it started: after its time, or after it was deferred.
WATCH = """
CREATE TABLE bench_start (task text NOT NULL, seconds float NOT NULL);
CREATE FUNCTION bench_watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bench_start
    SELECT NEW.task_name, extract(epoch FROM clock_timestamp() - coalesce(NEW.scheduled_at,
           (SELECT min(at) FROM procrastinate_events WHERE job_id = NEW.id)));
    RETURN NULL;
END $$;
CREATE TRIGGER bench_watch AFTER UPDATE ON procrastinate_jobs FOR EACH ROW
  WHEN (OLD.status = 'todo' AND NEW.status = 'doing') EXECUTE FUNCTION bench_watch();
"""


def run(*, rate: float, leads: int, seconds: float) -> tuple[Sample, dict[str, Sample]]:
    """Acknowledgements, and starts by task. The leads' bursts become turns as in production."""
    with _cloud_api() as url, Stack(WHATSAPP_API_URL=url) as stack:
        stack.manage("migrate", "--noinput", "-v", "0")
        stack.manage("seed_demo")
        port = stack.web().port
        body = traffic.population(leads)
        load.post_once(port=port, request=traffic.request(body, path="/webhook"))
        with psycopg.connect(stack.database_url, options="-c search_path=leadbot") as connection:
            connection.execute(WATCH)
        stack.worker()
        requests = load.message_requests(leads=leads, path="/webhook", source="pace")
        # Threads opened their connections, the worker is up.
        load.open_loop(port=port, requests=requests, connections=16, rate=rate, seconds=3.0)
        with psycopg.connect(stack.database_url, options="-c search_path=leadbot") as connection:
            connection.execute("TRUNCATE bench_start")
        requests = load.message_requests(leads=leads, path="/webhook", source="paced")
        acknowledged = load.open_loop(
            port=port, requests=requests, connections=16, rate=rate, seconds=seconds
        )
        return acknowledged, _starts(stack.database_url, seconds)


def _starts(url: str, seconds: float) -> dict[str, Sample]:
    samples: dict[str, Sample] = {}
    with psycopg.connect(url, options="-c search_path=leadbot") as connection:
        for task, late in connection.execute("SELECT task, seconds FROM bench_start"):
            samples.setdefault(task, Sample(seconds)).latencies.append(late)
    return samples


@contextmanager
def _cloud_api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Accepting)
    process = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
    process.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    process.terminate()
    process.join()
    server.server_close()


class _Accepting(BaseHTTPRequestHandler):
    """Says yes to every send."""

    protocol_version = "HTTP/1.1"
    ids = count(1)

    def do_POST(self) -> None:
        """Answer as Meta does."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = {"success": True, "messages": [{"id": f"wamid.out.{next(self.ids)}"}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
