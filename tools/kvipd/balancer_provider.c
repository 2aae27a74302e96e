// SPDX-License-Identifier: GPL-2.0-or-later
/* The load-balancer controller with a provider. */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "balancer_parts.h"
#include "kinds.h"
#include "lb_status.h"
#include "log.h"
#include "object.h"

/* Programs that run at a time, each for another Service. */
#define CALLS_MAX 8

/* With backoff's own scale this is from 5 or 10 seconds up to 5 minutes. */
#define BACKOFF_SCALE 10.0

static void on_due(struct kvip_balancer_entry *entry)
{
	entry->again = true;
	kvip_balancer_touch(entry);
}

void kvip_balancer_provider_init(struct kvip_balancer_entry *entry)
{
	kvip_balancer_retry_init(&entry->call_retry, entry, BACKOFF_SCALE,
				 on_due);
}

static void dequeue(struct kvip_balancer_entry *entry)
{
	if (entry->queued)
		TAILQ_REMOVE(&entry->balancer->callers, entry, caller);
	entry->queued = false;
}

static void enqueue(struct kvip_balancer_entry *entry,
		    enum kvip_provider_action action)
{
	entry->action = action;
	if (!entry->queued)
		TAILQ_INSERT_TAIL(&entry->balancer->callers, entry, caller);
	entry->queued = true;
}

/* What was said of it so far counts no more. */
static void forget(struct kvip_balancer_entry *entry)
{
	dequeue(entry);
	json_object_put(entry->told);
	json_object_put(entry->ingress);
	entry->told = NULL;
	entry->ingress = NULL;
	entry->failure.text[0] = '\0';
	entry->again = false;
	entry->deleted = false;
	kvip_balancer_retry_reset(&entry->call_retry);
}

void kvip_balancer_provider_drop(struct kvip_balancer_entry *entry)
{
	if (entry->call)
		entry->balancer->n_calls--;
	kvip_provider_cancel(entry->call);
	entry->call = NULL;
	forget(entry);
	kvip_balancer_retry_free(&entry->call_retry);
}

static bool members_equal(struct json_object *a, struct json_object *b,
			  const char *parent, const char *name)
{
	a = kvip_object_member(a, parent);
	b = kvip_object_member(b, parent);
	if (!name)
		return json_object_equal(a, b);
	return json_object_equal(kvip_object_member(a, name),
				 kvip_object_member(b, name));
}

/* Whether the last call was about what there is now. */
static bool is_told(const struct kvip_balancer_entry *entry)
{
	return entry->told &&
	       entry->told_nodes == entry->balancer->nodes_version &&
	       members_equal(entry->told, entry->service, "spec", NULL) &&
	       members_equal(entry->told, entry->service, "metadata",
			     "annotations");
}

static bool has_ingress(struct json_object *service)
{
	struct json_object *list = kvip_object_member(
		kvip_object_member(kvip_object_member(service, "status"),
				   "loadBalancer"),
		"ingress");

	return json_object_is_type(list, json_type_array) &&
	       json_object_array_length(list);
}

static bool is_ours(const struct kvip_balancer_entry *entry)
{
	struct kvip_lb_request request;
	struct kvip_err ignored;
	int ret;

	ret = kvip_lb_request_read(entry->service, entry->balancer->config,
				   &request, &ignored);
	kvip_lb_request_free(&request);
	/* what it asks of pools means nothing here */
	return ret != 0;
}

/* Whether there is something that could be updated. */
static bool has_one(const struct kvip_balancer_entry *entry)
{
	return !entry->lost && (entry->ingress || has_ingress(entry->service));
}

/* The last word of the provider, as a status. */
static void write_answer(struct kvip_balancer_entry *entry)
{
	struct json_object *service = entry->service, *status;

	if (entry->failure.text[0])
		status = kvip_lb_status_failing(service, "ProviderFailed",
						entry->failure.text);
	else if (!entry->told)
		return;
	else if (entry->ingress)
		status = kvip_lb_status_ingress(service, entry->ingress);
	else
		status = kvip_lb_status_waiting(
			service, "ProviderPending",
			"the provider has given no address so far");
	kvip_balancer_write(entry, status);
}

/* The finalizer is there before the provider is asked for anything. */
static void want(struct kvip_balancer_entry *entry)
{
	if (entry->deleted)
		forget(entry);
	entry->ours = true;
	if (!kvip_balancer_set_finalizer(entry, true))
		return;
	if (!is_told(entry) || entry->again)
		enqueue(entry, has_one(entry) ? KVIP_PROVIDER_UPDATE :
						KVIP_PROVIDER_ENSURE);
	else
		dequeue(entry);
	entry->waits = !has_one(entry);
	write_answer(entry);
}

/* Whether the provider has to hear that it is to be no more. */
static bool needs_end(const struct kvip_balancer_entry *entry, bool ours)
{
	bool mine = entry->ours || ours || !kvip_balancer_has_type(entry);

	if (entry->balancer->ops->patch_finalizers)
		return mine && kvip_balancer_has_finalizer(entry);
	return mine && (entry->told || entry->deleted ||
			entry->failure.text[0] || has_ingress(entry->service));
}

