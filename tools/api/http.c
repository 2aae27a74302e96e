// SPDX-License-Identifier: GPL-2.0-or-later
#include <curl/curl.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "alloc.h"
#include "clock.h"
#include "credential.h"
#include "http.h"
#include "http_error.h"
#include "http_transfer.h"
#include "kubeconfig.h"
#include "multi.h"
#include "tls.h"

enum request_state {
	WAITING, /* for its turn, or for a credential */
	UNDER_WAY,
	CANCELLED, /* libcurl is not to be asked to forget it just now */
};

struct kvip_request {
	TAILQ_ENTRY(kvip_request) entry;
	struct kvip_http *http;
	const struct kvip_request_ops *ops;
	void *arg;
	enum request_state state;

	char *method;
	char *path;
	char *body; /* or NULL */
	bool patient;
	unsigned int seconds;
	double began;

	struct kvip_transfer transfer;
	struct kvip_multi *multi; /* the transfer is in */
	unsigned int age; /* of the credential */
	bool again; /* it was refused once by 401 */
	bool refused; /* by the taker of its bytes */
	char *kept;
	size_t n_kept;
};

TAILQ_HEAD(requests, kvip_request);

struct kvip_http {
	struct event_base *base;
	const struct kvip_kubeconfig *config;
	struct kvip_server server;
	struct kvip_tls *tls;
	struct kvip_credential *credential;
	struct kvip_multi *multi;
	struct requests waiting;
	struct requests under_way;
	struct requests cancelled;
	struct event *turn; /* for those that wait */
	unsigned int age; /* of the credential that was used last */
	struct kvip_http_stats stats;
};

static struct requests *list_of(struct kvip_request *request)
{
	switch (request->state) {
	case WAITING:
		return &request->http->waiting;
	case UNDER_WAY:
		return &request->http->under_way;
	default:
		return &request->http->cancelled;
	}
}

static void move(struct kvip_request *request, enum request_state state)
{
	TAILQ_REMOVE(list_of(request), request, entry);
	request->state = state;
	TAILQ_INSERT_TAIL(list_of(request), request, entry);
}

static void end_transfer(struct kvip_request *request)
{
	if (request->multi)
		kvip_multi_remove(request->multi, request->transfer.easy);
	request->multi = NULL;
	kvip_transfer_end(&request->transfer);
}

static void free_request(struct kvip_request *request)
{
	TAILQ_REMOVE(list_of(request), request, entry);
	end_transfer(request);
	free(request->method);
	free(request->path);
	free(request->body);
	free(request->kept);
	free(request);
}

/* Tell the end, after the request is gone: the callee may ask anew. */
static void finish(struct kvip_request *request, int status, int retry_after,
		   const char *error)
{
	const struct kvip_request_ops *ops = request->ops;
	void *arg = request->arg;
	char *kept = request->kept;
	struct kvip_reply reply = {
		.status = status,
		.error = error,
		.retry_after = retry_after,
		.body = kept ? kept : "",
		.len = request->n_kept,
	};

	request->kept = NULL;
	free_request(request);
	ops->done(arg, &reply);
	free(kept);
}

static void fail(struct kvip_request *request, struct kvip_err *err)
{
	kvip_err_prefix(err, "%s: ", request->http->config->server);
	request->http->stats.requests[0]++;
	finish(request, 0, -1, err->text);
}

static size_t keep(struct kvip_request *request, const char *bytes, size_t len)
{
	size_t room = KVIP_REPLY_KEPT - request->n_kept;
	size_t n = len < room ? len : room;

	if (!request->kept)
		request->kept = kvip_alloc(KVIP_REPLY_KEPT + 1);
	memcpy(request->kept + request->n_kept, bytes, n);
	request->n_kept += n;
	request->kept[request->n_kept] = '\0';
	return len;
}

/* libcurl's write function: anything but @len ends the transfer. */
static size_t on_body(char *bytes, size_t one, size_t len, void *arg)
{
	struct kvip_request *request = arg;
	long status = 0;

	(void)one;
	if (request->state == CANCELLED)
		return 0;
	curl_easy_getinfo(request->transfer.easy, CURLINFO_RESPONSE_CODE,
			  &status);
	if (!request->ops->data || status / 100 != 2)
		return keep(request, bytes, len);
	if (request->ops->data(request->arg, bytes, len) >= 0)
		return request->state == CANCELLED ? 0 : len;
	request->refused = request->state != CANCELLED;
	return 0;
}

