/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster, as far as a node's tables depend on it: Services,
 * EndpointSlices and Nodes. Whatever the source (a dump, a watch, the local
 * store), objects are put in and taken out by their names; kvip_derive() reads
 * the outcome.
 *
 * Objects say what Kubernetes says, with defaults filled in where an absent
 * field means one. What follows from it is for kvip_derive() to know.
 *
 * Every const char * within an object is interned in the model's strings and
 * belongs to the object.
 */
#ifndef KVIP_LIB_MODEL_H
#define KVIP_LIB_MODEL_H

#include "addr.h"
#include "err.h"
#include "hash.h"
#include "intern.h"

/* Where an object was read. */
struct kvip_origin {
	const char *file; /* NULL: not from a file */
	unsigned long line; /* its first line, from 1 */
};

/* What every object has. */
struct kvip_meta {
	struct kvip_hash_link link; /* of a slice or Node, in its table */
	const char *ns; /* its namespace; "" for a Node */
	const char *name;
	const char *uid; /* NULL: not told */
	uint64_t version; /* resourceVersion; 0: not told, or no number */
	uint64_t mark; /* for whoever keeps the model up with a source */
	int64_t created; /* creationTimestamp, a Unix time; 0: not told */
	struct kvip_origin origin;
};

enum kvip_svc_type {
	KVIP_SVC_CLUSTER_IP,
	KVIP_SVC_NODE_PORT,
	KVIP_SVC_LOAD_BALANCER,
	KVIP_SVC_EXTERNAL_NAME,
};

struct kvip_svc_port {
	const char *name; /* "" if it has none */
	uint16_t port; /* 1 to 65535 */
	uint16_t node_port; /* 0: none */
	uint8_t proto; /* IPPROTO_TCP, _UDP or _SCTP */
};

/* An entry of status.loadBalancer.ingress. */
struct kvip_ingress {
	struct kvip_addr addr; /* family 0: it has no ip */
	const char *hostname; /* NULL: it has none */
	bool vip; /* ipMode is absent or VIP */
};

/* A Service. */
struct kvip_svc {
	struct kvip_meta meta;
	uint8_t type; /* enum kvip_svc_type */
	bool headless; /* clusterIP is None */
	bool headless_label; /* has service.kubernetes.io/headless */
	bool affinity; /* sessionAffinity is ClientIP */
	bool internal_local; /* internalTrafficPolicy is Local */
	bool external_local; /* externalTrafficPolicy is Local */
	bool publish_not_ready; /* publishNotReadyAddresses, for DNS alone */
	uint16_t health_port; /* healthCheckNodePort; 0: none */
	uint32_t affinity_seconds; /* 1 to 86400, if affinity */
	const char *proxy_name; /* label service-proxy-name, or NULL */
	const char *external_name; /* of an ExternalName, or NULL */
	struct kvip_addr *cluster_ips;
	struct kvip_addr *external_ips;
	struct kvip_ingress *ingress;
	struct kvip_prefix *ranges; /* loadBalancerSourceRanges */
	struct kvip_svc_port *ports;
	uint32_t n_cluster_ips;
	uint32_t n_external_ips;
	uint32_t n_ingress;
	uint32_t n_ranges;
	uint32_t n_ports;
};

/* enum kvip_condition - conditions of an endpoint, as bits: told, and true */
enum kvip_condition {
	KVIP_COND_READY_TOLD = 1 << 0,
	KVIP_COND_READY = 1 << 1,
	KVIP_COND_SERVING_TOLD = 1 << 2,
	KVIP_COND_SERVING = 1 << 3,
	KVIP_COND_TERMINATING_TOLD = 1 << 4,
	KVIP_COND_TERMINATING = 1 << 5,
};

/* hints of an endpoint; each list holds interned names */
struct kvip_hints {
	const char **zones;
	const char **nodes;
	uint32_t n_zones;
	uint32_t n_nodes;
};

struct kvip_endpoint {
	struct kvip_addr addr; /* addresses[0] */
	uint8_t conditions; /* enum kvip_condition */
	const char *node; /* NULL: not told */
	const char *zone; /* NULL: not told */
	const char *hostname; /* NULL: not told */
	struct kvip_hints *hints; /* NULL: none */
};

struct kvip_slice_port {
	const char *name; /* NULL: no name field at all */
	uint16_t port; /* 0: absent, or 0 */
	uint8_t proto;
};

