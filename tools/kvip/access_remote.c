// SPDX-License-Identifier: GPL-2.0-or-later
#include <event2/event.h>
#include <event2/http.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "access_remote.h"
#include "alloc.h"
#include "object.h"

#define USER_AGENT "kvip/" KVIP_VERSION

/* A request that is waited for. */
struct asking {
	const struct kvip_access_remote *remote;
	struct kvip_stream *stream;
	bool begun; /* the answer */
	bool done;
	bool refused; /* the stream is broken, for the reason in @err */
	int result;
	struct kvip_err err;
};

char *kvip_access_encode(const char *text)
{
	char *encoded = evhttp_uriencode(text, -1, 0), *copy;

	/* without memory there is no text; kvip_strdup() ends that */
	copy = kvip_strdup(encoded ? encoded : "");
	free(encoded);
	return copy;
}

static int result_of(const struct kvip_status *status, const char *reason)
{
	switch (status->code) {
	case 400:
	case 422:
		return KVIP_ACCESS_INVALID;
	case 404:
		/* else it may be the path that is not there */
		return reason && !strcmp(reason, "NotFound") ?
			       KVIP_ACCESS_ABSENT :
			       KVIP_ACCESS_FAILED;
	case 409:
		return reason && !strcmp(reason, "AlreadyExists") ?
			       KVIP_ACCESS_EXISTS :
			       KVIP_ACCESS_CONFLICT;
	case 410:
		return KVIP_ACCESS_EXPIRED;
	default:
		return KVIP_ACCESS_FAILED;
	}
}

int kvip_access_refusal(const struct kvip_access_remote *remote,
			const struct kvip_reply *reply,
			struct kvip_status *status, struct kvip_err *err)
{
	const char *kind, *message, *reason = NULL;
	struct json_object *object;
	int result;

	kvip_status_reply(reply, status);
	if (!status->code || status->code / 100 == 2) {
		kvip_err_set(err, "%s", status->sentence.text);
		return KVIP_ACCESS_FAILED;
	}
	object = reply->len ? json_tokener_parse(reply->body) : NULL;
	kind = kvip_object_text(object, "kind");
	message = kvip_object_text(object, "message");
	if (kind && !strcmp(kind, "Status"))
		reason = kvip_object_text(object, "reason");
	if (message && kind && !strcmp(kind, "Status"))
		kvip_err_set(err, "%s", message);
	else
		kvip_err_set(err, "%s: %s", remote->config.server,
			     status->sentence.text);
	result = result_of(status, reason);
	json_object_put(object);
	return result;
}

/* A page of HTML is told from an object by its first character. */
static bool begins_well(struct asking *asking, const char *bytes, size_t len)
{
	if (asking->begun || !len || *bytes == '{')
		return true;
	kvip_err_set(&asking->err, "expected an object, found '%c'", *bytes);
	return false;
}

static int on_data(void *arg, const char *bytes, size_t len)
{
	struct asking *asking = arg;

	asking->refused =
		!begins_well(asking, bytes, len) ||

		kvip_stream_push(asking->stream, bytes, len, &asking->err);
	asking->begun |= len > 0;
	return asking->refused ? -1 : 0;
}

static void on_done(void *arg, const struct kvip_reply *reply)
{
	struct asking *asking = arg;
	struct kvip_status status;

	asking->done = true;
	if (asking->refused) {
		kvip_err_prefix(&asking->err, "%s: the answer makes no sense: ",
				asking->remote->config.server);
		asking->result = KVIP_ACCESS_FAILED;
	} else if (reply->error || reply->status / 100 != 2) {
		asking->result = kvip_access_refusal(asking->remote, reply,
						     &status, &asking->err);
	}
}

static const struct kvip_request_ops asking_ops = { on_data, on_done };

int kvip_access_ask(struct kvip_access_remote *remote,
		    const struct kvip_request_spec *spec,
		    struct kvip_stream *stream, struct json_object **rest,
		    struct kvip_err *err)
{
	struct asking asking = { .remote = remote, .stream = stream };

	kvip_http_start(remote->http, spec, &asking_ops, &asking);
	while (!asking.done)
		event_base_loop(remote->base, EVLOOP_ONCE);
	if (!asking.result && kvip_stream_end(stream, rest, &asking.err)) {
		kvip_err_prefix(&asking.err, "%s: the answer makes no sense: ",
				remote->config.server);
		asking.result = KVIP_ACCESS_FAILED;
	}
	if (asking.result)
		kvip_err_set(err, "%s", asking.err.text);
	kvip_stream_free(stream);
	return asking.result;
}

static int keep(void *arg, struct json_object *object, struct kvip_err *err)
{
	struct json_object **kept = arg;

	if (*kept)
		return kvip_err_set(err, "expected one object, found two");
	*kept = json_object_get(object);
	return 0;
}

/* An answer of one object; @object may be NULL. */
static int ask_for_one(struct kvip_access_remote *remote,
		       const struct kvip_request_spec *spec,
		       struct json_object **object, struct kvip_err *err)
{
	struct json_object *kept = NULL;
	int ret;

	ret = kvip_access_ask(remote, spec, kvip_stream_events(keep, &kept),
			      NULL, err);
	if (!ret && !kept) {
		kvip_err_set(err, "%s: the answer is empty",
			     remote->config.server);
		ret = KVIP_ACCESS_FAILED;
	}
	if (!ret && object)
		*object = kept;
	else
		json_object_put(kept);
	return ret;
}

