/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A load-balancer controller, and an API server that does what it writes. */
#ifndef TESTS_BALANCING_H
#define TESTS_BALANCING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>
#include <json-c/json.h>

#include "balancer.h"
#include "clock.h"
#include "lb_config.h"
#include "lb_status.h"
#include "log.h"
#include "object.h"

/* Seconds after which a test has failed; none takes nearly as long. */
#define PATIENCE 30.0

#define WRITES 64

/* A write that was asked for and not done. */
struct asked {
	struct json_object *service;
	struct json_object *status; /* or NULL, and it is about a finalizer */
	char finalizer[64];
	bool add;
	uint64_t ticket;
};

struct world {
	struct event_base *base;
	struct kvip_lb_config config;
	struct kvip_balancer *balancer;
	struct json_object *services; /* by name */
	unsigned int version;
	struct asked asked[WRITES];
	size_t n_asked;
	bool held; /* writes are not done */
	int broken; /* as many fail */
	unsigned int n_done;
	unsigned int n_conflicts;
	char told[4096]; /* "NAME: NOTE|" */
};

static inline void on_write_status(void *arg, struct json_object *service,
				   struct json_object *status, uint64_t ticket)
{
	struct world *world = arg;

	assert_true(world->n_asked < WRITES);
	world->asked[world->n_asked++] = (struct asked){
		.service = json_object_get(service),
		.status = json_object_get(status),
		.ticket = ticket,
	};
}

static inline void on_patch_finalizers(void *arg, struct json_object *service,
				       const char *finalizer, bool add,
				       uint64_t ticket)
{
	struct world *world = arg;
	struct asked *asked = &world->asked[world->n_asked++];

	assert_true(world->n_asked <= WRITES);
	*asked = (struct asked){
		.service = json_object_get(service),
		.add = add,
		.ticket = ticket,
	};
	snprintf(asked->finalizer, sizeof(asked->finalizer), "%s", finalizer);
}

static inline void on_tell(void *arg, struct json_object *service, bool warning,
			   const char *reason, const char *note)
{
	struct world *world = arg;
	size_t used = strlen(world->told);

	assert_true(strlen(reason) > 0);
	snprintf(world->told + used, sizeof(world->told) - used, "%s%s: %s|",
		 warning ? "!" : "",
		 kvip_object_text(kvip_object_member(service, "metadata"),
				  "name"),
		 note);
}

static const struct kvip_balancer_ops server_ops = {
	.write_status = on_write_status,
	.patch_finalizers = on_patch_finalizers,
	.tell = on_tell,
};

static const struct kvip_balancer_ops store_ops = {
	.write_status = on_write_status,
	.tell = on_tell,
};

/* A text with ' for ". */
static inline struct json_object *parse(const char *text)
{
	char copy[4096], *c;
	struct json_object *object;

	snprintf(copy, sizeof(copy), "%s", text);
	for (c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	object = json_tokener_parse(copy);
	if (!object)
		fail_msg("%s", text);
	return object;
}

static inline struct json_object *member(struct json_object *object,
					 const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value)) {
		value = json_object_new_object();
		json_object_object_add(object, name, value);
	}
	return value;
}

static inline struct json_object *copy_of(struct json_object *object)
{
	struct json_object *copy = NULL;

	assert_int_equal(json_object_deep_copy(object, &copy, NULL), 0);
	return copy;
}

static inline struct json_object *current(struct world *world, const char *name)
{
	struct json_object *service = kvip_object_member(world->services, name);

	if (!service)
		fail_msg("there is no %s", name);
	return service;
}

/* What has a new version from now on, and is told. */
static inline void store(struct world *world, const char *name,
			 struct json_object *service)
{
	char version[16];

	snprintf(version, sizeof(version), "%u", ++world->version);
	json_object_object_add(member(service, "metadata"), "resourceVersion",
			       json_object_new_string(version));
	json_object_object_add(world->services, name, service);
	if (world->balancer)
		kvip_balancer_put(world->balancer, service);
}

/**
 * create() - a Service
 * @name: of it
 * @age: it was created that many seconds after the first one may have been
 * @spec: members of its spec; families and ports have defaults
 * @rest: members of the Service besides metadata and spec, or ""
 */
static inline void create(struct world *world, const char *name, int age,
			  const char *spec, const char *rest)
{
	char text[2048];

	snprintf(
		text, sizeof(text),
		"{'metadata': {'namespace': 'demo', 'name': '%s',"
		" 'uid': '%s-%u', 'creationTimestamp': '2026-01-02T03:04:%02dZ'},"
		" 'spec': {'type': 'LoadBalancer', 'ipFamilies': ['IPv4'],"
		" 'ports': [{'port': 80}]%s%s}%s%s}",
		name, name, world->version, age, *spec ? ", " : "", spec,
		*rest ? ", " : "", rest);
	store(world, name, parse(text));
}

/* With an address in status */
static inline void create_with(struct world *world, const char *name, int age,
			       const char *addr)
{
	char rest[256];

	snprintf(rest, sizeof(rest),
		 "'status': {'loadBalancer': {'ingress': [{'ip': '%s'}]}}",
		 addr);
	create(world, name, age, "", rest);
}

/* Give a member of spec or metadata another value; NULL: take it away. */
static inline void change(struct world *world, const char *name,
			  const char *part, const char *key, const char *value)
{
	struct json_object *service = copy_of(current(world, name));

	if (value)
		json_object_object_add(member(service, part), key,
				       parse(value));
	else
		json_object_object_del(member(service, part), key);
	store(world, name, service);
}

static inline void annotate(struct world *world, const char *name,
			    const char *annotations)
{
	change(world, name, "metadata", "annotations", annotations);
}

