/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects that kvip create makes out of options, as kubectl create does. Pure. */
#ifndef KVIP_CREATE_OBJECT_H
#define KVIP_CREATE_OBJECT_H

#include <stddef.h>

#include "err.h"

struct json_object;

/**
 * struct kvip_create_service - "kvip create service TYPE NAME"
 * @type: "ClusterIP"
 * @name: its own, and its selector's and label's "app"
 * @tcp: "80:8080", "80", or several, separated by commas
 * @n_tcp: how many
 * @cluster_ip: --clusterip; NULL: not told
 * @node_port: --node-port; 0: not told
 * @external_name: --external-name; NULL: not told
 */
struct kvip_create_service {
	const char *type;
	const char *name;
	char **tcp;
	size_t n_tcp;
	const char *cluster_ip;
	int node_port;
	const char *external_name;
};

/* kvip_create_service_make() - NULL, or the Service without a namespace;
 * json_object_put() it
 */
struct json_object *
kvip_create_service_make(const struct kvip_create_service *options,
			 struct kvip_err *err);

/**
 * struct kvip_create_deployment - "kvip create deployment NAME"
 * @name: its own, and that of its label "app"
 * @image: kubectl's --image; NULL: not told. Nobody here runs it
 * @port: --port of the containers; 0: not told
 * @replicas: --replicas, which nobody here sees to either
 * @selector: "app=web,tier=front", in the place of app=NAME; NULL: not told
 */
struct kvip_create_deployment {
	const char *name;
	const char *image;
	int port;
	int replicas;
	const char *selector;
};

/* kvip_create_deployment_make() - likewise */
struct json_object *
kvip_create_deployment_make(const struct kvip_create_deployment *options,
			    struct kvip_err *err);

#endif /* KVIP_CREATE_OBJECT_H */
