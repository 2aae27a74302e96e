/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What balancer.c shares with its parts. */
#ifndef KVIPD_BALANCER_PARTS_H
#define KVIPD_BALANCER_PARTS_H

#include <sys/queue.h>

#include "backoff.h"
#include "balancer.h"
#include "balancer_book.h"
#include "hash.h"
#include "lb_config.h"
#include "pool.h"
#include "provider.h"

struct event;

/* Addresses of one Service in the book at most: foreign ones may have many. */
#define KVIP_BALANCER_HELD 4

struct kvip_balancer_entry;

/* Something that is tried again later. */
struct kvip_balancer_retry {
	struct event *timer; /* made when it is needed */
	void (*due)(struct kvip_balancer_entry *entry);
	struct kvip_balancer_entry *entry;
	struct kvip_backoff backoff;
};

/**
 * struct kvip_balancer_entry - a Service
 * @link: in the table of all, by namespace and name
 * @queue: on the balancer's dirty, if @dirty
 * @stalled: on the balancer's stalled, if @blocked
 * @caller: on the balancer's callers, if @queued
 * @balancer: whose
 * @service: as it was told last
 * @created: Unix time of its creation
 * @seen: it was told in the list that is coming
 * @dirty: it has to be looked at
 * @ours: it is, or was until it was cleaned up, a load balancer of ours
 *
 * @ticket: of the write under way; 0: none
 * @written_on: the resourceVersion that the last write was made on; the next one
 *	waits for another; NULL: it does not
 * @blocked: there were too many writes
 * @write_retry: for writes that failed
 *
 * @request: what it asks of the pools, or who it is, for the book
 * @held: its addresses in the book
 * @n_held: how many
 * @adopted: what its status had when it was first heard of was looked at
 * @waits: it wants more than it has; with a provider: it has nothing
 * @refusal: why it has none, as it was told; ""
 *
 * @call: of the provider that runs
 * @queued: there were too many calls, or there is about to be one
 * @action: of @call, of the one that it queues for, or of the last one
 * @told: as it was when the last call began; NULL: there was none, or it was to
 *	delete
 * @told_nodes: version of the nodes then
 * @again: it is to be asked although nothing changed
 * @ingress: of the last answer; NULL: it had none
 * @failure: why the provider failed, if that was its last word; ""
 * @deleted: the provider knows that it is to be no more
 * @lost: that was so, and it has not been ensured since, whatever status tells
 * @call_retry: for calls
 */
struct kvip_balancer_entry {
	struct kvip_hash_link link;

	TAILQ_ENTRY(kvip_balancer_entry) queue;
	TAILQ_ENTRY(kvip_balancer_entry) stalled;
	TAILQ_ENTRY(kvip_balancer_entry) caller;

	struct kvip_balancer *balancer;
	struct json_object *service;
	double created;
	bool seen;
	bool dirty;
	bool ours;

	uint64_t ticket;
	char *written_on;
	bool blocked;
	struct kvip_balancer_retry write_retry;

	struct kvip_lb_request request;
	struct kvip_addr held[KVIP_BALANCER_HELD];
	unsigned int n_held;
	bool adopted;
	bool waits;
	struct kvip_err refusal;

	struct kvip_provider_call *call;
	bool queued;
	enum kvip_provider_action action;
	struct json_object *told;
	uint64_t told_nodes;
	bool again;
	struct json_object *ingress;
	struct kvip_err failure;
	bool deleted;
	bool lost;
	struct kvip_balancer_retry call_retry;
};

TAILQ_HEAD(kvip_balancer_queue, kvip_balancer_entry);

struct kvip_balancer {
	struct event_base *base;
	const struct kvip_lb_config *config;
	const struct kvip_balancer_ops *ops;
	void *arg;
	double scale;

	struct kvip_hash entries;
	struct kvip_balancer_queue dirty;
	struct event *turn;
	bool listing; /* a list is coming */
	bool listed; /* one was complete */

	struct kvip_hash writes; /* by ticket */
	struct kvip_balancer_queue stalled;
	uint64_t tickets; /* given out so far */

