/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects of any kind that people see, Endpoints too, which nobody keeps. */
#ifndef KVIP_GET_LIST_H
#define KVIP_GET_LIST_H

#include <stddef.h>

#include "access.h"
#include "rows.h"

/**
 * kvip_get_list() - hand out the objects of a kind
 * @access: of which cluster
 * @rows: the kind
 * @ns: of one namespace; NULL: of all
 * @selector: of labels; NULL: none. Endpoints have their Service's labels
 * @fn: called with each, by namespace and name
 * @ctx: for @fn
 * @err: why not
 *
 * Return: as kvip_access_list().
 */
int kvip_get_list(struct kvip_access *access, const struct kvip_rows *rows,
		  const char *ns, const char *selector, kvip_access_fn fn,
		  void *ctx, struct kvip_err *err);

/* kvip_get_one() - one of them; @object: json_object_put() it; as
 * kvip_access_get()
 */
int kvip_get_one(struct kvip_access *access, const struct kvip_rows *rows,
		 const char *ns, const char *name, struct json_object **object,
		 struct kvip_err *err);

/* typedef kvip_get_service_fn - take a Service and its EndpointSlices, by name */
typedef int (*kvip_get_service_fn)(struct json_object *service,
				   struct json_object *const *slices, size_t n,
				   void *ctx, struct kvip_err *err);

/* kvip_get_services() - hand out Services with their EndpointSlices, as
 * kvip_get_list()
 */
int kvip_get_services(struct kvip_access *access, const char *ns,
		      const char *selector, kvip_get_service_fn fn, void *ctx,
		      struct kvip_err *err);

/* kvip_get_service() - hand out one of them, as kvip_get_one() */
int kvip_get_service(struct kvip_access *access, const char *ns,
		     const char *name, kvip_get_service_fn fn, void *ctx,
		     struct kvip_err *err);

#endif /* KVIP_GET_LIST_H */
