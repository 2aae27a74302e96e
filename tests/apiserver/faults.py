# SPDX-License-Identifier: GPL-2.0-or-later
"""How the server is told to misbehave."""

import asyncio
import pathlib

DATA = pathlib.Path(__file__).resolve().parent.parent / "data/api"

# Recorded bodies; 429 and 503 come from parts of an API server that answer in
# plain text.
STATUSES = {
    400: "400.badcontinue.json",
    401: "401.json",
    403: "403.list.json",
    404: "404.service.json",
    405: "405.json",
    409: "409.conflict.json",
    410: "410.list-exact.json",
    422: "422.sendInitialEvents-nomatch.json",
    500: "500.badrv.json",
    504: "504.toolarge-rv.json",
}
TEXTS = {
    429: b"Too many requests, please try again later.\n",
    502: b"<html><body><h1>502 Bad Gateway</h1></body></html>\n",
    503: b"no endpoints available\n",
}

# these misbehave only where they are named
WRITES = ("create", "update", "patch", "delete")

ACTIONS = {
    "status": "code=N [retry-after=S]: that answer",
    "forbid": "403: nobody may do that",
    "stall": "[at=start|head|body] [forever=1]: no more bytes; until cleared",
    "close": "close without an answer",
    "cut": "close in the middle of the body, between chunks",
    "cut-chunk": "close in the middle of a chunk",
    "reset": "RST in the middle of the body",
    "garbage": "the second half of the body is noise",
    "not-http": "noise instead of an answer",
    "html": "200 and a page",
    "nothing": "200 and an empty body",
    "empty": "no items",
    "null": "items: null",
    "table": "the recorded Table",
    "partial": "the recorded PartialObjectMetadataList",
    "protobuf": "the recorded protobuf body",
    "kind": "items of another kind",
    "slow": "[rate=BYTES]: dribble",
    "large": "[mb=N]: that much more, in items without frontends",
    "expire": "what is behind the first page is Gone",
}


def recorded(name):
    return (DATA / name).read_bytes()


class Fault:
    def __init__(self, action, kind="*", verb="*", count=0, **more):
        if action not in ACTIONS:
            raise ValueError(f"there is no fault {action}")
        self.action = action
        self.kind = kind
        self.verbs = verb.split(",")
        self.left = int(count) or None
        self.more = more
        self.cleared = asyncio.Event()

    def matches(self, kind, verb):
        return self.kind in ("*", kind) and (
            "*" in self.verbs and verb not in WRITES or verb in self.verbs
        )

    def number(self, name, default):
        return int(self.more.get(name, default))


class Faults:
    def __init__(self):
        self.rules = []
        self.taken = 0

    def add(self, **words):
        self.rules.append(Fault(**words))

    def clear(self):
        for fault in self.rules:
            fault.cleared.set()
        self.rules.clear()

    def take(self, kind, verb):
        """The fault that holds for a request, or None."""
        for fault in self.rules:
            if not fault.matches(kind, verb):
                continue
            self.taken += 1
            if fault.left is not None:
                fault.left -= 1
                if fault.left == 0:
                    self.rules.remove(fault)
            return fault
        return None