static inline void vanish(struct world *world, const char *name)
{
	struct json_object *service = json_object_get(current(world, name));

	json_object_object_del(world->services, name);
	kvip_balancer_gone(world->balancer, service);
	json_object_put(service);
}

static inline void list(struct world *world)
{
	kvip_balancer_begin(world->balancer);
	json_object_object_foreach(world->services, name, service)
	{
		(void)name;
		kvip_balancer_put(world->balancer, service);
	}
	kvip_balancer_complete(world->balancer);
}

static inline struct json_object *with_finalizer(struct json_object *service,
						 const struct asked *asked)
{
	struct json_object *copy = copy_of(service), *meta, *old, *added;
	size_t i, n;

	meta = member(copy, "metadata");
	old = kvip_object_member(meta, "finalizers");
	n = old ? json_object_array_length(old) : 0;
	added = json_object_new_array();
	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(old, i);

		if (strcmp(json_object_get_string(item), asked->finalizer))
			json_object_array_add(added, json_object_get(item));
	}
	if (asked->add)
		json_object_array_add(added,
				      json_object_new_string(asked->finalizer));
	n = json_object_array_length(added);
	json_object_object_add(meta, "finalizers", added);
	if (!n)
		json_object_object_del(meta, "finalizers");
	return copy;
}

/* A Service that is being deleted goes with its last finalizer. */
static inline void apply(struct world *world, const struct asked *asked,
			 const char *name, struct json_object *now)
{
	struct json_object *next;

	if (asked->status) {
		next = copy_of(now);
		json_object_object_add(next, "status",
				       json_object_get(asked->status));
	} else {
		next = with_finalizer(now, asked);
	}
	world->n_done++;
	store(world, name, next);
	if (kvip_object_text(member(next, "metadata"), "deletionTimestamp") &&
	    !kvip_object_member(member(next, "metadata"), "finalizers"))
		vanish(world, name);
}

static inline void answer(struct world *world, struct asked *asked)
{
	struct json_object *meta = member(asked->service, "metadata"), *now;
	const struct kvip_err why = { "the server is away" };
	const char *name = kvip_object_text(meta, "name");

	now = kvip_object_member(world->services, name);
	if (world->broken) {
		world->broken--;
		kvip_balancer_written(world->balancer, asked->ticket,
				      KVIP_BALANCER_FAILED, &why);
	} else if (!now || strcmp(kvip_object_version(now),
				  kvip_object_version(asked->service))) {
		world->n_conflicts++;
		kvip_balancer_written(world->balancer, asked->ticket,
				      KVIP_BALANCER_CONFLICT, NULL);
	} else {
		apply(world, asked, name, now);
		kvip_balancer_written(world->balancer, asked->ticket,
				      KVIP_BALANCER_WRITTEN, NULL);
	}
	json_object_put(asked->service);
	json_object_put(asked->status);
}

static inline void answer_all(struct world *world)
{
	struct asked asked[WRITES];
	size_t i, n = world->n_asked;

	memcpy(asked, world->asked, sizeof(asked));
	world->n_asked = 0;
	for (i = 0; i < n; i++)
		answer(world, &asked[i]);
}

/* Until nothing is to be done, but what waits for a time or a program. */
static inline void settle(struct world *world)
{
	int i;

	for (i = 0; i < 1000; i++) {
		event_base_loop(world->base, EVLOOP_NONBLOCK);
		if (!world->held)
			answer_all(world);
	}
	assert_true(world->held || !world->n_asked);
}

/* Go on for a moment; programs and times go on by themselves. */
static inline void go_on(struct world *world)
{
	event_base_loop(world->base, EVLOOP_NONBLOCK);
	if (!world->held)
		answer_all(world);
	usleep(2000);
}

/* Until a condition holds. */
#define until(world, condition)                                           \
	do {                                                              \
		double end_ = kvip_clock_monotonic() + PATIENCE;          \
		while (!(condition)) {                                    \
			if (kvip_clock_monotonic() > end_)                \
				fail_msg("%s does not come", #condition); \
			go_on(world);                                     \
		}                                                         \
	} while (0)

/* "10.0.0.1 fd00::1", or why it has none, in brackets */
static inline const char *state_of(struct world *world, const char *name)
{
	static char text[1200];
	struct json_object *service = current(world, name);
	const char *why = kvip_lb_status_why(service);
	char addr[INET6_ADDRSTRLEN];
	struct kvip_addr addrs[8];
	size_t i, n = kvip_lb_status_addrs(service, addrs, 8);

	text[0] = '\0';
	for (i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%s", i ? " " : "", kvip_addr_text(&addrs[i], addr));
	if (why)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "(%s)", why);
	return text;
}

static inline void begin(struct world *world,
			 const struct kvip_balancer_ops *ops)
{
	world->balancer =
		kvip_balancer_new(world->base, &world->config, ops, world);
	kvip_balancer_set_scale(world->balancer, 0.01);
}

static inline void new_world(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->base = event_base_new();
	world->services = json_object_new_object();
	kvip_lb_config_init(&world->config);
	kvip_log_set_level(KVIP_LOG_ERROR);
}

static inline void end_world(struct world *world)
{
	world->broken = 0;
	world->balancer ? answer_all(world) : (void)0;
	kvip_balancer_free(world->balancer);
	/* nothing waits any more */
	assert_int_equal(event_base_get_num_events(world->base,
						   EVENT_BASE_COUNT_ADDED),
			 0);
	event_base_free(world->base);
	json_object_put(world->services);
	kvip_lb_config_free(&world->config);
}

#endif /* TESTS_BALANCING_H */
