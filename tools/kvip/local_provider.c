// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "kinds.h"
#include "lb_config.h"
#include "lb_status.h"
#include "local.h"
#include "local_provider.h"
#include "object.h"
#include "pool.h"
#include "provider.h"
#include "store.h"

/* Where the store keeps up to which version the provider was asked. */
#define MARK "provider"

struct asking {
	struct kvip_store *store;
	const struct kvip_lb_config *config;
	struct json_object *todo; /* by namespace/name; false: it is gone */
	struct json_object *nodes;
	bool gone_only;
	struct kvip_err *err;
	int failed;
	bool again; /* what failed is not found in any other way */
};

static bool wants(const struct asking *asking, struct json_object *service)
{
	struct kvip_lb_request request;
	struct kvip_err why;
	int ret;

	if (!service)
		return false;
	ret = kvip_lb_request_read(service, asking->config, &request, &why);
	kvip_lb_request_free(&request);
	return ret > 0;
}

static bool is_waiting(struct json_object *service)
{
	struct kvip_addr addr;

	return !kvip_lb_status_addrs(service, &addr, 1);
}

/* A Service to look at; the last state of one that is gone goes with it. */
static void note(struct asking *asking, const char *ns, const char *name,
		 struct json_object *gone)
{
	char key[640];

	snprintf(key, sizeof(key), "%s/%s", ns, name);
	json_object_object_add(asking->todo, key, json_object_get(gone));
}

/* Whether a provider could have something to change. */
static bool is_other(struct json_object *before, struct json_object *now)
{
	struct json_object *old = kvip_object_member(before, "metadata");
	struct json_object *new = kvip_object_member(now, "metadata");

	return !json_object_equal(kvip_object_member(before, "spec"),
				  kvip_object_member(now, "spec")) ||
	       !json_object_equal(kvip_object_member(old, "annotations"),
				  kvip_object_member(new, "annotations"));
}

static int take_change(const struct kvip_store_change *change, void *ctx,
		       struct kvip_err *err)
{
	struct asking *asking = ctx;
	bool now = change->type != KVIP_STORE_DELETED &&
		   wants(asking, change->object);

	(void)err;
	if (change->kind != KVIP_KIND_SERVICE)
		return 0;
	if (now && wants(asking, change->before) &&
	    !is_other(change->before, change->object))
		return 0;
	if (now)
		note(asking, change->ns, change->name, NULL);
	else if (change->type == KVIP_STORE_DELETED &&
		 wants(asking, change->object))
		note(asking, change->ns, change->name, change->object);
	else if (wants(asking, change->before))
		note(asking, change->ns, change->name, change->before);
	return 0;
}

static int take_service(struct json_object *service, void *ctx,
			struct kvip_err *err)
{
	struct asking *asking = ctx;

	(void)err;
	if (wants(asking, service) && is_waiting(service))
		note(asking, kvip_object_ns(service), kvip_object_name(service),
		     NULL);
	return 0;
}

static int take_node(struct json_object *node, void *ctx, struct kvip_err *err)
{
	struct asking *asking = ctx;
	struct json_object *one = json_object_new_object(), *addrs;

	(void)err;
	addrs = kvip_object_member(kvip_object_member(node, "status"),
				   "addresses");
	json_object_object_add(one, "name",
			       json_object_new_string(kvip_object_name(node)));
	json_object_object_add(one, "addresses", json_object_get(addrs));
	json_object_array_add(asking->nodes, one);
	return 0;
}

static void fail(struct asking *asking, struct json_object *service,
		 const struct kvip_err *why)
{
	if (!asking->failed)
		kvip_err_set(asking->err, "%s/%s: %s", kvip_object_ns(service),
			     kvip_object_name(service), why->text);
	asking->failed = -1;
}

static void write_status(struct asking *asking, struct json_object *service,
			 struct json_object *status)
{
	struct kvip_err why;

