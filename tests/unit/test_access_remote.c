// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cluster's objects with a server: what it is asked, and what becomes of its
 * answers, right and wrong ones.
 */
#include "answering.h"

#include <json-c/json.h>

#include "access.h"
#include "access_backend.h"
#include "access_remote.h"
#include "object.h"

/* As kvip-remote: with what asks servers. */
__attribute__((used)) static int (*const with_remote)(
	struct kvip_access *, struct kvip_err *) = kvip_access_remote_open;

#define SERVICES "/api/v1/namespaces/shop/services"

/* A Status object. */
#define STATUS(code, reason, message)                                   \
	"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},"   \
	"\"status\":\"Failure\",\"message\":\"" message "\",\"reason\"" \
	":\"" reason "\",\"code\":" #code "}"

/* A Service by name and version, with what else there is. */
#define NAMED(name, version, more)                                            \
	"{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\""  \
	":\"" name "\",\"namespace\":\"shop\",\"resourceVersion\":\"" version \
	"\"}" more "}"
#define SERVICE(name, version) NAMED(name, version, "")
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define ITEM(name) "{\"metadata\":{\"name\":\"" name "\"}}"
#define LIST(meta, items)                                                     \
	"{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"metadata\":{" meta \
	"},\"items\":[" items "]}"

struct test {
	struct answering server;
	struct kvip_access_options options;
	struct kvip_access *access;
	struct kvip_err err;
	char told[512]; /* of a watch or list, in short */
	int n_told;
	int stop_at; /* the call that says 7; 0: none */
	bool ask_within;
	char trouble[512];
};

static void begin(struct test *t, const struct answer *answers, size_t n)
{
	memset(t, 0, sizeof(*t));
	if (n)
		memcpy(t->server.answers, answers, n * sizeof(*answers));
	answering_begin(&t->server);
	t->options.server = t->server.url;
	t->access = kvip_access_open(&t->options, KVIP_ACCESS_WRITE, &t->err);
	if (!t->access)
		fail_msg("%s", t->err.text);
	t->access->remote->scale = 0.01;
}

#define BEGIN(t, answers) begin(t, answers, sizeof(answers) / sizeof(*answers))

/* All that was asked for was these, in their order. */
static void end(struct test *t, size_t n, const char *const *heard)
{
	struct kvip_err err;
	size_t i;

	assert_int_equal(kvip_access_close(t->access, &err), 0);
	answering_end(&t->server);
	for (i = 0; i < n && i < t->server.n_heard; i++)
		assert_string_equal(t->server.heard[i], heard[i]);
	assert_int_equal(t->server.n_heard, n);
}

#define END(t, ...)                                                 \
	do {                                                        \
		static const char *const heard[] = { __VA_ARGS__ }; \
		end(t, sizeof(heard) / sizeof(*heard), heard);      \
	} while (0)

static void expect(struct test *t, int result, int wanted, const char *words)
{
	assert_string_equal(t->err.text, words);
	assert_int_equal(result, wanted);
}

/* Words that begin with a ':' stand behind the server's URL. */
static void with_url(const struct test *t, const char *tail, char *words,
		     size_t len)
{
	const char *url = strchr(tail, ':') == tail ? t->server.url : "";

	snprintf(words, len, "%s%s", url, tail);
}

static int get(struct test *t, const char *name, struct json_object **object)
{
	return kvip_access_get(t->access, KVIP_KIND_SERVICE, "shop", name,
			       object, &t->err);
}

static struct json_object *parse(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	assert_non_null(object);
	return object;
}

static void an_object_is_fetched(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200, SERVICE("web", "7"), WHOLE },
	};
	struct json_object *object = NULL;
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	assert_int_equal(get(&t, "web", &object), 0);
	assert_string_equal(kvip_object_version(object), "7");
	json_object_put(object);
	assert_string_equal(kvip_access_ns(t.access), "default");
	assert_string_equal(kvip_access_server(t.access), t.server.url);
	assert_null(kvip_access_store(t.access));
	END(&t, "GET " SERVICES "/web");
}

