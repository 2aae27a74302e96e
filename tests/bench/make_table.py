#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints a table of kvip's, for kvip restore.

usage: make_table.py SERVICES

One TCP port and two endpoints for each. The first is bench/target, at 10.96.0.1,
which the bench connects to. From 4 on there are bench/sticky, with session
affinity, bench/ranged, with source ranges, and bench/target for IPv6 too. The
two endpoints of those are the bench's server.
"""

import json
import sys


def frontends(number, external):
    """The node port is 30000 and the last byte of the load balancer's address."""
    yield {"address": f"10.96.0.{number}", "port": 80, "kind": "cluster-ip"}
    if external:
        yield {"address": f"203.0.113.{number}", "port": 80, "kind": "load-balancer"}
        yield {"address": "0.0.0.0", "port": 30000 + number, "kind": "node-port"}


def endpoint(address, port):
    return {
        "address": address,
        "port": port,
        "node": "node-a",
        "onNode": True,
        "ready": True,
        "serving": True,
        "terminating": False,
        "inClusterList": True,
        "inLocalList": False,
    }


def service(name, family, addresses, endpoints, **more):
    return {
        "name": name,
        "family": family,
        "protocol": "TCP",
        "algorithm": "random",
        "hasAny": True,
        "internalLocal": False,
        "externalLocal": False,
        "topologyNode": False,
        "topologyZone": False,
        "clusterFallback": False,
        "localFallback": False,
        "affinitySeconds": 0,
        "sourceRanges": [],
        **more,
        "frontends": list(addresses),
        "backends": [endpoint(address, 8080) for address in endpoints],
    }


def targets(services):
    server = ["10.244.0.11", "10.244.0.12"]
    yield service("bench/target", "IPv4", frontends(1, services >= 4), server)
    if services < 4:
        return
    yield service("bench/sticky", "IPv4", frontends(2, True), server, affinitySeconds=10800)
    ranges = [f"198.51.100.{i * 16}/28" for i in range(9)] + ["192.0.2.0/24"]
    yield service("bench/ranged", "IPv4", frontends(3, True), server, sourceRanges=ranges)
    yield service(
        "bench/target",
        "IPv6",
        [{"address": "fd00:10:96::1", "port": 80, "kind": "cluster-ip"}],
        ["fd00:10:244::11", "fd00:10:244::12"],
    )


def other(i):
    address = f"10.{97 + i // 62500}.{i // 250 % 250}.{i % 250 + 1}"
    endpoints = [f"172.{16 + k // 62500}.{k // 250 % 250}.{k % 250 + 1}" for k in (2 * i, 2 * i + 1)]
    frontend = {"address": address, "port": 80, "kind": "cluster-ip"}
    return service(f"ns-{i % 100}/service-{i}:http", "IPv4", [frontend], endpoints)


def main():
    services = int(sys.argv[1])
    items = list(targets(services))
    items += [other(i) for i in range(services - len(items))]
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
    print(f'{{"apiVersion":"kvip/v1","kind":"KvipServiceList",\n"items":[\n{lines}\n]}}')


if __name__ == "__main__":
    main()
