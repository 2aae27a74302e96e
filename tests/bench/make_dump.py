#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints a cluster as kubectl get services,endpointslices,nodes -A -o json does.

usage: make_dump.py SERVICES ENDPOINTS

SERVICES Services with one TCP port and ENDPOINTS endpoints each, on 100 nodes,
with the fields (and the blanks) that a real dump of Kubernetes 1.36 has.
"""

import json
import sys


def meta(namespace, name, **more):
    return {
        "creationTimestamp": "2026-11-24T06:32:46Z",
        **more,
        "name": name,
        "namespace": namespace,
        "resourceVersion": "1234567",
        "uid": "5862e6b6-0ed4-4a80-8f3a-b9334c16ce35",
    }


def service(i):
    ip = f"10.{96 + i // 62500}.{i // 250 % 250}.{i % 250 + 1}"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta(f"ns-{i % 100}", f"service-{i}", labels={"app": f"app-{i}"}),
        "spec": {
            "clusterIP": ip,
            "clusterIPs": [ip],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}],
            "selector": {"app": f"app-{i}"},
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    }


def endpoint(i, j, endpoints):
    k = i * endpoints + j
    return {
        "addresses": [f"172.{16 + k // 62500 % 16}.{k // 250 % 250}.{k % 250 + 1}"],
        "conditions": {"ready": True, "serving": True, "terminating": False},
        "nodeName": f"node-{k % 100}",
        "targetRef": {
            "kind": "Pod",
            "name": f"app-{i}-{j}-7d4b9c",
            "namespace": f"ns-{i % 100}",
            "uid": "11111111-1111-1111-1111-111111111111",
        },
        "zone": f"zone-{k % 3}",
    }


def endpoint_slice(i, endpoints):
    return {
        "addressType": "IPv4",
        "apiVersion": "discovery.k8s.io/v1",
        "endpoints": [endpoint(i, j, endpoints) for j in range(endpoints)],
        "kind": "EndpointSlice",
        "metadata": meta(
            f"ns-{i % 100}",
            f"service-{i}-x7k2p",
            labels={
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": f"service-{i}",
            },
        ),
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
    }


def node(i):
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"node-{i}", "labels": {"topology.kubernetes.io/zone": f"zone-{i % 3}"}},
        "spec": {},
        "status": {"addresses": [{"address": f"192.0.2.{i + 1}", "type": "InternalIP"}]},
    }


def main():
    services, endpoints = int(sys.argv[1]), int(sys.argv[2])
    out = sys.stdout
    out.write('{\n    "apiVersion": "v1",\n    "items": [\n')
    comma = ""
    for i in range(services):
        for item in (service(i), endpoint_slice(i, endpoints)):
            out.write(comma + json.dumps(item, indent=4))
            comma = ",\n"
    for i in range(100):
        out.write(comma + json.dumps(node(i), indent=4))
    out.write('\n    ],\n    "kind": "List",\n    "metadata": {"resourceVersion": ""}\n}\n')


if __name__ == "__main__":
    main()
