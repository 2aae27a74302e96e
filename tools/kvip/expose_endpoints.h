/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints that are told on the command line: processes and containers that no
 * Pod stands for. They are in EndpointSlices of their own, of a Service without a
 * selector. Pure.
 */
#ifndef KVIP_EXPOSE_ENDPOINTS_H
#define KVIP_EXPOSE_ENDPOINTS_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"

struct json_object;

/* An endpoint. */
struct kvip_told_endpoint {
	struct kvip_addr addr;
	uint16_t port;
	char *node; /* where it is; owned; NULL: on no node that we know */
};

struct kvip_told_endpoints {
	struct kvip_told_endpoint *items;
	size_t n;
};

/**
 * kvip_told_endpoints_add() - take an --endpoint
 * @endpoints: where to
 * @text: "10.0.0.5:8080", "[fd00::5]:8080"
 * @err: what is wrong with it, or that it is told twice
 *
 * Return: 0 or -1.
 */
int kvip_told_endpoints_add(struct kvip_told_endpoints *endpoints,
			    const char *text, struct kvip_err *err);

/* kvip_told_endpoints_free() - give back what it owns */
void kvip_told_endpoints_free(struct kvip_told_endpoints *endpoints);

/* kvip_told_endpoints_families() - make the Service of the families that they are
 * of: one, or both, that of the first endpoint first
 */
void kvip_told_endpoints_families(const struct kvip_told_endpoints *endpoints,
				  struct json_object *service);

/**
 * kvip_told_endpoints_slices() - the EndpointSlices
 * @endpoints: at least one
 * @service: as it is stored: its name, namespace, uid; it has one port
 *
 * One for each family and port, named web-ipv4, web-ipv6, web-ipv4-2; a slice is
 * split where it would be too long.
 *
 * Return: array of them; json_object_put() it.
 */
struct json_object *
kvip_told_endpoints_slices(const struct kvip_told_endpoints *endpoints,
			   struct json_object *service);

#endif /* KVIP_EXPOSE_ENDPOINTS_H */