static void count(struct kvip_http *http, CURL *easy, long status)
{
	double seconds = 0;

	if (status < 100 || status > 599) {
		http->stats.requests[0]++;
		return;
	}
	http->stats.requests[status / 100]++;
	curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME, &seconds);
	http->stats.duration_sum += seconds;
	http->stats.duration_count++;
}

static int retry_after(CURL *easy)
{
	struct curl_header *header;
	curl_off_t seconds = 0;

	if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header))
		return -1;
	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
	return seconds < INT_MAX ? (int)seconds : INT_MAX;
}

static void explain(const struct kvip_request *request, CURLcode result,
		    struct kvip_err *err)
{
	const struct kvip_http *http = request->http;
	const struct kvip_http_failure failure = {
		.easy = request->transfer.easy,
		.result = result,
		.words = request->transfer.words,
		.refused = request->refused,
		.tls_name = http->config->tls_name,
		.proxied = http->server.proxied,
		.own_ca = kvip_tls_own_ca(http->tls),
		.stalled = KVIP_TRANSFER_STALLED,
		.seconds = request->seconds,
	};

	kvip_http_error(&failure, err);
	if (!request->refused)
		kvip_err_prefix(err, "%s: ", http->config->server);
}

static void on_done(void *arg, CURL *easy, CURLcode result);
static void on_left(void *arg);

static const struct kvip_multi_ops multi_ops = { on_done, on_left };

/* Have new connections made from now on; what is under way goes on. */
static void renew_connections(struct kvip_http *http)
{
	struct kvip_multi *multi = kvip_multi_new(http->base, &multi_ops, http);

	if (!multi)
		return;
	kvip_multi_retire(http->multi);
	http->multi = multi;
}

static void wake(struct kvip_http *http)
{
	event_active(http->turn, EV_TIMEOUT, 0);
}

static void ask_again(struct kvip_request *request)
{
	end_transfer(request);
	request->again = true;
	request->n_kept = 0;
	move(request, WAITING);
	wake(request->http);
}

static void on_done(void *arg, CURL *easy, CURLcode result)
{
	struct kvip_http *http = arg;
	struct kvip_request *request;
	struct kvip_err err;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &request);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	count(http, easy, status);
	/* the next one shall not wait for the same silent connection */
	if (result == CURLE_OPERATION_TIMEDOUT && request->multi == http->multi)
		renew_connections(http);
	if (!result && status == 401 && !request->again &&
	    kvip_credential_refuse(http->credential, request->age)) {
		ask_again(request);
		return;
	}
	if (result)
		explain(request, result, &err);
	finish(request, (int)status, retry_after(easy),
	       result ? err.text : NULL);
}

static void on_left(void *arg)
{
	struct kvip_http *http = arg;
	struct kvip_request *request, *next;

	for (request = TAILQ_FIRST(&http->cancelled); request; request = next) {
		next = TAILQ_NEXT(request, entry);
		if (!kvip_multi_inside(request->multi))
			free_request(request);
	}
}

static int begin(struct kvip_request *request, struct kvip_err *err)
{
	struct kvip_http *http = request->http;
	double left = 0;
	struct kvip_transfer_spec spec = {
		.server = &http->server,
		.tls = http->tls,
		.method = request->method,
		.path = request->path,
		.body = request->body,
		.patient = request->patient,
		.write = on_body,
		.arg = request,
	};

	if (request->seconds) {
		left = request->began + request->seconds -
		       kvip_clock_monotonic();
		spec.milliseconds = left > 0.001 ? (long)(left * 1000) : 1;
	}
	spec.authorization = kvip_credential_authorization(http->credential);
	spec.cert = kvip_credential_cert(http->credential, &spec.key);
	request->age = kvip_credential_age(http->credential);
	if (kvip_transfer_begin(&request->transfer, &spec, err))
		return -1;
	if (kvip_multi_add(http->multi, request->transfer.easy))
		return kvip_err_set(err, "libcurl takes no more requests");
	request->multi = http->multi;
	move(request, UNDER_WAY);
	return 0;
}

