/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kubernetes objects, as JSON, into the model. Fields that kvip has no use for
 * are not looked at; those that it reads must be what the API says they are.
 */
#ifndef KVIP_LIB_DECODE_H
#define KVIP_LIB_DECODE_H

#include "model.h"

struct json_object;

/**
 * kvip_decode() - put a Kubernetes object into the model
 * @model: the cluster
 * @object: a Service or Node of v1, or an EndpointSlice of discovery.k8s.io/v1
 * @origin: where it is from; copied; NULL: not from a file
 * @flags: enum kvip_put_flags
 * @err: "Service demo/web: spec.ports[1].port: expected a number from 1 to
 *	65535, found "http"", or "kind Pod is not one that kvip reads ..."
 *
 * Return: 0 or -1; then the model is as it was.
 */
int kvip_decode(struct kvip_model *model, struct json_object *object,
		const struct kvip_origin *origin, unsigned int flags,
		struct kvip_err *err);

/**
 * kvip_decode_version() - a resourceVersion that may be compared
 * @text: as an object tells it, or NULL
 *
 * Since Kubernetes 1.35 they are numbers that may be compared; an older API
 * server's are too, though it does not say so.
 *
 * Return: the number; 0: it is none.
 */
uint64_t kvip_decode_version(const char *text);

#endif /* KVIP_LIB_DECODE_H */
