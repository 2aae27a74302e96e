/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The EndpointSlices of a Service with a selector, from the Pods that it
 * selects: what the API server's endpoint-slice controller does. Pure.
 */
#ifndef KVIP_STORE_SLICES_H
#define KVIP_STORE_SLICES_H

#include <stddef.h>

struct json_object;

/* Endpoints of a slice at most, as the controller's default has it. */
#define KVIP_SLICE_ENDPOINTS 100

/* endpointslice.kubernetes.io/managed-by of the slices that are made here */
#define KVIP_SLICE_MANAGER "endpointslice-controller.kvip"

/**
 * kvip_slices_make() - the slices that there should be
 * @service: as it is stored; one without a selector, or an ExternalName, has none
 * @pods: array of the Pods of its namespace that it selects, by name
 * @zones: object: zone of each node by the node's name
 * @old: array of the slices that were made for it and are stored; they keep
 *	their names, and endpoints stay in the slice that they are in
 *
 * Ready, serving and terminating as KEP-1672 has them; a Pod without address, or
 * that has ended (Succeeded, Failed), is left out; publishNotReadyAddresses makes
 * all ready. targetPort by name is looked for in each Pod, so that there may be
 * several sets of ports. hostname if the Pod's subdomain is the Service's name.
 * Slices have the Service as owner, and a name that begins with it. Where there is
 * no endpoint at all there is one slice that says so, as the controller has it.
 *
 * Few slices change: a changed endpoint stays in its slice, those that change
 * anyway are filled up first, and one that would go is used for a new one. There
 * are no topology hints: they take a view of the whole cluster.
 *
 * Return: array of slices, without uid and version unless they were in @old; those
 *	that do not change are the very objects of @old; json_object_put() it.
 */
struct json_object *kvip_slices_make(struct json_object *service,
				     struct json_object *pods,
				     struct json_object *zones,
				     struct json_object *old);

#endif /* KVIP_STORE_SLICES_H */
