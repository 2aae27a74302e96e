// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each address that the cluster has is an entry. settle() decides which of them
 * this node stands for, and has electors made or resigned; apply() has the kernel
 * hold exactly those that are ours now. What happens within an elector's call is
 * only noted, but for the end of a Lease, which is not to wait.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "alloc.h"
#include "announcer.h"
#include "announcer_links.h"
#include "announcer_wanted.h"
#include "clock.h"
#include "hash.h"
#include "lease.h"
#include "log.h"
#include "model.h"

/* Seconds that an address may stay after the last renewal of its Lease began: the
 * kernel may be a second late, and after KVIP_LEASE_DURATION it is another's.
 */
#define HOLD 13

/* Seconds between two looks at how long they may stay. */
#define TICK 2

/* Seconds after which what failed is tried again; others may have it until then. */
#define FAILED_PAUSE 30

/* Seconds after which news of interfaces are acted on: they come in crowds. */
#define POKE_WAIT 0.05

/* Seconds up to which the nodes wait before they first try, each another time for
 * each address, so that one node does not get all of them.
 */
#define SPREAD 0.3

/* Seconds that giving back the Leases may take in the end. */
#define RELEASE_MOST 2

/* When neighbours are told, in seconds since we have it; the kernel's side tells
 * them at once.
 */
static const double tellings[] = { 0, 1, 2, 5 };
#define N_TELLINGS (sizeof(tellings) / sizeof(tellings[0]))

#define LABEL "app.kubernetes.io/managed-by=kvip"

struct entry {
	TAILQ_ENTRY(entry) link;
	struct kvip_announcer *announcer;
	struct kvip_wanted is;
	bool wanted; /* by the cluster as it is now */
	struct kvip_elector *elector;
	bool resigning;
	bool decided; /* the Lease told who has it, since we stand for it */
	bool holds; /* this node answers for it */
	bool there; /* as far as the kernel said */
	double failed_until; /* monotonic; 0: it did not fail */
	double since; /* when @tellings began; monotonic */
	unsigned int told; /* of them */
	bool complained; /* the log knows of its failure */
};

TAILQ_HEAD(entries, entry);

struct kvip_announcer {
	struct event_base *base;
	const struct kvip_lb_config *config;
	struct kvip_http *http;
	const struct kvip_announcer_kernel *kernel;
	char *node;
	char *ns;
	double scale;

	struct kvip_wanted_list wanted; /* as of the last update */
	bool updated; /* there was one */
	bool leaving; /* this node is on its way out */
	struct entries entries;
	struct kvip_links *links;

	struct event *poke; /* an interface changed, or an elector told */
	struct event *timer; /* times to tell neighbours, and the rest */
	bool ending;
	bool complained; /* that the kernel refuses */
	bool complained_lease; /* that the API server does */
};

static const struct kvip_announcer_kernel real_kernel = {
	.announce = kvip_announce_each,
	.again = kvip_announce_again,
	.look = kvip_announce_link_get,
};

static double scaled(const struct kvip_announcer *a, double seconds)
{
	return seconds * a->scale;
}

static void set_event(struct event *event, double seconds)
{
	const struct timeval wait = kvip_clock_interval(seconds);

	event_add(event, &wait);
}

static const char *text_of(const struct entry *entry,
			   char text[INET6_ADDRSTRLEN])
{
	return kvip_addr_text(&entry->is.addr, text);
}

static void begin_tellings(struct entry *entry, unsigned int told)
{
	entry->since = kvip_clock_monotonic();
	entry->told = told;
}

/* It came back, or with another address of its own: neighbours are to know. */
static void on_back(void *arg, const char *name)
{
	struct kvip_announcer *a = arg;
	struct entry *entry;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link))
		if (entry->there && !strcmp(entry->is.interface, name))
			begin_tellings(entry, 0);
}

/* Whether this node is to answer for it, or to try to. */
static bool may_stand(struct kvip_announcer *a, const struct entry *entry,
		      double now)
{
	if (!entry->wanted || !entry->is.candidate)
		return false;
	if (!a->http)
		return true;
	return !a->leaving && now >= entry->failed_until &&
	       kvip_links_ready(a->links, entry->is.interface);
}

