// SPDX-License-Identifier: GPL-2.0-or-later
/* Pods in a table. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "object.h"
#include "rows.h"
#include "rows_age.h"
#include "timestamp.h"

/* What a Pod's containers make of it. */
struct pod {
	struct json_object *spec;
	struct json_object *status;
	char reason[256];
	int ready;
	int total;
	int restarts;
	double restarted; /* when last; 0: not told */
};

static bool is(const char *text, const char *word)
{
	return text && !strcmp(text, word);
}

static bool is_set(struct json_object *object, const char *name)
{
	return json_object_get_boolean(kvip_object_member(object, name));
}

static int number(struct json_object *object, const char *name)
{
	return json_object_get_int(kvip_object_member(object, name));
}

static struct json_object *condition(const struct pod *pod, const char *type)
{
	struct json_object *list, *entry;
	size_t i;

	list = kvip_object_member(pod->status, "conditions");
	for (i = 0; i < kvip_count_of(list); i++) {
		entry = json_object_array_get_idx(list, i);
		if (is(kvip_object_text(entry, "type"), type))
			return entry;
	}
	return NULL;
}

static bool holds(const struct pod *pod, const char *type)
{
	return is(kvip_object_text(condition(pod, type), "status"), "True");
}

static void say(struct pod *pod, const char *before, const char *word)
{
	snprintf(pod->reason, sizeof(pod->reason), "%s%s", before, word);
}

/* Why a container ended, or how. */
static void say_ended(struct pod *pod, const char *before,
		      struct json_object *ended)
{
	const char *reason = kvip_object_text(ended, "reason");
	int signal = number(ended, "signal");

	if (reason)
		say(pod, before, reason);
	else if (signal)
		snprintf(pod->reason, sizeof(pod->reason), "%sSignal:%d",
			 before, signal);
	else
		snprintf(pod->reason, sizeof(pod->reason), "%sExitCode:%d",
			 before, number(ended, "exitCode"));
}

static void count_restarts(struct pod *pod, struct json_object *container)
{
	const char *text;
	double when;

	pod->restarts += number(container, "restartCount");
	text = kvip_object_text(
		kvip_object_member(kvip_object_member(container, "lastState"),
				   "terminated"),
		"finishedAt");
	if (text && kvip_timestamp_parse(text, &when) && when > pod->restarted)
		pod->restarted = when;
}

/* An init container that goes on running beside the others. */
static bool is_sidecar(const struct pod *pod, const char *name)
{
	struct json_object *list, *container;
	size_t i;

	list = kvip_object_member(pod->spec, "initContainers");
	for (i = 0; i < kvip_count_of(list); i++) {
		container = json_object_array_get_idx(list, i);
		if (is(kvip_object_text(container, "name"), name))
			return is(kvip_object_text(container, "restartPolicy"),
				  "Always");
	}
	return false;
}

/* Whether init container @i of @n is what the Pod waits for, and says so. */
static bool waits_for_init(struct pod *pod, struct json_object *container,
			   size_t i, size_t n, bool sidecar)
{
	struct json_object *state = kvip_object_member(container, "state");
	struct json_object *ended = kvip_object_member(state, "terminated");
	const char *why;

	if (ended && !number(ended, "exitCode"))
		return false;
	if (sidecar && is_set(container, "started")) {
		pod->ready += is_set(container, "ready");
		return false;
	}
	why = kvip_object_text(kvip_object_member(state, "waiting"), "reason");
	if (ended)
		say_ended(pod, "Init:", ended);
	else if (why && strcmp(why, "PodInitializing"))
		say(pod, "Init:", why);
	else
		snprintf(pod->reason, sizeof(pod->reason), "Init:%zu/%zu", i,
			 n);
	return true;
}

/* Whether the Pod is still in its beginning. */
static bool look_at_init(struct pod *pod)
{
	struct pod sidecars = {};
	struct json_object *list;
	bool waits = false;
	size_t i, n;

	list = kvip_object_member(pod->status, "initContainerStatuses");
	n = kvip_count_of(kvip_object_member(pod->spec, "initContainers"));
	for (i = 0; i < kvip_count_of(list) && !waits; i++) {
		struct json_object *container;
		bool sidecar;

		container = json_object_array_get_idx(list, i);
		sidecar = is_sidecar(pod,
				     kvip_object_text(container, "name") ?: "");
		count_restarts(pod, container);
		if (sidecar)
			count_restarts(&sidecars, container);
		waits = waits_for_init(pod, container, i, n, sidecar);
	}
	if (waits && !holds(pod, "Initialized"))
		return true;
	/* restarts of what has long ended are no news */
	pod->restarts = sidecars.restarts;
	pod->restarted = sidecars.restarted;
	return false;
}