/* Whether the plugin's certificate is not the one that connections have. */
static bool has_other_cert(struct kvip_http *http)
{
	unsigned int age = http->age;
	const char *key;

	http->age = kvip_credential_age(http->credential);
	return age != http->age && kvip_credential_cert(http->credential, &key);
}

/* Certificates and the like for the next request; false: it must wait. */
static bool launch(struct kvip_request *request)
{
	struct kvip_http *http = request->http;
	bool changed = false;
	struct kvip_err err;

	switch (kvip_credential_get(http->credential, &err)) {
	case KVIP_CREDENTIAL_PENDING:
		return false;
	case KVIP_CREDENTIAL_FAILED:
		fail(request, &err);
		return true;
	default:
		break;
	}
	if (kvip_tls_refresh(http->tls, &changed, &err)) {
		fail(request, &err);
		return true;
	}
	if (changed || has_other_cert(http))
		renew_connections(http);
	if (begin(request, &err))
		fail(request, &err);
	return true;
}

/* Those that wait now; what they begin from done() has another turn. */
static void take_turns(struct kvip_http *http)
{
	struct kvip_request *request;
	size_t n = 0;

	TAILQ_FOREACH(request, &http->waiting, entry)
	n++;
	while (n-- && (request = TAILQ_FIRST(&http->waiting)))
		if (!launch(request))
			return;
	if (!TAILQ_EMPTY(&http->waiting))
		wake(http);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	take_turns(arg);
}

static void on_credential(void *arg)
{
	take_turns(arg);
}

struct kvip_http *kvip_http_new(struct event_base *base,
				const struct kvip_kubeconfig *config,
				const char *agent, struct kvip_err *err)
{
	struct kvip_http *http = kvip_alloc(sizeof(*http));

	/* once for all; what it can't do now it says by NULLs later */
	curl_global_init(CURL_GLOBAL_DEFAULT);
	TAILQ_INIT(&http->waiting);
	TAILQ_INIT(&http->under_way);
	TAILQ_INIT(&http->cancelled);
	http->base = base;
	http->config = config;
	http->tls = kvip_tls_new(config);
	http->credential =
		kvip_credential_new(base, config, on_credential, http);
	http->turn = event_new(base, -1, 0, on_turn, http);
	http->multi = kvip_multi_new(base, &multi_ops, http);
	if (kvip_server_init(&http->server, config, agent, err))
		goto failed;
	if (http->turn && http->multi)
		return http;
	kvip_err_set(err, "libcurl or libevent cannot be used");
failed:
	kvip_http_free(http);
	return NULL;
}

static void free_all(struct requests *requests)
{
	while (!TAILQ_EMPTY(requests))
		free_request(TAILQ_FIRST(requests));
}

void kvip_http_free(struct kvip_http *http)
{
	if (!http)
		return;
	free_all(&http->waiting);
	free_all(&http->under_way);
	free_all(&http->cancelled);
	if (http->multi)
		kvip_multi_retire(http->multi);
	if (http->turn)
		event_free(http->turn);
	kvip_credential_free(http->credential);
	kvip_tls_free(http->tls);
	kvip_server_free(&http->server);
	free(http);
}

struct kvip_request *kvip_http_start(struct kvip_http *http,
				     const struct kvip_request_spec *spec,
				     const struct kvip_request_ops *ops,
				     void *arg)
{
	struct kvip_request *request = kvip_alloc(sizeof(*request));

	request->http = http;
	request->ops = ops;
	request->arg = arg;
	request->method = kvip_strdup(spec->method);
	request->path = kvip_strdup(spec->path);
	request->body = spec->body ? kvip_strdup(spec->body) : NULL;
	request->patient = spec->patient;
	request->seconds = spec->seconds;
	request->began = kvip_clock_monotonic();
	request->state = WAITING;
	TAILQ_INSERT_TAIL(&http->waiting, request, entry);
	wake(http);
	return request;
}

void kvip_http_cancel(struct kvip_request *request)
{
	if (request->multi && kvip_multi_inside(request->multi))
		move(request, CANCELLED);
	else
		free_request(request);
}

const struct kvip_http_stats *kvip_http_stats(const struct kvip_http *http)
{
	return &http->stats;
}
