/* SPDX-License-Identifier: GPL-2.0-or-later */
/* v1 Endpoints, which nobody keeps here: a Service's EndpointSlices in one. */
#ifndef KVIP_GET_ENDPOINTS_H
#define KVIP_GET_ENDPOINTS_H

#include <stddef.h>

struct json_object;

/**
 * kvip_endpoints_make() - what the Endpoints controller makes of a Service
 * @service: the Service
 * @slices: its EndpointSlices
 * @n: how many
 *
 * They have the Service's name, labels and age, and endpoints of its first
 * family. Its own uid and resourceVersion such an object has not.
 *
 * Return: json_object_put() it; NULL: the Service has none, as it has neither a
 * selector nor an EndpointSlice.
 */
struct json_object *kvip_endpoints_make(struct json_object *service,
					struct json_object *const *slices,
					size_t n);

#endif /* KVIP_GET_ENDPOINTS_H */
