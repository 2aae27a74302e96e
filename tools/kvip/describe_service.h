/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that there is to say of a Service, in words. */
#ifndef KVIP_DESCRIBE_SERVICE_H
#define KVIP_DESCRIBE_SERVICE_H

#include <stddef.h>
#include <stdio.h>

struct json_object;

/**
 * kvip_describe_service() - write it as kubectl describe does
 * @to: where to
 * @service: the Service
 * @slices: its EndpointSlices, by name
 * @n: how many
 *
 * There is no list of events. What its load balancer waits for is told instead.
 */
void kvip_describe_service(FILE *to, struct json_object *service,
			   struct json_object *const *slices, size_t n);

#endif /* KVIP_DESCRIBE_SERVICE_H */
