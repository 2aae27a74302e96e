/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a table tells of objects: columns and cells as an API server has them. */
#ifndef KVIP_ROWS_H
#define KVIP_ROWS_H

#include <stdbool.h>

#include "kinds.h"
#include "rows_cells.h"

/**
 * struct kvip_rows - how a kind is shown
 * @name: before "/web": "service", "endpointslice.discovery.k8s.io"
 * @plural: in sentences: "services", "endpointslices.discovery.k8s.io"
 * @kind: the kind; KVIP_KINDS: Endpoints, which are not kept but made of Services
 *	and EndpointSlices (get_endpoints.h)
 * @namespaced: false: a Node
 * @columns: headings, %NULL ends them
 * @narrow: how many of them are shown without -o wide
 * @fill: append a cell for each to @row, ages as of Unix time @now
 */
struct kvip_rows {
	const char *name;
	const char *plural;
	enum kvip_kind kind;
	bool namespaced;
	const char *const *columns;
	unsigned int narrow;
	void (*fill)(struct kvip_cells *row, struct json_object *object,
		     double now);
};

extern const struct kvip_rows kvip_rows_service, kvip_rows_slice, kvip_rows_pod,
	kvip_rows_deployment, kvip_rows_node, kvip_rows_endpoints;

/* kvip_rows_find() - of a word as kubectl takes it, "svc", "endpoints"; or NULL */
const struct kvip_rows *kvip_rows_find(const char *word);

#endif /* KVIP_ROWS_H */
