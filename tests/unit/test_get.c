// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvip get: what its words mean, and what a watch shows. The cluster is a scene
 * in this file in place of access.c.
 */
#include "recorded.h"

#include <errno.h>
#include <json-c/json.h>

#include "access.h"
#include "get_list.h"
#include "get_request.h"
#include "get_watch.h"
#include "object.h"

/* What happens; a NULL text ends it. */
struct happening {
	enum kvip_kind kind;
	unsigned int event; /* enum kvip_access_event, MORE */
	const char *text; /* an object, or of EXPIRED the new list */
};

#define EXPIRED 9

/* Another happened together with it. */
#define MORE 16

struct kvip_access {
	const char *objects; /* a JSON array */
	const struct happening *next;
	int list_result; /* of a list, if it is to fail */
	unsigned int lists;
};

static enum kvip_kind kind_of(struct json_object *object)
{
	struct kvip_err err;
	enum kvip_kind kind;

	if (kvip_kind_of(object, &kind, &err))
		fail_msg("%s", err.text);
	return kind;
}

/* Just the selectors that this file has. */
static bool selects(const char *selector, struct json_object *object)
{
	struct json_object *labels = kvip_object_member(
		kvip_object_member(object, "metadata"), "labels");
	const char *equals, *value;
	char key[64];

	if (!selector)
		return true;
	equals = strchr(selector, '=');
	assert_non_null(equals);
	snprintf(key, sizeof(key), "%.*s", (int)(equals - selector), selector);
	value = kvip_object_text(labels, key);
	return value && !strcmp(value, equals + 1);
}

int kvip_access_list(struct kvip_access *access, enum kvip_kind kind,
		     const char *ns, const char *selector, kvip_access_fn fn,
		     void *ctx, char **version, struct kvip_err *err)
{
	struct json_object *all = json_tokener_parse(access->objects), *object;
	size_t i;
	int ret = 0;

	access->lists++;
	assert_non_null(all);
	for (i = 0; i < json_object_array_length(all) && !ret; i++) {
		object = json_object_array_get_idx(all, i);
		if (kind_of(object) == kind && selects(selector, object) &&
		    (!ns || !strcmp(kvip_object_ns(object), ns)))
			ret = fn(object, ctx, err);
	}
	json_object_put(all);
	if (version)
		*version = strdup("7");
	if (!ret && access->list_result) {
		kvip_err_set(err, "the list broke off");
		ret = access->list_result;
	}
	return ret;
}

struct wanted {
	const char *name;
	struct json_object *found;
};

static int look_for(struct json_object *object, void *ctx, struct kvip_err *err)
{
	struct wanted *wanted = ctx;

	(void)err;
	if (!strcmp(kvip_object_name(object), wanted->name))
		wanted->found = json_object_get(object);
	return 0;
}

int kvip_access_get(struct kvip_access *access, enum kvip_kind kind,
		    const char *ns, const char *name,
		    struct json_object **object, struct kvip_err *err)
{
	struct wanted wanted = { .name = name };

	if (kvip_access_list(access, kind, ns, NULL, look_for, &wanted, NULL,
			     err))
		return KVIP_ACCESS_FAILED;
	*object = wanted.found;
	if (wanted.found)
		return 0;
	kvip_err_set(err, "%s \"%s\" not found", kvip_kinds[kind].plural, name);
	return KVIP_ACCESS_ABSENT;
}

int kvip_access_watch(
	struct kvip_access *access, const struct kvip_access_watch *watches,
	unsigned int n_watches,
	int (*fn)(unsigned int which, enum kvip_access_event event,
		  struct json_object *object, void *ctx, struct kvip_err *err),
	int (*idle)(void *ctx, struct kvip_err *err), void *ctx,
	struct kvip_err *err)
{
	struct json_object *object;
	unsigned int which;
	int ret;

