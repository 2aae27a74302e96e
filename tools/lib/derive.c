// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "claims.h"
#include "derive.h"
#include "endpoints.h"
#include "frontends.h"

/* Nodes that an error names. */
#define NODES_NAMED 3

/* What a derivation carries around. */
struct derivation {
	const struct kvip_model *model;
	const struct kvip_derive_config *config;
	struct kvip_viewpoint from;
	const struct kvip_node *node;
	struct kvip_table *want;
	struct kvip_derive_report report;
	struct kvip_candidates candidates;
};

/* S10 */
static bool is_external(const struct kvip_svc *svc,
			const struct kvip_svc_port *port, uint8_t family)
{
	uint32_t i;

	if (port->node_port)
		return true;
	for (i = 0; i < svc->n_external_ips; i++)
		if (svc->external_ips[i].family == family)
			return true;
	for (i = 0; i < svc->n_ingress; i++)
		if (kvip_svc_has_ingress(&svc->ingress[i], family))
			return true;
	return false;
}

static unsigned int choose_lists(const struct kvip_svc *svc, bool external)
{
	unsigned int lists = 0;

	if (!svc->internal_local || external)
		lists |= KVIP_LIST_CLUSTER;
	if (svc->internal_local || (svc->external_local && external))
		lists |= KVIP_LIST_LOCAL;
	return lists;
}

/* A service in the making: it gets its place in the table with a frontend. */
struct making {
	const struct kvip_svc *svc;
	const struct kvip_svc_port *port;
	uint8_t family;
	struct kvip_frontends frontends;
};

static struct kvip_service *add_service(struct derivation *d,
					const struct making *making)
{
	const struct kvip_meta *meta = &making->svc->meta;
	const char *port = making->port->name;
	char name[KVIP_NAME_MAX + 1];

	/* that it fits was seen to when the Service was read */
	snprintf(name, sizeof(name), "%s/%s%s%s", meta->ns, meta->name,
		 *port ? ":" : "", port);
	return kvip_table_add(d->want, name, making->family,
			      making->port->proto);
}

static void report_contested(struct derivation *d, const struct making *making,
			     const struct kvip_frontend *frontend)
{
	const struct kvip_meta *meta = &making->svc->meta;
	struct kvip_derive_report *report = &d->report;
	char text[KVIP_LEFT_OUT_LEN], addr[KVIP_ADDR_PORT_LEN];

	kvip_addr_port_text(&frontend->addr, frontend->port, addr);
	snprintf(text, sizeof(text), "%s/%s %s", meta->ns, meta->name, addr);
	/* Services come in no order */
	if (!report->n_contested++ || strcmp(text, report->first_contested) < 0)
		memcpy(report->first_contested, text, sizeof(text));
}

/* Whether the service in the making may have a frontend. */
static bool may_have(struct derivation *d, const struct making *making,
		     const struct kvip_frontend *frontend)
{
	const struct kvip_claims *claims = d->config->claims;
	uint32_t index = (uint32_t)(making->port - making->svc->ports);

	if (!(d->config->kinds & 1U << frontend->kind)) {
		d->report.n_kinds_left_out++;
		return false;
	}
	if (!claims || kvip_claims_wins(claims, making->svc, index, frontend))
		return true;
	report_contested(d, making, frontend);
	return false;
}

static void take_frontends(struct derivation *d, struct making *making)
{
	struct kvip_frontends *frontends = &making->frontends;
	struct kvip_service *service = NULL;
	size_t i;

	kvip_frontends_collect(frontends, making->svc, making->port,
			       making->family);
	for (i = 0; i < frontends->n; i++) {
		if (!may_have(d, making, &frontends->items[i]))
			continue;
		if (!service)
			service = add_service(d, making);
		*kvip_service_add_frontend(service) = frontends->items[i];
	}
	kvip_frontends_free(frontends);
}

static bool has_kind(const struct kvip_service *service, unsigned int kinds)
{
	size_t i;

	for (i = 0; i < service->n_frontends; i++)
		if (kinds & 1U << service->frontends[i].kind)
			return true;
	return false;
}

