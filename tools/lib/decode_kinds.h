/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decoders of the kinds, for decode.c. */
#ifndef KVIP_LIB_DECODE_KINDS_H
#define KVIP_LIB_DECODE_KINDS_H

#include "field.h"
#include "model.h"

/**
 * kvip_decode_svc() - fill in a Service
 * @model: whose strings it takes
 * @object: the whole of it
 * @svc: zeroed but for its meta; after an error too, all in it can be freed
 * @err: "spec.ports[1].port: ..."
 *
 * kvip_decode_slice() and kvip_decode_node() do so for the others.
 *
 * Return: 0 or -1.
 */
int kvip_decode_svc(struct kvip_model *model, const struct kvip_field *object,
		    struct kvip_svc *svc, struct kvip_err *err);
int kvip_decode_slice(struct kvip_model *model, const struct kvip_field *object,
		      struct kvip_slice *slice, struct kvip_err *err);
int kvip_decode_node(struct kvip_model *model, const struct kvip_field *object,
		     struct kvip_node *node, struct kvip_err *err);

#endif /* KVIP_LIB_DECODE_KINDS_H */