static void a_refusal_is_in_the_servers_words(void **state)
{
	static const struct {
		int status;
		const char *body;
		int result;
		const char *words; /* behind the server's URL, with a ':' */
	} cases[] = {
		{ 404,
		  STATUS(404, "NotFound", "services \\\"web\\\" not found"),
		  KVIP_ACCESS_ABSENT, "services \"web\" not found" },
		{ 404, "404 page not found\n", KVIP_ACCESS_FAILED,
		  ": HTTP 404: 404 page not found" },
		{ 401, STATUS(401, "Unauthorized", "Unauthorized"),
		  KVIP_ACCESS_FAILED, "Unauthorized" },
		{ 403, STATUS(403, "Forbidden", "services is forbidden: no"),
		  KVIP_ACCESS_FAILED, "services is forbidden: no" },
		{ 409, STATUS(409, "Conflict", "modified"),
		  KVIP_ACCESS_CONFLICT, "modified" },
		{ 409, STATUS(409, "AlreadyExists", "there"),
		  KVIP_ACCESS_EXISTS, "there" },
		{ 410, STATUS(410, "Expired", "old"), KVIP_ACCESS_EXPIRED,
		  "old" },
		{ 422, STATUS(422, "Invalid", "bad port"), KVIP_ACCESS_INVALID,
		  "bad port" },
		{ 500, STATUS(500, "InternalError", "a\\nb"),
		  KVIP_ACCESS_FAILED, "a?b" },
		{ 503, "no endpoints available\n", KVIP_ACCESS_FAILED,
		  ": HTTP 503: no endpoints available" },
		{ 302, "", KVIP_ACCESS_FAILED, ": HTTP 302" },
		{ 200, "", KVIP_ACCESS_FAILED, ": the answer is empty" },
		{ 200, "<html>", KVIP_ACCESS_FAILED,
		  ": the answer makes no sense: expected an object, found '<'" },
		{ 200, "{\"kind\":", KVIP_ACCESS_FAILED,
		  ": the answer makes no sense: it ends in the middle of an event" },
		{ 200, "{}{}", KVIP_ACCESS_FAILED,
		  ": the answer makes no sense: expected one object, found two" },
		{ 0, NULL, KVIP_ACCESS_FAILED,
		  ": the connection was closed before there was an answer" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct answer answers[] = {
			{ "GET ", cases[i].status, cases[i].body, WHOLE },
		};
		struct json_object *object;
		char words[256];
		struct test t;

		BEGIN(&t, answers);
		with_url(&t, cases[i].words, words, sizeof(words));
		expect(&t, get(&t, "web", &object), cases[i].result, words);
		END(&t, "GET " SERVICES "/web");
	}
}

static void nobody_there_is_said(void **state)
{
	struct json_object *object;
	char words[128];
	struct test t;

	(void)state;
	begin(&t, NULL, 0);
	/* shut before it is asked */
	answering_end(&t.server);
	snprintf(words, sizeof(words), "%s: connection refused", t.server.url);
	expect(&t, get(&t, "web", &object), KVIP_ACCESS_FAILED, words);
	assert_int_equal(kvip_access_close(t.access, &t.err), 0);
}

static void a_name_that_cannot_be_is_not_asked_for(void **state)
{
	struct json_object *object;
	struct test t;

	(void)state;
	begin(&t, NULL, 0);
	expect(&t, get(&t, "../pods", &object), KVIP_ACCESS_ABSENT,
	       "services \"../pods\" not found");
	expect(&t,
	       kvip_access_delete(t.access, KVIP_KIND_DEPLOYMENT, "a/b", "web",
				  false, &t.err),
	       KVIP_ACCESS_ABSENT, "deployments.apps \"web\" not found");
	assert_int_equal(kvip_access_list(t.access, KVIP_KIND_SERVICE, "a/b",
					  NULL, NULL, NULL, NULL, &t.err),
			 KVIP_ACCESS_INVALID);
	end(&t, 0, NULL);
}

static void objects_are_written(void **state)
{
	static const struct answer answers[] = {
		{ "POST ", 201, SERVICE("web", "7"), WHOLE },
		{ "POST ", 201, SERVICE("web", "8"), WHOLE },
		{ "PUT ", 200, SERVICE("web", "9"), WHOLE },
		{ "GET ", 200, SERVICE("web", "9"), WHOLE },
		{ "PUT ", 200, SERVICE("web", "10"), WHOLE },
		{ "DELETE ", 200, "{\"kind\":\"Status\"}", WHOLE },
		{ "DELETE ", 200, "{\"kind\":\"Status\"}", WHOLE },
	};
	struct json_object *web = parse("{\"metadata\":{\"name\":\"web\"}}");
	struct json_object *old =
		parse("{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\","
		      "\"resourceVersion\":\"8\"}}");
	struct json_object *result = NULL;
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	assert_int_equal(kvip_access_create(t.access, KVIP_KIND_SERVICE, web,
					    true, NULL, &t.err),
			 0);
	assert_int_equal(kvip_access_create(t.access, KVIP_KIND_SERVICE, web,
					    false, &result, &t.err),
			 0);
	assert_string_equal(kvip_object_version(result), "8");
	json_object_put(result);
	assert_int_equal(kvip_access_update(t.access, KVIP_KIND_SERVICE, old,
					    false, NULL, &t.err),
			 0);
	/* without a version it is of the object as it is */
	assert_int_equal(kvip_access_update(t.access, KVIP_KIND_SERVICE, web,
					    true, &result, &t.err),
			 0);
	assert_string_equal(kvip_object_version(result), "10");
	json_object_put(result);
	assert_int_equal(kvip_access_delete(t.access, KVIP_KIND_SERVICE, "shop",
					    "web", true, &t.err),
			 0);
	assert_int_equal(kvip_access_delete(t.access, KVIP_KIND_NODE, NULL,
					    "node-a", false, &t.err),
			 0);
	/* ours are as they were */
	assert_string_equal(
		json_object_to_json_string_ext(web, JSON_C_TO_STRING_PLAIN),
		"{\"metadata\":{\"name\":\"web\"}}");
	json_object_put(web);
	json_object_put(old);
#define WEB "{\"metadata\":{\"name\":\"web\",\"namespace\":\"default\""
#define GONE                                                 \
	"{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\"," \
	"\"propagationPolicy\":\"Background\""
	END(&t, "POST /api/v1/namespaces/default/services?dryRun=All " WEB "}}",
	    "POST /api/v1/namespaces/default/services " WEB "}}",
	    "PUT " SERVICES "/web {\"metadata\":{\"name\":\"web\",\"namespace\""
	    ":\"shop\",\"resourceVersion\":\"8\"}}",
	    "GET /api/v1/namespaces/default/services/web",
	    "PUT /api/v1/namespaces/default/services/web?dryRun=All " WEB
	    ",\"resourceVersion\":\"9\"}}",
	    "DELETE " SERVICES "/web " GONE ",\"dryRun\":[\"All\"]}",
	    "DELETE /api/v1/nodes/node-a " GONE "}");
}

static void what_is_not_there_is_not_updated(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 404, STATUS(404, "NotFound", "not found"), WHOLE },
	};
	struct json_object *web = parse("{\"metadata\":{\"name\":\"web\"}}");
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	expect(&t,
	       kvip_access_update(t.access, KVIP_KIND_SERVICE, web, false, NULL,
				  &t.err),
	       KVIP_ACCESS_ABSENT, "not found");
	json_object_put(web);
	web = parse("{\"metadata\":{}}");
	assert_int_equal(kvip_access_update(t.access, KVIP_KIND_SERVICE, web,
					    false, NULL, &t.err),
			 KVIP_ACCESS_INVALID);
	json_object_put(web);
	END(&t, "GET /api/v1/namespaces/default/services/web");
}

