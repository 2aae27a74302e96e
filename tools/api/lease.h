/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who of many does something: the holder of a Lease (coordination.k8s.io/v1), as
 * client-go's leader election has it. Clocks of others are not believed: a Lease
 * has expired when we have seen it unchanged for as long as it says.
 */
#ifndef KVIP_API_LEASE_H
#define KVIP_API_LEASE_H

#include <stdbool.h>

struct event_base;
struct kvip_elector;
struct kvip_http;

/* Seconds: how long a Lease is valid, how long its holder tries to renew it, and
 * how long one waits between two tries.
 */
#define KVIP_LEASE_DURATION 15
#define KVIP_LEASE_DEADLINE 10
#define KVIP_LEASE_RETRY 2

/* All may free or resign the elector from within. */
struct kvip_elector_ops {
	/* We hold it. */
	void (*started)(void *arg);
	/*
	 * We don't any more, or can't be sure: stop at once. Nobody else may
	 * start before this has returned.
	 */
	void (*stopped)(void *arg);
	/* Somebody has it: their identity, "": nobody. May be NULL. */
	void (*observed)(void *arg, const char *holder);
	/* A try failed, for a reason of one sentence; may be NULL. */
	void (*trouble)(void *arg, const char *sentence);
	/* The end of kvip_elector_resign(). May be NULL. */
	void (*resigned)(void *arg);
};

/**
 * struct kvip_elector_spec - of which Lease
 * @ns: its namespace
 * @name: its name
 * @identity: ours, which no other candidate has: the node's name
 * @label: "NAME=VALUE" for a Lease that we make, or NULL
 * @delay: seconds before the first try: others may be meant to come first
 * @seed: of the jitter; 0: a random one
 * @scale: of all times that are measured here; 0: 1. For tests
 */
struct kvip_elector_spec {
	const char *ns;
	const char *name;
	const char *identity;
	const char *label;
	double delay;
	unsigned int seed;
	double scale;
};

/**
 * kvip_elector_new() - be a candidate
 * @base: the event loop
 * @http: the API server; must outlive the elector
 * @spec: which Lease; copied
 * @ops: who is told, from the event loop; must live as long as the elector
 * @arg: for @ops
 *
 * One timer, and one request at most. A Lease that we hold is renewed by one
 * request each two seconds; what another one holds is read as often, with
 * jitter. It is taken if it does not exist, if nobody has it, if it names us
 * (from before a restart), or if it has expired; the resourceVersion sees to it
 * that of two who try one succeeds. When no renewal has succeeded for ten
 * seconds, counted from the start of the last that did, or another one has it,
 * stopped() is called.
 *
 * Return: the elector.
 */
struct kvip_elector *kvip_elector_new(struct event_base *base,
				      struct kvip_http *http,
				      const struct kvip_elector_spec *spec,
				      const struct kvip_elector_ops *ops,
				      void *arg);

/**
 * kvip_elector_resign() - be no candidate any more
 * @elector: the candidate
 * @gone: nobody is to have the Lease again: delete it
 *
 * If we hold it, stopped() is called first, from within this; then the Lease is
 * given back, so that others need not wait until it expires. resigned() is called
 * when that is over, from the event loop, however it ended; the elector is idle
 * then, and the caller frees it.
 */
void kvip_elector_resign(struct kvip_elector *elector, bool gone);

/* kvip_elector_free() - forget it, and tell nobody; the Lease stays ours until it
 * expires. NULL is ok
 */
void kvip_elector_free(struct kvip_elector *elector);

/* kvip_elector_leads() - whether we hold the Lease */
bool kvip_elector_leads(const struct kvip_elector *elector);

/* kvip_elector_renewed() - CLOCK_MONOTONIC seconds when the last request began
 * that made the Lease ours or renewed it; 0: there was none
 */
double kvip_elector_renewed(const struct kvip_elector *elector);

#endif /* KVIP_API_LEASE_H */
