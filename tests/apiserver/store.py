# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cluster has: objects, and the events of the last changes.

Objects are kept as the bytes that are sent, so that a cluster of 10,000
Services is made and listed quickly.
"""

import collections
import datetime
import json
import uuid


class Kind:
    """One resource: where it is found and how it is called."""

    def __init__(self, plural, kind, version, group, namespaced, empty):
        self.plural = plural
        self.kind = kind
        self.version = version
        self.group = group
        self.path = "/apis/" + version if group else "/api/" + version
        self.namespaced = namespaced
        self.empty = empty  # what a BOOKMARK's object has besides metadata
        self.head = b'{"kind":"%s","apiVersion":"%s",' % (
            kind.encode(),
            version.encode(),
        )

    @property
    def qualified(self):
        return f"{self.plural}.{self.group}" if self.group else self.plural


NODE_STATUS = {
    "daemonEndpoints": {"kubeletEndpoint": {"Port": 0}},
    "nodeInfo": {
        name: ""
        for name in (
            "machineID systemUUID bootID kernelVersion osImage "
            "containerRuntimeVersion kubeletVersion kubeProxyVersion "
            "operatingSystem architecture"
        ).split()
    },
}

POD_TEMPLATE = {"metadata": {}, "spec": {"containers": None}}

KINDS = {
    kind.plural: kind
    for kind in (
        Kind("services", "Service", "v1", "", True,
             {"spec": {}, "status": {"loadBalancer": {}}}),
        Kind("endpointslices", "EndpointSlice", "discovery.k8s.io/v1",
             "discovery.k8s.io", True,
             {"addressType": "", "endpoints": None, "ports": None}),
        Kind("nodes", "Node", "v1", "", False,
             {"spec": {}, "status": NODE_STATUS}),
        Kind("pods", "Pod", "v1", "", True,
             {"spec": {"containers": None}, "status": {}}),
        Kind("deployments", "Deployment", "apps/v1", "apps", True,
             {"spec": {"selector": None, "strategy": {}, "template": POD_TEMPLATE},
              "status": {}}),
        Kind("leases", "Lease", "coordination.k8s.io/v1", "coordination.k8s.io",
             True, {"spec": {}}),
    )
}  # fmt: skip


def dumps(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def kind_of(obj):
    for kind in KINDS.values():
        if obj.get("kind") == kind.kind:
            return kind
    return None


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Object:
    """An object as it is sent, kind and apiVersion first."""

    __slots__ = ("key", "version", "raw")

    def __init__(self, key, version, raw):
        self.key = key
        self.version = version
        self.raw = raw

    def decoded(self):
        return json.loads(self.raw)


class Event:
    """A change: type, the object after it (as it was last, if it is gone)."""

    __slots__ = ("type", "version", "object", "before")

    def __init__(self, type_, version, obj, before):
        self.type = type_
        self.version = version
        self.object = obj
        self.before = before

    def raw(self, type_=None):
        return event_bytes(type_ or self.type, self.object.raw)


def event_bytes(type_, raw):
    return b'{"type":"%s","object":%s}\n' % (type_.encode(), raw)


def merge(target, patch):
    """A JSON merge patch, RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merge(target.get(name), value)
    return target


class Shelf:
    """All objects of a kind."""

    def __init__(self, kind, history):
        self.kind = kind
        self.objects = {}
        self.events = collections.deque(maxlen=history)
        self.floor = 0  # events after this version are known
        self.watches = set()

    def remember(self, event):
        if len(self.events) == self.events.maxlen:
            self.floor = self.events[0].version
        self.events.append(event)

    def sorted(self):
        return [self.objects[key] for key in sorted(self.objects)]


class Store:
    def __init__(self, history=1000, first_version=300):
        self.version = first_version
        self.shelves = {name: Shelf(kind, history) for name, kind in KINDS.items()}
        for shelf in self.shelves.values():
            shelf.floor = first_version
        self.pages = {}  # snapshots that a continue token may ask for

    def next_version(self):
        self.version += 1
        return self.version

    def tell(self, shelf, event):
        shelf.remember(event)
        for watch in list(shelf.watches):
            watch.take(event)

    def put(self, obj, quiet=False):
        """Create or replace an object; the version is ours. Quietly: no event."""
        kind = kind_of(obj)
        if not kind:
            raise ValueError(f"no objects of kind {obj.get('kind')} here")
        new = self.formed(obj, str(self.next_version()))
        return self.place(self.shelves[kind.plural], new, quiet)

    def find(self, kind, place):
        """The object that a path means, or None."""
        key = (place["ns"] or "" if kind.namespaced else "", place["name"])
        return self.shelves[kind.plural].objects.get(key)

    def formed(self, obj, version):
        """An object as it is stored; it is not yet. Without a version: none."""
        kind = kind_of(obj)
        meta = dict(obj["metadata"])
        key = (meta.get("namespace", "") if kind.namespaced else "", meta["name"])
        before = self.shelves[kind.plural].objects.get(key)
        old = before.decoded()["metadata"] if before else {}
        meta.setdefault("uid", old.get("uid") or str(uuid.uuid4()))
        meta.setdefault(
            "creationTimestamp",
            old.get("creationTimestamp") or now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        meta.pop("resourceVersion", None)
        if version:
            meta["resourceVersion"] = version
        rest = {
            name: value
            for name, value in obj.items()
            if name not in ("kind", "apiVersion", "metadata")
        }
        raw = kind.head + dumps({"metadata": meta, **rest})[1:]
        return Object(key, int(version or 0), raw)

    def place(self, shelf, new, quiet=False):
        before = shelf.objects.get(new.key)
        shelf.objects[new.key] = new
        if not quiet:
            type_ = "MODIFIED" if before else "ADDED"
            self.tell(shelf, Event(type_, new.version, new, before))
        return new

    def patch(self, plural, key, patch):
        obj = self.shelves[plural].objects[key].decoded()
        return self.put(merge(obj, patch))

    def delete(self, plural, key, quiet=False):
        shelf = self.shelves[plural]
        before = shelf.objects.pop(key)
        version = self.next_version()
        obj = before.decoded()
        obj["metadata"]["resourceVersion"] = str(version)
        gone = Object(key, version, dumps(obj))
        if not quiet:
            self.tell(shelf, Event("DELETED", version, gone, before))

    def compact(self):
        """Forget what was: older watches and pages are Gone."""
        self.next_version()  # of something that is not among ours
        for shelf in self.shelves.values():
            shelf.events.clear()
            shelf.floor = self.version
        self.pages.clear()


def objects_in(text):
    """The objects in a text: a List, a typed list, or objects, any number."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        items = value.get("items") if value.get("kind", "").endswith("List") else None
        if items is None:
            yield value
            continue
        kind = value["kind"][: -len("List")]
        for item in items:
            head = {"kind": kind, "apiVersion": value["apiVersion"]} if kind else {}
            yield {**head, **item}
