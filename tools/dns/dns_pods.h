/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pods, as far as their names go: what kvip_zones_make() is given of them. */
#ifndef KVIP_DNS_PODS_H
#define KVIP_DNS_PODS_H

#include <stddef.h>

#include "intern.h"
#include "zones.h"

struct json_object;

/**
 * struct kvip_dns_pods - addresses of Pods; {} has none
 * @items: for kvip_zones_make()
 * @n: how many
 * @namespaces: that items are of
 */
struct kvip_dns_pods {
	struct kvip_dns_pod *items;
	size_t n;
	struct kvip_intern namespaces;
};

/* kvip_dns_pods_add() - the addresses of a Pod, as the API has it; of one that is
 * over there are none: others may have them by now
 */
void kvip_dns_pods_add(struct kvip_dns_pods *pods, struct json_object *pod);

/* kvip_dns_pods_free() - give back everything; pods is {} again */
void kvip_dns_pods_free(struct kvip_dns_pods *pods);

#endif /* KVIP_DNS_PODS_H */
