// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <strings.h>

#include "rows.h"

const struct kvip_rows *kvip_rows_find(const char *word)
{
	static const struct kvip_rows *const all[KVIP_KINDS] = {
		[KVIP_KIND_SERVICE] = &kvip_rows_service,
		[KVIP_KIND_ENDPOINT_SLICE] = &kvip_rows_slice,
		[KVIP_KIND_POD] = &kvip_rows_pod,
		[KVIP_KIND_DEPLOYMENT] = &kvip_rows_deployment,
		[KVIP_KIND_NODE] = &kvip_rows_node,
	};
	enum kvip_kind kind;

	if (!strcasecmp(word, "endpoints") || !strcmp(word, "ep") ||
	    !strcasecmp(word, "endpoints.v1"))
		return &kvip_rows_endpoints;
	return kvip_kind_find(word, &kind) ? all[kind] : NULL;
}
