/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the unit tests: cmocka with what it wants included, and clusters out of
 * a text.
 */
#ifndef KVIP_TESTS_CLUSTER_H
#define KVIP_TESTS_CLUSTER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode.h"
#include "document.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static int cluster_take(struct json_object *object,
			const struct kvip_origin *origin, void *ctx,
			struct kvip_err *err)
{
	return kvip_decode(ctx, object, origin, KVIP_PUT_ONCE, err);
}

/* Put the objects of a text into a model; -1 and @err as ever. */
static inline int cluster_try(struct kvip_model *model, const char *text,
			      struct kvip_err *err)
{
	return kvip_document_parse("t.yaml", text, strlen(text), cluster_take,
				   model, err);
}

/* The same for a text that has to be right. */
static inline void cluster_add(struct kvip_model *model, const char *text)
{
	struct kvip_err err;

	if (cluster_try(model, text, &err))
		fail_msg("%s", err.text);
}

#endif /* KVIP_TESTS_CLUSTER_H */
