/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Service that exposes an object: what kubectl expose makes of the object and
 * its options (S84). Pure: what is impossible for other reasons than these is for
 * the store or the server to say.
 */
#ifndef KVIP_EXPOSE_SERVICE_H
#define KVIP_EXPOSE_SERVICE_H

#include "err.h"
#include "kinds.h"

struct json_object;

/**
 * struct kvip_expose - the options, as told; NULL: not told
 * @name: of the Service; by default the object's
 * @port: one or several, "80,443"; by default all that the object has
 * @target_port: a number or a name, for all of them; by default the port itself
 * @protocol: by default what the object says of each port
 * @type: "NodePort"
 * @selector: "app=web,tier=front"; by default the object's
 * @labels: the same; by default the object's labels
 * @session_affinity: "ClientIP" or "None"
 * @cluster_ip: an address, "None", or "": any
 * @external_ip: one or several, separated by commas
 * @external_name: of an ExternalName
 * @load_balancer_ip: kubectl drops it with another type than LoadBalancer; so here
 * @load_balancer_class: likewise
 * @external_traffic_policy: "Local" or "Cluster"
 * @ip_family_policy: "PreferDualStack"
 */
struct kvip_expose {
	const char *name;
	const char *port;
	const char *target_port;
	const char *protocol;
	const char *type;
	const char *selector;
	const char *labels;
	const char *session_affinity;
	const char *cluster_ip;
	const char *external_ip;
	const char *external_name;
	const char *load_balancer_ip;
	const char *load_balancer_class;
	const char *external_traffic_policy;
	const char *ip_family_policy;
};

/**
 * kvip_expose_service() - make the Service
 * @expose: the options
 * @kind: of @object
 * @object: what is to be exposed; NULL: nothing that has Pods, and the Service has
 *	the selector that is told, or none
 * @err: "couldn't find port via --port flag or introspection"
 *
 * Return: a Service without a namespace, or NULL; json_object_put() it.
 */
struct json_object *kvip_expose_service(const struct kvip_expose *expose,
					enum kvip_kind kind,
					struct json_object *object,
					struct kvip_err *err);

/**
 * kvip_expose_map() - "app=web,tier=front" as an object of strings
 * @text: at least one pair
 * @err: "unexpected label spec: web"
 *
 * Return: the object, or NULL.
 */
struct json_object *kvip_expose_map(const char *text, struct kvip_err *err);

#endif /* KVIP_EXPOSE_SERVICE_H */
