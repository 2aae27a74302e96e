// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "alloc.h"
#include "feed_store.h"
#include "kinds.h"
#include "log.h"
#include "object.h"
#include "pod_names.h"
#include "reflector.h"

struct kvip_pod_names {
	struct kvip_reflector *reflector; /* NULL: of the local store */
	struct json_object *known; /* by namespace/name: what is kept of each */
	struct kvip_dns_pods pods;
	bool dirty;
	bool listing;
	bool listed;
	void (*changed)(void *arg);
	void *arg;
};

static void make_key(struct json_object *pod, char key[640])
{
	snprintf(key, 640, "%s/%s", kvip_object_ns(pod), kvip_object_name(pod));
}

static void on_begin(void *arg)
{
	struct kvip_pod_names *names = arg;

	json_object_put(names->known);
	names->known = json_object_new_object();
	names->listing = true;
	names->dirty = true;
}

/* Its namespace, its addresses and whether it is over. */
static struct json_object *cut_down(struct json_object *pod)
{
	struct json_object *status = kvip_object_member(pod, "status");
	struct json_object *kept = json_object_new_object();
	struct json_object *meta = json_object_new_object();
	struct json_object *state = json_object_new_object();
	static const char *const fields[] = { "phase", "podIP", "podIPs" };
	size_t i;

	json_object_object_add(meta, "namespace",
			       json_object_new_string(kvip_object_ns(pod)));
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_object_object_add(
			state, fields[i],
			json_object_get(kvip_object_member(status, fields[i])));
	json_object_object_add(kept, "metadata", meta);
	json_object_object_add(kept, "status", state);
	return kept;
}

static void on_put(void *arg, struct json_object *pod)
{
	struct kvip_pod_names *names = arg;
	struct json_object *kept = cut_down(pod), *old;
	char key[640];

	make_key(pod, key);
	old = kvip_object_member(names->known, key);
	if (old && json_object_equal(old, kept)) {
		json_object_put(kept);
		return;
	}
	json_object_object_add(names->known, key, kept);
	names->dirty = true;
}

static void on_gone(void *arg, struct json_object *pod)
{
	struct kvip_pod_names *names = arg;
	char key[640];

	make_key(pod, key);
	json_object_object_del(names->known, key);
	names->dirty = true;
}

static void on_idle(void *arg)
{
	struct kvip_pod_names *names = arg;

	if (names->listing || !names->dirty)
		return;
	names->dirty = false;
	kvip_dns_pods_free(&names->pods);
	json_object_object_foreach(names->known, key, pod)
	{
		(void)key;
		kvip_dns_pods_add(&names->pods, pod);
	}
	names->changed(names->arg);
}

static void on_complete(void *arg)
{
	struct kvip_pod_names *names = arg;

	names->listing = false;
	names->listed = true;
	on_idle(names);
}

static void on_trouble(void *arg, const char *sentence, double retry_seconds)
{
	(void)arg;
	kvip_log(KVIP_LOG_WARNING, "the API server could not be followed",
		 KVIP_TEXT("kind", "Pod"), KVIP_TEXT("error", sentence),
		 KVIP_SECONDS("retry", retry_seconds));
}

static const struct kvip_reflector_ops ops = {
	.begin = on_begin,
	.put = on_put,
	.gone = on_gone,
	.complete = on_complete,
	.idle = on_idle,
	.trouble = on_trouble,
};

struct kvip_pod_names *kvip_pod_names_new(struct event_base *base,
					  struct kvip_http *http,
					  struct kvip_feed_store *feed,
					  bool stream,
					  void (*changed)(void *arg), void *arg)
{
	struct kvip_pod_names *names = kvip_alloc(sizeof(*names));
	const struct kvip_reflector_spec spec = {
		.path = "/api/v1/pods",
		.kind = "Pod",
		.no_stream = !stream,
	};

	names->known = json_object_new_object();
	names->changed = changed;
	names->arg = arg;
	if (http)
		names->reflector =
			kvip_reflector_new(base, http, &spec, &ops, names);
	else
		kvip_feed_store_tap(feed, KVIP_KIND_POD, &ops, names);
	return names;
}

void kvip_pod_names_free(struct kvip_pod_names *names)
{
	if (!names)
		return;
	kvip_reflector_free(names->reflector);
	kvip_dns_pods_free(&names->pods);
	json_object_put(names->known);
	free(names);
}

const struct kvip_dns_pods *
kvip_pod_names_pods(const struct kvip_pod_names *names)
{
	return &names->pods;
}

bool kvip_pod_names_listed(const struct kvip_pod_names *names)
{
	return names->listed;
}