static void look_at_container(struct pod *pod, struct json_object *container,
			      bool *running)
{
	struct json_object *state = kvip_object_member(container, "state");
	struct json_object *ended = kvip_object_member(state, "terminated");
	const char *why;

	count_restarts(pod, container);
	why = kvip_object_text(kvip_object_member(state, "waiting"), "reason");
	if (why) {
		say(pod, "", why);
	} else if (ended) {
		say_ended(pod, "", ended);
	} else if (is_set(container, "ready") &&
		   kvip_object_member(state, "running")) {
		*running = true;
		pod->ready++;
	}
}

static void look_at_containers(struct pod *pod)
{
	struct json_object *list;
	bool running = false;
	size_t i;

	list = kvip_object_member(pod->status, "containerStatuses");
	for (i = kvip_count_of(list); i-- > 0;)
		look_at_container(pod, json_object_array_get_idx(list, i),
				  &running);
	if (running && is(pod->reason, "Completed"))
		say(pod, "", holds(pod, "Ready") ? "Running" : "NotReady");
	/* one without a kubelet has nobody who looks at its containers */
	if (!list && holds(pod, "Ready"))
		pod->ready = pod->total;
}

static void look_at_pod(struct pod *pod, struct json_object *object)
{
	struct json_object *list, *meta;
	const char *phase, *why;
	size_t i;

	meta = kvip_object_member(object, "metadata");
	pod->spec = kvip_object_member(object, "spec");
	pod->status = kvip_object_member(object, "status");
	phase = kvip_object_text(pod->status, "phase") ?: "";
	why = kvip_object_text(pod->status, "reason");
	say(pod, "", why ?: phase);
	if (is(kvip_object_text(condition(pod, "PodScheduled"), "reason"),
	       "SchedulingGated"))
		say(pod, "", "SchedulingGated");
	list = kvip_object_member(pod->spec, "containers");
	pod->total = (int)kvip_count_of(list);
	list = kvip_object_member(pod->spec, "initContainers");
	for (i = 0; i < kvip_count_of(list); i++)
		pod->total += is_sidecar(
			pod,
			kvip_object_text(json_object_array_get_idx(list, i), "name") ?:
				"");
	if (!look_at_init(pod))
		look_at_containers(pod);
	if (!kvip_object_text(meta, "deletionTimestamp"))
		return;
	if (is(why, "NodeLost"))
		say(pod, "", "Unknown");
	else if (strcmp(phase, "Succeeded") && strcmp(phase, "Failed"))
		say(pod, "", "Terminating");
}

static void add_restarts(struct kvip_cells *row, const struct pod *pod,
			 double now)
{
	char age[KVIP_AGE_LEN];

	if (pod->restarts && pod->restarted > 0)
		kvip_cells_printf(row, "%d (%s ago)", pod->restarts,
				  kvip_age_text(now - pod->restarted, age));
	else
		kvip_cells_printf(row, "%d", pod->restarts);
}

static const char *address(const struct pod *pod)
{
	struct json_object *ips = kvip_object_member(pod->status, "podIPs");
	const char *ip = NULL;

	if (kvip_count_of(ips))
		ip = kvip_object_text(json_object_array_get_idx(ips, 0), "ip");
	return ip ?: kvip_object_text(pod->status, "podIP") ?: "<none>";
}

static void add_gates(struct kvip_cells *row, const struct pod *pod)
{
	struct json_object *gates;
	size_t i, n, passed = 0;

	gates = kvip_object_member(pod->spec, "readinessGates");
	n = kvip_count_of(gates);
	for (i = 0; i < n; i++)
		passed += holds(
			pod,
			kvip_object_text(json_object_array_get_idx(gates, i), "conditionType") ?:
				"");
	if (n)
		kvip_cells_printf(row, "%zu/%zu", passed, n);
	else
		kvip_cells_add(row, "<none>");
}

static void fill(struct kvip_cells *row, struct json_object *object, double now)
{
	struct pod pod = {};

	look_at_pod(&pod, object);
	kvip_cells_add(row, kvip_object_name(object));
	kvip_cells_printf(row, "%d/%d", pod.ready, pod.total);
	kvip_cells_add(row, pod.reason);
	add_restarts(row, &pod, now);
	kvip_cells_age(row, object, now);
	kvip_cells_add(row, address(&pod));
	kvip_cells_add(row, kvip_object_text(pod.spec, "nodeName") ?: "<none>");
	kvip_cells_add(row, kvip_object_text(pod.status, "nominatedNodeName") ?:
				    "<none>");
	add_gates(row, &pod);
}

static const char *const columns[] = {
	"NAME", "READY", "STATUS",	   "RESTARTS",	      "AGE",
	"IP",	"NODE",	 "NOMINATED NODE", "READINESS GATES", NULL
};

const struct kvip_rows kvip_rows_pod = {
	.name = "pod",
	.plural = "pods",
	.kind = KVIP_KIND_POD,
	.namespaced = true,
	.columns = columns,
	.narrow = 5,
	.fill = fill,
};
