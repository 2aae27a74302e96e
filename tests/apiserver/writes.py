# SPDX-License-Identifier: GPL-2.0-or-later
"""POST, PUT, PATCH and DELETE of objects, and of their status."""

import copy
import json
import random

from admission import Allocator, check, default_service
from refused import bad_request, conflict, exists, invalid, not_found, refuse
from store import dumps, merge, now

# What a kind's status is when it is new. The others have no /status.
STATUS = {
    "services": {"loadBalancer": {}},
    "pods": {"phase": "Pending", "qosClass": "BestEffort"},
    "deployments": {},
    "nodes": {},
}
PATCHES = ("application/merge-patch+json", "application/strategic-merge-patch+json")
SECONDS = "%Y-%m-%dT%H:%M:%SZ"
# who may not write without a version
CAREFUL = ("leases",)


class Writes:
    def __init__(self, store):
        self.store = store

    def serve(self, request, kind, place):
        """The HTTP status and the object of an answer."""
        dry_run = self.dry_run(kind, request.query)
        if request.method == "PATCH":
            self.check_patch(request)
        body = self.body(request)
        if place["part"] and kind.plural not in STATUS:
            raise not_found(kind, place["name"])
        if request.method == "POST" and not place["name"]:
            return 201, self.create(kind, place, body, dry_run)
        if not place["name"] or request.method not in ("PUT", "PATCH", "DELETE"):
            raise refuse(405, "405.json")
        if kind.namespaced and not place["ns"]:
            raise refuse(405, "405.json")
        old = self.store.find(kind, place)
        if not old:
            raise not_found(kind, place["name"])
        old = old.decoded()
        if request.method == "DELETE":
            return 200, self.delete(kind, place, old, body, dry_run)
        if request.method == "PATCH":
            body = merge(old, body)
        return 200, self.update(kind, place, old, body, dry_run)

    # what came

    @staticmethod
    def dry_run(kind, query):
        words = query.get("dryRun")
        if words in (None, "All"):
            return words == "All"
        raise invalid(kind, "", [("dryRun", "FieldValueNotSupported",
            f'Unsupported value: "{words}": supported values: "All"')])  # fmt: skip

    @staticmethod
    def body(request):
        if not request.body and request.method == "DELETE":
            return {}
        try:
            body = json.loads(request.body)
        except ValueError as e:
            text = request.body.decode(errors="replace")
            raise bad_request(
                "the object provided is unrecognized (must be of type ): couldn't "
                f"get version/kind; json parse error: {e} ({text})"
            ) from e
        if not isinstance(body, dict):
            raise bad_request("the object provided is unrecognized")
        return body

    @staticmethod
    def check_patch(request):
        media = request.headers.get("content-type", "").split(";")[0]
        if media not in PATCHES:
            raise refuse(
                415,
                "400.badjson.json",
                code=415,
                reason="UnsupportedMediaType",
                message="the body of the request was in an unknown format - "
                f"accepted media types include: {', '.join(PATCHES)}",
            )

    @staticmethod
    def check_identity(kind, place, obj):
        version = obj.get("apiVersion") or kind.version
        if version != kind.version:
            raise bad_request(
                f"the API version in the data ({version}) does not match the "
                f"expected API version ({kind.version})"
            )
        found = obj.get("kind") or kind.kind
        if found != kind.kind:
            raise bad_request(
                f'{found} in version "{kind.version}" cannot be handled as a '
                f"{kind.kind}"
            )
        meta = obj.setdefault("metadata", {})
        if kind.namespaced:
            if meta.setdefault("namespace", place["ns"]) != place["ns"]:
                raise bad_request(
                    "the namespace of the provided object does not match the "
                    "namespace sent on the request"
                )
        if place["name"] and meta.get("name") != place["name"]:
            raise bad_request(
                f"the name of the object ({meta.get('name', '')}) does not match "
                f"the name on the URL ({place['name']})"
            )

    # what is done

    def create(self, kind, place, obj, dry_run):
        if kind.namespaced and not place["ns"]:
            raise refuse(405, "405.json")
        self.check_identity(kind, place, obj)
        meta = obj["metadata"]
        if meta.get("resourceVersion"):
            raise bad_request(
                "resourceVersion should not be set on objects to be created"
            )
        if not meta.get("name") and meta.get("generateName"):
            letters = random.choices("bcdfghjklmnpqrstvwxz2456789", k=5)
            meta["name"] = meta["generateName"] + "".join(letters)
        for name in ("uid", "creationTimestamp", "generation"):
            meta.pop(name, None)
        if kind.plural in STATUS:
            obj["status"] = copy.deepcopy(STATUS[kind.plural])
        self.admit(kind, obj, {})
        key = (meta.get("namespace", "") if kind.namespaced else "", meta["name"])
        if key in self.store.shelves[kind.plural].objects:
            raise exists(kind, meta["name"])
        if dry_run:
            return self.store.formed(obj, "").raw
        return self.store.put(obj).raw

    def update(self, kind, place, old, obj, dry_run):
        self.check_identity(kind, place, obj)
        meta, had = obj["metadata"], old["metadata"]
        name = place["name"]
        if not meta.get("resourceVersion") and kind.plural in CAREFUL:
            raise invalid(kind, name, [("metadata.resourceVersion",
                "FieldValueInvalid",
                "Invalid value: 0x0: must be specified for an update")])  # fmt: skip
        if meta.get("resourceVersion") not in (None, "", had["resourceVersion"]):
            raise conflict(kind, name)
        if meta.get("uid") not in (None, "", had["uid"]):
            raise conflict(
                kind, name,
                f"Precondition failed: UID in precondition: {meta['uid']}, "
                f"UID in object meta: {had['uid']}",
            )  # fmt: skip
        if place["part"]:
            obj = {**old, "status": obj.get("status") or {}}
        elif kind.plural in STATUS:
            obj["status"] = old.get("status", {})
        for field in ("uid", "creationTimestamp", "resourceVersion"):
            obj["metadata"][field] = had[field]
        if "deletionTimestamp" in had:
            obj["metadata"]["deletionTimestamp"] = had["deletionTimestamp"]
        if not place["part"]:
            self.admit(kind, obj, old)
        same = {**obj, "kind": kind.kind, "apiVersion": kind.version} == old
        if dry_run or same:
            return self.store.formed(obj, had["resourceVersion"]).raw
        new = self.store.put(obj)
        if "deletionTimestamp" in had and not obj["metadata"].get("finalizers"):
            self.store.delete(kind.plural, new.key)
        return new.raw

    def admit(self, kind, obj, old):
        obj.setdefault("kind", kind.kind)
        obj.setdefault("apiVersion", kind.version)
        name = obj["metadata"].get("name", "")
        if kind.plural == "services":
            spec, before = obj.setdefault("spec", {}), old.get("spec", {})
            default_service(spec, before)
        causes = check(kind, obj)
        if not causes and kind.plural == "services":
            shelf = self.store.shelves["services"]
            key = (obj["metadata"]["namespace"], name)
            others = [
                other.decoded().get("spec", {})
                for at, other in shelf.objects.items()
                if at != key
            ]
            causes = Allocator(others).allocate(spec, before)
        if causes:
            raise invalid(kind, name, causes)

    def delete(self, kind, place, old, options, dry_run):
        name, meta = place["name"], old["metadata"]
        wanted = options.get("preconditions") or {}
        for field, word in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
            if wanted.get(field) not in (None, meta[field]):
                raise conflict(
                    kind, name,
                    f"Precondition failed: {word} in precondition: "
                    f"{wanted[field]}, {word} in object meta: {meta[field]}",
                )  # fmt: skip
        if not dry_run and "All" not in (options.get("dryRun") or []):
            key = (place["ns"] if kind.namespaced else "", name)
            if meta.get("finalizers"):  # it goes when they are gone
                meta.setdefault("deletionTimestamp", now().strftime(SECONDS))
                return self.store.put(old).raw
            self.store.delete(kind.plural, key)
        return dumps(
            {
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Success",
                "details": {
                    "name": name,
                    **({"group": kind.group} if kind.group else {}),
                    "kind": kind.plural,
                    "uid": meta["uid"],
                },
            }
        )