	if (!kvip_lb_status_equal(service, status)) {
		json_object_object_add(service, "status",
				       json_object_get(status));
		if (kvip_store_update_status(asking->store, KVIP_KIND_SERVICE,
					     service, NULL, &why))
			fail(asking, service, &why);
	}
	json_object_put(status);
}

static void tell_deleted(struct asking *asking, struct json_object *service)
{
	struct kvip_provider_answer answer;

	kvip_provider_ask(asking->config, KVIP_PROVIDER_DELETE, service,
			  asking->nodes, &answer);
	if (!answer.ingress) {
		fail(asking, service, &answer.error);
		asking->again = true;
	}
	json_object_put(answer.ingress);
}

/* What a Service has stays when it can't be brought up to date. */
static struct json_object *failed_status(struct json_object *service,
					 const struct kvip_err *why)
{
	if (is_waiting(service))
		return kvip_lb_status_waiting(service, "ProviderFailed",
					      why->text);
	return kvip_lb_status_failing(service, "ProviderFailed", why->text);
}

static void ensure(struct asking *asking, struct json_object *service)
{
	struct kvip_provider_answer answer;

	kvip_provider_ask(asking->config,
			  is_waiting(service) ? KVIP_PROVIDER_ENSURE :
						KVIP_PROVIDER_UPDATE,
			  service, asking->nodes, &answer);
	if (answer.ingress) {
		write_status(asking, service,
			     kvip_lb_status_ingress(service, answer.ingress));
	} else {
		fail(asking, service, &answer.error);
		asking->again |= !is_waiting(service);
		write_status(asking, service,
			     failed_status(service, &answer.error));
	}
	json_object_put(answer.ingress);
}

static void ask_about(struct asking *asking, const char *key,
		      struct json_object *gone)
{
	const char *slash = strchr(key, '/');
	struct json_object *service = NULL;
	struct kvip_err why;
	char ns[64];

	snprintf(ns, sizeof(ns), "%.*s", (int)(slash - key), key);
	if (kvip_store_get(asking->store, KVIP_KIND_SERVICE, ns, slash + 1,
			   &service, &why))
		service = NULL;
	if (gone)
		tell_deleted(asking, gone);
	if (wants(asking, service) && !asking->gone_only)
		ensure(asking, service);
	json_object_put(service);
}

static int find_work(struct asking *asking, struct kvip_store_mark *mark,
		     struct kvip_err *err)
{
	int ret = kvip_store_mark_get(asking->store, MARK, mark, err);

	if (!ret)
		ret = kvip_store_changes(asking->store, mark->version,
					 take_change, asking, &mark->version,
					 err);
	if (ret != KVIP_STORE_ABSENT && ret != KVIP_STORE_EXPIRED && ret)
		return -1;
	/* and those that it gave nothing so far */
	return kvip_store_list(asking->store, KVIP_KIND_SERVICE, NULL,
			       take_service, asking,
			       ret ? &mark->version : NULL, err);
}

int kvip_local_provider(struct kvip_store *store,
			const struct kvip_local_config *config, bool gone_only,
			struct kvip_err *err)
{
	struct asking asking = {
		.store = store,
		.config = &config->lb,
		.gone_only = gone_only,
		.err = err,
	};
	struct kvip_store_mark mark = {};
	struct kvip_err ignored;
	int ret;

	if (!config->lb.provider)
		return 0;
	asking.todo = json_object_new_object();
	asking.nodes = json_object_new_array();
	ret = find_work(&asking, &mark, err) ||
	      kvip_store_list(store, KVIP_KIND_NODE, NULL, take_node, &asking,
			      NULL, err);
	if (!ret) {
		json_object_object_foreach(asking.todo, key, gone)
		{
			ask_about(&asking, key, gone);
		}
		/* the next command asks again; who waits is found anyhow */
		if (!asking.again)
			kvip_store_mark_set(store, MARK, &mark, &ignored);
	}
	json_object_put(asking.todo);
	json_object_put(asking.nodes);
	return ret ? -1 : asking.failed;
}
