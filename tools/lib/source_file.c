// SPDX-License-Identifier: GPL-2.0-or-later
#include "decode.h"
#include "document.h"
#include "source_file.h"

static int take_object(struct json_object *object,
		       const struct kvip_origin *origin, void *ctx,
		       struct kvip_err *err)
{
	return kvip_decode(ctx, object, origin, KVIP_PUT_ONCE, err);
}

int kvip_source_file(struct kvip_model *model, const char *path,
		     struct kvip_err *err)
{
	return kvip_documents_read(path, take_object, model, err);
}
