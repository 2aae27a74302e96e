// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "balancing.h"
#include "events.h"
#include "feed_store.h"
#include "http.h"
#include "kinds.h"
#include "lease.h"
#include "log.h"
#include "object.h"
#include "reflector.h"
#include "status.h"
#include "store.h"

/* Seconds that a write may take. */
#define WRITE_SECONDS 30

struct kvip_balancing {
	struct event_base *base;
	const struct kvip_settings *settings;
	struct kvip_http *http;
	struct kvip_events *events;
	struct kvip_elector *elector; /* NULL: of the local store */
	struct kvip_feed_store *feed; /* of the local store */
	/* while we lead */
	struct kvip_balancer *balancer;
	struct kvip_reflector *services;
	struct kvip_reflector *nodes;
	struct json_object
		*known_nodes; /* by name, of a list under way or done */
	bool nodes_listed;
	struct writing *writing; /* the first of a list */
};

/* A request that is under way. */
struct writing {
	struct kvip_balancing *balancing;
	struct kvip_request *request;
	uint64_t ticket;
	struct writing *next;
	struct writing **link;
};

static void forget(struct writing *writing)
{
	*writing->link = writing->next;
	if (writing->next)
		writing->next->link = writing->link;
	free(writing);
}

static void on_written(void *arg, const struct kvip_reply *reply)
{
	struct writing *writing = arg;
	struct kvip_balancer *balancer = writing->balancing->balancer;
	enum kvip_balancer_outcome outcome = KVIP_BALANCER_WRITTEN;
	uint64_t ticket = writing->ticket;
	struct kvip_status status;

	forget(writing);
	if (!reply->error && reply->status >= 200 && reply->status < 300) {
		kvip_balancer_written(balancer, ticket, outcome, NULL);
		return;
	}
	kvip_status_reply(reply, &status);
	outcome = status.code == 409 || status.code == 404 ?
			  KVIP_BALANCER_CONFLICT :
			  KVIP_BALANCER_FAILED;
	kvip_balancer_written(balancer, ticket, outcome, &status.sentence);
}

static const struct kvip_request_ops write_ops = { .done = on_written };

/* @what of the Service becomes @patch, if the Service is as it was. */
static void start_write(struct kvip_balancing *balancing,
			struct json_object *service, const char *what,
			struct json_object *patch, uint64_t ticket)
{
	struct writing *writing = kvip_alloc(sizeof(*writing));
	char path[KVIP_KIND_PATH_LEN + 16];
	const struct kvip_request_spec spec = {
		.method = "PATCH",
		.path = path,
		.body = json_object_to_json_string(patch),
		.seconds = WRITE_SECONDS,
	};

	kvip_kind_path(KVIP_KIND_SERVICE, kvip_object_ns(service),
		       kvip_object_name(service), path);
	strcat(path, what);
	writing->balancing = balancing;
	writing->ticket = ticket;
	writing->next = balancing->writing;
	writing->link = &balancing->writing;
	if (writing->next)
		writing->next->link = &writing->next;
	balancing->writing = writing;
	writing->request =
		kvip_http_start(balancing->http, &spec, &write_ops, writing);
}

/* metadata of a patch: which Service it is for, and as of when */
static struct json_object *take_identity(struct json_object *service)
{
	static const char *const names[] = { "uid", "resourceVersion" };
	struct json_object *meta = kvip_object_member(service, "metadata");
	struct json_object *identity = json_object_new_object();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_object_object_add(
			identity, names[i],
			json_object_get(kvip_object_member(meta, names[i])));
	return identity;
}

/* null, which takes a field away, where there is nothing in it */
static struct json_object *or_null(struct json_object *array)
{
	if (!json_object_is_type(array, json_type_array) ||
	    !json_object_array_length(array))
		return NULL;
	return json_object_get(array);
}

static void write_status(void *arg, struct json_object *service,
			 struct json_object *status, uint64_t ticket)
{
	struct json_object *balancer, *patch, *new;

	balancer = json_object_new_object();
	json_object_object_add(
		balancer, "ingress",
		or_null(kvip_object_member(kvip_object_member(status,
							      "loadBalancer"),
					   "ingress")));
	new = json_object_new_object();
	json_object_object_add(new, "loadBalancer", balancer);
	json_object_object_add(
		new, "conditions",
		or_null(kvip_object_member(status, "conditions")));
	patch = json_object_new_object();
	json_object_object_add(patch, "metadata", take_identity(service));
	json_object_object_add(patch, "status", new);
	start_write(arg, service, "/status", patch, ticket);
	json_object_put(patch);
}

static void patch_finalizers(void *arg, struct json_object *service,
			     const char *finalizer, bool add, uint64_t ticket)
{
	struct json_object *meta = kvip_object_member(service, "metadata");
	struct json_object *old = kvip_object_member(meta, "finalizers");
	struct json_object *new = json_object_new_array();
	struct json_object *identity = take_identity(service);
	struct json_object *patch = json_object_new_object();
	size_t i, n = 0;

	if (json_object_is_type(old, json_type_array))
		n = json_object_array_length(old);
	for (i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(old, i);
		const char *name = json_object_get_string(one);

		if (name && strcmp(name, finalizer) != 0)
			json_object_array_add(new, json_object_get(one));
	}
	if (add)
		json_object_array_add(new, json_object_new_string(finalizer));
	json_object_object_add(identity, "finalizers", new);
	json_object_object_add(patch, "metadata", identity);
	start_write(arg, service, "", patch, ticket);
	json_object_put(patch);
}

