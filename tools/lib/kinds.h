/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of objects that people get, apply and delete here, and their names. */
#ifndef KVIP_LIB_KINDS_H
#define KVIP_LIB_KINDS_H

#include <stdbool.h>

#include "err.h"

struct json_object;

enum kvip_kind {
	KVIP_KIND_SERVICE,
	KVIP_KIND_ENDPOINT_SLICE,
	KVIP_KIND_POD,
	KVIP_KIND_DEPLOYMENT,
	KVIP_KIND_NODE,

	KVIP_KINDS
};

/**
 * struct kvip_kind_info - what there is to say of a kind
 * @name: "EndpointSlice"
 * @api_version: "discovery.k8s.io/v1"
 * @group_path: "/apis/discovery.k8s.io/v1"
 * @plural: "endpointslices"
 * @singular: "endpointslice"
 * @group: "discovery.k8s.io", "" for the core
 * @namespaced: false: a Node
 */
struct kvip_kind_info {
	const char *name;
	const char *api_version;
	const char *group_path;
	const char *plural;
	const char *singular;
	const char *group;
	bool namespaced;
};

extern const struct kvip_kind_info kvip_kinds[KVIP_KINDS];

/* The longest path of kvip_kind_path(), with its end. */
#define KVIP_KIND_PATH_LEN 640

/* kvip_kind_find() - of a word as kubectl takes it, "svc", "services",
 * "Service", "deployments.apps"; whether there is one
 */
bool kvip_kind_find(const char *word, enum kvip_kind *kind);

/* kvip_kind_of() - by an object's kind and apiVersion; "kind Ingress of
 * networking.k8s.io/v1 is not one that kvip keeps"; 0 or -1
 */
int kvip_kind_of(struct json_object *object, enum kvip_kind *kind,
		 struct kvip_err *err);

/**
 * kvip_kind_path() - where an API server has it
 * @kind: the kind
 * @ns: its namespace, or NULL: of all
 * @name: its name, or NULL: the collection
 * @path: filled in
 *
 * Names must be checked to be names by then.
 *
 * Return: @path.
 */
char *kvip_kind_path(enum kvip_kind kind, const char *ns, const char *name,
		     char path[KVIP_KIND_PATH_LEN]);

/* kvip_name_check() - whether an object of @kind may have that name: a DNS label
 * of RFC 1123 for a Service (1.36 allows a digit in front), a subdomain for the
 * others; 0 or -1, with the API server's own reason
 */
int kvip_name_check(enum kvip_kind kind, const char *name,
		    struct kvip_err *err);

/* kvip_namespace_check() - the same for a namespace, a label of RFC 1123 */
int kvip_namespace_check(const char *ns, struct kvip_err *err);

/* kvip_object_name(), kvip_object_ns() - "" if it has none */
const char *kvip_object_name(struct json_object *object);
const char *kvip_object_ns(struct json_object *object);

#endif /* KVIP_LIB_KINDS_H */