	struct kvip_balancer_book book;
	bool freed; /* addresses came free: who waits may have them */

	struct kvip_balancer_queue callers;
	size_t n_calls;
	struct json_object *nodes; /* NULL: not told yet */
	uint64_t nodes_version;
};

/* kvip_balancer_touch() - it has to be looked at, soon */
void kvip_balancer_touch(struct kvip_balancer_entry *entry);

/* kvip_balancer_soon() - those that are to be looked at, and what came free */
void kvip_balancer_soon(struct kvip_balancer *balancer);

/* kvip_balancer_compare() - the older one first; for qsort() of pointers */
int kvip_balancer_compare(const void *a, const void *b);

/* kvip_balancer_is_deleted() - whether it waits for its finalizers to go */
bool kvip_balancer_is_deleted(const struct kvip_balancer_entry *entry);

/* kvip_balancer_has_type() - whether it is of type LoadBalancer at all */
bool kvip_balancer_has_type(const struct kvip_balancer_entry *entry);

/* kvip_balancer_tell() - an Event, and a line of the log */
void kvip_balancer_tell(struct kvip_balancer_entry *entry, bool warning,
			const char *reason, const char *note);

/* kvip_balancer_retry() - call due() in so many seconds; 0: as backoff has it */
void kvip_balancer_retry(struct kvip_balancer_retry *retry, double seconds);

/* kvip_balancer_retry_init() - @scale: of backoff, 1: from 1 s to 30 s */
void kvip_balancer_retry_init(struct kvip_balancer_retry *retry,
			      struct kvip_balancer_entry *entry, double scale,
			      void (*due)(struct kvip_balancer_entry *entry));

/* kvip_balancer_retry_reset() - it went well; nothing is tried again */
void kvip_balancer_retry_reset(struct kvip_balancer_retry *retry);

/* kvip_balancer_retry_free() - give back what it owns */
void kvip_balancer_retry_free(struct kvip_balancer_retry *retry);

/* kvip_balancer_write() - have this status, which is taken; whether it has */
bool kvip_balancer_write(struct kvip_balancer_entry *entry,
			 struct json_object *status);

/* kvip_balancer_write_wake() - look at as many of those that are stalled as may
 * write
 */
void kvip_balancer_write_wake(struct kvip_balancer *balancer);

/* kvip_balancer_write_init() - nothing is written */
void kvip_balancer_write_init(struct kvip_balancer_entry *entry);

/* kvip_balancer_write_drop() - nobody waits for the write under way any more */
void kvip_balancer_write_drop(struct kvip_balancer_entry *entry);

/* kvip_balancer_has_finalizer() - whether it has ours */
bool kvip_balancer_has_finalizer(const struct kvip_balancer_entry *entry);

/* kvip_balancer_set_finalizer() - have ours, or not; whether it is so, or there
 * are no finalizers
 */
bool kvip_balancer_set_finalizer(struct kvip_balancer_entry *entry, bool has);

/* kvip_balancer_pools_look() - do what is to be done for all that are dirty */
void kvip_balancer_pools_look(struct kvip_balancer *balancer);

/* kvip_balancer_pools_adopt() - put into the book what it has in status */
void kvip_balancer_pools_adopt(struct kvip_balancer_entry *entry);

/* kvip_balancer_pools_drop() - give back all it has in the book */
void kvip_balancer_pools_drop(struct kvip_balancer_entry *entry);

/* kvip_balancer_provider_init() - nothing is asked */
void kvip_balancer_provider_init(struct kvip_balancer_entry *entry);

/* kvip_balancer_provider_look() - do what is to be done for it, by the provider */
void kvip_balancer_provider_look(struct kvip_balancer_entry *entry);

/* kvip_balancer_provider_run() - begin calls as far as there may be more */
void kvip_balancer_provider_run(struct kvip_balancer *balancer);

/* kvip_balancer_provider_drop() - end the call, and forget what was told */
void kvip_balancer_provider_drop(struct kvip_balancer_entry *entry);

#endif /* KVIPD_BALANCER_PARTS_H */
