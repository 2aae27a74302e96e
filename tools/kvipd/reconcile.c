// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <linux/kvip.h>

#include "alloc.h"
#include "backoff.h"
#include "changes.h"
#include "claims.h"
#include "clock.h"
#include "derive.h"
#include "frontends.h"
#include "mirror.h"
#include "reconcile.h"
#include "tally.h"

/* Seconds that the Node may take before the tables do without it. */
#define NODE_GRACE 10

/* Seconds between two looks at the kernel's generation, at most. */
#define LOOK_PERIOD 5

/* As many changed Services at least make it cheaper to derive all. */
#define MANY_CHANGES 128

/* Tries of what is refused each time. */
#define REFUSALS_MAX 3

/* Commits that others may overtake in a row before we wait. */
#define OVERTAKEN_MAX 5

struct kvip_reconcile {
	struct event_base *base;
	const struct kvip_settings *settings;
	const struct kvip_cluster *cluster;
	struct kvip_proxy_state *state;
	struct kvip_stats *stats;
	const struct kvip_reconcile_ops *ops;
	void *arg;

	struct kvip_mirror mirror;
	struct kvip_config config; /* wanted, with what the Node tells */
	struct kvip_derive_config how;
	struct kvip_claims claims;
	struct kvip_tally tally;
	struct kvip_changes changes;
	bool all; /* everything is to be derived anew */
	bool checking; /* what differs now is drift */
	unsigned int refusals; /* in a row, of all that was to be written */
	bool failing; /* wait for the timer, whatever changes */
	const char *held; /* why nothing is written, as it was said */
	double since; /* when this began, CLOCK_MONOTONIC */
	double last_run;
	struct kvip_backoff backoff;
	struct event *run_timer;
	struct event *look_timer;
	struct event *check_timer;
};

static void arm(struct event *timer, double seconds)
{
	const struct timeval interval = kvip_clock_interval(seconds);

	evtimer_add(timer, &interval);
}

static double look_period(const struct kvip_reconcile *r)
{
	if (r->settings->sync_period < LOOK_PERIOD)
		return r->settings->sync_period;
	return LOOK_PERIOD;
}

static void note_pending(struct kvip_reconcile *r)
{
	if (!r->state->pending_since)
		r->state->pending_since = kvip_clock_monotonic();
	r->stats->last_queued = kvip_clock_unix();
}

static void count_local(const struct kvip_service *service,
			uint64_t figures[KVIP_TALLY_FIGURES])
{
	size_t i;

	if (!(service->flags & KVIP_SERVICE_F_HAS_ANY))
		return;
	for (i = 0; i < service->n_backends; i++)
		if (service->backends[i].flags & KVIP_BACKEND_F_LOCAL)
			return;
	if (service->flags & KVIP_SERVICE_F_INTERNAL_LOCAL)
		figures[KVIP_TALLY_NO_LOCAL_INTERNAL]++;
	if (service->flags & KVIP_SERVICE_F_EXTERNAL_LOCAL)
		figures[KVIP_TALLY_NO_LOCAL_EXTERNAL]++;
}

/* What is worth counting of a Service that was derived. */
static void count(struct kvip_reconcile *r, const char *ns, const char *name,
		  const struct kvip_derive_report *report,
		  const struct kvip_service *services, size_t n)
{
	uint64_t figures[KVIP_TALLY_FIGURES] = {
		[KVIP_TALLY_CONTESTED] = report->n_contested,
		[KVIP_TALLY_LEFT_OUT] = report->n_endpoints_left_out,
	};
	size_t i;

	for (i = 0; i < n; i++)
		count_local(&services[i], figures);
	kvip_tally_set(&r->tally, ns, name, figures);
}

static void publish_tally(struct kvip_reconcile *r)
{
	const uint64_t *sums = r->tally.sums;

	r->stats->frontends_contested = sums[KVIP_TALLY_CONTESTED];
	r->stats->endpoints_left_out = sums[KVIP_TALLY_LEFT_OUT];
	r->stats->no_local_internal = sums[KVIP_TALLY_NO_LOCAL_INTERNAL];
	r->stats->no_local_external = sums[KVIP_TALLY_NO_LOCAL_EXTERNAL];
}