	for (; access->next->text; access->next++) {
		const struct happening *now = access->next;

		if (now->event == EXPIRED) {
			access->objects = now->text;
			access->next++;
			kvip_err_set(err, "too old");
			return KVIP_ACCESS_EXPIRED;
		}
		for (which = 0; which < n_watches; which++) {
			assert_string_equal(watches[which].version, "7");
			if (watches[which].kind == now->kind)
				break;
		}
		if (which == n_watches)
			continue;
		object = json_tokener_parse(now->text);
		assert_non_null(object);
		ret = fn(which, (enum kvip_access_event)(now->event & ~MORE),
			 object, ctx, err);
		json_object_put(object);
		if (!ret && idle && !(now->event & MORE))
			ret = idle(ctx, err);
		if (ret)
			return ret;
	}
	kvip_err_set(err, "the scene is over");
	return KVIP_ACCESS_FAILED;
}

#define META(ns, name, label)                                     \
	"\"metadata\":{\"namespace\":\"" ns "\",\"name\":\"" name \
	"\",\"labels\":{\"kubernetes.io/service-name\":\"" label "\"}}"

#define SVC(ns, name, ip)                                                       \
	"{\"kind\":\"Service\",\"apiVersion\":\"v1\"," META(                    \
		ns, name,                                                       \
		"") ",\"spec\":{\"selector\":{\"a\":\"b\"},\"clusterIP\":\"" ip \
		    "\"}}"

#define SLICE(ns, name, service, ip)                                            \
	"{\"kind\":\"EndpointSlice\",\"apiVersion\":"                           \
	"\"discovery.k8s.io/v1\"," META(                                        \
		ns, name,                                                       \
		service) ",\"addressType\":\"IPv4\",\"ports\":[{\"port\":80}]," \
			 "\"endpoints\":[{\"addresses\":[\"" ip "\"]}]}"

/* What a watch of these words shows of a scene. */
struct showing {
	const char *const *words;
	const char *ns;
	const char *selector;
	bool only;
	int ret;
	const char *text;
	const char *error;
};

static void assert_showing(const struct showing *showing,
			   struct kvip_access *access)
{
	const struct kvip_table_look look = { .ns = !showing->ns };
	struct kvip_get_request request;
	struct kvip_output output;
	struct kvip_err err = {};
	struct kvip_get_watch watch = {
		.access = access,
		.ns = showing->ns,
		.selector = showing->selector,
		.only = showing->only,
		.output = &output,
	};
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int n = 0;

	while (showing->words[n])
		n++;
	assert_int_equal(kvip_get_request((char *const *)showing->words, n,
					  &request, &err),
			 0);
	watch.target = &request.targets[0];
	kvip_output_begin(&output, to, KVIP_OUTPUT_TABLE, false, &look);
	kvip_output_kind(&output, watch.target->rows);
	assert_int_equal(kvip_get_watch(&watch, &err), showing->ret);
	kvip_output_drop(&output);
	fclose(to);
	assert_string_equal(text, showing->text);
	if (showing->ret)
		assert_string_equal(err.text, showing->error);
	kvip_get_request_free(&request);
	free(text);
}

#define HEAD "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\n"
#define ROW(name, ip) \
	name "      ClusterIP   " ip "      <none>        <none>    <unknown>\n"
#define OVER KVIP_ACCESS_FAILED, .error = "the scene is over"