/* How long the kernel is to keep it, at least a second. */
static unsigned int seconds_left(const struct kvip_announcer *a,
				 const struct entry *entry, double now)
{
	double age;

	if (!a->http)
		return 0;
	age = (now - kvip_elector_renewed(entry->elector)) / a->scale;
	return age < HOLD - 1 ? (unsigned int)(HOLD - age) : 1;
}

static void log_holding(const struct entry *entry, enum kvip_announced outcome)
{
	char text[INET6_ADDRSTRLEN];

	kvip_log(KVIP_LOG_INFO,
		 outcome == KVIP_ANNOUNCED_FOREIGN ?
			 "announcing an address that somebody else put there" :
			 "announcing a load balancer's address",
		 KVIP_TEXT("address", text_of(entry, text)),
		 KVIP_TEXT("interface", entry->is.interface));
}

static void poke(struct kvip_announcer *a, double seconds)
{
	if (!a->ending && !event_pending(a->poke, EV_TIMEOUT, NULL))
		set_event(a->poke, seconds);
}

/* Note what became of an address that we want to hold. */
static void take_outcome(struct kvip_announcer *a, struct entry *entry,
			 enum kvip_announced outcome)
{
	char text[INET6_ADDRSTRLEN];
	bool was = entry->there;

	if (outcome == KVIP_ANNOUNCED_FAILED) {
		entry->there = false;
		entry->failed_until =
			kvip_clock_monotonic() + scaled(a, FAILED_PAUSE);
		/* let another node try */
		if (a->http)
			poke(a, 0);
		if (!entry->complained)
			kvip_log(KVIP_LOG_WARNING,
				 "a load balancer's address can't be announced",
				 KVIP_TEXT("address", text_of(entry, text)),
				 KVIP_TEXT("interface", entry->is.interface));
		entry->complained = true;
		return;
	}
	entry->there = true;
	entry->failed_until = 0;
	entry->complained = false;
	if (outcome == KVIP_ANNOUNCED_NEW)
		begin_tellings(entry, 1);
	else if (!was)
		begin_tellings(entry, 0);
	if (!was)
		log_holding(entry, outcome);
}

static void log_trouble(struct kvip_announcer *a, const char *sentence)
{
	if (!a->complained)
		kvip_log(KVIP_LOG_ERROR,
			 "load balancers' addresses can't be kept",
			 KVIP_TEXT("error", sentence));
	a->complained = true;
}

/* What the kernel is to hold: whose entry each item is of, in @owners. */
static size_t list_held(struct kvip_announcer *a,
			struct kvip_announcement *list, struct entry **owners)
{
	double now = kvip_clock_monotonic();
	struct entry *entry;
	size_t n = 0;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link)) {
		bool kept = entry->elector && !entry->resigning &&
			    !entry->decided;

		if (!entry->holds && !kept)
			continue;
		list[n].addr = entry->is.addr;
		memcpy(list[n].interface, entry->is.interface, IFNAMSIZ);
		list[n].only_kept = !entry->holds;
		if (entry->holds)
			list[n].seconds = seconds_left(a, entry, now);
		owners[n++] = entry;
	}
	return n;
}

static size_t count_entries(const struct kvip_announcer *a)
{
	const struct entry *entry;
	size_t n = 0;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link))
		n++;
	return n;
}

