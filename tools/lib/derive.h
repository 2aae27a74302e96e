/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a cluster to the tables of one of its nodes. All that Kubernetes says
 * about which Services and endpoints count is here and nowhere else: rules S1
 * to S18, and the cluster's side of S24, S37 to S40, S47, S48 and S68. The
 * functions are pure: the same cluster, node and config give the same table,
 * byte by byte.
 */
#ifndef KVIP_LIB_DERIVE_H
#define KVIP_LIB_DERIVE_H

#include <linux/kvip.h>

#include "model.h"
#include "table.h"

struct kvip_claims;

/* A Service's name, an address and a port. */
#define KVIP_LEFT_OUT_LEN (KVIP_NAME_MAX + 1 + KVIP_ADDR_PORT_LEN)

/**
 * struct kvip_derive_config - how to derive, and for what module
 * @kinds: frontends of kind N are wanted if bit N is set, as the module's
 *	KVIP_INFO_A_FRONTEND_KINDS has it
 * @allow_empty: a cluster without any Service or EndpointSlice is meant so, S9
 * @proxy_name: take the Services whose label service-proxy-name is this; NULL:
 *	those without that label, S2
 * @affinity_per_service: the ports of a Service share their affinity, S48
 * @ranges_everywhere: source ranges guard external IPs and node ports too, S37
 * @claims: what all Services of the cluster ask for: a Service goes without the
 *	frontends that another one wins. NULL: two that ask for one frontend are
 *	an error
 */
struct kvip_derive_config {
	uint32_t kinds;
	bool allow_empty;
	const char *proxy_name;
	bool affinity_per_service;
	bool ranges_everywhere;
	const struct kvip_claims *claims;
};

/**
 * struct kvip_derive_report - what the table does not hold
 * @n_kinds_left_out: frontends of kinds that were not wanted
 * @n_endpoints_left_out: endpoints, of each Service port and family, that have
 *	an address that no connection can be translated to: a loopback, multicast
 *	or other address that means something different on each node, or a
 *	frontend of their own Service
 * @first_left_out: the first of these, in the order of Services: "demo/web
 *	127.0.0.1:8080"
 * @n_contested: frontends that another Service won
 * @first_contested: one of these: "demo/web 192.0.2.1:80"
 */
struct kvip_derive_report {
	size_t n_kinds_left_out;
	size_t n_endpoints_left_out;
	char first_left_out[KVIP_LEFT_OUT_LEN];
	size_t n_contested;
	char first_contested[KVIP_LEFT_OUT_LEN];
};

/**
 * kvip_derive() - the tables that a node should have
 * @model: the cluster
 * @node: the name of the node; it must be in @model
 * @config: see there
 * @want: empty; filled in, sorted and checked. The caller frees it, after an
 *	error too.
 * @report: filled in; may be NULL
 * @err: one sentence
 *
 * Of each Service port and family there is a service if it has a frontend.
 * Its backends are all endpoints that are ready or serving; those that packets
 * may get carry KVIP_BACKEND_F_CLUSTER (S11) and KVIP_BACKEND_F_LOCAL (S12).
 * Endpoints that are left out do not count for anything.
 *
 * Return: 0 or -1.
 */
int kvip_derive(const struct kvip_model *model, const char *node,
		const struct kvip_derive_config *config,
		struct kvip_table *want, struct kvip_derive_report *report,
		struct kvip_err *err);

/**
 * kvip_derive_add() - add the part of the tables that one Service has
 * @model: the cluster
 * @node: as above, as are @config, @report and @err
 * @group: the Service, and its slices
 * @want: gets the services; the caller sorts and checks it when it is complete
 *
 * Return: 0 or -1.
 */
int kvip_derive_add(const struct kvip_model *model, const char *node,
		    const struct kvip_derive_config *config,
		    const struct kvip_group *group, struct kvip_table *want,
		    struct kvip_derive_report *report, struct kvip_err *err);

/**
 * kvip_derive_group() - the part of the tables that one Service has
 * @model: the cluster
 * @node: as above, as are @config, @report and @err
 * @ns: the Service's namespace
 * @name: its name; there may be none of that name
 * @want: empty; filled in, sorted and checked. The caller frees it, after an
 *	error too.
 *
 * All of a cluster's parts are together what kvip_derive() makes of it.
 *
 * Return: 0 or -1.
 */
int kvip_derive_group(const struct kvip_model *model, const char *node,
		      const struct kvip_derive_config *config, const char *ns,
		      const char *name, struct kvip_table *want,
		      struct kvip_derive_report *report, struct kvip_err *err);

#endif /* KVIP_LIB_DERIVE_H */