static void watches_show_what_happens(void **state)
{
	static const char objects[] = "[" SVC("x", "a", "1.1.1.1") "," SVC(
		"x", "b", "1.1.1.2") "," SVC("y", "c", "1.1.1.3") "]";
	static const struct happening happenings[] = {
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_MODIFIED,
		  SVC("x", "a", "2.2.2.1") },
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_DELETED,
		  SVC("x", "b", "1.1.1.2") },
		{ KVIP_KIND_POD, KVIP_ACCESS_DELETED, "{}" },
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_ADDED,
		  SVC("x", "d", "1.1.1.4") },
		/* a is as it was; b came again; d went; e is new */
		{ KVIP_KIND_SERVICE, EXPIRED,
		  "[" SVC("x", "a", "2.2.2.1") "," SVC(
			  "x", "b", "1.1.1.9") "," SVC("x", "e",
						       "1.1.1.5") "]" },
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_MODIFIED,
		  SVC("x", "a", "2.2.2.2") },
		{}
	};
	static const char *const all[] = { "svc", NULL };
	static const char *const named[] = { "svc", "b", "a", NULL };
	static const char *const absent[] = { "svc", "a", "z", NULL };
	const struct showing showings[] = {
		{ .words = all,
		  .ns = "x",
		  .ret = OVER,
		  .text = HEAD ROW("a", "1.1.1.1") ROW("b", "1.1.1.2")
			  ROW("a", "2.2.2.1") ROW("b", "1.1.1.2")
				  ROW("d", "1.1.1.4") ROW("b", "1.1.1.9") ROW(
					  "e", "1.1.1.5") ROW("d", "1.1.1.4")
					  ROW("a", "2.2.2.2") },
		{ .words = all,
		  .ns = "x",
		  .only = true,
		  .ret = OVER,
		  .text = HEAD ROW("a", "2.2.2.1") ROW("b", "1.1.1.2")
			  ROW("d", "1.1.1.4") ROW("b", "1.1.1.9")
				  ROW("e", "1.1.1.5") ROW("d", "1.1.1.4")
					  ROW("a", "2.2.2.2") },
		{ .words = named,
		  .ns = "x",
		  .ret = OVER,
		  .text = HEAD ROW("a", "1.1.1.1") ROW("b", "1.1.1.2")
			  ROW("a", "2.2.2.1") ROW("b", "1.1.1.2")
				  ROW("b", "1.1.1.9") ROW("a", "2.2.2.2") },
		{ .words = absent,
		  .ns = "x",
		  .ret = KVIP_ACCESS_ABSENT,
		  .text = HEAD ROW("a", "1.1.1.1"),
		  .error = "services \"z\" not found" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(showings); i++) {
		struct kvip_access access = { .objects = objects,
					      .next = happenings };

		assert_showing(&showings[i], &access);
	}
}

