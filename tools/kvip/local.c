// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "agent_name.h"
#include "alloc.h"
#include "announce.h"
#include "dns_pods.h"
#include "lb_status.h"
#include "local.h"
#include "local_provider.h"
#include "local_table.h"
#include "model.h"
#include "store.h"
#include "zones.h"

/* Addresses of one Service; it has one of each family. */
#define ADDRS_MAX 8

/* What is to be announced. */
struct list {
	const struct kvip_lb_config *config;
	struct kvip_announcement *items;
	size_t n;
};

static void add_address(struct list *list, const struct kvip_addr *addr)
{
	const struct kvip_pool *pool = kvip_lb_config_pool(list->config, addr);
	size_t i;

	if (!pool || !*pool->interface)
		return;
	/* Services may share it */
	for (i = 0; i < list->n; i++)
		if (!kvip_addr_cmp(&list->items[i].addr, addr))
			return;
	list->items = kvip_grow(list->items, list->n, sizeof(*list->items));
	list->items[list->n].addr = *addr;
	memcpy(list->items[list->n++].interface, pool->interface,
	       sizeof(pool->interface));
}

static int take_service(struct json_object *service, void *ctx,
			struct kvip_err *err)
{
	struct kvip_addr addrs[ADDRS_MAX];
	struct list *list = ctx;
	size_t n, i;

	(void)err;
	n = kvip_lb_status_addrs(service, addrs, ADDRS_MAX);
	for (i = 0; i < n; i++)
		add_address(list, &addrs[i]);
	return 0;
}

static bool announces(const struct kvip_lb_config *config)
{
	size_t i;

	for (i = 0; i < config->n_pools; i++)
		if (*config->pools[i].interface)
			return true;
	return false;
}

static int announce(struct kvip_store *store,
		    const struct kvip_local_config *config,
		    struct kvip_err *err)
{
	struct kvip_announce_report report = {};
	struct list list = { .config = &config->lb };
	int ret;

	if (!announces(&config->lb))
		return 0;
	ret = kvip_store_list(store, KVIP_KIND_SERVICE, NULL, take_service,
			      &list, NULL, err);
	if (!ret)
		ret = kvip_announce(list.items, list.n, &report, err);
	if (!ret && report.n_failed) {
		*err = report.why;
		ret = -1;
	}
	free(list.items);
	return ret;
}

static int take_pod(struct json_object *pod, void *ctx, struct kvip_err *err)
{
	(void)err;
	kvip_dns_pods_add(ctx, pod);
	return 0;
}

static int write_zones(struct kvip_store *store,
		       const struct kvip_dns_config *config,
		       struct kvip_err *err)
{
	struct kvip_zones_report report;
	struct kvip_zones zones = {};
	struct kvip_model model;
	struct kvip_dns_pods pods = {};
	uint64_t version;
	int ret;

	if (!config->directory)
		return 0;
	kvip_model_init(&model);
	ret = kvip_local_model(store, &model, &version, err);
	if (!ret && config->pods)
		ret = kvip_store_list(store, KVIP_KIND_POD, NULL, take_pod,
				      &pods, NULL, err);
	if (!ret) {
		kvip_zones_make(&model, pods.items, pods.n, config, &zones);
		ret = kvip_zones_write(&zones, config, &report, err);
	}
	if (!ret && (report.n_written || report.n_removed))
		ret = kvip_dns_reload(config, err);
	kvip_zones_free(&zones);
	kvip_dns_pods_free(&pods);
	kvip_model_free(&model);
	return ret;
}

/* One thing failed; the first is told, and the others are done nevertheless. */
static void keep_first(int *ret, int again, const char *what,
		       struct kvip_err *err, const struct kvip_err *why)
{
	if (!again || *ret)
		return;
	*ret = -1;
	*err = *why;
	kvip_err_prefix(err, "%s", what);
}

int kvip_local_apply(struct kvip_store *store,
		     const struct kvip_local_config *config,
		     struct kvip_client *client, struct kvip_err *err)
{
	/*
	 * An agent does it all, at once, but for what is gone; it is no harm to
	 * be quicker at the table.
	 */
	bool agent = kvip_agent_runs(KVIP_AGENT_STORE_NAME);
	struct kvip_err why;
	int ret = 0;

	keep_first(&ret, kvip_local_provider(store, config, agent, &why),
		   "load balancers: ", err, &why);
	if (client)
		keep_first(&ret, kvip_local_table(store, config, client, &why),
			   "", err, &why);
	if (agent)
		return ret;
	keep_first(&ret, announce(store, config, &why),
		   "announcing addresses: ", err, &why);
	keep_first(&ret, write_zones(store, &config->dns, &why), "names: ", err,
		   &why);
	return ret;
}
