# SPDX-License-Identifier: GPL-2.0-or-later
"""What a list or a watch selects: a namespace, labels, a name."""

import re

NAME = r"[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?"
VALUE = r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?"
EQUAL = re.compile(rf"(?P<name>{NAME})\s*(?P<how>==?|!=)\s*(?P<value>{VALUE})")
SET = re.compile(rf"(?P<name>{NAME})\s+(?P<how>in|notin)\s*\((?P<values>[^()]*)\)")
PRESENT = re.compile(rf"(?P<not>!?)\s*(?P<name>{NAME})")


class BadSelector(ValueError):
    pass


def parse(text):
    """Functions of a dict, all of which have to be true of it."""
    return [term(part.strip()) for part in split(text)] if text.strip() else []


def split(text):
    """At commas that stand in no parentheses."""
    return re.split(r",(?![^(]*\))", text)


def term(text):
    if match := EQUAL.fullmatch(text):
        name, value = match["name"], match["value"]
        if match["how"] == "!=":
            return lambda have: have.get(name) != value
        return lambda have: have.get(name) == value
    if match := SET.fullmatch(text):
        name = match["name"]
        values = {value.strip() for value in match["values"].split(",")}
        if match["how"] == "in":
            return lambda have: have.get(name) in values
        return lambda have: have.get(name) not in values
    if match := PRESENT.fullmatch(text):
        name, absent = match["name"], bool(match["not"])
        return lambda have: (name in have) != absent
    raise BadSelector(text)


class Selector:
    """labelSelector and fieldSelector (of names) of a query."""

    def __init__(self, query, ns):
        self.ns = ns
        self.labels = parse(query.get("labelSelector", ""))
        self.fields = parse(query.get("fieldSelector", ""))
        self.all = not (ns or self.labels or self.fields)

    def takes(self, obj):
        if self.all:
            return True
        if obj is None or (self.ns and obj.key[0] != self.ns):
            return False
        fields = {"metadata.name": obj.key[1], "metadata.namespace": obj.key[0]}
        if not all(is_so(fields) for is_so in self.fields):
            return False
        if not self.labels:
            return True
        labels = obj.decoded()["metadata"].get("labels") or {}
        return all(is_so(labels) for is_so in self.labels)