static void add_range(struct kvip_service *service,
		      const struct kvip_prefix *range)
{
	size_t i;

	for (i = 0; i < service->n_ranges; i++)
		if (!kvip_prefix_cmp(&service->ranges[i], range))
			return;
	*kvip_service_add_range(service) = *range;
}

/* S39: what the node sends to an LB IP may have that very address as source. */
static void add_own_ranges(const struct kvip_node *node,
			   struct kvip_service *service)
{
	size_t i, n = service->n_ranges;
	bool contained = false;
	uint32_t a;

	for (i = 0; i < n && !contained; i++)
		for (a = 0; a < node->n_addrs; a++)
			contained |= kvip_prefix_contains(&service->ranges[i],
							  &node->addrs[a]);
	for (i = 0; i < service->n_frontends && contained; i++) {
		const struct kvip_addr *addr = &service->frontends[i].addr;
		struct kvip_prefix own;

		if (service->frontends[i].kind != KVIP_FRONTEND_LB_IP)
			continue;
		kvip_prefix_set(&own, addr,
				(uint8_t)(8 * kvip_addr_bytes(addr->family)));
		add_range(service, &own);
	}
}

/* S7, S37, S40: ranges that would guard nothing are left to the Service. */
static void add_ranges(const struct derivation *d, const struct kvip_svc *svc,
		       struct kvip_service *service)
{
	unsigned int guarded = 1U << KVIP_FRONTEND_LB_IP;
	uint32_t i;

	if (d->config->ranges_everywhere)
		guarded |= 1U << KVIP_FRONTEND_EXTERNAL_IP |
			   1U << KVIP_FRONTEND_NODE_PORT;
	if (!has_kind(service, guarded))
		return;
	for (i = 0; i < svc->n_ranges; i++)
		if (svc->ranges[i].addr.family == service->family)
			add_range(service, &svc->ranges[i]);
	add_own_ranges(d->node, service);
}

/* S47, S48 */
static void add_affinity(const struct derivation *d, const struct kvip_svc *svc,
			 struct kvip_service *service)
{
	char group[KVIP_NAME_MAX + 1];

	if (!svc->affinity)
		return;
	service->affinity = svc->affinity_seconds;
	if (!d->config->affinity_per_service)
		return;
	snprintf(group, sizeof(group), "%s/%s", svc->meta.ns, svc->meta.name);
	service->affinity_group = kvip_strdup(group);
}

static bool is_of_a_node(const struct kvip_model *model,
			 const struct kvip_addr *addr)
{
	const struct kvip_node *node = NULL;
	uint32_t i;

	while ((node = kvip_model_next_node(model, node)))
		for (i = 0; i < node->n_addrs; i++)
			if (!kvip_addr_cmp(&node->addrs[i], addr))
				return true;
	return false;
}

static bool is_cluster_ip(const struct kvip_svc *svc,
			  const struct kvip_addr *addr)
{
	uint32_t i;

	for (i = 0; i < svc->n_cluster_ips; i++)
		if (!kvip_addr_cmp(&svc->cluster_ips[i], addr))
			return true;
	return false;
}

static bool is_outer_vip(const struct kvip_svc *svc,
			 const struct kvip_addr *addr)
{
	uint32_t i;

	for (i = 0; i < svc->n_external_ips; i++)
		if (!kvip_addr_cmp(&svc->external_ips[i], addr))
			return true;
	for (i = 0; i < svc->n_ingress; i++)
		if (kvip_svc_has_ingress(&svc->ingress[i], addr->family) &&
		    !kvip_addr_cmp(&svc->ingress[i].addr, addr))
			return true;
	return false;
}

/*
 * An endpoint that is a frontend of its own Service leads nowhere: nobody has
 * that address. But a pod in the host network has its node's, which may be an
 * external IP too; an agent knows no Node but its own, so that whoever is on a
 * node is believed.
 */
