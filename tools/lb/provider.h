/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A provider program: gets load-balancer addresses from a cloud, or from whoever
 * has them. Called with one JSON request on standard input, answers with one
 * JSON object on standard output and exit status 0:
 *
 *   {"apiVersion": "kvip/v1", "kind": "LoadBalancerRequest",
 *    "action": "ensure" | "update" | "delete",
 *    "service": the whole Service, "nodes": [{"name":, "addresses": [...]}]}
 *
 *   {"ingress": [{"ip": "203.0.113.10"}, {"hostname": "lb.example.com"}]}
 *   {"error": "quota exceeded", "retryAfterSeconds": 60}
 *
 * ensure is asked when a Service wants a load balancer and has none, update when
 * what it wants or the nodes changed, delete when it is gone or of another type.
 * Each must be right when it is asked twice; an answer without addresses may ask
 * to be asked again, as an error may. What it writes on standard error is logged.
 * It is ended, with all that it started and left in its process group, when its
 * time is over, and when it ends by itself. Its descriptor 3 is the lock that
 * keeps a second call for the Service waiting.
 */
#ifndef KVIP_LB_PROVIDER_H
#define KVIP_LB_PROVIDER_H

#include "err.h"

struct event_base;
struct json_object;
struct kvip_lb_config;
struct kvip_provider_call;

enum kvip_provider_action {
	KVIP_PROVIDER_ENSURE,
	KVIP_PROVIDER_UPDATE,
	KVIP_PROVIDER_DELETE,
};

/**
 * struct kvip_provider_answer - the end of a call
 * @ingress: array, perhaps empty (ensure: not ready yet); NULL: it failed
 * @error: one sentence, if it failed: its own, or what was wrong with it
 * @retry_seconds: when it wants to be asked again, from 1 to 86400; 0: it does
 *	not say
 */
struct kvip_provider_answer {
	struct json_object *ingress;
	struct kvip_err error;
	double retry_seconds;
};

/**
 * kvip_provider_call() - ask
 * @base: the event loop
 * @config: its provider
 * @action: what
 * @service: for which; not kept
 * @nodes: array for the request; not kept; NULL: empty
 * @done: the end, from the event loop, never before this returns
 * @log: a line that it wrote on standard error; may be NULL
 * @arg: for both
 *
 * One call at a time for a Service, whatever process asks: a lock in /run/kvip
 * (or $RUNTIME_DIRECTORY) is waited for, for twice the time that a call may take.
 */
struct kvip_provider_call *kvip_provider_call(
	struct event_base *base, const struct kvip_lb_config *config,
	enum kvip_provider_action action, struct json_object *service,
	struct json_object *nodes,
	void (*done)(void *arg, const struct kvip_provider_answer *answer),
	void (*log)(void *arg, const char *line), void *arg);

/* kvip_provider_cancel() - kill the program; done() is not called; NULL is ok */
void kvip_provider_cancel(struct kvip_provider_call *call);

/* kvip_provider_ask() - the same, and wait for the answer; @answer's ingress is
 * the caller's
 */
void kvip_provider_ask(const struct kvip_lb_config *config,
		       enum kvip_provider_action action,
		       struct json_object *service, struct json_object *nodes,
		       struct kvip_provider_answer *answer);

#endif /* KVIP_LB_PROVIDER_H */