static void endpoints_follow_both(void **state)
{
	static const char objects[] = "[" SLICE("x", "a-2", "a", "10.0.0.2") "," SLICE(
		"x", "a-1", "a",
		"10.0.0.1") "," SLICE("x", "z-1", "z",
				      "10.0.0.9") "," SVC("x", "a",
							  "1.1.1.1") "," SVC("x",
									     "b",
									     "1.1.1.2") "]";
	static const struct happening happenings[] = {
		/* nothing that endpoints tell of */
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_MODIFIED,
		  SVC("x", "a", "1.1.1.7") },
		{ KVIP_KIND_ENDPOINT_SLICE, KVIP_ACCESS_DELETED,
		  SLICE("x", "a-2", "a", "10.0.0.2") },
		/* from one Service to the other */
		{ KVIP_KIND_ENDPOINT_SLICE, KVIP_ACCESS_MODIFIED,
		  SLICE("x", "a-1", "b", "10.0.0.1") },
		/* a Service for a slice that is there */
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_ADDED,
		  SVC("x", "z", "1.1.1.9") },
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_DELETED,
		  SVC("x", "z", "1.1.1.9") },
		/* what comes together is told once */
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_ADDED | MORE,
		  SVC("x", "n", "1.1.1.8") },
		{ KVIP_KIND_ENDPOINT_SLICE, KVIP_ACCESS_ADDED | MORE,
		  SLICE("x", "n-1", "n", "10.0.0.3") },
		{ KVIP_KIND_ENDPOINT_SLICE, KVIP_ACCESS_MODIFIED,
		  SLICE("x", "n-1", "n", "10.0.0.4") },
		/* this is lost with the thread, but for what the list says */
		{ KVIP_KIND_ENDPOINT_SLICE, KVIP_ACCESS_DELETED | MORE,
		  SLICE("x", "a-1", "b", "10.0.0.1") },
		{ KVIP_KIND_ENDPOINT_SLICE, EXPIRED,
		  "[" SLICE("x", "a-1", "b", "10.0.0.5") "," SLICE(
			  "x", "n-1", "n",
			  "10.0.0.4") "," SVC("x", "b",
					      "1.1.1.2") "," SVC("x", "n",
								 "1.1.1.8") "]" },
		{ KVIP_KIND_ENDPOINT_SLICE, KVIP_ACCESS_MODIFIED,
		  SLICE("x", "a-1", "b", "10.0.0.6") },
		{}
	};
	static const char *const all[] = { "endpoints", NULL };
	static const char *const named[] = { "ep", "b", NULL };
	const struct showing showings[] = {
		{ .words = all,
		  .ns = "x",
		  .ret = OVER,
		  .text = "NAME   ENDPOINTS                 AGE\n"
			  "a      10.0.0.1:80,10.0.0.2:80   <unknown>\n"
			  "b      <none>                    <unknown>\n"
			  "a      10.0.0.1:80               <unknown>\n"
			  "a      <none>                    <unknown>\n"
			  "b      10.0.0.1:80               <unknown>\n"
			  "z      10.0.0.9:80               <unknown>\n"
			  "z      10.0.0.9:80               <unknown>\n"
			  "n      10.0.0.4:80               <unknown>\n"
			  "b      10.0.0.5:80               <unknown>\n"
			  "a      <none>                    <unknown>\n"
			  "b      10.0.0.6:80               <unknown>\n" },
		{ .words = named,
		  .ns = "x",
		  .ret = OVER,
		  .text = "NAME   ENDPOINTS   AGE\n"
			  "b      <none>      <unknown>\n"
			  "b      10.0.0.1:80   <unknown>\n"
			  "b      10.0.0.5:80   <unknown>\n"
			  "b      10.0.0.6:80   <unknown>\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(showings); i++) {
		struct kvip_access access = { .objects = objects,
					      .next = happenings };

		assert_showing(&showings[i], &access);
	}
}

static void a_list_that_fails_ends_a_watch(void **state)
{
	static const char *const words[] = { "svc", NULL };
	static const struct happening happenings[] = { {} };
	struct kvip_access access = {
		.objects = "[" SVC("x", "a", "1.1.1.1") "]",
		.next = happenings,
		.list_result = KVIP_ACCESS_FAILED,
	};
	const struct showing showing = { .words = words,
					 .ns = "x",
					 .ret = KVIP_ACCESS_FAILED,
					 .text = "",
					 .error = "the list broke off" };

	(void)state;
	assert_showing(&showing, &access);
}

/* Like a terminal that was closed. */
static ssize_t refuse(void *cookie, const char *bytes, size_t len)
{
	(void)cookie;
	(void)bytes;
	(void)len;
	errno = EPIPE;
	return 0;
}

static void nobody_reads_any_more(void **state)
{
	static const char *const words[] = { "svc" };
	static const struct happening happenings[] = {
		{ KVIP_KIND_SERVICE, KVIP_ACCESS_ADDED,
		  SVC("x", "b", "1.1.1.4") },
		{}
	};
	struct kvip_access access = {
		.objects = "[]",
		.next = happenings,
	};
	const struct kvip_table_look look = {};
	struct kvip_get_request request;
	struct kvip_output output;
	struct kvip_get_watch watch = { .access = &access, .output = &output };
	struct kvip_err err;
	FILE *to;

	(void)state;
	to = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = refuse });
	assert_int_equal(
		kvip_get_request((char *const *)words, 1, &request, &err), 0);
	watch.target = &request.targets[0];
	kvip_output_begin(&output, to, KVIP_OUTPUT_TABLE, false, &look);
	kvip_output_kind(&output, watch.target->rows);
	assert_int_equal(kvip_get_watch(&watch, &err), 0);
	kvip_output_drop(&output);
	fclose(to);
	kvip_get_request_free(&request);
}

