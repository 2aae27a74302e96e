# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the Kubernetes API that an agent and its commands use."""

import asyncio
import base64
import collections
import contextlib
import gzip
import json
import random
import re

import faults
from refused import Refused, forbidden, not_found, refuse
from selector import BadSelector, Selector
from store import KINDS, dumps, event_bytes, merge
from watch import Watch
from wire import Closed
from writes import Writes

PATH = re.compile(
    r"(?:/api/v1|/apis/(?P<group>[a-z0-9.]+/v[0-9a-z]+))"
    r"(?:/namespaces/(?P<ns>[^/]+))?/(?P<plural>[a-z]+)"
    r"(?:/(?P<name>[^/]+))?(?P<part>/status)?"
)
VERBS = {"PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Api:
    def __init__(self, store, options):
        self.store = store
        self.writes = Writes(store)
        self.stream = not options.no_stream
        self.bookmarks = options.bookmarks
        self.tokens = set(options.token)
        self.certificates = options.client_certificates
        self.faults = faults.Faults()
        self.requests = collections.Counter()
        self.events = []
        self.log = None

    # requests

    async def serve(self, conn):
        """All requests of a connection."""
        with contextlib.suppress(Closed, ConnectionError):
            while True:
                request = await conn.request()
                if not request:
                    break
                await self.handle(conn, request)
                if request.headers.get("connection", "").lower() == "close":
                    break
        conn.close()

    async def handle(self, conn, request):
        place = PATH.fullmatch(request.path)
        plural = place["plural"] if place else ""
        verb = self.verb(request, place)
        self.requests[f"{plural or request.path} {verb}"] += 1
        fault = self.faults.take(plural, verb)
        try:
            status = await self.dispatch(conn, request, place, verb, fault)
        except Refused as e:
            status = e.status
            await conn.answer(status, e.body, e.headers)
        self.requests[f"{plural or request.path} {verb} {status}"] += 1
        print(request.method, request.target, status, file=self.log, flush=True)

    @staticmethod
    def verb(request, place):
        if request.method != "GET":
            return VERBS.get(request.method, "create")
        if place and place["name"]:
            return "get"
        if request.query.get("watch") not in ("1", "true"):
            return "list"
        if request.query.get("sendInitialEvents") == "true":
            return "stream"
        return "watch"

    def authenticate(self, conn, request):
        if not self.tokens and not self.certificates:
            return
        if self.certificates and conn.certificate():
            return
        word, _, token = request.headers.get("authorization", "").partition(" ")
        if word.lower() == "bearer" and token in self.tokens:
            return
        raise refuse(401, "401.json")

    async def dispatch(self, conn, request, place, verb, fault):
        # what the network or the front of a server does comes first
        if fault and await self.before(conn, fault):
            return 0
        self.authenticate(conn, request)
        if request.path in ("/healthz", "/livez", "/readyz"):
            await conn.answer(200, b"ok", {"Content-Type": "text/plain"})
            return 200
        kind = KINDS.get(place["plural"]) if place else None
        if place and place["plural"] == "events" and verb in ("create", "patch"):
            return await self.take_event(conn, request, place)
        if not kind or (place["group"] or "v1") != kind.version:
            body = faults.recorded("404.path.txt")
            raise Refused(404, body, {"Content-Type": "text/plain; charset=utf-8"})
        if fault and fault.action == "forbid":
            raise forbidden(kind, place, verb)
        if request.method != "GET":
            status, body = self.writes.serve(request, kind, place)
            await conn.answer(status, body)
            return status
        if verb == "get":
            return await self.get(conn, kind, place)
        try:
            selector = Selector(request.query, place["ns"])
        except BadSelector as e:
            raise refuse(400, "400.badselector.json") from e
        if verb == "list":
            return await self.list(conn, request, kind, selector, fault)
        return await self.watch(conn, request, kind, selector, fault)

    async def get(self, conn, kind, place):
        obj = self.store.find(kind, place)
        if not obj:
            raise not_found(kind, place["name"])
        await conn.answer(200, obj.raw)
        return 200

    async def take_event(self, conn, request, place):
        try:
            event = json.loads(request.body)
        except ValueError as e:
            raise refuse(400, "400.badcontinue.json", message=str(e)) from e
        if request.method == "PATCH":
            known = [e for e in self.events if e["metadata"]["name"] == place["name"]]
            if not known:
                raise refuse(404, "404.service.json")
            known[0].update(merge(known[0], event))
            event = known[0]
        else:
            if event["metadata"].get("namespace") != place["ns"]:
                raise refuse(400, "400.badcontinue.json", message="other namespace")
            self.events.append(event)
        await conn.answer(201 if request.method == "POST" else 200, dumps(event))
        return 201

    # faults

    async def stall(self, conn, fault):
        waits = [asyncio.ensure_future(conn.gone())]
        if not fault.more.get("forever"):
            waits.append(asyncio.ensure_future(fault.cleared.wait()))
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if waits[0].done() and not waits[0].cancelled():
            raise Closed

    async def before(self, conn, fault):
        """Faults that need nothing of the answer; whether that was it."""
        action = fault.action
        if action == "status":
            code = fault.number("code", 500)
            headers = {}
            if "retry-after" in fault.more:
                headers["Retry-After"] = fault.more["retry-after"]
            if code in TEXT_CODES:
                headers["Content-Type"] = "text/plain; charset=utf-8"
                raise Refused(code, faults.TEXTS[code], headers)
            raise Refused(code, faults.recorded(faults.STATUSES[code]), headers)
        if action == "stall" and fault.more.get("at", "start") == "start":
            await self.stall(conn, fault)
        elif action == "close":
            raise Closed
        elif action == "not-http":
            await conn.send(noise(500))
            raise Closed
        elif action == "html":
            page = b"<!DOCTYPE html><title>Sign in</title><p>Welcome\n"
            await conn.answer(200, page, {"Content-Type": "text/html"})
            return True
        elif action == "nothing":
            await conn.answer(200, b"")
            return True
        elif action == "slow":
            conn.rate = fault.number("rate", 2000)
        return False

    async def body(self, conn, pieces, fault, headers=None):
        """Send a body in chunks, with what the fault does to it."""
        action = fault.action if fault else ""
        await conn.begin(200, headers)
        if action == "stall" and fault.more.get("at") == "head":
            await self.stall(conn, fault)
        broken = action in ("cut", "cut-chunk", "reset", "garbage") or (
            action == "stall" and fault.more.get("at") == "body"
        )
        if not broken:
            await conn.body(pieces)
            return
        whole = b"".join(pieces)
        half = len(whole) // 2
        if action == "cut-chunk":
            await conn.send(b"%x\r\n%s" % (len(whole), whole[:half]))
            raise Closed
        await conn.body([whole[:half]])
        if action == "reset":
            await asyncio.sleep(0.1)  # let what was sent arrive
            conn.reset()
        if action in ("cut", "reset"):
            raise Closed
        if action == "stall":
            await self.stall(conn, fault)
            await conn.body([whole[half:]])
        else:
            await conn.body([noise(len(whole) - half)])

    # lists

    async def list(self, conn, request, kind, selector, fault):
        query = request.query
        self.check_version(query.get("resourceVersion", ""))
        limit = self.limit(query)
        if query.get("continue"):
            version, objects = self.continued(query["continue"], fault)
        else:
            version = self.store.version
            shelf = self.store.shelves[kind.plural]
            objects = [obj for obj in shelf.sorted() if selector.takes(obj)]
        meta = {"resourceVersion": str(version)}
        if limit and len(objects) > limit:
            token = {"v": "meta.k8s.io/v1", "rv": version, "n": len(self.store.pages)}
            name = base64.urlsafe_b64encode(dumps(token)).decode().rstrip("=")
            self.store.pages[name] = (version, objects[limit:])
            meta["continue"] = name
            meta["remainingItemCount"] = len(objects) - limit
            objects = objects[:limit]
        pieces = list_body(kind, meta, objects, fault)
        headers = {}
        if fault and fault.action == "protobuf":
            headers["Content-Type"] = "application/vnd.kubernetes.protobuf"
        if "gzip" in request.headers.get("accept-encoding", "") and not fault:
            whole = b"".join(pieces)
            pieces = [whole]
            # as an API server does: small bodies stay as they are
            if len(whole) > 128 * 1024:
                headers["Content-Encoding"] = "gzip"
                pieces = [gzip.compress(whole, 1)]
        await self.body(conn, pieces, fault, headers)
        await conn.end()
        conn.rate = 0
        return 200

    @staticmethod
    def limit(query):
        if not query.get("limit") or query.get("resourceVersion") == "0":
            return 0
        if not query["limit"].isdigit():
            raise refuse(400, "400.badcontinue.json", message="bad limit")
        return int(query["limit"])

    def check_version(self, text):
        if not text:
            return 0
        if not text.isdigit():
            raise refuse(
                500,
                "500.badrv.json",
                message=f'resourceVersion: Invalid value: "{text}": '
                f'strconv.ParseUint: parsing "{text}": invalid syntax',
            )
        if int(text) > self.store.version:
            raise refuse(
                504,
                "504.toolarge-rv.json",
                message=f"Timeout: Too large resource version: {text}, "
                f"current: {self.store.version}",
            )
        return int(text)

    def continued(self, token, fault):
        try:
            json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        except ValueError as e:
            raise refuse(400, "400.badcontinue.json") from e
        if fault and fault.action == "expire" or token not in self.store.pages:
            raise refuse(410, "410.continue.json")
        return self.store.pages[token]

    # watches

    async def watch(self, conn, request, kind, selector, fault):
        query = request.query
        match = query.get("resourceVersionMatch")
        if query.get("sendInitialEvents") == "true" and (
            not self.stream or match != "NotOlderThan"
        ):
            raise refuse(422, "422.sendInitialEvents-nomatch.json")
        version = query.get("resourceVersion", "")
        if version and not version.isdigit():
            self.check_version(version)
        shelf = self.store.shelves[kind.plural]
        initial = query.get("sendInitialEvents") == "true" or version in ("", "0")
        watch = Watch(shelf, selector, query, self.bookmarks)
        if initial:
            objects = [obj for obj in shelf.sorted() if selector.takes(obj)]
            bookmark = watch.bookmark(self.store.version, initial=True)
            pieces = initial_events(
                kind, objects, bookmark if watch.bookmarks else b"", fault
            )
        elif int(version) < shelf.floor:
            gone = faults.recorded("410.watch.rv1.jsonl").replace(
                b"1 (320)", b"%s (%d)" % (version.encode(), shelf.floor)
            )
            await self.body(conn, [gone], None)
            await conn.end()
            return 410
        else:
            pieces = watch.since(int(version))
            if fault and fault.action in ("table", "partial", "protobuf", "kind"):
                pieces = [event_bytes("MODIFIED", other_form(kind, fault).strip())]
        watch.start()
        try:
            await self.body(conn, pieces, fault)
            await watch.run(conn, self.store)
        finally:
            watch.stop()
            conn.rate = 0
        return 200


TEXT_CODES = frozenset(faults.TEXTS)


def noise(length):
    """Bytes that are no JSON, the same every time."""
    return random.Random(length).randbytes(length)


def other_form(kind, fault):
    """A list in a form that was not asked for."""
    if fault.action == "kind":
        return dumps(
            {
                "kind": "PodList",
                "apiVersion": "v1",
                "metadata": {"resourceVersion": "1"},
                "items": [{"metadata": {"name": "web", "namespace": "demo"}}],
            }
        )
    end = {"table": "table.json", "partial": "partialmeta.json", "protobuf": "pb"}
    return faults.recorded(f"{kind.plural}.{end[fault.action]}")


def padding(kind, megabytes):
    """Objects that make a list large, and no frontend."""
    rest = {
        "services": b'"spec":{"clusterIP":"None","ports":[{"port":80}]}}',
        "endpointslices": b'"addressType":"FQDN","endpoints":[],"ports":[]}',
    }.get(kind.plural, b'"spec":{}}')
    filler = b"x" * (1 << 20)
    for i in range(megabytes):
        yield (
            b'{"metadata":{"name":"pad-%d","namespace":"demo","uid":"pad-%d",'
            b'"resourceVersion":"1","annotations":{"example.com/padding":"%s"}},%s'
            % (i, i, filler, rest)
        )


def list_body(kind, meta, objects, fault):
    """The bytes of a list, in pieces."""
    action = fault.action if fault else ""
    if action in ("table", "partial", "protobuf", "kind"):
        yield other_form(kind, fault)
        return
    yield b'{"kind":"%sList","apiVersion":"%s","metadata":%s,"items":' % (
        kind.kind.encode(),
        kind.version.encode(),
        dumps(meta),
    )
    if action in ("empty", "null"):
        yield b"null}\n" if action == "null" else b"[]}\n"
        return
    before = b"["
    skip = len(kind.head)
    # some together, since each piece is a chunk or more
    for at in range(0, len(objects), 50):
        some = objects[at : at + 50]
        yield before + b",".join(b"{" + obj.raw[skip:] for obj in some)
        before = b","
    if action == "large":
        for item in padding(kind, fault.number("mb", 300)):
            yield before + item
            before = b","
    yield b"]}\n" if before == b"," else b"[]}\n"


def initial_events(kind, objects, bookmark, fault):
    """Those objects as ADDED, and the bookmark that ends them."""
    action = fault.action if fault else ""
    if action in ("table", "partial", "protobuf", "kind"):
        yield event_bytes("ADDED", other_form(kind, fault).strip())
    elif action not in ("empty", "null"):
        for obj in objects:
            yield event_bytes("ADDED", obj.raw)
        if action == "large":
            for item in padding(kind, fault.number("mb", 300)):
                yield event_bytes("ADDED", kind.head + item[1:])
    yield bookmark
