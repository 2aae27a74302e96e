// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "clock.h"
#include "lb_status.h"
#include "object.h"
#include "timestamp.h"

static size_t list_length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ?
		       json_object_array_length(list) :
		       0;
}

static struct json_object *status_of(struct json_object *service)
{
	return kvip_object_member(service, "status");
}

static struct json_object *ingress_of(struct json_object *status)
{
	return kvip_object_member(kvip_object_member(status, "loadBalancer"),
				  "ingress");
}

static bool is_ours(struct json_object *condition)
{
	const char *type = kvip_object_text(condition, "type");

	return type && !strcmp(type, KVIP_LB_CONDITION);
}

static struct json_object *condition_of(struct json_object *status)
{
	struct json_object *list = kvip_object_member(status, "conditions");
	size_t i, n = list_length(list);

	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (is_ours(item))
			return item;
	}
	return NULL;
}

static void add_text(struct json_object *to, const char *name, const char *text)
{
	json_object_object_add(to, name, json_object_new_string(text));
}

/* Times of conditions have whole seconds. */
static void add_now(struct json_object *to, const char *name)
{
	char text[KVIP_TIMESTAMP_LEN];

	kvip_timestamp_text(kvip_clock_unix(), text);
	strcpy(text + strcspn(text, "."), "Z");
	add_text(to, name, text);
}

/* The time is that of the last change between True and False. */
static struct json_object *
make_condition(struct json_object *old, const char *reason, const char *message)
{
	struct json_object *condition = json_object_new_object();
	const char *since = kvip_object_text(old, "lastTransitionTime");
	const char *was = kvip_object_text(old, "status");

	add_text(condition, "type", KVIP_LB_CONDITION);
	add_text(condition, "status", "False");
	if (since && was && !strcmp(was, "False"))
		add_text(condition, "lastTransitionTime", since);
	else
		add_now(condition, "lastTransitionTime");
	add_text(condition, "reason", reason);
	add_text(condition, "message", message);
	return condition;
}

/* Others' conditions, and @ours, which is taken and may be NULL. */
static void add_conditions(struct json_object *status,
			   struct json_object *service,
			   struct json_object *ours)
{
	struct json_object *old =
		kvip_object_member(status_of(service), "conditions");
	struct json_object *list = json_object_new_array();
	size_t i, n = list_length(old);

	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(old, i);

		if (!is_ours(item))
			json_object_array_add(list, json_object_get(item));
	}
	if (ours)
		json_object_array_add(list, ours);
	if (json_object_array_length(list))
		json_object_object_add(status, "conditions", list);
	else
		json_object_put(list);
}

/* @ingress is taken, and may be NULL; so may @ours be, and is. */
static struct json_object *make(struct json_object *service,
				struct json_object *ingress,
				struct json_object *ours)
{
	struct json_object *status = json_object_new_object();
	struct json_object *balancer = json_object_new_object();

	if (list_length(ingress))
		json_object_object_add(balancer, "ingress", ingress);
	else
		json_object_put(ingress);
	json_object_object_add(status, "loadBalancer", balancer);
	add_conditions(status, service, ours);
	return status;
}

/* A copy of an ingress, each address with its mode told. */
static struct json_object *with_modes(struct json_object *ingress)
{
	struct json_object *list = json_object_new_array();
	size_t i, n = list_length(ingress);

	for (i = 0; i < n; i++) {
		struct json_object *item = NULL;

		json_object_deep_copy(json_object_array_get_idx(ingress, i),
				      &item, NULL);
		if (kvip_object_text(item, "ip") &&
		    !kvip_object_text(item, "ipMode"))
			add_text(item, "ipMode", "VIP");
		json_object_array_add(list, item);
	}
	return list;
}

struct json_object *kvip_lb_status(struct json_object *service,
				   const struct kvip_addr *addrs, size_t n)
{
	struct json_object *ingress = json_object_new_array();
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_new_object();

		add_text(item, "ip", kvip_addr_text(&addrs[i], text));
		add_text(item, "ipMode", "VIP");
		json_object_array_add(ingress, item);
	}
	return make(service, ingress, NULL);
}

struct json_object *kvip_lb_status_ingress(struct json_object *service,
					   struct json_object *ingress)
{
	return make(service, with_modes(ingress), NULL);
}

struct json_object *kvip_lb_status_waiting(struct json_object *service,
					   const char *reason,
					   const char *message)
{
	struct json_object *old = condition_of(status_of(service));

	return make(service, NULL, make_condition(old, reason, message));
}

struct json_object *kvip_lb_status_failing(struct json_object *service,
					   const char *reason,
					   const char *message)
{
	struct json_object *status = status_of(service);

	return make(service, json_object_get(ingress_of(status)),
		    make_condition(condition_of(status), reason, message));
}

const char *kvip_lb_status_why(struct json_object *service)
{
	struct json_object *condition = condition_of(status_of(service));
	const char *is = kvip_object_text(condition, "status");

	if (!is || strcmp(is, "False"))
		return NULL;
	return kvip_object_text(condition, "message");
}

size_t kvip_lb_status_addrs(struct json_object *service,
			    struct kvip_addr *addrs, size_t max)
{
	struct json_object *ingress = ingress_of(status_of(service));
	size_t i, n = 0, n_items = list_length(ingress);

	for (i = 0; i < n_items && n < max; i++) {
		const char *text = kvip_object_text(
			json_object_array_get_idx(ingress, i), "ip");

		if (text && kvip_addr_parse(text, &addrs[n]))
			n++;
	}
	return n;
}

static bool lists_equal(struct json_object *a, struct json_object *b)
{
	if (!list_length(a) || !list_length(b))
		return list_length(a) == list_length(b);
	return json_object_equal(a, b);
}

bool kvip_lb_status_equal(struct json_object *service,
			  struct json_object *status)
{
	struct json_object *old = status_of(service);
	struct json_object *a = with_modes(ingress_of(old)),
			   *b = with_modes(ingress_of(status));
	bool equal = lists_equal(a, b) &&
		     lists_equal(kvip_object_member(old, "conditions"),
				 kvip_object_member(status, "conditions"));

	json_object_put(a);
	json_object_put(b);
	return equal;
}