static int take(struct json_object *object, void *ctx, struct kvip_err *err)
{
	static const char begins[] =
		"{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{";
	struct test *t = ctx;

	(void)err;
	/* as it would be alone, or in a watch */
	assert_memory_equal(
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
		begins, sizeof(begins) - 1);
	strcat(t->told, kvip_object_name(object));
	strcat(t->told, " ");
	return ++t->n_told == t->stop_at ? 7 : 0;
}

static int list(struct test *t, const char *selector, char **version)
{
	return kvip_access_list(t->access, KVIP_KIND_SERVICE, NULL, selector,
				take, t, version, &t->err);
}

static void a_list_comes_in_pages(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200,
		  LIST("\"resourceVersion\":\"9\",\"continue\":\"a=&b\"",
		       ITEM("a") "," ITEM("b")),
		  WHOLE },
		{ "GET ", 200, LIST("\"resourceVersion\":\"9\"", ITEM("c")),
		  WHOLE },
	};
	char *version = NULL;
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	assert_int_equal(list(&t, "app in (web, db),!old", &version), 0);
	assert_string_equal(version, "9");
	assert_string_equal(t.told, "a b c ");
	free(version);
#define SELECTED "&labelSelector=app%20in%20%28web%2C%20db%29%2C%21old"
	END(&t, "GET /api/v1/services?limit=500" SELECTED,
	    "GET /api/v1/services?limit=500" SELECTED "&continue=a%3D%26b");
}

