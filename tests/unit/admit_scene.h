/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the unit tests: objects out of a text, and an allocator in memory. */
#ifndef KVIP_TESTS_ADMIT_SCENE_H
#define KVIP_TESTS_ADMIT_SCENE_H

#include "recorded.h"

#include <json-c/json.h>

#include "admit.h"
#include "document.h"
#include "object.h"
#include "store_config.h"

/* What was given out. */
struct scene {
	struct kvip_store_config config;
	struct kvip_allocator allocator;
	struct kvip_addr addrs[64];
	size_t n_addrs;
	struct {
		uint8_t proto;
		uint16_t port;
	} ports[64];
	size_t n_ports;
	uint16_t next; /* the next node port that may be free */
	bool exhausted; /* nothing is free */
	char log[1024]; /* what was asked for, in order: "10.96.0.9 30080/TCP" */
};

static inline void scene_log(struct scene *scene, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline void scene_log(struct scene *scene, const char *fmt, ...)
{
	size_t used = strlen(scene->log);
	va_list args;

	va_start(args, fmt);
	vsnprintf(scene->log + used, sizeof(scene->log) - used, fmt, args);
	va_end(args);
}

static inline bool scene_has_addr(const struct scene *scene,
				  const struct kvip_addr *addr)
{
	size_t i;

	for (i = 0; i < scene->n_addrs; i++)
		if (!kvip_addr_cmp(&scene->addrs[i], addr))
			return true;
	return false;
}

static inline int scene_cluster_ip(void *arg, uint8_t family,
				   const struct kvip_addr *wanted,
				   struct kvip_addr *got, struct kvip_err *err)
{
	struct scene *scene = arg;
	char text[INET6_ADDRSTRLEN];

	if (wanted) {
		assert_int_equal(wanted->family, family);
		*got = *wanted;
		scene_log(scene, "%s ", kvip_addr_text(got, text));
		if (scene_has_addr(scene, got))
			return kvip_err_set(err, "%s is taken by demo/api",
					    kvip_addr_text(got, text));
	} else {
		scene_log(scene, "any %s ", kvip_family_text(family));
		if (scene->exhausted)
			return kvip_err_set(err, "no address is free");
		kvip_addr_parse(family == AF_INET ? "10.96.1.1" :
						    "fd00:10:96::101",
				got);
		while (scene_has_addr(scene, got))
			got->bytes[kvip_addr_bytes(family) - 1]++;
	}
	scene->addrs[scene->n_addrs++] = *got;
	return 0;
}

static inline bool scene_has_port(const struct scene *scene, uint8_t proto,
				  uint16_t port)
{
	size_t i;

	for (i = 0; i < scene->n_ports; i++)
		if (scene->ports[i].proto == proto &&
		    scene->ports[i].port == port)
			return true;
	return false;
}

static inline void scene_take_port(struct scene *scene, uint8_t proto,
				   uint16_t port)
{
	scene->ports[scene->n_ports].proto = proto;
	scene->ports[scene->n_ports++].port = port;
}

static inline bool scene_is_free(const struct scene *scene,
				 const uint8_t *protos, size_t n, uint16_t port)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (scene_has_port(scene, protos[i], port))
			return false;
	return true;
}

static inline int scene_node_port(void *arg, const uint8_t *protos, size_t n,
				  uint16_t wanted, uint16_t *got,
				  struct kvip_err *err)
{
	struct scene *scene = arg;
	size_t i;

	scene_log(scene, "%u", wanted);
	for (i = 0; i < n; i++)
		scene_log(scene, "/%s", kvip_proto_text(protos[i]));
	scene_log(scene, " ");
	if (wanted && !scene_is_free(scene, protos, n, wanted))
		return kvip_err_set(err, "%u is taken by demo/api", wanted);
	if (!wanted && scene->exhausted)
		return kvip_err_set(err,
				    "no node port is free within 30000-32767");
	*got = wanted ? wanted : scene->next;
	while (!scene_is_free(scene, protos, n, *got))
		(*got)++;
	for (i = 0; i < n; i++)
		scene_take_port(scene, protos[i], *got);
	return 0;
}

static inline int scene_health_port(void *arg, uint16_t wanted, uint16_t *got,
				    struct kvip_err *err)
{
	static const uint8_t tcp = IPPROTO_TCP;

	scene_log(arg, "health ");
	return scene_node_port(arg, &tcp, 1, wanted, got, err);
}

/* @families: 1 or 2 */
static inline void scene_init(struct scene *scene, unsigned int families)
{
	memset(scene, 0, sizeof(*scene));
	scene->config.n_cidrs = families;
	scene->config.port_min = 30000;
	scene->config.port_max = 32767;
	kvip_prefix_parse("10.96.0.0/16", &scene->config.cidrs[0]);
	kvip_prefix_parse("fd00:10:96::/112", &scene->config.cidrs[1]);
	scene->allocator.cluster_ip = scene_cluster_ip;
	scene->allocator.node_port = scene_node_port;
	scene->allocator.health_port = scene_health_port;
	scene->allocator.arg = scene;
	scene->next = 30100;
}

static inline int scene_keep(struct json_object *object,
			     const struct kvip_origin *origin, void *ctx,
			     struct kvip_err *err)
{
	(void)origin;
	(void)err;
	json_object_array_add(ctx, json_object_get(object));
	return 0;
}

/* All objects of a text; json_object_put() the array. */
static inline struct json_object *objects_of(const char *text, size_t len)
{
	struct json_object *list = json_object_new_array();
	struct kvip_err err;

	if (kvip_document_parse("t.yaml", text, len, scene_keep, list, &err))
		fail_msg("%s", err.text);
	return list;
}

static inline struct json_object *recorded_objects(const char *name)
{
	struct json_object *list;
	size_t len;
	char *text = recorded(name, &len);

	list = objects_of(text, len);
	free(text);
	return list;
}

/* The only object of a text. */
static inline struct json_object *object_of(const char *text)
{
	struct json_object *list = objects_of(text, strlen(text)), *object;

	assert_int_equal(json_object_array_length(list), 1);
	object = json_object_get(json_object_array_get_idx(list, 0));
	json_object_put(list);
	return object;
}

static inline struct json_object *copy_of(struct json_object *object)
{
	struct json_object *copy = NULL;

	assert_int_equal(json_object_deep_copy(object, &copy, NULL), 0);
	return copy;
}

static inline void assert_same(struct json_object *a, struct json_object *b,
			       const char *what)
{
	if (!json_object_equal(a, b))
		fail_msg("%s:\n%s\nis not\n%s", what,
			 json_object_to_json_string(a),
			 json_object_to_json_string(b));
}

/* Member "spec.ports.0.nodePort" of an object, NULL if there is none. */
static inline struct json_object *member_at(struct json_object *object,
					    const char *path)
{
	char name[64];

	while (*path && object) {
		size_t len = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		if (json_object_is_type(object, json_type_array))
			object = json_object_array_get_idx(object,
							   (size_t)atoi(name));
		else
			object = kvip_object_member(object, name);
		path += len + !!path[len];
	}
	return object;
}

#endif /* KVIP_TESTS_ADMIT_SCENE_H */