/* Have the kernel hold what we hold. */
static void apply(struct kvip_announcer *a)
{
	size_t room = count_entries(a) + 1, n, i;
	struct kvip_announcement *list = kvip_alloc(room * sizeof(*list));
	enum kvip_announced *outcomes = kvip_alloc(room * sizeof(*outcomes));
	struct entry **owners = kvip_alloc(room * sizeof(*owners));
	struct kvip_announce_report report;
	struct kvip_err err;

	n = list_held(a, list, owners);
	if (a->kernel->announce(list, n, outcomes, &report, &err)) {
		log_trouble(a, err.text);
		/* that is KVIP_ANNOUNCED_FAILED for each */
		memset(outcomes, 0, room * sizeof(*outcomes));
	} else if (report.n_failed) {
		log_trouble(a, report.why.text);
	} else {
		a->complained = false;
	}
	for (i = 0; i < n; i++)
		if (!list[i].only_kept)
			take_outcome(a, owners[i], outcomes[i]);
	free(list);
	free(outcomes);
	free(owners);
}

static void tell_of(struct entry *entry)
{
	struct kvip_announcement item = { .addr = entry->is.addr };
	struct kvip_err err;

	memcpy(item.interface, entry->is.interface, IFNAMSIZ);
	if (entry->announcer->kernel->again(&item, &err))
		kvip_log(KVIP_LOG_DEBUG, "neighbours could not be told",
			 KVIP_TEXT("error", err.text));
}

/* Seconds until the next telling of an entry, or -1; those that are due are done. */
static double tell_due(struct kvip_announcer *a, struct entry *entry,
		       double now)
{
	while (entry->there && entry->told < N_TELLINGS) {
		double at = entry->since + scaled(a, tellings[entry->told]);

		if (at > now)
			return at - now;
		entry->told++;
		tell_of(entry);
	}
	return -1;
}

static void sooner(double *wait, double other)
{
	if (other >= 0 && (*wait < 0 || other < *wait))
		*wait = other;
}

/* Do what is due, and set the timer to what comes next. */
static void plan(struct kvip_announcer *a)
{
	double now = kvip_clock_monotonic(), wait = -1;
	struct entry *entry;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link)) {
		sooner(&wait, tell_due(a, entry, now));
		if (entry->holds && a->http)
			sooner(&wait, scaled(a, TICK));
		if (entry->failed_until > now)
			sooner(&wait, entry->failed_until - now);
	}
	if (wait < 0)
		event_del(a->timer);
	else
		set_event(a->timer, wait + 0.001);
}

static void log_given_up(const struct entry *entry)
{
	char text[INET6_ADDRSTRLEN];

	kvip_log(KVIP_LOG_INFO,
		 "no longer announcing a load balancer's address",
		 KVIP_TEXT("address", text_of(entry, text)),
		 KVIP_TEXT("interface", entry->is.interface));
}

static void give_up(struct entry *entry)
{
	if (entry->there)
		log_given_up(entry);
	entry->holds = false;
	entry->there = false;
}

static void on_started(void *arg)
{
	struct entry *entry = arg;

	entry->decided = true;
	entry->holds = true;
	entry->announcer->complained_lease = false;
	poke(entry->announcer, 0);
}

/* Nobody else may have it before this has returned. */
static void on_stopped(void *arg)
{
	struct entry *entry = arg;

	if (!entry->holds)
		return;
	give_up(entry);
	apply(entry->announcer);
}

static void on_observed(void *arg, const char *holder)
{
	struct entry *entry = arg;
	struct kvip_announcer *a = entry->announcer;
	char text[INET6_ADDRSTRLEN];

	if (!*holder || !strcmp(holder, a->node))
		return;
	kvip_log(KVIP_LOG_DEBUG, "another node announces an address",
		 KVIP_TEXT("address", text_of(entry, text)),
		 KVIP_TEXT("by", holder));
	entry->announcer->complained_lease = false;
	if (entry->decided)
		return;
	/* what an earlier process left there is not ours any more */
	entry->decided = true;
	poke(a, 0);
}

static void on_trouble(void *arg, const char *sentence)
{
	struct entry *entry = arg;
	struct kvip_announcer *a = entry->announcer;
	char text[INET6_ADDRSTRLEN];

	kvip_log(a->complained_lease ? KVIP_LOG_DEBUG : KVIP_LOG_WARNING,
		 "the Lease of a load balancer's address can't be had",
		 KVIP_TEXT("address", text_of(entry, text)),
		 KVIP_TEXT("error", sentence));
	a->complained_lease = true;
}

