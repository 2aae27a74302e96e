/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an API server does with an object before it stores it: checks it, fills in
 * defaults, and gives a Service what it asks for or still needs. Nothing here
 * knows of the store's file. The rules and the words are those of Kubernetes
 * 1.36 (pkg/apis/core/validation, pkg/registry/core/service), as recorded in the
 * fixtures where they are.
 */
#ifndef KVIP_STORE_ADMIT_H
#define KVIP_STORE_ADMIT_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "kinds.h"

struct json_object;
struct kvip_store_config;

/**
 * struct kvip_allocator - who gives out what is there once
 * @cluster_ip: take @wanted, or, if it is NULL, any address of @family
 * @node_port: take @wanted, or, if it is 0, any port that is free for all of
 *	@n_protos protocols, which is taken for them
 * @health_port: the same for a health-check node port (its protocol is TCP)
 * @arg: for them
 *
 * Each fills in @got and returns 0, or returns -1 with the reason: "10.96.0.9 is
 * taken by demo/api", "10.97.0.1 is not within 10.96.0.0/16", "no node port is
 * free within 30000-32767". They are called within one transaction, in which
 * whatever the Service had before has been given back.
 */
struct kvip_allocator {
	int (*cluster_ip)(void *arg, uint8_t family,
			  const struct kvip_addr *wanted, struct kvip_addr *got,
			  struct kvip_err *err);
	int (*node_port)(void *arg, const uint8_t *protos, size_t n_protos,
			 uint16_t wanted, uint16_t *got, struct kvip_err *err);
	int (*health_port)(void *arg, uint16_t wanted, uint16_t *got,
			   struct kvip_err *err);
	void *arg;
};

/**
 * kvip_admit_service() - a Service as it is to be stored (S80-S83)
 * @object: as it came; completed in place: type, ports' protocols, targetPorts
 *	and node ports, clusterIP(s), ipFamilies, ipFamilyPolicy,
 *	sessionAffinityConfig, the two traffic policies, healthCheckNodePort,
 *	allocateLoadBalancerNodePorts; its status is that of @old, without a load
 *	balancer if it is none. After -1 it is of no more use
 * @old: what is stored under its name; NULL: nothing. What @object leaves out
 *	is taken over from there where the API server does so: clusterIPs, node
 *	ports by the ports' names, then by number and protocol. What the new type
 *	does not have is dropped (S83)
 * @config: the families that there are
 * @allocator: gives out what it needs; asked only once all else is right: first
 *	for what the Service tells, then for what it leaves open
 * @err: "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535,
 *	inclusive"
 *
 * Return: 0 or -1.
 */
int kvip_admit_service(struct json_object *object, struct json_object *old,
		       const struct kvip_store_config *config,
		       const struct kvip_allocator *allocator,
		       struct kvip_err *err);

/**
 * kvip_admit() - the same for the other kinds
 * @kind: any but a Service
 *
 * An EndpointSlice's addresses, ports and addressType are checked as the API
 * server does it; of a Pod what kvip uses: metadata.labels, spec.nodeName,
 * hostname, subdomain, containers' ports, status.podIP(s), phase (Running, if it
 * tells none and has an address), conditions; of a Deployment
 * spec.selector.matchLabels and spec.template (its labels and containers' ports);
 * of a Node its addresses, podCIDRs and labels.
 */
int kvip_admit(enum kvip_kind kind, struct json_object *object,
	       struct json_object *old, struct kvip_err *err);

#endif /* KVIP_STORE_ADMIT_H */
