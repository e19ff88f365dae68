"""A subscriber and a follower of the Python client as a program: what each hears is a line of its output."""

import json
import os
import sys
import threading
from dataclasses import asdict
from urllib.parse import urlsplit

import redis
from hookline_worker import follow_events, subscribe

config = json.loads(sys.argv[1])
address = urlsplit(config["url"])


def connect():
    return redis.Redis(
        host=address.hostname,
        port=address.port,
        username=address.username,
        password=address.password,
        socket_timeout=5,
    )


def say(**line):
    # print() writes a line and its end apart: those of two threads would mix.
    os.write(1, (json.dumps(line) + "\n").encode())


def listen():
    for heard in subscribe(connect(), queues=["42"], agents="all"):
        say(channel=heard.channel, message=heard.message)


threading.Thread(target=listen, daemon=True).start()
for found in follow_events(connect(), list=config["list"], after=config.get("after")):
    say(**asdict(found))