static void unwant(struct kvip_balancer_entry *entry, bool ours)
{
	struct json_object *service = entry->service;

	if (!needs_end(entry, ours)) {
		forget(entry);
		entry->ours = false;
		return;
	}
	if (!entry->deleted) {
		bool failed = entry->failure.text[0] &&
			      entry->action == KVIP_PROVIDER_DELETE;

		if (!failed || entry->again)
			enqueue(entry, KVIP_PROVIDER_DELETE);
		if (failed)
			write_answer(entry);
		return;
	}
	/* of one that goes nobody reads the status any more */
	if (!kvip_balancer_is_deleted(entry) &&
	    !kvip_balancer_write(entry, kvip_lb_status(service, NULL, 0)))
		return;
	if (!kvip_balancer_set_finalizer(entry, false))
		return;
	forget(entry);
	entry->ours = false;
}

void kvip_balancer_provider_look(struct kvip_balancer_entry *entry)
{
	bool ours = is_ours(entry);

	/* it is looked at again when that ends */
	if (entry->call)
		return;
	if (ours && !kvip_balancer_is_deleted(entry))
		want(entry);
	else
		unwant(entry, ours);
}

static void take_failure(struct kvip_balancer_entry *entry,
			 const struct kvip_provider_answer *answer)
{
	entry->failure = answer->error;
	kvip_balancer_tell(entry, true,
			   entry->action == KVIP_PROVIDER_DELETE ?
				   "DeleteLoadBalancerFailed" :
				   "SyncLoadBalancerFailed",
			   answer->error.text);
	kvip_balancer_retry(&entry->call_retry, answer->retry_seconds);
}

static void take_deletion(struct kvip_balancer_entry *entry)
{
	json_object_put(entry->ingress);
	entry->ingress = NULL;
	entry->deleted = true;
	entry->lost = true;
	entry->waits = false;
	kvip_balancer_tell(entry, false, "DeletedLoadBalancer",
			   "The provider deleted the load balancer");
}

static void take_ingress(struct kvip_balancer_entry *entry,
			 const struct kvip_provider_answer *answer)
{
	struct json_object *ingress = answer->ingress;

	if (!json_object_array_length(ingress))
		ingress = NULL;
	if (ingress && !json_object_equal(entry->ingress, ingress))
		kvip_balancer_tell(entry, false, "EnsuredLoadBalancer",
				   "The provider ensured the load balancer");
	json_object_get(ingress);
	json_object_put(entry->ingress);
	entry->ingress = ingress;
	entry->lost = entry->lost && !ingress;
	/* one without an address is not ready yet */
	if (!ingress || answer->retry_seconds > 0)
		kvip_balancer_retry(&entry->call_retry, answer->retry_seconds);
}

static void on_answer(void *arg, const struct kvip_provider_answer *answer)
{
	struct kvip_balancer_entry *entry = arg;
	struct kvip_balancer *balancer = entry->balancer;

	entry->call = NULL;
	balancer->n_calls--;
	if (!answer->ingress) {
		take_failure(entry, answer);
	} else {
		entry->failure.text[0] = '\0';
		if (json_object_array_length(answer->ingress) ||
		    entry->action == KVIP_PROVIDER_DELETE)
			kvip_balancer_retry_reset(&entry->call_retry);
		if (entry->action == KVIP_PROVIDER_DELETE)
			take_deletion(entry);
		else
			take_ingress(entry, answer);
	}
	kvip_balancer_touch(entry);
	kvip_balancer_provider_run(balancer);
}

static void on_line(void *arg, const char *line)
{
	struct kvip_balancer_entry *entry = arg;

	kvip_log(KVIP_LOG_INFO, "the provider says",
		 KVIP_TEXT("namespace", kvip_object_ns(entry->service)),
		 KVIP_TEXT("service", kvip_object_name(entry->service)),
		 KVIP_TEXT("line", line));
}

/* What is asked for is remembered as told, so that it is not asked for twice. */
static void call(struct kvip_balancer_entry *entry)
{
	struct kvip_balancer *balancer = entry->balancer;

	json_object_put(entry->told);
	entry->told = NULL;
	if (entry->action != KVIP_PROVIDER_DELETE)
		entry->told = json_object_get(entry->service);
	entry->told_nodes = balancer->nodes_version;
	entry->again = false;
	balancer->n_calls++;
	entry->call = kvip_provider_call(balancer->base, balancer->config,
					 entry->action, entry->service,
					 balancer->nodes, on_answer, on_line,
					 entry);
}

void kvip_balancer_provider_run(struct kvip_balancer *balancer)
{
	struct kvip_balancer_entry *entry;

	while (balancer->n_calls < CALLS_MAX &&
	       (entry = TAILQ_FIRST(&balancer->callers))) {
		dequeue(entry);
		call(entry);
	}
}
