/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of slices.c: what a Pod is to a Service. */
#ifndef KVIP_STORE_SLICE_ENDPOINT_H
#define KVIP_STORE_SLICE_ENDPOINT_H

#include <stddef.h>

struct json_object;

/**
 * kvip_slice_endpoint() - a Pod as an endpoint
 * @service: the Service that selects it
 * @pod: the Pod
 * @zones: zone of each node
 * @family: "IPv4" or "IPv6"
 *
 * Return: the endpoint, to be given back; NULL if it is none: it has ended, or has
 *	no address of the family.
 */
struct json_object *kvip_slice_endpoint(struct json_object *service,
					struct json_object *pod,
					struct json_object *zones,
					const char *family);

/* kvip_slice_n_ports() - how many ports a Service has */
size_t kvip_slice_n_ports(struct json_object *service);

/* kvip_slice_targets() - the number that each of them has in this Pod; 0: its
 * targetPort is a name that the Pod has not
 */
void kvip_slice_targets(struct json_object *service, struct json_object *pod,
			int *targets);

/* kvip_slice_ports() - the ports of a slice of Pods with these targets, an array to
 * be given back; those that a Pod has not are left out
 */
struct json_object *kvip_slice_ports(struct json_object *service,
				     const int *targets);

/* kvip_slice_key() - a text that is the same for the same ports in any order; NULL
 * and an empty array have ""; free() it
 */
char *kvip_slice_key(struct json_object *ports);

#endif /* KVIP_STORE_SLICE_ENDPOINT_H */
