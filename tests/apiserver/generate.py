# SPDX-License-Identifier: GPL-2.0-or-later
"""Clusters of any size."""

from store import KINDS, Object

SERVICE = (
    '"metadata":{{"name":"{name}","namespace":"{ns}","uid":"{uid}",'
    '"resourceVersion":"{version}","creationTimestamp":"2026-11-24T06:32:46Z",'
    '"labels":{{"app":"{name}"}}}},'
    '"spec":{{"ports":[{{"name":"http","protocol":"TCP","port":80,"targetPort":8080}}],'
    '"selector":{{"app":"{name}"}},"clusterIP":"{ip}","clusterIPs":["{ip}"],'
    '"type":"ClusterIP","sessionAffinity":"None","ipFamilies":["IPv4"],'
    '"ipFamilyPolicy":"SingleStack","internalTrafficPolicy":"Cluster"}},'
    '"status":{{"loadBalancer":{{}}}}}}'
)

SLICE = (
    '"metadata":{{"name":"{name}-x7k2p","generateName":"{name}-","namespace":"{ns}",'
    '"uid":"{uid}","resourceVersion":"{version}","generation":1,'
    '"creationTimestamp":"2026-11-24T06:32:46Z","labels":{{"app":"{name}",'
    '"endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io",'
    '"kubernetes.io/service-name":"{name}"}},'
    '"annotations":{{"endpoints.kubernetes.io/last-change-trigger-time":'
    '"2026-11-24T06:32:46Z"}},'
    '"ownerReferences":[{{"apiVersion":"v1","kind":"Service","name":"{name}",'
    '"uid":"{uid}","controller":true,"blockOwnerDeletion":true}}]}},'
    '"addressType":"IPv4","endpoints":[{endpoints}],'
    '"ports":[{{"name":"http","protocol":"TCP","port":8080}}]}}'
)

ENDPOINT = (
    '{{"addresses":["{ip}"],"conditions":{{"ready":true,"serving":true,'
    '"terminating":false}},"targetRef":{{"kind":"Pod","namespace":"{ns}",'
    '"name":"{name}-7d4b9c-{j}","uid":"{uid}"}},"nodeName":"node-{node}",'
    '"zone":"zone-{zone}"}}'
)


def address(first, second, k):
    """The k-th address of a /12 or less; none ends in .0 or .255."""
    return f"{first}.{second + k // 62500}.{k // 250 % 250}.{k % 250 + 1}"


def uid(kind, i):
    return f"5862e6b6-0ed4-4a80-{kind:04d}-{i:012d}"


def generate(store, services=100, endpoints=10, prefix="app", namespace="scale"):
    """SERVICES Services with one TCP port and ENDPOINTS endpoints each."""
    for i in range(services):
        name = f"{prefix}-{i}"
        words = {"name": name, "ns": namespace, "version": store.next_version()}
        raw = SERVICE.format(ip=address(10, 100, i), uid=uid(1, i), **words)
        place(store, "services", namespace, name, raw)
        words["version"] = store.next_version()
        pods = ",".join(
            ENDPOINT.format(
                ip=address(172, 16, i * endpoints + j),
                j=j,
                uid=uid(2, i * endpoints + j),
                node=j,
                zone=j % 3,
                **words,
            )
            for j in range(endpoints)
        )
        raw = SLICE.format(endpoints=pods, uid=uid(3, i), **words)
        place(store, "endpointslices", namespace, f"{name}-x7k2p", raw)


def place(store, plural, namespace, name, raw):
    head = KINDS[plural].head
    obj = Object((namespace, name), store.version, head + raw.encode())
    store.place(store.shelves[plural], obj)


def generate_from(store, words):
    """--generate services=10000,endpoints=10,prefix=app,namespace=scale"""
    options = {}
    for word in words.split(","):
        name, _, value = word.partition("=")
        if name in ("services", "endpoints"):
            options[name] = int(value)
        elif name in ("prefix", "namespace"):
            options[name] = value
        else:
            raise ValueError(f"--generate: what is {word}?")
    generate(store, **options)
