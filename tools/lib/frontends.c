// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <linux/kvip.h>

#include "alloc.h"
#include "frontends.h"

bool kvip_svc_is_served(const struct kvip_svc *svc, const char *proxy_name)
{
	if (svc->type == KVIP_SVC_EXTERNAL_NAME || svc->headless ||
	    svc->headless_label)
		return false;
	if (!proxy_name || !svc->proxy_name)
		return !proxy_name == !svc->proxy_name;
	return !strcmp(proxy_name, svc->proxy_name);
}

bool kvip_svc_has_family(const struct kvip_svc *svc, uint8_t family)
{
	uint32_t i;

	for (i = 0; i < svc->n_cluster_ips; i++)
		if (svc->cluster_ips[i].family == family)
			return true;
	return false;
}

bool kvip_svc_has_ingress(const struct kvip_ingress *ingress, uint8_t family)
{
	return ingress->vip && ingress->addr.family == family;
}

static void add(struct kvip_frontends *frontends, const struct kvip_addr *addr,
		uint16_t port, uint8_t kind)
{
	struct kvip_frontend *frontend;
	size_t i;

	/* an external IP may be the LB's too: the first kind stays */
	for (i = 0; i < frontends->n; i++)
		if (frontends->items[i].port == port &&
		    !kvip_addr_cmp(&frontends->items[i].addr, addr))
			return;
	frontends->items = kvip_grow(frontends->items, frontends->n,
				     sizeof(*frontends->items));
	frontend = &frontends->items[frontends->n++];
	frontend->addr = *addr;
	frontend->port = port;
	frontend->kind = kind;
}

void kvip_frontends_collect(struct kvip_frontends *frontends,
			    const struct kvip_svc *svc,
			    const struct kvip_svc_port *port, uint8_t family)
{
	const struct kvip_addr any = { .family = family };
	uint32_t i;

	for (i = 0; i < svc->n_cluster_ips; i++)
		if (svc->cluster_ips[i].family == family)
			add(frontends, &svc->cluster_ips[i], port->port,
			    KVIP_FRONTEND_CLUSTER_IP);
	for (i = 0; i < svc->n_ingress; i++)
		if (kvip_svc_has_ingress(&svc->ingress[i], family))
			add(frontends, &svc->ingress[i].addr, port->port,
			    KVIP_FRONTEND_LB_IP);
	for (i = 0; i < svc->n_external_ips; i++)
		if (svc->external_ips[i].family == family)
			add(frontends, &svc->external_ips[i], port->port,
			    KVIP_FRONTEND_EXTERNAL_IP);
	if (port->node_port)
		add(frontends, &any, port->node_port, KVIP_FRONTEND_NODE_PORT);
}

void kvip_frontends_free(struct kvip_frontends *frontends)
{
	free(frontends->items);
	memset(frontends, 0, sizeof(*frontends));
}