/* What the module is to have, and what derive() needs to know of that. */
static void make_config(struct kvip_reconcile *r)
{
	const struct kvip_model *model = kvip_cluster_model(r->cluster);
	uint32_t flags;

	r->config = r->settings->has_kernel ? r->settings->kernel :
					      r->mirror.config;
	if (kvip_cluster_knows_node(r->cluster))
		kvip_config_resolve(&r->config,
				    kvip_model_node(model, r->settings->node));
	else
		kvip_config_keep(&r->config, &r->mirror.config);
	flags = r->config.flags;
	r->how.kinds = r->mirror.info.frontend_kinds;
	r->how.allow_empty = true;
	r->how.proxy_name = *r->config.proxy_name ? r->config.proxy_name : NULL;
	r->how.affinity_per_service = flags &
				      KVIP_CONFIG_F_AFFINITY_PER_SERVICE;
	r->how.ranges_everywhere = flags & KVIP_CONFIG_F_RANGES_EVERYWHERE;
	r->how.claims = &r->claims;
}

static const struct kvip_svc *served(const struct kvip_reconcile *r,
				     const struct kvip_group *group)
{
	if (!group || !group->svc ||
	    !kvip_svc_is_served(group->svc, r->how.proxy_name))
		return NULL;
	return group->svc;
}

static void also_changed(const char *ns, const char *name, void *arg)
{
	kvip_changes_add(arg, ns, name, kvip_clock_monotonic());
}

/* Claims first, which may concern more Services than those that changed. */
static void claim_changed(struct kvip_reconcile *r)
{
	const struct kvip_model *model = kvip_cluster_model(r->cluster);
	struct kvip_changes others = {};
	struct kvip_change *change = NULL;

	while ((change = kvip_changes_next(&r->changes, change)))
		kvip_claims_update(&r->claims, change->ns, change->name,
				   served(r, kvip_model_group(model, change->ns,
							      change->name)),
				   also_changed, &others);
	kvip_changes_move(&r->changes, &others);
}

/* Derive one Service into a table of others. */
static int derive_one(struct kvip_reconcile *r, const char *ns,
		      const char *name, struct kvip_table *want,
		      struct kvip_err *err)
{
	const struct kvip_model *model = kvip_cluster_model(r->cluster);
	struct kvip_derive_report report = {};
	struct kvip_table part;
	size_t i, at;
	int ret;

	kvip_table_init(&part);
	ret = kvip_derive_group(model, r->settings->node, &r->how, ns, name,
				&part, &report, err);
	for (i = 0; !ret && i < part.n_services; i++) {
		kvip_table_find(want, &part.services[i], &at);
		kvip_table_exchange(want, at, false, &part.services[i]);
	}
	if (!ret)
		count(r, ns, name, &report, part.services, part.n_services);
	kvip_table_free(&part);
	return ret;
}

/* A Service that can't be in the tables must not keep the others out. */
static void refuse_one(struct kvip_reconcile *r, const char *name,
		       const struct kvip_err *err)
{
	kvip_log(KVIP_LOG_ERROR, "a Service was refused, and stays as it was",
		 KVIP_TEXT("service", name), KVIP_TEXT("error", err->text));
	r->stats->objects_refused++;
}

static int write_diff(struct kvip_reconcile *r, const struct kvip_diff *diff,
		      const struct kvip_config *config,
		      struct kvip_table *whole, struct kvip_err *err)
{
	int ret = kvip_mirror_write(&r->mirror, diff, config, whole, err);

	if (!ret && (diff->n_items || config))
		r->stats->syncs++;
	else if (!ret)
		r->stats->syncs_without_change++;
	return ret;
}

/*
 * The kernel refused a transaction that derive() thought right. Find out whose
 * fault it is: each item alone. Those that are refused again and again are left
 * until the next whole check, lest all others wait for them. Returns -1 if it
 * may be nobody's fault.
 */
static int write_each(struct kvip_reconcile *r, const struct kvip_diff *diff,
		      struct kvip_err *err)
{
	size_t i, n_written = 0;

	for (i = 0; i < diff->n_items; i++) {
		const struct kvip_diff_item *item = &diff->items[i];
		struct kvip_diff one = {
			.items = (struct kvip_diff_item *)item,
			.n_items = 1,
		};
		int ret = write_diff(r, &one, NULL, NULL, err);

		if (ret == KVIP_CLIENT_STALE)
			return ret;
		if (!ret)
			n_written++;
		else
			refuse_one(r, (item->want ?: item->have)->name, err);
	}
	if (n_written || !diff->n_items) {
		r->refusals = 0;
		return 0;
	}
	/* where others could be written it is they that are wrong, not the time */
	if (diff->n_items < r->mirror.table.n_services &&
	    ++r->refusals >= REFUSALS_MAX)
		return 0;
	return -1;
}

static int write_changes(struct kvip_reconcile *r, const struct kvip_diff *diff,
			 const struct kvip_config *config,
			 struct kvip_table *whole, struct kvip_err *err)
{
	struct kvip_err first;
	int ret = write_diff(r, diff, config, whole, err);