static void a_page_that_expired_begins_the_list_anew(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200,
		  LIST("\"resourceVersion\":\"9\",\"continue\":\"x\"",
		       ITEM("a") "," ITEM("gone")),
		  WHOLE },
		{ "GET ", 410, STATUS(410, "Expired", "too old"), WHOLE },
		{ "GET ", 200, LIST("\"resourceVersion\":\"20\"", ITEM("a")),
		  WHOLE },
	};
	char *version = NULL;
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	assert_int_equal(list(&t, NULL, &version), 0);
	assert_string_equal(version, "20");
	assert_string_equal(t.told, "a ");
	free(version);
	END(&t, "GET /api/v1/services?limit=500",
	    "GET /api/v1/services?limit=500&continue=x",
	    "GET /api/v1/services?limit=500");
}

static void a_list_that_breaks_off_is_not_told(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200,
		  LIST("\"resourceVersion\":\"9\",\"continue\":\"x\"",
		       ITEM("a")),
		  WHOLE },
		{ "GET ", 200, "{\"kind\":\"ServiceList\",\"items\":[", CUT },
	};
	char *version = NULL;
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	assert_int_equal(list(&t, NULL, &version), KVIP_ACCESS_FAILED);
	assert_non_null(strstr(t.err.text, t.server.url));
	assert_null(version);
	assert_int_equal(t.n_told, 0);
	END(&t, "GET /api/v1/services?limit=500",
	    "GET /api/v1/services?limit=500&continue=x");
}

static void whoever_takes_a_list_may_stop_it(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200,
		  LIST("\"resourceVersion\":\"9\"", ITEM("a") "," ITEM("b")),
		  WHOLE },
	};
	char *version = NULL;
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	t.stop_at = 1;
	assert_int_equal(list(&t, NULL, &version), 7);
	assert_null(version);
	assert_string_equal(t.told, "a ");
	END(&t, "GET /api/v1/services?limit=500");
}

static void a_list_of_something_else_is_refused(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200,
		  "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":"
		  "{\"resourceVersion\":\"9\"},\"items\":[" ITEM("a") "]}",
		  WHOLE },
		{ "GET ", 200, "{\"kind\":\"ServiceList\",\"items\":[]}",
		  WHOLE },
	};
	char words[256];
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	snprintf(
		words, sizeof(words),
		"%s: the answer makes no sense: an object of kind \"Pod\", not \"Service\"",
		t.server.url);
	expect(&t, list(&t, NULL, NULL), KVIP_ACCESS_FAILED, words);
	snprintf(words, sizeof(words), "%s: a list without a resourceVersion",
		 t.server.url);
	expect(&t, list(&t, NULL, NULL), KVIP_ACCESS_FAILED, words);
	END(&t, "GET /api/v1/services?limit=500",
	    "GET /api/v1/services?limit=500");
}