static void on_resigned(void *arg)
{
	struct entry *entry = arg;

	kvip_elector_free(entry->elector);
	entry->elector = NULL;
	entry->resigning = false;
	poke(entry->announcer, 0);
}

static const struct kvip_elector_ops elector_ops = {
	.started = on_started,
	.stopped = on_stopped,
	.observed = on_observed,
	.trouble = on_trouble,
	.resigned = on_resigned,
};

/* The Lease's name: an address with dashes, which may not end with one. */
static void lease_name(const struct entry *entry, char *name, size_t size)
{
	char text[INET6_ADDRSTRLEN], *at;
	size_t len;

	text_of(entry, text);
	for (at = text; *at; at++)
		if (*at == '.' || *at == ':')
			*at = '-';
	len = strlen(text);
	snprintf(name, size, "kvip-vip-%s%s", text,
		 text[len - 1] == '-' ? "0" : "");
}

static void stand_for(struct kvip_announcer *a, struct entry *entry)
{
	char name[16 + INET6_ADDRSTRLEN];
	const struct kvip_elector_spec spec = {
		.ns = a->ns,
		.name = name,
		.identity = a->node,
		.label = LABEL,
		.delay = SPREAD / 256 *
			 (kvip_hash_text(kvip_hash_text(0, a->node), name) &
			  255),
		.scale = a->scale,
	};

	lease_name(entry, name, sizeof(name));
	entry->decided = false;
	entry->elector =
		kvip_elector_new(a->base, a->http, &spec, &elector_ops, entry);
}

static void drop(struct kvip_announcer *a, struct entry *entry)
{
	kvip_elector_free(entry->elector);
	TAILQ_REMOVE(&a->entries, entry, link);
	free(entry);
}

/* First what is given up, in one step; then the Leases. */
static void settle_leases(struct kvip_announcer *a, double now)
{
	struct entry *entry, *next;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link)) {
		if (may_stand(a, entry, now)) {
			if (!entry->elector)
				stand_for(a, entry);
		} else if (entry->elector && !entry->resigning) {
			entry->resigning = true;
			give_up(entry);
		}
	}
	apply(a);
	for (entry = TAILQ_FIRST(&a->entries); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (entry->resigning)
			kvip_elector_resign(entry->elector, !entry->wanted);
		else if (!entry->elector && !entry->wanted)
			drop(a, entry);
	}
}

static void settle_alone(struct kvip_announcer *a, double now)
{
	struct entry *entry, *next;

	for (entry = TAILQ_FIRST(&a->entries); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (may_stand(a, entry, now)) {
			entry->holds = true;
		} else {
			give_up(entry);
			if (!entry->wanted)
				drop(a, entry);
		}
	}
	apply(a);
}

static void settle(struct kvip_announcer *a)
{
	if (!a->updated || a->ending)
		return;
	kvip_links_look(a->links);
	if (a->http)
		settle_leases(a, kvip_clock_monotonic());
	else
		settle_alone(a, kvip_clock_monotonic());
	plan(a);
}