	if (ret != -1)
		return ret;
	first = *err;
	/* the module may have gone, or be another one by now */
	ret = kvip_mirror_is_current(&r->mirror, err);
	if (ret == 0)
		return KVIP_CLIENT_STALE;
	if (ret < 0 || config) {
		*err = first;
		return -1;
	}
	return write_each(r, diff, err);
}

static void log_commit(const struct kvip_reconcile *r, bool whole,
		       const struct kvip_diff *diff, double seconds)
{
	kvip_log(whole ? KVIP_LOG_INFO : KVIP_LOG_DEBUG, "tables committed",
		 KVIP_NUMBER("generation", r->mirror.table.generation),
		 KVIP_NUMBER("services", r->mirror.table.n_services),
		 KVIP_NUMBER("added", diff->n_added),
		 KVIP_NUMBER("changed", diff->n_changed),
		 KVIP_NUMBER("removed", diff->n_removed),
		 KVIP_SECONDS("took", seconds));
}

static int derive_each(struct kvip_reconcile *r, struct kvip_table *want)
{
	const struct kvip_model *model = kvip_cluster_model(r->cluster);
	const struct kvip_group *group = NULL;
	struct kvip_err err;

	kvip_table_free(want);
	while ((group = kvip_model_next_group(model, group)))
		if (derive_one(r, group->ns, group->name, want, &err))
			refuse_one(r, group->name, &err);
	return 0;
}

static int derive_all(struct kvip_reconcile *r, struct kvip_table *want,
		      struct kvip_err *err)
{
	const struct kvip_model *model = kvip_cluster_model(r->cluster);
	const struct kvip_group *group = NULL;

	kvip_claims_read(&r->claims, model, r->how.proxy_name);
	kvip_tally_clear(&r->tally);
	while ((group = kvip_model_next_group(model, group))) {
		struct kvip_derive_report report = {};
		size_t before = want->n_services;

		if (kvip_derive_add(model, r->settings->node, &r->how, group,
				    want, &report, err))
			return -1;
		count(r, group->ns, group->name, &report,
		      &want->services[before], want->n_services - before);
	}
	kvip_table_sort(want);
	/* what is wrong with one must not be the others' fault */
	return kvip_table_check(want, err) ? derive_each(r, want) : 0;
}

/* All Services, compared with all that the kernel has. */
static int commit_all(struct kvip_reconcile *r, struct kvip_err *err)
{
	double begin = kvip_clock_monotonic();
	struct kvip_table want;
	struct kvip_diff diff;
	bool config;
	int ret;

	kvip_table_init(&want);
	make_config(r);
	if (derive_all(r, &want, err)) {
		kvip_table_free(&want);
		return -1;
	}
	kvip_diff_make(&r->mirror.table, &want, &diff);
	config = r->mirror.has_config &&
		 !kvip_config_equal(&r->mirror.config, &r->config);
	if (r->checking)
		r->stats->drift += diff.n_items;
	ret = write_changes(r, &diff, config ? &r->config : NULL, &want, err);
	if (!ret) {
		kvip_histogram_observe(&r->stats->sync_full_duration,
				       kvip_clock_monotonic() - begin);
		if (diff.n_items || config)
			log_commit(r, true, &diff,
				   kvip_clock_monotonic() - begin);
		else if (!r->state->synced)
			kvip_log(KVIP_LOG_INFO,
				 "the tables are the cluster's already",
				 KVIP_NUMBER("generation",
					     r->mirror.table.generation),
				 KVIP_NUMBER("services",
					     r->mirror.table.n_services));
	}
	kvip_diff_free(&diff);
	kvip_table_free(&want);
	return ret;
}

/* The Services that changed, compared with what the kernel has of them. */
static int commit_some(struct kvip_reconcile *r, struct kvip_err *err)
{
	double begin = kvip_clock_monotonic();
	struct kvip_change *change = NULL;
	struct kvip_table have, want;
	struct kvip_diff diff;
	int ret;

	kvip_table_init(&have);
	kvip_table_init(&want);
	while ((change = kvip_changes_next(&r->changes, change))) {
		kvip_mirror_of_service(&r->mirror, change->ns, change->name,
				       &have);
		if (derive_one(r, change->ns, change->name, &want, err))
			refuse_one(r, change->name, err);
	}
	kvip_table_sort(&have);
	kvip_diff_make(&have, &want, &diff);
	ret = write_changes(r, &diff, NULL, NULL, err);
	if (!ret) {
		kvip_histogram_observe(&r->stats->sync_partial_duration,
				       kvip_clock_monotonic() - begin);
		if (diff.n_items)
			log_commit(r, false, &diff,
				   kvip_clock_monotonic() - begin);
	}
	kvip_diff_free(&diff);
	/* its services are the mirror's */
	free(have.services);
	kvip_table_free(&want);
	return ret;
}

