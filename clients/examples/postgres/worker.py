"""Puts CDRs into PostgreSQL, each once: the commit comes before the acknowledgement, and what comes twice changes nothing."""

import os
import signal
import threading

import psycopg2
import redis
from hookline_worker import consume_cdrs
from psycopg2.extras import execute_values

TABLE = """
CREATE TABLE IF NOT EXISTS cdrs (
  id text PRIMARY KEY, entry json NOT NULL, tenant text, attempt_id text, queue_id text,
  agent_id text, extension text, number text, dialed_at timestamptz,
  call_time numeric, end_reason text, end_code integer
)"""
COLUMNS = ["tenant", "attempt_id", "queue_id", "agent_id", "extension", "number"]
COLUMNS += ["dialed_at", "call_time", "end_reason", "end_code"]
INSERT = f"INSERT INTO cdrs (id, {', '.join(COLUMNS)}, entry) VALUES %s ON CONFLICT (id) DO NOTHING"
TEMPLATE = f"(%s, {', '.join('to_timestamp(%s)' if name == 'dialed_at' else '%s' for name in COLUMNS)}, %s)"

database = None


def connect():
    """A database that doesn't answer must be an error: a handler that never ends holds its entry for ever."""
    limits = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "options": "-c statement_timeout=10000"}
    connection = psycopg2.connect(os.environ["DATABASE_URL"], **limits)
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
    return connection


def clean(value):
    """Text of PostgreSQL has no NUL and no half of a character; the entry has the text as it came."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return value


def insert(cdrs):
    global database
    if database is None or database.closed:
        database = connect()
    rows = []
    for cdr in cdrs:
        payload = cdr.message["payload"]
        rows.append([cdr.id, *(clean(payload.get(name)) for name in COLUMNS), cdr.text])
    with database, database.cursor() as cursor:
        execute_values(cursor, INSERT, rows, TEMPLATE)


def save(cdrs):
    """Returns when they are committed: then they are acknowledged. A database that is away is no fault of a CDR."""
    while True:
        try:
            return insert(cdrs)
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            print("waits for PostgreSQL:", str(error).splitlines()[0], flush=True)
            if stop.wait(1):
                raise


stop = threading.Event()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: stop.set())
counters = consume_cdrs(
    redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:8001"), socket_timeout=5),
    list="enigma:notifications:campaigns",
    handle_batch=save,
    batch=100,
    lease_ms=int(os.environ.get("LEASE_MS", 30_000)),
    stop=stop,
    on_progress=lambda kind, details, _: print(kind, details, flush=True),
)
print(counters)