static int hear_event(unsigned int which, enum kvip_access_event event,
		      struct json_object *object, void *ctx,
		      struct kvip_err *err)
{
	static const char letters[] = "+~-";
	struct json_object *other;
	struct test *t = ctx;
	char text[64];

	snprintf(text, sizeof(text), "%u%c%s ", which, letters[event],
		 kvip_object_name(object));
	strcat(t->told, text);
	if (t->ask_within) {
		assert_int_equal(kvip_access_get(t->access, KVIP_KIND_SERVICE,
						 "shop", "other", &other, err),
				 0);
		json_object_put(other);
	}
	return ++t->n_told == t->stop_at ? 7 : 0;
}

static int be_idle(void *ctx, struct kvip_err *err)
{
	struct test *t = ctx;

	(void)err;
	strcat(t->told, "| ");
	return ++t->n_told == t->stop_at ? 7 : 0;
}

static void hear_trouble(const char *sentence, double seconds, void *ctx)
{
	struct test *t = ctx;

	assert_true(seconds >= 0 && seconds < 1);
	strcat(t->trouble, sentence);
	strcat(t->trouble, "\n");
}

static int watch(struct test *t)
{
	static const struct kvip_access_watch one = { KVIP_KIND_SERVICE, "shop",
						      "app=web", "5" };

	kvip_access_on_trouble(t->access, hear_trouble, t);
	return kvip_access_watch(t->access, &one, 1, hear_event, be_idle, t,
				 &t->err);
}

/* What was asked for by a watch; how long it may last is any number. */
static void expect_watches(struct test *t, const char *versions)
{
	static const char path[] =
		"GET " SERVICES
		"?watch=1&allowWatchBookmarks=true&labelSelector="
		"app%3Dweb&resourceVersion=";
	static const char seconds_of[] = "&timeoutSeconds=";
	char text[128] = "";
	size_t i;

	for (i = 0; i < t->server.n_heard; i++) {
		const char *heard = t->server.heard[i];

		if (strncmp(heard, path, sizeof(path) - 1)) {
			strcat(text, "- ");
			continue;
		}
		heard += sizeof(path) - 1;
		strncat(text, heard, strcspn(heard, "&"));
		strcat(text, " ");
		heard = strstr(heard, seconds_of);
		assert_non_null(heard);
		assert_in_range(strtol(heard + sizeof(seconds_of) - 1, NULL,
				       10),
				300, 600);
	}
	assert_string_equal(text, versions);
}

static void end_watch(struct test *t, const char *versions)
{
	struct kvip_err err;

	assert_int_equal(kvip_access_close(t->access, &err), 0);
	answering_end(&t->server);
	expect_watches(t, versions);
}

static void what_happens_is_told(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200,
		  EVENT("ADDED", SERVICE("a", "6"))
			  EVENT("MODIFIED", SERVICE("a", "7"))
				  EVENT("DELETED", SERVICE("a", "8")),
		  HELD },
	};
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	t.stop_at = 4;
	assert_int_equal(watch(&t), 7);
	assert_string_equal(t.told, "0+a 0~a 0-a | ");
	assert_string_equal(t.trouble, "");
	end_watch(&t, "5 ");
}

static void whoever_hears_of_an_event_may_ask_for_more(void **state)
{
	static const struct answer answers[] = {
		{ "GET " SERVICES "?", 200,
		  EVENT("ADDED", SERVICE("a", "6"))
			  EVENT("ADDED", SERVICE("b", "7")),
		  HELD },
		{ "GET " SERVICES "/other", 200, SERVICE("other", "1"), WHOLE },
		{ "GET " SERVICES "/other", 200, SERVICE("other", "1"), WHOLE },
	};
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	t.ask_within = true;
	t.stop_at = 3;
	assert_int_equal(watch(&t), 7);
	assert_string_equal(t.told, "0+a 0+b | ");
	end_watch(&t, "5 - - ");
}

