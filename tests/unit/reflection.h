/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the unit tests of the reflector: what it asks for, and what it tells of,
 * on one line.
 */
#ifndef KVIP_TESTS_REFLECTION_H
#define KVIP_TESTS_REFLECTION_H

#include "replay.h"

#include <json-c/json.h>

#include "object.h"
#include "reflector.h"

#define STREAM "api/endpointslices.sendInitialEvents.jsonl"
#define PAGE(n) "api/endpointslices.limit4." #n ".json"
#define PATH "/apis/discovery.k8s.io/v1/endpointslices"
#define OBJECT(version)                      \
	"{\"kind\":\"EndpointSlice\","       \
	"\"metadata\":{\"resourceVersion\":" \
	"\"" version "\",\"name\":\"a\",\"namespace\":\"n\"}}"
#define EVENT(type, version) \
	"{\"type\":\"" type "\",\"object\":" OBJECT(version) "}\n"
#define INITIAL_END(version)                                  \
	"{\"type\":\"BOOKMARK\",\"object\":{\"kind\":"        \
	"\"EndpointSlice\",\"metadata\":{\"resourceVersion\"" \
	":\"" version "\",\"annotations\":{"                  \
	"\"k8s.io/initial-events-end\":\"true\"}}}}\n"
#define ERROR(code, rest)                                      \
	"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\"," \
	"\"code\":" #code ",\"message\":\"so it is\"" rest "}}\n"

/* A streaming list of nothing, and of one, up to version 5. */
#define LIST_OF_NONE INITIAL_END("5")
#define LIST_OF_ONE EVENT("ADDED", "3") INITIAL_END("5")

/* Answers, to which more may be added. */
#define SENT(name) .status = 200, .file = (name)
#define SAID(words) .status = 200, .text = (words)
#define FAILED(code, name) .status = (code), .file = (name)

/* Of all times, so that the tests are quick; a slow machine sets its bound. */
#define SCALE 0.02

/* How trouble is told. */
#define LIST_TROUBLE "trouble(the list of " PATH ": "
#define WATCH_TROUBLE "trouble(the watch of " PATH ": "

struct test {
	struct replay replay;
	struct kvip_reflector *reflector;
	bool in_list;
	unsigned int idles;
	double retry; /* of the last trouble */
	const char *at; /* the callback to do it in: "put"; or NULL */
	bool to_free; /* else list again */
};

static inline const struct kvip_reflector_stats *stats(const struct test *t)
{
	return kvip_reflector_stats(t->reflector);
}

/* "stream(VERSION)", "watch(VERSION)", "list(start of the TOKEN)" */
static inline void describe(struct replay *replay,
			    struct evhttp_request *request, void *arg)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *value, *timeout;
	struct evkeyvalq queries;

	(void)arg;
	assert_string_equal(evhttp_uri_get_path(uri), PATH);
	evhttp_parse_query_str(evhttp_uri_get_query(uri), &queries);
	if (evhttp_find_header(&queries, "watch")) {
		value = evhttp_find_header(&queries, "resourceVersion");
		timeout = evhttp_find_header(&queries, "timeoutSeconds");
		assert_in_range(atoi(timeout), 300, 600);
		replay_note(replay, "%s(%s)",
			    evhttp_find_header(&queries, "sendInitialEvents") ?
				    "stream" :
				    "watch",
			    value ? value : "");
	} else {
		value = evhttp_find_header(&queries, "continue");
		/* the last letters differ */
		replay_note(replay, "list(%s)",
			    value ? value + strlen(value) - 12 : "");
	}
	evhttp_clear_headers(&queries);
}

/* Do what the test wants to be done from within a callback, once. */
static inline void act(struct test *t, const char *at)
{
	if (!t->at || strcmp(t->at, at))
		return;
	t->at = NULL;
	if (t->to_free) {
		kvip_reflector_free(t->reflector);
		t->reflector = NULL;
		replay_note(&t->replay, "free");
	} else {
		t->in_list = false;
		kvip_reflector_relist(t->reflector);
		replay_note(&t->replay, "relist");
	}
}

static inline void on_begin(void *arg)
{
	struct test *t = arg;

	replay_note(&t->replay, "begin");
	t->in_list = true;
	act(t, "begin");
}

static inline void on_put(void *arg, struct json_object *object)
{
	struct test *t = arg;

	assert_string_equal(kvip_object_text(object, "kind"), "EndpointSlice");
	t->replay.puts++;
	act(t, "put");
}

static inline void on_gone(void *arg, struct json_object *object)
{
	struct json_object *metadata = kvip_object_member(object, "metadata");
	struct test *t = arg;

	replay_note(&t->replay, "gone %s/%s",
		    kvip_object_text(metadata, "namespace"),
		    kvip_object_text(metadata, "name"));
	act(t, "gone");
}

static inline void on_complete(void *arg)
{
	struct test *t = arg;

	assert_true(t->in_list);
	t->in_list = false;
	replay_note(&t->replay, "complete");
	act(t, "complete");
}

static inline void on_idle(void *arg)
{
	struct test *t = arg;

	assert_false(t->in_list);
	t->idles++;
	act(t, "idle");
}

static inline void on_trouble(void *arg, const char *sentence,
			      double retry_seconds)
{
	struct test *t = arg;

	replay_note(&t->replay, "trouble(%s)", sentence);
	t->retry = retry_seconds;
	act(t, "trouble");
}

static const struct kvip_reflector_ops ops = {
	.begin = on_begin,
	.put = on_put,
	.gone = on_gone,
	.complete = on_complete,
	.idle = on_idle,
	.trouble = on_trouble,
};

static const struct kvip_reflector_spec as_is;
static const struct kvip_reflector_spec pages_only = { .no_stream = true };

static inline void begin_with(struct test *t, const struct answer *answers,
			      const struct kvip_reflector_spec *changes)
{
	struct kvip_reflector_spec spec = *changes;

	memset(t, 0, sizeof(*t));
	replay_begin(&t->replay, answers, describe, NULL);
	spec.path = PATH;
	spec.kind = "EndpointSlice";
	if (!spec.scale)
		spec.scale = SCALE;
	t->reflector = kvip_reflector_new(t->replay.base, t->replay.http, &spec,
					  &ops, t);
}

static inline void begin(struct test *t, const struct answer *answers)
{
	begin_with(t, answers, &as_is);
}

static inline void run(struct test *t, const char *until)
{
	replay_run(&t->replay, until, NULL, NULL);
}

static inline void end(struct test *t)
{
	kvip_reflector_free(t->reflector);
	replay_end(&t->replay);
}

/* A test of answers alone: what happens up to "watch(VERSION); " at the end. */
struct row {
	struct answer answers[10];
	const char *line;
};

/* Where the line of a row ends: at its last request or trouble. */
static inline void run_rows(const struct row *rows, size_t n,
			    const struct kvip_reflector_spec *changes)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct test t;

		begin_with(&t, rows[i].answers, changes);
		run(&t, rows[i].line);
		assert_string_equal(t.replay.line, rows[i].line);
		end(&t);
	}
}

#endif /* KVIP_TESTS_REFLECTION_H */
