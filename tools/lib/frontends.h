/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On which addresses a Service port answers: S1, S2, S7, S8. Pure. */
#ifndef KVIP_LIB_FRONTENDS_H
#define KVIP_LIB_FRONTENDS_H

#include "model.h"
#include "table.h"

/* The frontends of one Service port and family; kvip_frontends_free() it. */
struct kvip_frontends {
	struct kvip_frontend *items;
	size_t n;
};

/**
 * kvip_svc_is_served() - whether a Service has frontends at all, S1 and S2
 * @svc: the Service
 * @proxy_name: take those with this label; NULL: those without any
 */
bool kvip_svc_is_served(const struct kvip_svc *svc, const char *proxy_name);

/**
 * kvip_svc_has_family() - whether a Service is of a family
 * @svc: the Service
 * @family: AF_INET or AF_INET6
 *
 * A family of a Service begins with a ClusterIP of that family (S7); without
 * one, its other addresses of the family are not served, nor is its node port.
 */
bool kvip_svc_has_family(const struct kvip_svc *svc, uint8_t family);

/* kvip_svc_has_ingress() - whether an LB's ingress counts for @family, S8 */
bool kvip_svc_has_ingress(const struct kvip_ingress *ingress, uint8_t family);

/**
 * kvip_frontends_collect() - the frontends of a Service port
 * @frontends: empty; filled in, in the order of precedence of the kinds: an LB
 *	IP has source ranges to guard it (S37), which the same address as an
 *	external IP would open again
 * @svc: a Service that is served and has the family
 * @port: one of its ports
 * @family: AF_INET or AF_INET6
 */
void kvip_frontends_collect(struct kvip_frontends *frontends,
			    const struct kvip_svc *svc,
			    const struct kvip_svc_port *port, uint8_t family);

/* kvip_frontends_free() - give back everything */
void kvip_frontends_free(struct kvip_frontends *frontends);

#endif /* KVIP_LIB_FRONTENDS_H */