static void a_watch_that_is_cut_goes_on_from_there(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200, EVENT("ADDED", SERVICE("a", "6")), CUT },
		{ "GET ", 503, "busy\n", WHOLE },
		{ "GET ", 0, NULL, WHOLE },
		{ "GET ", 200, EVENT("BOOKMARK", SERVICE("", "40")), ENDED },
		{ "GET ", 200, EVENT("DELETED", SERVICE("a", "41")), HELD },
	};
	char words[512];
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	t.stop_at = 4;
	assert_int_equal(watch(&t), 7);
	assert_string_equal(t.told, "0+a | 0-a | ");
	end_watch(&t, "5 6 6 6 40 ");
	/* an end in order is none */
	snprintf(words, sizeof(words),
		 "%s: the answer was cut short\n"
		 "%s: HTTP 503: busy\n"
		 "%s: the connection was closed before there was an answer\n",
		 t.server.url, t.server.url, t.server.url);
	assert_string_equal(t.trouble, words);
}

static void a_version_that_is_too_old_ends_it(void **state)
{
	static const struct answer cases[][2] = {
		{ { "GET ", 410, STATUS(410, "Expired", "too old"), WHOLE } },
		{ { "GET ", 200,
		    EVENT("ERROR", STATUS(410, "Expired", "too old")),
		    ENDED } },
		/* in its middle: what came before is told */
		{ { "GET ", 200,
		    EVENT("ADDED", SERVICE("a", "6"))
			    EVENT("ERROR", STATUS(410, "Expired", "too old")),
		    ENDED } },
		{ { "GET ", 200, EVENT("ADDED", SERVICE("a", "6")), CUT },
		  { "GET ", 410, STATUS(410, "Expired", "too old"), WHOLE } },
	};
	static const char *const told[] = { "", "", "0+a | ", "0+a | " };
	static const char *const asked[] = { "5 ", "5 ", "5 ", "5 6 " };
	struct test t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		BEGIN(&t, cases[i]);
		expect(&t, watch(&t), KVIP_ACCESS_EXPIRED, "too old");
		assert_string_equal(t.told, told[i]);
		end_watch(&t, asked[i]);
	}
}

static void what_waiting_does_not_mend_ends_it(void **state)
{
	static const struct {
		struct answer answers[2];
		int result;
		const char *words;
		const char *asked;
	} cases[] = {
		{ { { "GET ", 403, STATUS(403, "Forbidden", "no"), WHOLE } },
		  KVIP_ACCESS_FAILED,
		  "no",
		  "5 " },
		{ { { "GET ", 401, STATUS(401, "Unauthorized", "who"), WHOLE } },
		  KVIP_ACCESS_FAILED,
		  "who",
		  "5 " },
		{ { { "GET ", 400, STATUS(400, "BadRequest", "what"), WHOLE } },
		  KVIP_ACCESS_INVALID,
		  "what",
		  "5 " },
		/* it may be a proxy's doing, once */
		{ { { "GET ", 200, "<html>", WHOLE },
		    { "GET ", 200, "<html>", WHOLE } },
		  KVIP_ACCESS_FAILED,
		  ": the watch makes no sense: byte 0: expected an event, in '{', found '<'",
		  "5 5 " },
		{ { { "GET ", 200, EVENT("ADDED", SERVICE("a", "")), HELD },
		    { "GET ", 200, EVENT("NEW", SERVICE("a", "6")), HELD } },
		  KVIP_ACCESS_FAILED,
		  ": the watch makes no sense: an event of the type \"NEW\"",
		  "5 5 " },
	};
	char words[256];
	struct test t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		BEGIN(&t, cases[i].answers);
		with_url(&t, cases[i].words, words, sizeof(words));
		expect(&t, watch(&t), cases[i].result, words);
		assert_string_equal(t.told, "");
		end_watch(&t, cases[i].asked);
	}
}