/* "ns/name,"... of what was handed out */
static int note(struct json_object *object, void *ctx, struct kvip_err *err)
{
	struct json_object *subsets = kvip_object_member(object, "subsets");
	char *text = ctx;

	(void)err;
	sprintf(text + strlen(text), "%s %s/%s %zu,",
		kvip_object_text(object, "kind"), kvip_object_ns(object),
		kvip_object_name(object),
		subsets ? json_object_array_length(subsets) : 0);
	return 0;
}

static const char scene[] = "[" SLICE("x", "a-1", "a", "10.0.0.1") "," SVC(
	"x", "a", "1.1.1.1") "," SVC("y", "a", "1.1.1.2") "]";

static void endpoints_are_listed(void **state)
{
	struct kvip_access access = { .objects = scene };
	struct kvip_err err = {};
	char text[1024] = "";

	(void)state;
	assert_int_equal(kvip_get_list(&access, &kvip_rows_endpoints, NULL,
				       NULL, note, text, &err),
			 0);
	assert_string_equal(text, "Endpoints x/a 1,Endpoints y/a 0,");
	*text = '\0';
	assert_int_equal(kvip_get_list(&access, &kvip_rows_endpoints, "y", NULL,
				       note, text, &err),
			 0);
	assert_string_equal(text, "Endpoints y/a 0,");
	/* Nodes have no namespace, whatever is told */
	*text = '\0';
	access.objects = "[{\"kind\":\"Node\",\"apiVersion\":\"v1\","
			 "\"metadata\":{\"name\":\"n\"}}]";
	assert_int_equal(kvip_get_list(&access, &kvip_rows_node, "y", NULL,
				       note, text, &err),
			 0);
	assert_string_equal(text, "Node /n 0,");
}

