# SPDX-License-Identifier: GPL-2.0-or-later
"""What the server is told while it runs: HTTP on a Unix socket.

curl -s --unix-socket DIR/control http://control/COMMAND[?WORD=...] [-d BODY]

With get=A.B only that of the answer is sent, as text if it is one.
"""

import asyncio
import contextlib
import json
import pathlib
import random

from faults import recorded
from generate import generate_from
from store import dumps, now, objects_in
from wire import Closed, Connection


class Control:
    def __init__(self, store, api, front):
        self.store = store
        self.api = api
        self.front = front
        self.churns = {}

    async def start(self, path):
        pathlib.Path(path).unlink(missing_ok=True)
        return await asyncio.start_unix_server(self.serve, path, limit=1 << 26)

    async def serve(self, reader, writer):
        conn = Connection(reader, writer)
        with contextlib.suppress(Closed, ConnectionError):
            while request := await conn.request():
                await self.answer(conn, request)
        conn.close()

    async def answer(self, conn, request):
        name = request.path.strip("/").replace("-", "_")
        command = getattr(self, f"do_{name}", None)
        try:
            if not command:
                raise ValueError(f"there is no command {name}")
            said = command(request.query, request.body)
            if asyncio.iscoroutine(said):
                said = await said
            for name in request.query.get("get", "").split("."):
                said = said[name] if name else said
        except (ValueError, KeyError, TypeError, OSError) as e:
            await conn.answer(400, f"{type(e).__name__}: {e}\n".encode())
            return
        if not isinstance(said, str):
            said = dumps({} if said is None else said).decode()
        await conn.answer(200, said.encode() + b"\n")

    # the cluster

    def do_put(self, query, body):
        """Create or replace the objects in the body; quiet=1: no event."""
        versions = [
            self.store.put(obj, "quiet" in query).version
            for obj in objects_in(body.decode())
        ]
        return {"versions": versions}

    def do_load(self, query, body):
        """file=PATH: the same; replace=1: and delete all others of its kinds."""
        text = pathlib.Path(query["file"]).read_text(encoding="utf-8")
        objects = list(objects_in(text))
        if "replace" in query:
            keep = {
                (o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"])
                for o in objects
            }
            for plural, shelf in self.store.shelves.items():
                if not any(kind == shelf.kind.kind for kind, _, _ in keep):
                    continue
                for key in sorted(shelf.objects):
                    if (shelf.kind.kind, *key) not in keep:
                        self.store.delete(plural, key)
        for obj in objects:
            self.store.put(obj)
        return {"objects": len(objects)}

    def do_patch(self, query, body):
        """kind= [ns=] name=: a JSON merge patch"""
        key = (query.get("ns", ""), query["name"])
        return {
            "version": self.store.patch(query["kind"], key, json.loads(body)).version
        }

    def do_delete(self, query, body):
        """kind= [ns=] [name=]: one, or all of them; quiet=1: no event"""
        shelf = self.store.shelves[query["kind"]]
        keys = list(shelf.objects)
        if "name" in query:
            keys = [(query.get("ns", ""), query["name"])]
        for key in keys:
            self.store.delete(query["kind"], key, "quiet" in query)

    def do_generate(self, query, body):
        """words=services=N,endpoints=N,..."""
        generate_from(self.store, query["words"])

    def do_dump(self, query, body):
        """Everything, as a List."""
        items = [
            obj.decoded()
            for shelf in self.store.shelves.values()
            for obj in shelf.sorted()
        ]
        return {"kind": "List", "apiVersion": "v1", "items": items}

    async def do_replay(self, query, body):
        """file= [pause=MS]: the changes of a recorded watch, one by one"""
        with open(query["file"], encoding="utf-8") as lines:
            events = [json.loads(line) for line in lines]
        for event in events:
            await asyncio.sleep(int(query.get("pause", "0")) / 1000)
            self.replay(event)
        return {"events": len(events)}

    def replay(self, event):
        obj = event["object"]
        if event["type"] in ("ADDED", "MODIFIED"):
            self.store.put(obj)
            return
        plural = next(
            shelf.kind.plural
            for shelf in self.store.shelves.values()
            if shelf.kind.kind == obj["kind"]
        )
        if event["type"] == "DELETED":
            meta = obj["metadata"]
            self.store.delete(plural, (meta.get("namespace", ""), meta["name"]))
        elif event["type"] == "BOOKMARK":
            self.do_bookmark({"kind": plural}, b"")

    def do_compact(self, query, body):
        self.store.compact()

    # changes without end

    async def do_churn(self, query, body):
        """name= kind= prefix= [ns=] how=ready|unused|annotation rate= [seed=]
        [count=]: change objects whose names begin so; rate=0 stops it"""
        name = query.get("name", "churn")
        old = self.churns.pop(name, None)
        if old:
            old["task"].cancel()
        rate = float(query.get("rate", "0"))
        if rate <= 0:
            return {"changes": old["changes"] if old else 0}
        state = {"changes": 0}
        state["task"] = asyncio.ensure_future(self.churn(query, rate, state))
        self.churns[name] = state
        return None

    async def churn(self, query, rate, state):
        kind = query.get("kind", "endpointslices")
        dice = random.Random(int(query.get("seed", "1")))
        prefix = query.get("prefix", "")
        keys = sorted(
            key for key in self.store.shelves[kind].objects if key[1].startswith(prefix)
        )
        count = int(query.get("count", "0"))
        loop = asyncio.get_running_loop()
        start = loop.time()
        while not count or state["changes"] < count:
            late = start + state["changes"] / rate - loop.time()
            # even where we are late, others have their turn
            await asyncio.sleep(max(0, late))
            self.change(kind, dice.choice(keys), query.get("how", "ready"), dice)
            state["changes"] += 1

    def change(self, kind, key, how, dice):
        obj = self.store.shelves[kind].objects[key].decoded()
        notes = obj["metadata"].setdefault("annotations", {})
        if how == "annotation":
            notes["example.com/dice"] = str(dice.random())
        else:
            stamp = now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            notes["endpoints.kubernetes.io/last-change-trigger-time"] = stamp
        if how == "ready":
            conditions = dice.choice(obj["endpoints"])["conditions"]
            conditions["ready"] = not conditions["ready"]
            conditions["serving"] = conditions["ready"]
        elif how == "unused":
            unused = [e for e in obj["endpoints"] if not e["conditions"]["ready"]]
            address = f"10.250.{dice.randrange(250)}.{dice.randrange(1, 250)}"
            dice.choice(unused)["addresses"] = [address]
        self.store.put(obj)

    # misbehaviour

    def do_fault(self, query, body):
        """action= [kind=] [verb=list,stream,watch,get,create,update,patch,delete] [count=] ..."""
        self.api.faults.add(**query)
        return {"faults": self.api.faults.taken}

    def do_clear(self, query, body):
        self.api.faults.clear()

    def watches(self, query):
        kind = query.get("kind")
        return [
            watch
            for shelf in self.store.shelves.values()
            if kind in (None, shelf.kind.plural)
            for watch in shelf.watches
        ]

    def do_watches(self, query, body):
        """do=stall|resume|hold|release [order=reversed]|end|cut|reset [kind=]"""
        for watch in self.watches(query):
            if query["do"] == "stall":
                watch.going.clear()
            elif query["do"] == "resume":
                watch.going.set()
            elif query["do"] == "hold":
                watch.hold()
            elif query["do"] == "release":
                watch.release(query.get("order") == "reversed")
            elif query["do"] in ("end", "cut", "reset"):
                watch.order(query["do"])
            else:
                raise ValueError("what should watches do?")

    def do_send(self, query, body):
        """kind= what=body|last|oldest|gone|half|noise: into its watches; half a
        chunk of the body (or of the last event), then [then=cut|reset|stall]"""
        shelf = self.store.shelves[query["kind"]]
        what = query.get("what", "body")
        data, how = body, "chunk"
        if what in ("last", "oldest"):
            data = shelf.events[-1 if what == "last" else 0].raw()
        elif what == "gone":
            data = recorded("410.watch.rv1.jsonl")
        elif what == "noise":
            data = random.Random(1).randbytes(2000)
        elif what == "half":
            whole = body or shelf.events[-1].raw()
            data = b"%x\r\n%s" % (len(whole), whole[: len(whole) // 2])
            how = "bytes"
        for watch in self.watches(query):
            watch.order(how, data)
            if query.get("then") in ("cut", "reset", "end"):
                watch.order(query["then"])
            elif query.get("then") == "stall":
                asyncio.get_running_loop().call_later(0.1, watch.going.clear)

    def do_bookmark(self, query, body):
        for watch in self.watches(query):
            if watch.bookmarks:
                watch.order("chunk", watch.bookmark(self.store.version))

    async def do_listen(self, query, body):
        """on=0|1: refuse connections, or take them again"""
        await self.front.listen(query["on"] == "1")

    def do_hang(self, query, body):
        """on=0|1: take connections, and say nothing to them"""
        self.front.hang(query["on"] == "1")

    def do_reset(self, query, body):
        """RST to all connections"""
        self.front.reset()

    def do_certificate(self, query, body):
        """[authority=1] [names=a,b]: a new certificate for new connections"""
        names = query.get("names")
        self.front.certificate("authority" in query, names and names.split(","))

    def do_tokens(self, query, body):
        """set=a,b: the tokens that are good from now on"""
        self.api.tokens = set(query["set"].split(","))

    # what happened

    def do_events(self, query, body):
        """The Events that were sent to us."""
        return self.api.events

    def do_stats(self, query, body):
        requests = {}
        for name, count in sorted(self.api.requests.items()):
            requests[name] = count
        return {
            "version": self.store.version,
            "objects": {
                name: len(shelf.objects) for name, shelf in self.store.shelves.items()
            },
            "watches": {
                name: len(shelf.watches) for name, shelf in self.store.shelves.items()
            },
            "watching": " ".join(
                name for name, shelf in sorted(self.store.shelves.items()) if shelf.watches
            ),
            "requests": requests,
            "faults": self.api.faults.taken,
            "connections": self.front.taken,
            "open": len(self.front.connections),
            "hung": len(self.front.hung),
            "handshakes_failed": self.front.refused,
            "churns": {name: state["changes"] for name, state in self.churns.items()},
        }