static void nonsense_now_and_then_does_not_end_it(void **state)
{
	static const struct answer answers[] = {
		{ "GET ", 200, EVENT("NEW", SERVICE("a", "6")), HELD },
		{ "GET ", 200, EVENT("ADDED", SERVICE("a", "7")) "<", HELD },
		{ "GET ", 200, EVENT("DELETED", SERVICE("a", "8")), HELD },
	};
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	t.stop_at = 3;
	assert_int_equal(watch(&t), 7);
	assert_string_equal(t.told, "0+a | 0-a ");
	end_watch(&t, "5 5 7 ");
}

static void several_kinds_are_watched_at_once(void **state)
{
	static const struct kvip_access_watch both[] = {
		{ KVIP_KIND_SERVICE, NULL, NULL, "5" },
		{ KVIP_KIND_POD, "shop", NULL, "6" },
	};
	static const struct answer answers[] = {
		{ "GET /api/v1/services?watch=1&allowWatchBookmarks=true&"
		  "resourceVersion=5&",
		  200, EVENT("ADDED", SERVICE("a", "7")), HELD },
		{ "GET /api/v1/namespaces/shop/pods?watch=1&"
		  "allowWatchBookmarks=true&resourceVersion=6&",
		  200,
		  "{\"type\":\"DELETED\",\"object\":{\"kind\":\"Pod\","
		  "\"metadata\":{\"name\":\"p\",\"resourceVersion\":\"8\"}}}",
		  HELD },
	};
	struct test t;

	(void)state;
	BEGIN(&t, answers);
	t.stop_at = 2;
	assert_int_equal(kvip_access_watch(t.access, both, 2, hear_event, NULL,
					   &t, &t.err),
			 7);
	/* in any order */
	assert_non_null(strstr(t.told, "0+a "));
	assert_non_null(strstr(t.told, "1-p "));
	assert_int_equal(kvip_access_close(t.access, &t.err), 0);
	answering_end(&t.server);
}

static int create_two(struct kvip_access *access, void *ctx,
		      struct kvip_err *err)
{
	(void)access;
	(void)err;
	return *(int *)ctx;
}

static void a_server_has_no_transactions(void **state)
{
	int ret = 5;
	struct test t;

	(void)state;
	begin(&t, NULL, 0);
	assert_int_equal(
		kvip_access_transaction(t.access, create_two, &ret, &t.err), 5);
	end(&t, 0, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_fetched),
		cmocka_unit_test(a_refusal_is_in_the_servers_words),
		cmocka_unit_test(nobody_there_is_said),
		cmocka_unit_test(a_name_that_cannot_be_is_not_asked_for),
		cmocka_unit_test(objects_are_written),
		cmocka_unit_test(what_is_not_there_is_not_updated),
		cmocka_unit_test(a_list_comes_in_pages),
		cmocka_unit_test(a_page_that_expired_begins_the_list_anew),
		cmocka_unit_test(a_list_that_breaks_off_is_not_told),
		cmocka_unit_test(whoever_takes_a_list_may_stop_it),
		cmocka_unit_test(a_list_of_something_else_is_refused),
		cmocka_unit_test(what_happens_is_told),
		cmocka_unit_test(whoever_hears_of_an_event_may_ask_for_more),
		cmocka_unit_test(a_watch_that_is_cut_goes_on_from_there),
		cmocka_unit_test(a_version_that_is_too_old_ends_it),
		cmocka_unit_test(what_waiting_does_not_mend_ends_it),
		cmocka_unit_test(nonsense_now_and_then_does_not_end_it),
		cmocka_unit_test(several_kinds_are_watched_at_once),
		cmocka_unit_test(a_server_has_no_transactions),
	};

	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
