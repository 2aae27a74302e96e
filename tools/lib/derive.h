/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a cluster to the tables of one of its nodes. All that Kubernetes says
 * about which Services and endpoints count is here and nowhere else: rules S1
 * to S18, S24 and S68 (the cluster's side of it). The functions are pure: the
 * same cluster, node and config give the same table, byte by byte.
 */
#ifndef KVIP_LIB_DERIVE_H
#define KVIP_LIB_DERIVE_H

#include "model.h"
#include "table.h"

/**
 * struct kvip_derive_config - how to derive, and for what module
 * @kinds: frontends of kind N are wanted if bit N is set, as the module's
 *	KVIP_INFO_A_FRONTEND_KINDS has it
 * @allow_empty: a cluster without any Service or EndpointSlice is meant so, S9
 * @proxy_name: take the Services whose label service-proxy-name is this; NULL:
 *	those without that label, S2
 */
struct kvip_derive_config {
	uint32_t kinds;
	bool allow_empty;
	const char *proxy_name;
};

/**
 * struct kvip_derive_report - what the table does not hold
 * @n_kinds_left_out: frontends of kinds that were not wanted
 * @n_affinity_left_out: Service ports, by family, that are in the table without
 *	the session affinity that they ask for
 */
struct kvip_derive_report {
	size_t n_kinds_left_out;
	size_t n_affinity_left_out;
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
 *
 * Return: 0 or -1.
 */
int kvip_derive(const struct kvip_model *model, const char *node,
		const struct kvip_derive_config *config,
		struct kvip_table *want, struct kvip_derive_report *report,
		struct kvip_err *err);

#endif /* KVIP_LIB_DERIVE_H */
