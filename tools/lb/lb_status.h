/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status of a Service of type LoadBalancer: what it has, or why it has nothing,
 * in the condition "kvip/LoadBalancer".
 *
 * What is made here is all of a status: it takes the place of the one that there
 * is, and is not merged with it.
 */
#ifndef KVIP_LB_STATUS_H
#define KVIP_LB_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

struct json_object;

#define KVIP_LB_CONDITION "kvip/LoadBalancer"

/* kvip_lb_status() - the status with these addresses, perhaps none, and nothing
 * else to say; of @service other conditions stay. json_object_put() it
 */
struct json_object *kvip_lb_status(struct json_object *service,
				   const struct kvip_addr *addrs, size_t n);

/* kvip_lb_status_ingress() - the same with an array of a provider's: objects of ip
 * or hostname, perhaps ipMode and ports
 */
struct json_object *kvip_lb_status_ingress(struct json_object *service,
					   struct json_object *ingress);

/* kvip_lb_status_waiting() - the status of one that waits: @reason "PoolEmpty",
 * "AddressTaken", "ProviderFailed", ...; @message one sentence
 */
struct json_object *kvip_lb_status_waiting(struct json_object *service,
					   const char *reason,
					   const char *message);

/* kvip_lb_status_failing() - the same of one that keeps what it has meanwhile:
 * a provider failed to change it
 */
struct json_object *kvip_lb_status_failing(struct json_object *service,
					   const char *reason,
					   const char *message);

/* kvip_lb_status_why() - that sentence of a Service, or NULL; borrowed */
const char *kvip_lb_status_why(struct json_object *service);

/* kvip_lb_status_addrs() - the addresses it has; returns how many, at most @max */
size_t kvip_lb_status_addrs(struct json_object *service,
			    struct kvip_addr *addrs, size_t max);

/* kvip_lb_status_equal() - whether @service has this status already; an address
 * without ipMode is a VIP, as the API server has it
 */
bool kvip_lb_status_equal(struct json_object *service,
			  struct json_object *status);

#endif /* KVIP_LB_STATUS_H */
