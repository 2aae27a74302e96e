// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "get_endpoints.h"
#include "get_groups.h"
#include "get_list.h"

/* Services that come one by one, with EndpointSlices that are here already. */
struct joining {
	struct kvip_get_groups groups;
	kvip_get_service_fn fn;
	void *ctx;
};

/* Who wants the Endpoints of Services. */
struct making {
	kvip_access_fn fn;
	void *ctx;
};

static int take_slice(struct json_object *slice, void *ctx,
		      struct kvip_err *err)
{
	struct joining *joining = ctx;

	(void)err;
	kvip_get_groups_slice(&joining->groups, slice, false, NULL);
	return 0;
}

static int take_service(struct json_object *service, void *ctx,
			struct kvip_err *err)
{
	struct joining *joining = ctx;
	struct json_object **slices;
	size_t n;
	int ret;

	slices = kvip_get_group_slices(
		kvip_get_group(&joining->groups, kvip_object_ns(service),
			       kvip_object_name(service)),
		&n);
	ret = joining->fn(service, slices, n, joining->ctx, err);
	free(slices);
	return ret;
}

int kvip_get_services(struct kvip_access *access, const char *ns,
		      const char *selector, kvip_get_service_fn fn, void *ctx,
		      struct kvip_err *err)
{
	struct joining joining = { .fn = fn, .ctx = ctx };
	int ret;

	ret = kvip_access_list(access, KVIP_KIND_ENDPOINT_SLICE, ns, NULL,
			       take_slice, &joining, NULL, err);
	if (!ret)
		ret = kvip_access_list(access, KVIP_KIND_SERVICE, ns, selector,
				       take_service, &joining, NULL, err);
	kvip_get_groups_free(&joining.groups);
	return ret;
}

static int not_found(const struct kvip_rows *rows, const char *name,
		     struct kvip_err *err)
{
	kvip_err_set(err, "%s \"%s\" not found", rows->plural, name);
	return KVIP_ACCESS_ABSENT;
}

int kvip_get_service(struct kvip_access *access, const char *ns,
		     const char *name, kvip_get_service_fn fn, void *ctx,
		     struct kvip_err *err)
{
	struct joining joining = { .fn = fn, .ctx = ctx };
	struct json_object *service = NULL;
	char selector[128];
	int ret;

	ret = kvip_get_one(access, &kvip_rows_service, ns, name, &service, err);
	if (ret)
		return ret;
	snprintf(selector, sizeof(selector), "kubernetes.io/service-name=%s",
		 name);
	ret = kvip_access_list(access, KVIP_KIND_ENDPOINT_SLICE, ns, selector,
			       take_slice, &joining, NULL, err);
	if (!ret)
		ret = take_service(service, &joining, err);
	json_object_put(service);
	kvip_get_groups_free(&joining.groups);
	return ret;
}

static int take_endpoints(struct json_object *service,
			  struct json_object *const *slices, size_t n,
			  void *ctx, struct kvip_err *err)
{
	const struct making *making = ctx;
	struct json_object *made = kvip_endpoints_make(service, slices, n);
	int ret = 0;

	if (made)
		ret = making->fn(made, making->ctx, err);
	json_object_put(made);
	return ret;
}

int kvip_get_list(struct kvip_access *access, const struct kvip_rows *rows,
		  const char *ns, const char *selector, kvip_access_fn fn,
		  void *ctx, struct kvip_err *err)
{
	struct making making = { .fn = fn, .ctx = ctx };

	if (rows == &kvip_rows_endpoints)
		return kvip_get_services(access, ns, selector, take_endpoints,
					 &making, err);
	return kvip_access_list(access, rows->kind,
				rows->namespaced ? ns : NULL, selector, fn, ctx,
				NULL, err);
}

static int keep(struct json_object *object, void *ctx, struct kvip_err *err)
{
	struct json_object **kept = ctx;

	(void)err;
	*kept = json_object_get(object);
	return 0;
}

static int get_endpoints(struct kvip_access *access, const char *ns,
			 const char *name, struct json_object **object,
			 struct kvip_err *err)
{
	struct making making = { .fn = keep, .ctx = object };
	int ret;

	*object = NULL;
	ret = kvip_get_service(access, ns, name, take_endpoints, &making, err);
	if (ret == KVIP_ACCESS_ABSENT || (!ret && !*object))
		return not_found(&kvip_rows_endpoints, name, err);
	return ret;
}

int kvip_get_one(struct kvip_access *access, const struct kvip_rows *rows,
		 const char *ns, const char *name, struct json_object **object,
		 struct kvip_err *err)
{
	struct kvip_err why;

	if (rows == &kvip_rows_endpoints)
		return get_endpoints(access, ns, name, object, err);
	/* what is no name is nobody's name */
	if (kvip_name_check(rows->kind, name, &why))
		return not_found(rows, name, err);
	return kvip_access_get(access, rows->kind, rows->namespaced ? ns : NULL,
			       name, object, err);
}
