/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real API server's side of access.h. Requests are asked one after the other,
 * each in an event loop of our own that runs until its answer is there.
 */
#ifndef KVIP_ACCESS_REMOTE_H
#define KVIP_ACCESS_REMOTE_H

#include "access_backend.h"
#include "http.h"
#include "kubeconfig.h"
#include "status.h"
#include "stream.h"

struct event_base;

struct kvip_access_remote {
	struct event_base *base;
	struct kvip_kubeconfig config;
	struct kvip_http *http;
	double scale; /* of waits; 1 outside of tests */
};

/* kvip_access_server_config() - a kubeconfig as the options have it; 0 or -1 */
int kvip_access_server_config(const struct kvip_access_options *options,
			      struct kvip_kubeconfig *config,
			      struct kvip_err *err);

/* kvip_access_encode() - for a query's value; free() it */
char *kvip_access_encode(const char *text);

/**
 * kvip_access_refusal() - why a request ended badly
 * @remote: whom it was asked
 * @reply: its end
 * @status: filled in, too
 * @err: the server's own words; or its name, and what was wrong
 *
 * Return: enum kvip_access_result, not 0.
 */
int kvip_access_refusal(const struct kvip_access_remote *remote,
			const struct kvip_reply *reply,
			struct kvip_status *status, struct kvip_err *err);

/**
 * kvip_access_ask() - ask, and wait for the whole answer
 * @remote: whom
 * @spec: what
 * @stream: takes the answer; freed
 * @rest: out: as kvip_stream_end() has it; may be NULL
 * @err: why not
 *
 * Return: 0, or enum kvip_access_result.
 */
int kvip_access_ask(struct kvip_access_remote *remote,
		    const struct kvip_request_spec *spec,
		    struct kvip_stream *stream, struct json_object **rest,
		    struct kvip_err *err);

/* kvip_access_remote_list(), kvip_access_remote_watch() - as in struct
 * kvip_access_ops
 */
int kvip_access_remote_list(struct kvip_access *access, enum kvip_kind kind,
			    const char *ns, const char *selector,
			    struct json_object *items, char **version,
			    struct kvip_err *err);
int kvip_access_remote_watch(struct kvip_access *access,
			     const struct kvip_access_watch *watches,
			     unsigned int n_watches,
			     const struct kvip_access_teller *teller,
			     struct kvip_err *err);

#endif /* KVIP_ACCESS_REMOTE_H */
