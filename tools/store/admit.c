// SPDX-License-Identifier: GPL-2.0-or-later
#include "admit.h"
#include "admit_parts.h"

int kvip_admit(enum kvip_kind kind, struct json_object *object,
	       struct json_object *old, struct kvip_err *err)
{
	struct kvip_field root = { .value = object };

	if (kvip_admit_meta(kind, object, err))
		return -1;
	switch (kind) {
	case KVIP_KIND_ENDPOINT_SLICE:
		return kvip_admit_slice(&root, old, err);
	case KVIP_KIND_POD:
		return kvip_admit_pod(&root, err);
	case KVIP_KIND_DEPLOYMENT:
		return kvip_admit_deployment(&root, old, err);
	case KVIP_KIND_NODE:
		return kvip_admit_node(&root, err);
	case KVIP_KIND_SERVICE:
	case KVIP_KINDS:
		break;
	}
	return kvip_err_set(err, "a Service is admitted with what it is given");
}
