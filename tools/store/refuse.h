/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An API server's words for what is wrong with a field; all return -1. */
#ifndef KVIP_STORE_REFUSE_H
#define KVIP_STORE_REFUSE_H

#include <stddef.h>

#include "err.h"
#include "field.h"

/* kvip_refuse() - "spec.ports[0].port: Invalid value: 0: " and the words */
int kvip_refuse(const struct kvip_field *field, struct kvip_err *err,
		const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* kvip_refuse_absent() - "spec.ports: Required value"; @why: NULL, or what else
 * there is to say
 */
int kvip_refuse_absent(const struct kvip_field *field, const char *why,
		       struct kvip_err *err);

/* kvip_refuse_forbidden() - "spec.clusterIPs: Forbidden: " and @why */
int kvip_refuse_forbidden(const struct kvip_field *field, const char *why,
			  struct kvip_err *err);

/* kvip_refuse_again() - "spec.ports[1].name: Duplicate value: "http"" */
int kvip_refuse_again(const struct kvip_field *field, struct kvip_err *err);

/* kvip_refuse_unknown() - "spec.type: Unsupported value: "X": supported values:
 * "A", "B"", of @choices, which a NULL ends
 */
int kvip_refuse_unknown(const struct kvip_field *field,
			const char *const choices[], struct kvip_err *err);

/* kvip_refuse_many() - "ports: Too many: 101: must have at most 100 items" */
int kvip_refuse_many(const struct kvip_field *field, size_t n, size_t max,
		     struct kvip_err *err);

#endif /* KVIP_STORE_REFUSE_H */