static void tell(void *arg, struct json_object *service, bool warning,
		 const char *reason, const char *note)
{
	struct kvip_balancing *balancing = arg;
	const struct kvip_event_subject subject = {
		.kind = "Service",
		.ns = kvip_object_ns(service),
		.name = kvip_object_name(service),
		.uid = kvip_object_text(kvip_object_member(service, "metadata"), "uid") ?:
			       "",
	};

	kvip_events_send(balancing->events, &subject, warning, reason,
			 "EnsureLoadBalancer", note);
}

static const struct kvip_balancer_ops balancer_ops = {
	.write_status = write_status,
	.patch_finalizers = patch_finalizers,
	.tell = tell,
};

static void on_service_begin(void *arg)
{
	struct kvip_balancing *balancing = arg;

	kvip_balancer_begin(balancing->balancer);
}

static void on_service_put(void *arg, struct json_object *service)
{
	struct kvip_balancing *balancing = arg;

	kvip_balancer_put(balancing->balancer, service);
}

static void on_service_gone(void *arg, struct json_object *service)
{
	struct kvip_balancing *balancing = arg;

	kvip_balancer_gone(balancing->balancer, service);
}

static void on_service_complete(void *arg)
{
	struct kvip_balancing *balancing = arg;

	kvip_balancer_complete(balancing->balancer);
}

static void on_idle(void *arg)
{
	(void)arg;
}

static void on_trouble(void *arg, const char *sentence, double retry_seconds)
{
	(void)arg;
	kvip_log(KVIP_LOG_WARNING,
		 "the load-balancer controller could not follow the API server",
		 KVIP_TEXT("error", sentence),
		 KVIP_SECONDS("retry", retry_seconds));
}