static void on_poke(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

static void on_news(void *arg)
{
	poke(arg, POKE_WAIT);
}

static const struct kvip_links_ops links_ops = {
	.news = on_news,
	.back = on_back,
};

struct kvip_announcer *
kvip_announcer_new(struct event_base *base,
		   const struct kvip_announcer_spec *spec)
{
	struct kvip_announcer *a = kvip_alloc(sizeof(*a));

	a->base = base;
	a->config = spec->config;
	a->http = spec->http;
	a->kernel = spec->kernel ? spec->kernel : &real_kernel;
	a->node = kvip_strdup(spec->node);
	a->ns = kvip_strdup(spec->ns ? spec->ns : "kube-system");
	a->scale = spec->scale > 0 ? spec->scale : 1;
	TAILQ_INIT(&a->entries);
	a->poke = event_new(base, -1, 0, on_poke, a);
	a->timer = event_new(base, -1, 0, on_poke, a);
	if (!a->poke || !a->timer)
		abort();
	a->links = kvip_links_new(base, a->config, a->kernel, &links_ops, a);
	return a;
}

/* Bring the entries to what is wanted now; both are in the order of addresses. */
static void take_wanted(struct kvip_announcer *a)
{
	struct entry *entry = TAILQ_FIRST(&a->entries), *added;
	size_t i = 0;
	int order;

	while (entry || i < a->wanted.n) {
		const struct kvip_wanted *wanted = &a->wanted.items[i];

		order = !entry ? 1 :
			i == a->wanted.n ?
				 -1 :
				 kvip_addr_cmp(&entry->is.addr, &wanted->addr);
		if (order < 0) {
			entry->wanted = false;
			entry = TAILQ_NEXT(entry, link);
			continue;
		}
		i++;
		if (order == 0) {
			entry->is = *wanted;
			entry->wanted = true;
			entry = TAILQ_NEXT(entry, link);
			continue;
		}
		added = kvip_alloc(sizeof(*added));
		added->announcer = a;
		added->is = *wanted;
		added->wanted = true;
		if (entry)
			TAILQ_INSERT_BEFORE(entry, added, link);
		else
			TAILQ_INSERT_TAIL(&a->entries, added, link);
	}
}

static bool is_leaving(const struct kvip_announcer *a,
		       const struct kvip_model *model)
{
	const struct kvip_node *node = kvip_model_node(model, a->node);

	return node && (node->deleting || node->scaled_down);
}

void kvip_announcer_update(struct kvip_announcer *a,
			   const struct kvip_model *model)
{
	bool leaving = is_leaving(a, model);
	struct kvip_wanted_list wanted;

	kvip_wanted_list(&wanted, model, a->config, a->node);
	if (a->updated && a->leaving == leaving &&
	    kvip_wanted_equal(&a->wanted, &wanted)) {
		kvip_wanted_free(&wanted);
		return;
	}
	kvip_wanted_free(&a->wanted);
	a->wanted = wanted;
	a->leaving = leaving;
	a->updated = true;
	take_wanted(a);
	settle(a);
}

struct kvip_announcer_stats kvip_announcer_stats(const struct kvip_announcer *a)
{
	struct kvip_announcer_stats stats = { .wanted = a->wanted.n };
	const struct entry *entry;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link)) {
		stats.held += entry->there;
		stats.failed += entry->complained;
	}
	return stats;
}

static bool has_electors(const struct kvip_announcer *a)
{
	const struct entry *entry;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link))
		if (entry->elector)
			return true;
	return false;
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

static void resign_all(struct kvip_announcer *a)
{
	struct entry *entry;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link))
		if (entry->elector)
			kvip_elector_resign(entry->elector, false);
}

/* Give up all addresses, then all Leases. */
static void release_all(struct kvip_announcer *a)
{
	struct event *timer;
	struct entry *entry;
	bool late = false;

	for (entry = TAILQ_FIRST(&a->entries); entry;
	     entry = TAILQ_NEXT(entry, link)) {
		entry->resigning = !!entry->elector;
		give_up(entry);
	}
	apply(a);
	resign_all(a);
	timer = event_new(a->base, -1, 0, on_late, &late);
	if (!timer)
		abort();
	set_event(timer, scaled(a, RELEASE_MOST));
	while (has_electors(a) && !late)
		event_base_loop(a->base, EVLOOP_ONCE);
	event_free(timer);
}

void kvip_announcer_free(struct kvip_announcer *a, bool release)
{
	struct entry *entry;

	if (!a)
		return;
	a->ending = true;
	kvip_links_quiet(a->links);
	event_del(a->poke);
	event_del(a->timer);
	if (release && a->http && a->updated)
		release_all(a);
	while ((entry = TAILQ_FIRST(&a->entries)))
		drop(a, entry);
	event_free(a->poke);
	event_free(a->timer);
	kvip_links_free(a->links);
	kvip_wanted_free(&a->wanted);
	free(a->node);
	free(a->ns);
	free(a);
}
