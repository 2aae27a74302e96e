/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The endpoints of a Service port of one family; for derive.c. */
#ifndef KVIP_LIB_ENDPOINTS_H
#define KVIP_LIB_ENDPOINTS_H

#include "model.h"

struct kvip_candidate {
	const struct kvip_endpoint *endpoint;
	uint16_t port;
	uint32_t flags; /* KVIP_BACKEND_F_* */
	uint32_t order; /* of appearance */
};

/* Those of one Service port; the array is used again for the next. */
struct kvip_candidates {
	struct kvip_candidate *array;
	size_t n;
	size_t room;
};

/* Where the choice is made. Names are interned in the model, or NULL. */
struct kvip_viewpoint {
	const char *node;
	const char *zone;
};

/* enum kvip_lists - which lists a Service port has, S10 */
enum kvip_lists {
	KVIP_LIST_CLUSTER = 1 << 0,
	KVIP_LIST_LOCAL = 1 << 1,
};

/**
 * kvip_candidates_collect() - the ready or serving endpoints, each once
 * @candidates: what it held is replaced; in the order of address and port
 * @slices: of the Service
 * @port: the Service port
 * @family: AF_INET or AF_INET6
 * @from: the node
 *
 * Rules S3 to S6. Their flags tell state and KVIP_BACKEND_F_ON_NODE.
 */
void kvip_candidates_collect(struct kvip_candidates *candidates,
			     const struct kvip_slice *slices,
			     const struct kvip_svc_port *port, uint8_t family,
			     const struct kvip_viewpoint *from);

/**
 * kvip_candidates_choose() - put endpoints into lists
 * @candidates: as collected; KVIP_BACKEND_F_CLUSTER and _LOCAL are added
 * @lists: enum kvip_lists
 * @from: the node
 *
 * Rules S11, S12 and S15 to S18.
 *
 * Return: how the lists came about: KVIP_SERVICE_F_TOPOLOGY_NODE or _ZONE,
 * KVIP_SERVICE_F_CLUSTER_FALLBACK, KVIP_SERVICE_F_LOCAL_FALLBACK.
 */
uint32_t kvip_candidates_choose(struct kvip_candidates *candidates,
				unsigned int lists,
				const struct kvip_viewpoint *from);

/* kvip_candidates_has_any() - whether some endpoint could be used, S13 */
bool kvip_candidates_has_any(const struct kvip_candidates *candidates);

/* kvip_candidates_free() - give back the array */
void kvip_candidates_free(struct kvip_candidates *candidates);

#endif /* KVIP_LIB_ENDPOINTS_H */