static bool is_loop(const struct derivation *d, const struct making *making,
		    const struct kvip_candidate *candidate)
{
	const struct kvip_addr *addr = &candidate->endpoint->addr;
	const struct kvip_svc *svc = making->svc;
	uint32_t i;

	for (i = 0; i < svc->n_ports; i++)
		if (svc->ports[i].port == candidate->port &&
		    svc->ports[i].proto == making->port->proto)
			return is_cluster_ip(svc, addr) ||
			       (is_outer_vip(svc, addr) &&
				!candidate->endpoint->node &&
				!is_of_a_node(d->model, addr));
	return false;
}

static void report_left_out(struct derivation *d, const struct making *making,
			    const struct kvip_candidate *candidate)
{
	const struct kvip_meta *meta = &making->svc->meta;
	struct kvip_derive_report *report = &d->report;
	char text[KVIP_LEFT_OUT_LEN], addr[KVIP_ADDR_PORT_LEN];

	kvip_addr_port_text(&candidate->endpoint->addr, candidate->port, addr);
	snprintf(text, sizeof(text), "%s/%s %s", meta->ns, meta->name, addr);
	/* Services come in no order */
	if (!report->n_endpoints_left_out++ ||
	    strcmp(text, report->first_left_out) < 0)
		memcpy(report->first_left_out, text, sizeof(text));
}

/* One mistake in an EndpointSlice must not cost a node all of its tables. */
static void leave_out(struct derivation *d, const struct making *making)
{
	struct kvip_candidates *candidates = &d->candidates;
	size_t i, n = 0;

	for (i = 0; i < candidates->n; i++) {
		const struct kvip_candidate *candidate = &candidates->array[i];

		if (kvip_addr_special(&candidate->endpoint->addr) ||
		    is_loop(d, making, candidate))
			report_left_out(d, making, candidate);
		else
			candidates->array[n++] = *candidate;
	}
	candidates->n = n;
}

static void add_backends(struct derivation *d, struct kvip_service *service)
{
	const struct kvip_candidates *candidates = &d->candidates;
	size_t i;

	for (i = 0; i < candidates->n; i++) {
		const struct kvip_candidate *from = &candidates->array[i];
		struct kvip_backend *backend;

		/* S13, S54: the others are of no use to anybody */
		if (!(from->flags &
		      (KVIP_BACKEND_F_READY | KVIP_BACKEND_F_SERVING)))
			continue;
		backend = kvip_service_add_backend(service);
		backend->addr = from->endpoint->addr;
		backend->port = from->port;
		backend->flags = from->flags;
		if (from->endpoint->node)
			backend->node = kvip_table_string(d->want,
							  from->endpoint->node);
	}
}

static void derive_port(struct derivation *d, const struct kvip_group *group,
			const struct kvip_svc_port *port, uint8_t family)
{
	struct making making = {
		.svc = group->svc,
		.port = port,
		.family = family,
	};
	size_t n_before = d->want->n_services;
	bool external = is_external(group->svc, port, family);
	struct kvip_service *service;

	take_frontends(d, &making);
	if (d->want->n_services == n_before)
		return;

	service = &d->want->services[n_before];
	kvip_candidates_collect(&d->candidates, group->slices, port, family,
				&d->from);
	leave_out(d, &making);
	service->flags |= kvip_candidates_choose(
		&d->candidates, choose_lists(group->svc, external), &d->from);
	if (kvip_candidates_has_any(&d->candidates))
		service->flags |= KVIP_SERVICE_F_HAS_ANY;
	if (group->svc->internal_local)
		service->flags |= KVIP_SERVICE_F_INTERNAL_LOCAL;
	if (group->svc->external_local && external)
		service->flags |= KVIP_SERVICE_F_EXTERNAL_LOCAL;
	add_affinity(d, group->svc, service);
	add_ranges(d, group->svc, service);
	add_backends(d, service);
}