static const struct kvip_reflector_ops service_ops = {
	.begin = on_service_begin,
	.put = on_service_put,
	.gone = on_service_gone,
	.complete = on_service_complete,
	.idle = on_idle,
	.trouble = on_trouble,
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of their names, so that the same nodes are the same array. */
static void tell_nodes(struct kvip_balancing *balancing)
{
	struct json_object *known = balancing->known_nodes;
	size_t n = 0, i, max = (size_t)json_object_object_length(known);
	struct json_object *nodes = json_object_new_array();
	const char **names;

	names = kvip_alloc((max + 1) * sizeof(*names));
	json_object_object_foreach(known, name, unused)
	{
		(void)unused;
		names[n++] = name;
	}
	qsort(names, n, sizeof(*names), compare_names);
	for (i = 0; i < n; i++)
		json_object_array_add(nodes, json_object_get(kvip_object_member(
						     known, names[i])));
	kvip_balancer_set_nodes(balancing->balancer, nodes);
	json_object_put(nodes);
	free(names);
}

static void on_node_begin(void *arg)
{
	struct kvip_balancing *balancing = arg;

	json_object_put(balancing->known_nodes);
	balancing->known_nodes = json_object_new_object();
	balancing->nodes_listed = false;
}

static void on_node_put(void *arg, struct json_object *node)
{
	struct kvip_balancing *balancing = arg;
	struct json_object *one = json_object_new_object(), *addrs;
	const char *name = kvip_object_name(node);

	addrs = kvip_object_member(kvip_object_member(node, "status"),
				   "addresses");
	json_object_object_add(one, "name", json_object_new_string(name));
	json_object_object_add(one, "addresses", json_object_get(addrs));
	json_object_object_add(balancing->known_nodes, name, one);
}

static void on_node_gone(void *arg, struct json_object *node)
{
	struct kvip_balancing *balancing = arg;

	json_object_object_del(balancing->known_nodes, kvip_object_name(node));
}

static void on_node_complete(void *arg)
{
	struct kvip_balancing *balancing = arg;

	balancing->nodes_listed = true;
	tell_nodes(balancing);
}

static void on_node_idle(void *arg)
{
	struct kvip_balancing *balancing = arg;

	if (balancing->nodes_listed)
		tell_nodes(balancing);
}

static const struct kvip_reflector_ops node_ops = {
	.begin = on_node_begin,
	.put = on_node_put,
	.gone = on_node_gone,
	.complete = on_node_complete,
	.idle = on_node_idle,
	.trouble = on_trouble,
};

static struct kvip_reflector *follow(struct kvip_balancing *balancing,
				     const char *path, const char *kind,
				     const struct kvip_reflector_ops *ops)
{
	const struct kvip_reflector_spec spec = {
		.path = path,
		.kind = kind,
		.no_stream = !balancing->settings->stream_lists,
	};

	return kvip_reflector_new(balancing->base, balancing->http, &spec, ops,
				  balancing);
}

static void on_started(void *arg)
{
	struct kvip_balancing *balancing = arg;

	kvip_log(KVIP_LOG_INFO,
		 "leading the cluster's load-balancer controllers");
	balancing->balancer = kvip_balancer_new(balancing->base,
						&balancing->settings->lb,
						&balancer_ops, balancing);
	balancing->services =
		follow(balancing, "/api/v1/services", "Service", &service_ops);
	if (balancing->settings->lb.provider)
		balancing->nodes =
			follow(balancing, "/api/v1/nodes", "Node", &node_ops);
}

static void stop(struct kvip_balancing *balancing)
{
	kvip_reflector_free(balancing->services);
	kvip_reflector_free(balancing->nodes);
	balancing->services = NULL;
	balancing->nodes = NULL;
	while (balancing->writing) {
		kvip_http_cancel(balancing->writing->request);
		forget(balancing->writing);
	}
	kvip_balancer_free(balancing->balancer);
	balancing->balancer = NULL;
	json_object_put(balancing->known_nodes);
	balancing->known_nodes = NULL;
}

static void on_stopped(void *arg)
{
	kvip_log(KVIP_LOG_WARNING,
		 "no longer leading the cluster's load-balancer controllers");
	stop(arg);
}

static void on_elector_trouble(void *arg, const char *sentence)
{
	(void)arg;
	kvip_log(KVIP_LOG_WARNING,
		 "the load-balancer controllers' Lease could not be had",
		 KVIP_TEXT("error", sentence));
}

static const struct kvip_elector_ops elector_ops = {
	.started = on_started,
	.stopped = on_stopped,
	.trouble = on_elector_trouble,
};

/* A Service of the store, if it is as @service has it. */
static int put_status(struct kvip_store *store, struct json_object *service,
		      struct json_object *status, struct kvip_err *err)
{
	struct json_object *now;
	const char *old, *new;
	int ret;

	ret = kvip_store_get(store, KVIP_KIND_SERVICE, kvip_object_ns(service),
			     kvip_object_name(service), &now, err);
	if (ret)
		return ret;
	old = kvip_object_version(service);
	new = kvip_object_version(now);
	if (!old || !new || strcmp(old, new) != 0) {
		json_object_put(now);
		return KVIP_STORE_CONFLICT;
	}
	json_object_object_add(now, "status", json_object_get(status));
	ret = kvip_store_update_status(store, KVIP_KIND_SERVICE, now, NULL,
				       err);
	json_object_put(now);
	return ret;
}

static void store_status(void *arg, struct json_object *service,
			 struct json_object *status, uint64_t ticket)
{
	struct kvip_balancing *balancing = arg;
	struct kvip_store *store = kvip_feed_store_store(balancing->feed);
	enum kvip_balancer_outcome outcome = KVIP_BALANCER_WRITTEN;
	struct kvip_err err = { "the store is not open" };
	int ret = KVIP_STORE_ERROR;

	if (store)
		ret = put_status(store, service, status, &err);
	if (ret == KVIP_STORE_CONFLICT || ret == KVIP_STORE_ABSENT)
		outcome = KVIP_BALANCER_CONFLICT;
	else if (ret)
		outcome = KVIP_BALANCER_FAILED;
	kvip_balancer_written(balancing->balancer, ticket, outcome, &err);
}

static const struct kvip_balancer_ops store_ops = {
	.write_status = store_status,
};

struct kvip_balancing *
kvip_balancing_store_new(struct event_base *base,
			 const struct kvip_settings *settings,
			 struct kvip_feed_store *feed)
{
	struct kvip_balancing *balancing = kvip_alloc(sizeof(*balancing));

	balancing->base = base;
	balancing->settings = settings;
	balancing->feed = feed;
	balancing->balancer =
		kvip_balancer_new(base, &settings->lb, &store_ops, balancing);
	kvip_feed_store_tap(feed, KVIP_KIND_NODE, &node_ops, balancing);
	kvip_feed_store_tap(feed, KVIP_KIND_SERVICE, &service_ops, balancing);
	return balancing;
}

struct kvip_balancing *kvip_balancing_new(struct event_base *base,
					  const struct kvip_settings *settings,
					  struct kvip_http *http,
					  struct kvip_events *events)
{
	struct kvip_balancing *balancing = kvip_alloc(sizeof(*balancing));
	const struct kvip_elector_spec spec = {
		.ns = settings->lease_namespace,
		.name = KVIP_BALANCING_LEASE,
		.identity = settings->node,
	};

	balancing->base = base;
	balancing->settings = settings;
	balancing->http = http;
	balancing->events = events;
	balancing->elector =
		kvip_elector_new(base, http, &spec, &elector_ops, balancing);
	return balancing;
}

void kvip_balancing_free(struct kvip_balancing *balancing)
{
	if (!balancing)
		return;
	kvip_elector_free(balancing->elector);
	stop(balancing);
	free(balancing);
}

bool kvip_balancing_leads(const struct kvip_balancing *balancing,
			  struct kvip_balancer_counts *counts)
{
	if (!balancing || !balancing->balancer)
		return false;
	kvip_balancer_count(balancing->balancer, counts);
	return true;
}
