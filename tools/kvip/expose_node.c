// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <ifaddrs.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "alloc.h"
#include "expose_endpoints.h"
#include "expose_node.h"
#include "local.h"
#include "kinds.h"
#include "object.h"

static void set_node(struct kvip_told_endpoints *endpoints,
		     const struct kvip_addr *addr, const char *node)
{
	size_t i;

	for (i = 0; i < endpoints->n; i++) {
		struct kvip_told_endpoint *item = &endpoints->items[i];

		if (item->node || kvip_addr_cmp(&item->addr, addr))
			continue;
		item->node = kvip_strdup(node);
	}
}

static bool read_sockaddr(const struct sockaddr *from, struct kvip_addr *addr)
{
	if (!from)
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->family = (uint8_t)from->sa_family;
	if (from->sa_family == AF_INET)
		addr->v4 = ((const struct sockaddr_in *)(const void *)from)
				   ->sin_addr;
	else if (from->sa_family == AF_INET6)
		addr->v6 = ((const struct sockaddr_in6 *)(const void *)from)
				   ->sin6_addr;
	else
		return false;
	return true;
}

static int set_own(const struct kvip_access_options *options,
		   struct kvip_told_endpoints *endpoints, struct kvip_err *err)
{
	struct kvip_local_config config;
	struct ifaddrs *addrs, *at;
	struct kvip_addr addr;
	int ret;

	ret = kvip_local_config_read(options->config, &config, err);
	if (!ret && getifaddrs(&addrs)) {
		ret = kvip_err_set(err,
				   "can't read this machine's addresses: %s",
				   strerror(errno));
	} else if (!ret) {
		for (at = addrs; at; at = at->ifa_next)
			if (read_sockaddr(at->ifa_addr, &addr))
				set_node(endpoints, &addr, config.store.node);
		freeifaddrs(addrs);
	}
	kvip_local_config_free(&config);
	return ret;
}

static int take_node(struct json_object *node, void *ctx, struct kvip_err *err)
{
	struct json_object *list = kvip_object_member(
		kvip_object_member(node, "status"), "addresses");
	size_t i, n = json_object_is_type(list, json_type_array) ?
			      json_object_array_length(list) :
			      0;

	(void)err;
	for (i = 0; i < n; i++) {
		const char *text = kvip_object_text(
			json_object_array_get_idx(list, i), "address");
		struct kvip_addr addr;

		if (text && kvip_addr_parse(text, &addr))
			set_node(ctx, &addr, kvip_object_name(node));
	}
	return 0;
}

int kvip_expose_nodes(struct kvip_access *access,
		      const struct kvip_access_options *options,
		      struct kvip_told_endpoints *endpoints,
		      struct kvip_err *err)
{
	if (!kvip_access_server(access))
		return set_own(options, endpoints, err);
	return kvip_access_list(access, KVIP_KIND_NODE, NULL, NULL, take_node,
				endpoints, NULL, err) ?
		       -1 :
		       0;
}
