# SPDX-License-Identifier: GPL-2.0-or-later
"""How the server says no: recorded Status objects, with other words in them."""

import json

import faults
from store import dumps, merge


class Refused(Exception):
    def __init__(self, status, body, headers=None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers


def refuse(status, name, **changes):
    """Refuse with a recorded body, some of its fields replaced."""
    body = faults.recorded(name)
    if changes:
        body = dumps(merge(json.loads(body), changes))
    return Refused(status, body)


def details(kind, name):
    """Where a Status tells what it is about; without a name of the kind."""
    words = {"kind": kind.plural, "group": kind.group or None}
    return {**words, "name": name}


def not_found(kind, name):
    return refuse(
        404,
        "404.service.json",
        message=f'{kind.qualified} "{name}" not found',
        details=details(kind, name),
    )


def exists(kind, name):
    return refuse(
        409,
        "409.exists.json",
        message=f'{kind.qualified} "{name}" already exists',
        details=details(kind, name),
    )


def conflict(kind, name, why=None):
    why = why or (
        "the object has been modified; please apply your changes to the "
        "latest version and try again"
    )
    return refuse(
        409,
        "409.conflict.json",
        message=f'Operation cannot be fulfilled on {kind.qualified} "{name}": {why}',
        details=details(kind, name),
    )


def bad_request(message):
    return refuse(400, "400.badjson.json", message=message)


def forbidden(kind, place, verb, user="nobody"):
    named = f' "{place["name"]}"' if place["name"] else ""
    where = f'in the namespace "{place["ns"]}"' if place["ns"] else "at the cluster scope"
    part = "/status" if place["part"] else ""
    return refuse(
        403,
        "403.list.json",
        message=f'{kind.qualified}{named} is forbidden: User "{user}" cannot {verb} '
        f'resource "{kind.plural}{part}" in API group "{kind.group}" {where}',
        details=details(kind, place["name"]),
    )


def invalid(kind, name, causes):
    """causes: (field, reason, sentence) each, the reason as FieldValueInvalid."""
    words = [f"{field}: {sentence}" for field, _, sentence in causes]
    what = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    listed = words[0] if len(words) == 1 else f"[{', '.join(words)}]"
    return refuse(
        422,
        "422.clusterip-taken.json",
        message=f'{what} "{name}" is invalid: {listed}',
        details={
            "name": name,
            "group": kind.group or None,
            "kind": kind.kind,
            "causes": [
                {"reason": reason, "message": sentence, "field": field}
                for field, reason, sentence in causes
            ],
        },
    )
