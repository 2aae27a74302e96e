# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server checks and fills in before it stores an object, as far as tests
need it: names of all kinds, and a Service's ports, addresses and defaults."""

import ipaddress
import json
import re

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
SUBDOMAIN = re.compile(rf"{LABEL.pattern}(\.{LABEL.pattern})*")
BAD_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric "
    "characters or '-', and must start and end with an alphanumeric character "
    "(e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
BAD_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
    "characters, '-' or '.', and must start and end with an alphanumeric character "
    "(e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
CIDR = ipaddress.ip_network("10.96.0.0/16")
NODE_PORTS = range(30000, 32768)


def bad(field, value, sentence):
    shown = value if isinstance(value, int) else json.dumps(value)
    return (field, "FieldValueInvalid", f"Invalid value: {shown}: {sentence}")


def check_name(kind, meta):
    name = meta.get("name") or ""
    if not name:
        return [("metadata.name", "FieldValueRequired",
                 "Required value: name or generateName is required")]  # fmt: skip
    pattern, words = SUBDOMAIN, BAD_SUBDOMAIN
    if kind.kind == "Service":
        pattern, words = LABEL, BAD_LABEL
    return [] if pattern.fullmatch(name) else [bad("metadata.name", name, words)]


def check(kind, obj):
    causes = check_name(kind, obj["metadata"])
    if kind.kind == "Service":
        causes += check_service(obj["spec"])
    return causes


def check_service(spec):
    causes = []
    if spec["type"] == "ExternalName":
        if not spec.get("externalName"):
            causes.append(("spec.externalName", "FieldValueRequired", "Required value"))
        return causes
    if not spec.get("ports") and spec.get("clusterIP") != "None":
        causes.append(("spec.ports", "FieldValueRequired", "Required value"))
    for i, port in enumerate(spec.get("ports") or []):
        field = f"spec.ports[{i}]"
        if len(spec["ports"]) > 1 and not port.get("name"):
            causes.append((f"{field}.name", "FieldValueRequired", "Required value"))
        for key in ("port", "targetPort"):
            number = port.get(key)
            if isinstance(number, int) and not 0 < number < 65536:
                words = "must be between 1 and 65535, inclusive"
                causes.append(bad(f"{field}.{key}", number, words))
    return causes


def default_service(spec, old):
    """What is there without being asked for; @old: the spec before, or {}."""
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    for port in spec.get("ports") or []:
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    if spec["type"] == "ExternalName":
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            spec.pop(name, None)
        return
    spec.setdefault("internalTrafficPolicy", "Cluster")
    spec.setdefault("ipFamilies", old.get("ipFamilies") or ["IPv4"])
    spec.setdefault("ipFamilyPolicy", old.get("ipFamilyPolicy") or "SingleStack")
    if not spec.get("clusterIP") and old.get("clusterIP"):
        spec["clusterIP"] = old["clusterIP"]
        spec["clusterIPs"] = old["clusterIPs"]
    if spec["type"] == "ClusterIP":
        return
    spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    before = {
        (port.get("name"), port["port"], port["protocol"]): port.get("nodePort")
        for port in old.get("ports") or []
    }
    for port in spec.get("ports") or []:
        known = before.get((port.get("name"), port["port"], port["protocol"]))
        if known and not port.get("nodePort"):
            port["nodePort"] = known


class Allocator:
    """Gives a Service what there is once; others: the specs of all others."""

    def __init__(self, others):
        self.addresses = {ip for spec in others for ip in spec.get("clusterIPs") or []}
        self.ports = {
            (port["nodePort"], port.get("protocol", "TCP"))
            for spec in others
            for port in spec.get("ports") or []
            if port.get("nodePort")
        }

    def allocate(self, spec, old):
        """The causes why not."""
        if spec["type"] == "ExternalName":
            return []
        causes = self.address(spec, old)
        if spec["type"] in ("NodePort", "LoadBalancer"):
            for i, port in enumerate(spec.get("ports") or []):
                field = f"spec.ports[{i}].nodePort"
                causes += self.port(spec, port, field)
        return causes

    def address(self, spec, old):
        wanted = spec.get("clusterIP")
        if old.get("clusterIP") and wanted != old["clusterIP"]:
            words = "may not change once set"
            return [bad("spec.clusterIPs[0]", [wanted], words)]
        if not wanted:
            free = (str(ip) for ip in CIDR.hosts() if str(ip) not in self.addresses)
            wanted = next(free)
        elif wanted != "None":
            words = f"failed to allocate IP {wanted}: "
            if wanted in self.addresses:
                words += "provided IP is already allocated"
                return [bad("spec.clusterIPs", [wanted], words)]
            address = ipaddress.ip_address(wanted)
            if address.version == 4 and address not in CIDR:
                words += "the provided network does not match the current range"
                return [bad("spec.clusterIPs", [wanted], words)]
        spec["clusterIP"] = wanted
        spec.setdefault("clusterIPs", [wanted])
        return []

    def port(self, spec, port, field):
        wanted, protocol = port.get("nodePort"), port["protocol"]
        if not wanted:
            if spec.get("allocateLoadBalancerNodePorts") is False:
                return []
            wanted = next(n for n in NODE_PORTS if (n, protocol) not in self.ports)
            port["nodePort"] = wanted
        elif wanted not in NODE_PORTS:
            return [bad(field, wanted,
                        "provided port is not in the valid range. "
                        "The range of valid ports is 30000-32767")]  # fmt: skip
        elif (wanted, protocol) in self.ports:
            return [bad(field, wanted, "provided port is already allocated")]
        self.ports.add((wanted, protocol))
        return []