/* S9: why nothing may be written yet, or NULL */
static const char *why_not(struct kvip_reconcile *r)
{
	const struct kvip_model *model = kvip_cluster_model(r->cluster);

	if (!kvip_cluster_listed(r->cluster, KVIP_CLUSTER_SERVICES))
		return "waiting for the list of Services";
	if (!kvip_cluster_listed(r->cluster, KVIP_CLUSTER_SLICES))
		return "waiting for the list of EndpointSlices";
	if (!kvip_cluster_listed(r->cluster, KVIP_CLUSTER_NODES) &&
	    kvip_clock_monotonic() - r->since < NODE_GRACE)
		return "waiting for the Node";
	if (r->settings->allow_empty)
		return NULL;
	if (!model->n_svcs)
		return "the cluster has no Service, not even the API server's own";
	if (!model->slices.n)
		return "the cluster has no EndpointSlice, not even the API server's own";
	return NULL;
}

static bool may_write(struct kvip_reconcile *r)
{
	const char *held = why_not(r);

	if (held && held != r->held)
		kvip_log(KVIP_LOG_INFO, "the tables stay as they are",
			 KVIP_TEXT("reason", held));
	r->held = held;
	return !held;
}

/* Tell of all that was derived, and of the delays that it had. */
static void settle_changes(struct kvip_reconcile *r)
{
	const struct kvip_model *model = kvip_cluster_model(r->cluster);
	double now = kvip_clock_monotonic(), clock = kvip_clock_unix();
	struct kvip_change *change = NULL;
	const struct kvip_group *group;
	unsigned int i;

	while ((change = kvip_changes_next(&r->changes, change))) {
		if (r->state->synced)
			kvip_histogram_observe(&r->stats->event_duration,
					       now - change->heard);
		for (i = 0; r->state->synced && i < change->n_causes; i++)
			kvip_histogram_observe(&r->stats->programming_duration,
					       clock - change->causes[i]);
		group = kvip_model_group(model, change->ns, change->name);
		r->ops->derived(r->arg, change->ns, change->name,
				served(r, group) ? group : NULL);
	}
	kvip_changes_clear(&r->changes);
}

static void settle(struct kvip_reconcile *r, double begin)
{
	settle_changes(r);
	publish_tally(r);
	kvip_histogram_observe(&r->stats->sync_duration,
			       kvip_clock_monotonic() - begin);
	r->stats->service_changes_pending = 0;
	r->stats->endpoint_changes_pending = 0;
	r->stats->last_sync = kvip_clock_unix();
	r->state->last_updated = r->stats->last_sync;
	r->state->pending_since = 0;
	r->state->synced = true;
	r->all = false;
	r->checking = false;
	r->failing = false;
	kvip_backoff_init(&r->backoff, 0, 1);
	r->ops->settled(r->arg);
}

static void fail(struct kvip_reconcile *r, const struct kvip_err *err)
{
	double delay = kvip_backoff_next(&r->backoff, kvip_clock_monotonic());

	/* asking the kernel is cheap, and a module may be loaded any moment */
	if (delay > LOOK_PERIOD)
		delay = LOOK_PERIOD;
	r->stats->sync_failures++;
	r->failing = true;
	kvip_log(KVIP_LOG_ERROR, "the tables could not be brought up to date",
		 KVIP_TEXT("error", err->text), KVIP_SECONDS("retry", delay));
	arm(r->run_timer, delay);
}

static int commit(struct kvip_reconcile *r, struct kvip_err *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < OVERTAKEN_MAX; i++) {
		r->all |= !r->mirror.known;
		if (kvip_mirror_read(&r->mirror, err))
			return -1;
		if (!r->all)
			claim_changed(r);
		if (r->all || r->changes.set.n >= MANY_CHANGES)
			ret = commit_all(r, err);
		else
			ret = commit_some(r, err);
		if (ret != KVIP_CLIENT_STALE)
			break;
		r->stats->sync_overtaken++;
		kvip_mirror_forget(&r->mirror);
	}
	/* whatever went wrong, look again before the next try */
	if (ret)
		kvip_mirror_close(&r->mirror);
	return ret;
}

static void run(struct kvip_reconcile *r)
{
	double begin = kvip_clock_monotonic();
	struct kvip_err err;

	if ((!r->all && !r->changes.set.n) || !may_write(r))
		return;
	r->last_run = begin;
	if (commit(r, &err))
		fail(r, &err);
	else
		settle(r, begin);
}

