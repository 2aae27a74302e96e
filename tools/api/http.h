/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to one API server, on libcurl and libevent: HTTP/2 where the server
 * offers it, with the cluster's CA, and credentials that are read anew when
 * their files change, an exec plugin's certificate or token ends, or the server
 * says 401. All functions are called from the event loop; none blocks.
 */
#ifndef KVIP_API_HTTP_H
#define KVIP_API_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct event_base;
struct kvip_http;
struct kvip_kubeconfig;
struct kvip_request;

/* Bytes of an answer that are kept where no one takes them as they come. */
#define KVIP_REPLY_KEPT 65536

/**
 * struct kvip_reply - the end of a request
 * @status: the HTTP status; 0: there was none
 * @error: NULL if the answer is complete, whatever its status; else one sentence
 *	about the connection: refused, cut short, timed out, a certificate's name
 * @retry_after: seconds of a Retry-After header, or until its date; -1: there
 *	was none
 * @body: the first %KVIP_REPLY_KEPT bytes of what no data() took, NUL-terminated
 * @len: bytes of it
 */
struct kvip_reply {
	int status;
	const char *error;
	int retry_after;
	const char *body;
	size_t len;
};

struct kvip_request_ops {
	/*
	 * Bytes of the body of a 2xx answer as they come; may be NULL. A
	 * negative value ends the request: done() then tells the error
	 * "the reader refused it".
	 */
	int (*data)(void *arg, const char *bytes, size_t len);
	/* The end. The request is gone; not called after a cancel. */
	void (*done)(void *arg, const struct kvip_reply *reply);
};

/**
 * struct kvip_request_spec - what to ask
 * @method: "GET", "POST", "PATCH", ...
 * @path: "/api/v1/services?limit=500", behind the server's prefix
 * @body: JSON to send, or NULL; copied. That of a PATCH is a merge patch
 * @patient: a watch: it may be silent for as long as @seconds; else an answer
 *	that makes no progress for 25 seconds is given up
 * @seconds: the longest that it may take; 0: no bound
 */
struct kvip_request_spec {
	const char *method;
	const char *path;
	const char *body;
	bool patient;
	unsigned int seconds;
};

/**
 * struct kvip_http_stats - what was asked so far
 * @requests: by first digit of the status; [0]: no answer
 * @duration_sum: seconds until the first byte of the answers
 * @duration_count: answers in it
 */
struct kvip_http_stats {
	uint64_t requests[6];
	double duration_sum;
	uint64_t duration_count;
};

/**
 * kvip_http_new() - be ready to ask
 * @base: the event loop
 * @config: copied where needed; must outlive the result
 * @agent: the User-Agent header
 * @err: why not
 *
 * Nothing is connected to yet. A half-open connection is noticed within 30
 * seconds: TCP keepalives and TCP_USER_TIMEOUT see to it.
 *
 * Return: the client, or NULL.
 */
struct kvip_http *kvip_http_new(struct event_base *base,
				const struct kvip_kubeconfig *config,
				const char *agent, struct kvip_err *err);

/*
 * kvip_http_free() - cancel what is under way and end; not from within data()
 * or done(); NULL is ok
 */
void kvip_http_free(struct kvip_http *http);

/**
 * kvip_http_start() - ask
 * @http: whom
 * @spec: what; not kept
 * @ops: who hears of the answer; must live as long as the request
 * @arg: for @ops
 *
 * A server that cannot be asked is told by done() too, from the event loop and
 * never before this returns.
 *
 * Return: the request, until done() or a cancel.
 */
struct kvip_request *kvip_http_start(struct kvip_http *http,
				     const struct kvip_request_spec *spec,
				     const struct kvip_request_ops *ops,
				     void *arg);

/* kvip_http_cancel() - forget a request; allowed from within its data() too */
void kvip_http_cancel(struct kvip_request *request);

/* kvip_http_stats() - the numbers so far */
const struct kvip_http_stats *kvip_http_stats(const struct kvip_http *http);

#endif /* KVIP_API_HTTP_H */