/* An EndpointSlice. */
struct kvip_slice {
	struct kvip_meta meta;
	const char *service; /* of its namespace; NULL: no label */
	uint8_t family; /* 0: FQDN, without endpoints here */
	double triggered; /* when its last change was caused, Unix; 0: not told */
	uint32_t n_ports;
	uint32_t n_endpoints;
	struct kvip_slice_port *ports;
	struct kvip_endpoint *endpoints;
	struct kvip_slice *next; /* of its group, in the order of names */
};

/* A Node. */
struct kvip_node {
	struct kvip_meta meta;
	const char *zone; /* topology.kubernetes.io/zone or NULL */
	bool deleting; /* has a deletionTimestamp */
	bool scaled_down; /* taint ToBeDeletedByClusterAutoscaler */
	struct kvip_addr *addrs; /* its InternalIPs */
	struct kvip_prefix *pod_cidrs;
	uint32_t n_addrs;
	uint32_t n_pod_cidrs;
};

/*
 * A Service and the EndpointSlices that name it. Either may be there without
 * the other: watches do not come in an order.
 */
struct kvip_group {
	struct kvip_hash_link link;
	const char *ns;
	const char *name;
	struct kvip_svc *svc; /* NULL: only slices so far */
	struct kvip_slice *slices;
};

struct kvip_model {
	struct kvip_intern strings;
	struct kvip_hash groups;
	struct kvip_hash slices;
	struct kvip_hash nodes;
	size_t n_svcs;
};

/* kvip_model_init() - a cluster of nothing */
void kvip_model_init(struct kvip_model *model);

/* kvip_model_free() - give back everything; the model is empty and usable */
void kvip_model_free(struct kvip_model *model);

/* enum kvip_put_flags - &KVIP_PUT_ONCE: an object that is there is an error */
enum kvip_put_flags {
	KVIP_PUT_ONCE = 1 << 0,
};

/**
 * kvip_model_put_svc() - add a Service, or put it in the place of the old one
 * @model: the cluster
 * @svc: from kvip_alloc(), its strings from the model's; now the model's, and
 *	after a refusal given back
 * @flags: enum kvip_put_flags
 * @err: "Service demo/web is there twice, first at a.json:3"
 *
 * kvip_model_put_slice() and kvip_model_put_node() do so for the others.
 *
 * Return: 0 or -1.
 */
int kvip_model_put_svc(struct kvip_model *model, struct kvip_svc *svc,
		       unsigned int flags, struct kvip_err *err);
int kvip_model_put_slice(struct kvip_model *model, struct kvip_slice *slice,
			 unsigned int flags, struct kvip_err *err);
int kvip_model_put_node(struct kvip_model *model, struct kvip_node *node,
			unsigned int flags, struct kvip_err *err);

/* kvip_model_delete_*() - take out an object; false if it is not there */
bool kvip_model_delete_svc(struct kvip_model *model, const char *ns,
			   const char *name);
bool kvip_model_delete_slice(struct kvip_model *model, const char *ns,
			     const char *name);
bool kvip_model_delete_node(struct kvip_model *model, const char *name);

/* kvip_model_group() - a Service and its slices, or NULL if there is neither */
struct kvip_group *kvip_model_group(const struct kvip_model *model,
				    const char *ns, const char *name);

/* kvip_model_slice() - the EndpointSlice of that name, or NULL */
struct kvip_slice *kvip_model_slice(const struct kvip_model *model,
				    const char *ns, const char *name);

/* kvip_model_node() - the Node of that name, or NULL */
struct kvip_node *kvip_model_node(const struct kvip_model *model,
				  const char *name);

/* kvip_model_next_group() - walk the groups, in no order; @group NULL begins */
struct kvip_group *kvip_model_next_group(const struct kvip_model *model,
					 const struct kvip_group *group);

/* kvip_model_next_slice() - walk the EndpointSlices, in no order */
struct kvip_slice *kvip_model_next_slice(const struct kvip_model *model,
					 const struct kvip_slice *slice);

/* kvip_model_next_node() - walk the Nodes, in no order; @node NULL begins */
struct kvip_node *kvip_model_next_node(const struct kvip_model *model,
				       const struct kvip_node *node);

/* kvip_svc_free() and so on - an object that no model took */
void kvip_svc_free(struct kvip_model *model, struct kvip_svc *svc);
void kvip_slice_free(struct kvip_model *model, struct kvip_slice *slice);
void kvip_node_free(struct kvip_model *model, struct kvip_node *node);

#endif /* KVIP_LIB_MODEL_H */
