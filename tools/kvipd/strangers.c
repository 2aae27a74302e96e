// SPDX-License-Identifier: GPL-2.0-or-later
#include "frontends.h"
#include "strangers.h"

void kvip_strangers(const struct kvip_svc *svc,
		    void (*fn)(const struct kvip_addr *addr, const char *field,
			       void *arg),
		    void *arg)
{
	uint32_t i;

	if (!kvip_svc_has_family(svc, AF_INET) &&
	    !kvip_svc_has_family(svc, AF_INET6))
		return;
	for (i = 0; i < svc->n_external_ips; i++)
		if (!kvip_svc_has_family(svc, svc->external_ips[i].family))
			fn(&svc->external_ips[i], "spec.externalIPs", arg);
	for (i = 0; i < svc->n_ingress; i++)
		if (svc->ingress[i].addr.family && svc->ingress[i].vip &&
		    !kvip_svc_has_family(svc, svc->ingress[i].addr.family))
			fn(&svc->ingress[i].addr, "status.loadBalancer.ingress",
			   arg);
}
