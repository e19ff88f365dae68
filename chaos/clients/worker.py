"""A worker of the Python client as a program: its handler does what the mode says, and every step is a line of its output."""

import json
import os
import re
import signal
import sys
import threading
import time
from dataclasses import asdict
from urllib.parse import urlsplit

import redis
from hookline_worker import consume_cdrs

config = json.loads(sys.argv[1])
address = urlsplit(config["url"])
make = redis.RedisCluster if config["cluster"] else redis.Redis
client = make(
    host=address.hostname,
    port=address.port,
    username=address.username,
    password=address.password,
    socket_timeout=5,
)


def snake(name):
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def camel(name):
    return re.sub("_(.)", lambda letter: letter[1].upper(), name)


def write(**line):
    # Written at once: what happened before a kill is known.
    os.write(1, (json.dumps({"at": time.time() * 1000, **line}) + "\n").encode())


stop = threading.Event()


def end(*_):
    stop.set()
    write(event="stopping")


signal.signal(signal.SIGTERM, end)

held = threading.Semaphore(0)


def listen():
    for _ in sys.stdin:
        held.release()


threading.Thread(target=listen, daemon=True).start()


def handle(cdrs):
    ids = [cdr.id for cdr in cdrs]
    write(event="begun", ids=ids)
    if config["mode"] in ("hold", "deaf"):
        held.acquire()
    if config["mode"] == "slow":
        time.sleep(0.005)
    if config["mode"] == "odd":
        sys.exit("\ud800")  # half of a surrogate pair
    if config["mode"] == "throw" or any(i.startswith("bad") for i in ids):
        raise RuntimeError("no database")
    write(event="done", ids=ids)


def report(kind, details, counters):
    words = {key: str(value) if key == "error" else value for key, value in details.items()}
    counts = {camel(key): value for key, value in asdict(counters).items()}
    write(event="progress", type=camel(kind), counters=counts, **words)
    if config["mode"] == "deaf":
        raise RuntimeError("deaf")


options = {snake(key): value for key, value in config["options"].items()}
how = {"handle_batch": handle} if "batch" in options else {"handle": lambda cdr: handle([cdr])}
consume_cdrs(client, list=config["list"], stop=stop, on_progress=report, **how, **options)
