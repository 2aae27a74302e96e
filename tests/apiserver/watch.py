# SPDX-License-Identifier: GPL-2.0-or-later
"""An open watch: what waits to be sent, and what it does besides."""

import asyncio
import contextlib
import random
import time

from store import dumps, event_bytes
from wire import Closed


class Watch:
    def __init__(self, shelf, selector, query, period):
        self.shelf = shelf
        self.selector = selector
        self.bookmarks = query.get("allowWatchBookmarks") in ("1", "true")
        self.period = period
        seconds = query.get("timeoutSeconds", "")
        self.seconds = int(seconds) if seconds.isdigit() and int(seconds) else None
        if not self.seconds:
            self.seconds = random.randint(1800, 3600)
        self.queue = asyncio.Queue()
        self.going = asyncio.Event()
        self.going.set()
        self.held = None

    def start(self):
        self.shelf.watches.add(self)

    def stop(self):
        self.shelf.watches.discard(self)

    # what there is to send

    def seen(self, event):
        """An event as this watch sees it: objects come into its selection."""
        if self.selector.all:
            return event.raw()
        is_in = event.type != "DELETED" and self.selector.takes(event.object)
        was_in = event.before is not None and self.selector.takes(event.before)
        if is_in:
            return event.raw("MODIFIED" if was_in else "ADDED")
        return event.raw("DELETED") if was_in else None

    def since(self, version):
        events = [e for e in self.shelf.events if e.version > version]
        return [raw for raw in map(self.seen, events) if raw]

    def take(self, event):
        raw = self.seen(event)
        if not raw:
            return
        if self.held is not None:
            self.held.append(raw)
        else:
            self.queue.put_nowait(("chunk", raw))

    def order(self, what, data=b""):
        """chunk or bytes to send, or cut, reset, end: without more ado."""
        self.queue.put_nowait((what, data))

    def leave(self):
        self.going.set()
        self.order("gone")

    def hold(self):
        self.held = []

    def release(self, backwards):
        held = self.held or []
        self.held = None
        for raw in reversed(held) if backwards else held:
            self.order("chunk", raw)

    def bookmark(self, version, initial=False):
        kind = self.shelf.kind
        meta = {"resourceVersion": str(version)}
        if initial:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        head = {"kind": kind.kind, "apiVersion": kind.version, "metadata": meta}
        return event_bytes("BOOKMARK", dumps({**head, **kind.empty}))

    # sending it

    async def run(self, conn, store):
        """Until the time is over, or the client is gone, or we are told to end."""
        end = time.monotonic() + self.seconds
        due = time.monotonic() + self.period
        gone = asyncio.ensure_future(conn.gone())
        gone.add_done_callback(lambda _: self.leave())
        try:
            while True:
                now = time.monotonic()
                if now >= end:
                    break
                if now >= due:
                    due = now + self.period
                    if self.bookmarks and self.going.is_set():
                        self.order("chunk", self.bookmark(store.version))
                wait = min(end, due) - now
                try:
                    item = await asyncio.wait_for(self.queue.get(), max(0, wait))
                except asyncio.TimeoutError:
                    continue
                await self.going.wait()
                if not await self.send(conn, item):
                    return
            if self.bookmarks:
                await conn.chunk(self.bookmark(store.version))
            await conn.end()
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone

    async def send(self, conn, item):
        """An item; false if the answer has ended well."""
        what, data = item
        if what == "gone":
            raise Closed
        if what == "chunk":
            await conn.chunk(data)
        elif what == "bytes":
            await conn.send(data)
        elif what == "end":
            await conn.end()
            return False
        elif what == "cut":
            raise Closed
        elif what == "reset":
            conn.reset()
            raise Closed
        return True