static void derive_group(struct derivation *d, const struct kvip_group *group)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	uint32_t i, f;

	if (!group->svc ||
	    !kvip_svc_is_served(group->svc, d->config->proxy_name))
		return;
	for (f = 0; f < 2; f++) {
		if (!kvip_svc_has_family(group->svc, families[f]))
			continue;
		for (i = 0; i < group->svc->n_ports; i++)
			derive_port(d, group, &group->svc->ports[i],
				    families[f]);
	}
}

static int cmp_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int refuse_node(const struct kvip_model *model, const char *name,
		       struct kvip_err *err)
{
	const struct kvip_node *node = NULL;
	size_t i, n = model->nodes.n, used = 0;
	const char **names;
	char some[512] = "";

	if (!n)
		return kvip_err_set(
			err,
			"there is no Node in the input, so that nothing is known of %s; kubectl get services,endpointslices,nodes -A -o json prints all that is needed",
			name);
	names = kvip_alloc(n * sizeof(*names));
	n = 0;
	while ((node = kvip_model_next_node(model, node)))
		names[n++] = node->meta.name;
	qsort(names, n, sizeof(*names), cmp_names);
	for (i = 0; i < n && i < NODES_NAMED && used < sizeof(some); i++)
		used += (size_t)snprintf(some + used, sizeof(some) - used,
					 "%s%s", i ? ", " : "", names[i]);
	free(names);
	return kvip_err_set(err, "there is no node %s; there %s %s%s", name,
			    n == 1 ? "is" : "are", some,
			    n > NODES_NAMED ? " and others" : "");
}

/* S9: half a dump would empty the tables of a node that is at work. */
static int check_whole(const struct kvip_model *model, struct kvip_err *err)
{
	const char *missing = NULL;

	if (!model->n_svcs)
		missing = "Service";
	else if (!model->slices.n)
		missing = "EndpointSlice";
	if (!missing)
		return 0;
	return kvip_err_set(
		err,
		"the input has no %s; a whole dump has at least one, the API server's own",
		missing);
}

static int begin(struct derivation *d, const char *node, struct kvip_err *err)
{
	const struct kvip_node *found = kvip_model_node(d->model, node);

	if (!found)
		return refuse_node(d->model, node, err);
	d->from.node = found->meta.name;
	d->from.zone = found->zone;
	d->node = found;
	return 0;
}

static int end(struct derivation *d, struct kvip_derive_report *report,
	       struct kvip_err *err)
{
	kvip_candidates_free(&d->candidates);
	if (report)
		*report = d->report;
	kvip_table_sort(d->want);
	return kvip_table_check(d->want, err);
}

int kvip_derive(const struct kvip_model *model, const char *node,
		const struct kvip_derive_config *config,
		struct kvip_table *want, struct kvip_derive_report *report,
		struct kvip_err *err)
{
	struct derivation d = {
		.model = model,
		.config = config,
		.want = want,
	};
	const struct kvip_group *group = NULL;

	if (!config->allow_empty && check_whole(model, err))
		return -1;
	if (begin(&d, node, err))
		return -1;
	while ((group = kvip_model_next_group(model, group)))
		derive_group(&d, group);
	return end(&d, report, err);
}

int kvip_derive_add(const struct kvip_model *model, const char *node,
		    const struct kvip_derive_config *config,
		    const struct kvip_group *group, struct kvip_table *want,
		    struct kvip_derive_report *report, struct kvip_err *err)
{
	struct derivation d = {
		.model = model,
		.config = config,
		.want = want,
	};

	if (begin(&d, node, err))
		return -1;
	derive_group(&d, group);
	kvip_candidates_free(&d.candidates);
	if (report)
		*report = d.report;
	return 0;
}

int kvip_derive_group(const struct kvip_model *model, const char *node,
		      const struct kvip_derive_config *config, const char *ns,
		      const char *name, struct kvip_table *want,
		      struct kvip_derive_report *report, struct kvip_err *err)
{
	struct derivation d = {
		.model = model,
		.config = config,
		.want = want,
	};
	const struct kvip_group *group = kvip_model_group(model, ns, name);

	if (begin(&d, node, err))
		return -1;
	if (group)
		derive_group(&d, group);
	return end(&d, report, err);
}