static int remote_get(struct kvip_access *access, enum kvip_kind kind,
		      const char *ns, const char *name,
		      struct json_object **object, struct kvip_err *err)
{
	char path[KVIP_KIND_PATH_LEN];
	const struct kvip_request_spec spec = {
		.method = "GET",
		.path = kvip_kind_path(kind, ns, name, path),
	};

	return ask_for_one(access->remote, &spec, object, err);
}

/* POST into a collection, or PUT in the place of one: @name. */
static int send_object(struct kvip_access *access, enum kvip_kind kind,
		       const char *name, struct json_object *object,
		       bool dry_run, struct json_object **result,
		       struct kvip_err *err)
{
	char path[KVIP_KIND_PATH_LEN], *whole;
	struct kvip_request_spec spec = {
		.method = name ? "PUT" : "POST",
		.body = json_object_to_json_string_ext(object,
						       JSON_C_TO_STRING_PLAIN),
	};
	int ret;

	if (kvip_kinds[kind].namespaced &&
	    kvip_namespace_check(kvip_object_ns(object), err))
		return KVIP_ACCESS_INVALID;
	kvip_kind_path(kind, kvip_object_ns(object), name, path);
	whole = kvip_access_text("%s%s", path, dry_run ? "?dryRun=All" : "");
	spec.path = whole;
	ret = ask_for_one(access->remote, &spec, result, err);
	free(whole);
	return ret;
}

static int remote_create(struct kvip_access *access, enum kvip_kind kind,
			 struct json_object *object, bool dry_run,
			 struct json_object **result, struct kvip_err *err)
{
	return send_object(access, kind, NULL, object, dry_run, result, err);
}

/* @object with the resourceVersion that the server's has; json_object_put() it. */
static int with_version(struct kvip_access *access, enum kvip_kind kind,
			struct json_object *object, struct json_object **copy,
			struct kvip_err *err)
{
	struct json_object *there;
	int ret;

	*copy = NULL;
	if (kvip_object_version(object)) {
		*copy = json_object_get(object);
		return 0;
	}
	ret = remote_get(access, kind, kvip_object_ns(object),
			 kvip_object_name(object), &there, err);
	if (ret)
		return ret;
	if (!json_object_deep_copy(object, copy, NULL))
		json_object_object_add(
			kvip_object_member(*copy, "metadata"),
			"resourceVersion",
			json_object_new_string(kvip_object_version(there) ?:
									    ""));
	json_object_put(there);
	if (*copy)
		return 0;
	return kvip_err_set(err, "the object cannot be copied");
}

static int remote_update(struct kvip_access *access, enum kvip_kind kind,
			 struct json_object *object, bool dry_run,
			 struct json_object **result, struct kvip_err *err)
{
	const char *name = kvip_object_name(object);
	struct json_object *copy;
	int ret;

	if (kvip_name_check(kind, name, err) ||
	    (kvip_kinds[kind].namespaced &&
	     kvip_namespace_check(kvip_object_ns(object), err)))
		return KVIP_ACCESS_INVALID;
	ret = with_version(access, kind, object, &copy, err);
	if (ret)
		return ret;
	ret = send_object(access, kind, name, copy, dry_run, result, err);
	json_object_put(copy);
	return ret;
}

static int remote_remove(struct kvip_access *access, enum kvip_kind kind,
			 const char *ns, const char *name, bool dry_run,
			 struct kvip_err *err)
{
	char path[KVIP_KIND_PATH_LEN];
	char *body = kvip_access_text(
		"{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"propagationPolicy\":\"Background\"%s}",
		dry_run ? ",\"dryRun\":[\"All\"]" : "");
	const struct kvip_request_spec spec = {
		.method = "DELETE",
		.path = kvip_kind_path(kind, ns, name, path),
		.body = body,
	};
	int ret;

	ret = ask_for_one(access->remote, &spec, NULL, err);
	free(body);
	return ret;
}

static int remote_transaction(struct kvip_access *access,
			      int (*fn)(struct kvip_access *access, void *ctx,
					struct kvip_err *err),
			      void *ctx, struct kvip_err *err)
{
	return fn(access, ctx, err);
}

static void destroy(struct kvip_access_remote *remote)
{
	kvip_http_free(remote->http);
	if (remote->base)
		event_base_free(remote->base);
	kvip_kubeconfig_free(&remote->config);
	free(remote);
}

static int remote_close(struct kvip_access *access, struct kvip_err *err)
{
	(void)err;
	destroy(access->remote);
	return 0;
}

static const struct kvip_access_ops remote_ops = {
	.close = remote_close,
	.get = remote_get,
	.create = remote_create,
	.update = remote_update,
	.remove = remote_remove,
	.transaction = remote_transaction,
	.list = kvip_access_remote_list,
	.watch = kvip_access_remote_watch,
};

int kvip_access_remote_open(struct kvip_access *access, struct kvip_err *err)
{
	struct kvip_access_remote *remote = kvip_alloc(sizeof(*remote));
	const char *ns = access->options->ns;

	remote->scale = 1;
	if (kvip_access_server_config(access->options, &remote->config, err))
		goto failed;
	if (!ns)
		ns = remote->config.ns;
	if (kvip_namespace_check(ns, err))
		goto failed;
	remote->base = event_base_new();
	if (!remote->base) {
		kvip_err_set(err, "libevent cannot be used");
		goto failed;
	}
	remote->http =
		kvip_http_new(remote->base, &remote->config, USER_AGENT, err);
	if (!remote->http)
		goto failed;
	access->ops = &remote_ops;
	access->remote = remote;
	access->server = remote->config.server;
	access->ns = kvip_strdup(ns);
	return 0;
failed:
	destroy(remote);
	return -1;
}