static void on_run(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_reconcile *r = arg;

	(void)fd;
	(void)what;
	r->failing = false;
	run(r);
}

void kvip_reconcile_soon(struct kvip_reconcile *r)
{
	double early;

	if (r->failing || (!r->all && !r->changes.set.n))
		return;
	early = r->last_run + r->settings->min_sync_period -
		kvip_clock_monotonic();
	if (r->last_run && early > 0)
		arm(r->run_timer, early);
	else
		run(r);
}

void kvip_reconcile_change(struct kvip_reconcile *r,
			   enum kvip_cluster_kind kind, const char *ns,
			   const char *name, double triggered)
{
	struct kvip_change *change;

	if (kind == KVIP_CLUSTER_SERVICES) {
		r->stats->service_changes++;
		r->stats->service_changes_pending++;
	} else {
		r->stats->endpoint_changes++;
		r->stats->endpoint_changes_pending++;
	}
	note_pending(r);
	change =
		kvip_changes_add(&r->changes, ns, name, kvip_clock_monotonic());
	kvip_change_cause(change, triggered);
}

void kvip_reconcile_all(struct kvip_reconcile *r)
{
	note_pending(r);
	r->all = true;
}

/* Another writer, or another module: see what there is. */
static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_reconcile *r = arg;
	struct kvip_err err;
	int ret;

	(void)fd;
	(void)what;
	arm(r->look_timer, look_period(r));
	if (!r->state->synced || !r->mirror.known || r->failing) {
		/* the Node's grace may have ended */
		kvip_reconcile_soon(r);
		return;
	}
	ret = kvip_mirror_is_current(&r->mirror, &err);
	if (ret == 1)
		return;
	if (ret < 0) {
		kvip_log(KVIP_LOG_WARNING, "the module does not answer",
			 KVIP_TEXT("error", err.text));
		kvip_mirror_close(&r->mirror);
	} else {
		kvip_log(KVIP_LOG_WARNING,
			 "the tables were changed by somebody else",
			 KVIP_NUMBER("generation", r->mirror.table.generation));
		kvip_mirror_forget(&r->mirror);
	}
	kvip_reconcile_all(r);
	kvip_reconcile_soon(r);
}

static void on_check(evutil_socket_t fd, short what, void *arg)
{
	struct kvip_reconcile *r = arg;

	(void)fd;
	(void)what;
	arm(r->check_timer, r->settings->check_period);
	if (!r->state->synced || r->failing)
		return;
	r->stats->full_checks++;
	r->checking = true;
	kvip_mirror_forget(&r->mirror);
	kvip_reconcile_all(r);
	kvip_reconcile_soon(r);
}

const char *kvip_reconcile_proxy_name(const struct kvip_reconcile *r)
{
	return r->how.proxy_name;
}

struct kvip_client *kvip_reconcile_client(struct kvip_reconcile *r)
{
	struct kvip_err ignored;

	if (kvip_mirror_open(&r->mirror, &ignored))
		return NULL;
	return r->mirror.client;
}

struct kvip_reconcile *kvip_reconcile_new(struct event_base *base,
					  const struct kvip_settings *settings,
					  const struct kvip_cluster *cluster,
					  struct kvip_proxy_state *state,
					  struct kvip_stats *stats,
					  const struct kvip_reconcile_ops *ops,
					  void *arg)
{
	struct kvip_reconcile *r = kvip_alloc(sizeof(*r));

	r->base = base;
	r->settings = settings;
	r->cluster = cluster;
	r->state = state;
	r->stats = stats;
	r->ops = ops;
	r->arg = arg;
	r->since = kvip_clock_monotonic();
	kvip_mirror_init(&r->mirror);
	kvip_backoff_init(&r->backoff, 0, 1);
	r->run_timer = evtimer_new(base, on_run, r);
	r->look_timer = evtimer_new(base, on_look, r);
	r->check_timer = evtimer_new(base, on_check, r);
	if (!r->run_timer || !r->look_timer || !r->check_timer)
		abort();
	arm(r->look_timer, look_period(r));
	arm(r->check_timer, settings->check_period);
	return r;
}

void kvip_reconcile_free(struct kvip_reconcile *r)
{
	if (!r)
		return;
	event_free(r->run_timer);
	event_free(r->look_timer);
	event_free(r->check_timer);
	kvip_changes_clear(&r->changes);
	kvip_claims_free(&r->claims);
	kvip_tally_clear(&r->tally);
	kvip_mirror_free(&r->mirror);
	free(r);
}
