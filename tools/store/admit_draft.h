/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of kvip_admit_service(): a Service on its way to be stored. First everything is
 * taken over from the one that it replaces, then it is checked and completed, and
 * only then is anything allocated for it.
 */
#ifndef KVIP_STORE_ADMIT_DRAFT_H
#define KVIP_STORE_ADMIT_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "field.h"

struct json_object;
struct kvip_allocator;
struct kvip_store_config;

enum kvip_service_type {
	KVIP_TYPE_CLUSTER_IP,
	KVIP_TYPE_NODE_PORT,
	KVIP_TYPE_LOAD_BALANCER,
	KVIP_TYPE_EXTERNAL_NAME,
};

/* A port of it; @node is 0 as long as it has none. */
struct kvip_draft_port {
	struct json_object *object;
	const char *name; /* "" if it has none */
	uint16_t number;
	uint16_t node;
	uint8_t proto;
};

/**
 * struct kvip_draft - the Service
 * @root: the object
 * @spec: its spec, an object
 * @type: its type
 * @old: spec of what is stored under its name, or NULL
 * @old_type: the type that it has there
 * @ports: from kvip_draft_ports_check() on
 * @n_ports: how many
 * @config: the families that there are
 * @allocator: gives out what it needs
 */
struct kvip_draft {
	struct kvip_field root;
	struct kvip_field spec;
	enum kvip_service_type type;
	struct json_object *old;
	enum kvip_service_type old_type;
	struct kvip_draft_port *ports;
	size_t n_ports;
	const struct kvip_store_config *config;
	const struct kvip_allocator *allocator;
};

/* kvip_draft_addresses_carry() - clusterIPs and families that it had: keep them if
 * it tells none, drop them if its type has none any more (S83)
 */
int kvip_draft_addresses_carry(struct kvip_draft *draft, struct kvip_err *err);

/* kvip_draft_addresses_check() - clusterIPs and families, which are completed */
int kvip_draft_addresses_check(struct kvip_draft *draft, struct kvip_err *err);

/* kvip_draft_addresses_take() - get its ClusterIPs (S80) */
int kvip_draft_addresses_take(struct kvip_draft *draft, struct kvip_err *err);

/* kvip_draft_headless() - whether its ClusterIP is "None" */
bool kvip_draft_headless(const struct kvip_draft *draft);

/* kvip_draft_ports_check() - ports, completed but for node ports */
int kvip_draft_ports_check(struct kvip_draft *draft, struct kvip_err *err);

/* kvip_draft_ports_carry() - node ports that it had, or has no more (S83) */
void kvip_draft_ports_carry(struct kvip_draft *draft);

/* kvip_draft_node_ports_check() - that it may have those that it asks for */
int kvip_draft_node_ports_check(struct kvip_draft *draft, struct kvip_err *err);

/* kvip_draft_node_ports_take() - get the node ports that it asks for, and its
 * health-check node port; then those that it leaves open (S81)
 */
int kvip_draft_node_ports_take(struct kvip_draft *draft, struct kvip_err *err);

/* kvip_draft_has_node_ports() - whether a type has node ports at all */
bool kvip_draft_has_node_ports(enum kvip_service_type type);

/* kvip_draft_needs_health_port() - whether a Service of @type and @spec does */
bool kvip_draft_needs_health_port(enum kvip_service_type type,
				  struct json_object *spec);

/* kvip_draft_policies_carry() - fields that its type has no more (S83) */
void kvip_draft_policies_carry(struct kvip_draft *draft);

/* kvip_draft_policies_check() - what says how its traffic goes; completed */
int kvip_draft_policies_check(struct kvip_draft *draft, struct kvip_err *err);

/* kvip_draft_balancer_check() - what a load balancer is told; completed */
int kvip_draft_balancer_check(struct kvip_draft *draft, struct kvip_err *err);

#endif /* KVIP_STORE_ADMIT_DRAFT_H */
