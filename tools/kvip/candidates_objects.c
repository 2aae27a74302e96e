// SPDX-License-Identifier: GPL-2.0-or-later
/* Objects of a store or an API server that an unfinished word may become. */
#include <string.h>

#include "access.h"
#include "candidates.h"

static int offer_name(struct json_object *object, void *ctx,
		      struct kvip_err *err)
{
	(void)err;
	kvip_candidates_offer(ctx, "%s", kvip_object_name(object));
	return 0;
}

static int offer_namespace(struct json_object *object, void *ctx,
			   struct kvip_err *err)
{
	(void)err;
	kvip_candidates_offer(ctx, "%s", kvip_object_ns(object));
	return 0;
}

void kvip_candidates_objects(struct kvip_candidates *candidates,
			     const struct kvip_access_options *options,
			     const char *word)
{
	struct kvip_access *access;
	struct kvip_err ignored;
	enum kvip_kind kind;

	/* Endpoints have the names of their Services */
	if (!strcmp(word, "endpoints") || !strcmp(word, "ep"))
		word = "services";
	if (!kvip_kind_find(word, &kind))
		return;
	access = kvip_access_open(options, 0, &ignored);
	if (!access)
		return;
	kvip_access_list(access, kind, kvip_access_ns(access), NULL, offer_name,
			 candidates, NULL, &ignored);
	kvip_access_close(access, &ignored);
}

void kvip_candidates_namespaces(struct kvip_candidates *candidates,
				const struct kvip_access_options *options)
{
	struct kvip_err ignored;
	struct kvip_access *access = kvip_access_open(options, 0, &ignored);

	if (!access)
		return;
	kvip_access_list(access, KVIP_KIND_SERVICE, NULL, NULL, offer_namespace,
			 candidates, NULL, &ignored);
	kvip_access_list(access, KVIP_KIND_POD, NULL, NULL, offer_namespace,
			 candidates, NULL, &ignored);
	kvip_access_close(access, &ignored);
}