static void one_is_got(void **state)
{
	static const struct {
		const struct kvip_rows *rows;
		const char *ns, *name;
		int ret;
		const char *what; /* or the error */
	} rows[] = {
		{ &kvip_rows_service, "x", "a", 0, "Service x/a 0," },
		{ &kvip_rows_endpoints, "x", "a", 0, "Endpoints x/a 1," },
		{ &kvip_rows_endpoints, "y", "a", 0, "Endpoints y/a 0," },
		{ &kvip_rows_service, "x", "b", KVIP_ACCESS_ABSENT,
		  "services \"b\" not found" },
		{ &kvip_rows_endpoints, "x", "b", KVIP_ACCESS_ABSENT,
		  "endpoints \"b\" not found" },
		/* these would be paths of a server, and are asked of none */
		{ &kvip_rows_service, "x", "../a", KVIP_ACCESS_ABSENT,
		  "services \"../a\" not found" },
		{ &kvip_rows_endpoints, "x", "a?watch=1", KVIP_ACCESS_ABSENT,
		  "endpoints \"a?watch=1\" not found" },
		{ &kvip_rows_slice, "x", "A", KVIP_ACCESS_ABSENT,
		  "endpointslices.discovery.k8s.io \"A\" not found" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_access access = { .objects = scene };
		struct json_object *object = NULL;
		struct kvip_err err = {};
		char text[256] = "";

		assert_int_equal(kvip_get_one(&access, rows[i].rows, rows[i].ns,
					      rows[i].name, &object, &err),
				 rows[i].ret);
		if (!rows[i].ret)
			note(object, text, &err);
		assert_string_equal(rows[i].ret ? err.text : text,
				    rows[i].what);
		json_object_put(object);
	}
}

static void what_words_mean(void **state)
{
	static const struct {
		const char *words[6];
		const char *targets; /* "service: a b; pod:;" or the error */
		bool kinds;
	} rows[] = {
		{ { "svc" }, "service:;", false },
		{ { "svc", "a", "b" }, "service: a b;", false },
		{ { "svc,po", "a", "b" }, "service: a b;pod: a b;", true },
		{ { "svc,services,Service" }, "service:;", false },
		{ { "svc/a", "svc/b", "pod/c", "svc/d" },
		  "service: a b;pod: c;service: d;",
		  true },
		{ { "svc/a", "service/b" }, "service: a b;", false },
		{ { "deploy/a" }, "deployment.apps: a;", false },
		{ {}, "a type is missing, such as services", false },
		{ { "ingress" },
		  "there is no type \"ingress\": there are services, endpoints, endpointslices, pods, deployments and nodes",
		  false },
		{ { "svc," },
		  "there is no type \"\": there are services, endpoints, endpointslices, pods, deployments and nodes",
		  false },
		{ { "svc/a", "b" },
		  "\"b\": there may be TYPE/NAME everywhere, or TYPE and then names",
		  false },
		{ { "svc/" },
		  "\"svc/\": there may be TYPE/NAME everywhere, or TYPE and then names",
		  false },
		{ { "/a" },
		  "\"/a\": there may be TYPE/NAME everywhere, or TYPE and then names",
		  false },
		{ { "svc/a/b" },
		  "\"svc/a/b\": there may be TYPE/NAME everywhere, or TYPE and then names",
		  false },
		{ { "svc", "svc/a" },
		  "\"svc/a\" is no name: there may be TYPE/NAME everywhere, or TYPE and then names",
		  false },
		{ { "svc", "" },
		  "\"\" is no name: there may be TYPE/NAME everywhere, or TYPE and then names",
		  false },
	};
	size_t i, j, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_get_request request;
		struct kvip_err err = {};
		char text[256] = "";
		int n = 0;

		while (rows[i].words[n])
			n++;
		if (kvip_get_request((char *const *)rows[i].words, n, &request,
				     &err)) {
			assert_string_equal(err.text, rows[i].targets);
			kvip_get_request_free(&request);
			continue;
		}
		for (j = 0; j < request.n; j++) {
			const struct kvip_get_target *target =
				&request.targets[j];

			sprintf(text + strlen(text), "%s:", target->rows->name);
			for (k = 0; k < target->n_names; k++)
				sprintf(text + strlen(text), " %s",
					target->names[k]);
			strcat(text, ";");
		}
		assert_string_equal(text, rows[i].targets);
		assert_int_equal(kvip_get_request_kinds(&request),
				 rows[i].kinds);
		kvip_get_request_free(&request);
	}
}

static void what_does_not_go_together(void **state)
{
	static const struct {
		const char *words[3];
		bool all_ns;
		const char *selector, *error; /* NULL: it does */
	} rows[] = {
		{ { "svc" }, true, "a=b", NULL },
		{ { "svc", "a" }, false, NULL, NULL },
		{ { "svc", "a" },
		  false,
		  "a=b",
		  "a name and a selector (-l) do not go together" },
		{ { "svc", "a" },
		  true,
		  NULL,
		  "a name and all namespaces (-A) do not go together" },
		{ { "node", "a" }, true, NULL, NULL },
		{ { "node/a", "svc/a" },
		  true,
		  NULL,
		  "a name and all namespaces (-A) do not go together" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_get_request request;
		struct kvip_err err = {};
		int n = 1 + !!rows[i].words[1];

		assert_int_equal(kvip_get_request((char *const *)rows[i].words,
						  n, &request, &err),
				 0);
		assert_int_equal(kvip_get_request_check(&request,
							rows[i].all_ns,
							rows[i].selector, &err),
				 rows[i].error ? -1 : 0);
		if (rows[i].error)
			assert_string_equal(err.text, rows[i].error);
		kvip_get_request_free(&request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_words_mean),
		cmocka_unit_test(what_does_not_go_together),
		cmocka_unit_test(endpoints_are_listed),
		cmocka_unit_test(one_is_got),
		cmocka_unit_test(watches_show_what_happens),
		cmocka_unit_test(endpoints_follow_both),
		cmocka_unit_test(a_list_that_fails_ends_a_watch),
		cmocka_unit_test(nobody_reads_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
