// SPDX-License-Identifier: GPL-2.0-or-later
#include "recorded.h"

#include <json-c/json.h>

#include "kinds.h"

static void words_are_kinds(void **state)
{
	static const struct {
		const char *word;
		enum kvip_kind kind;
	} rows[] = {
		{ "svc", KVIP_KIND_SERVICE },
		{ "service", KVIP_KIND_SERVICE },
		{ "Services", KVIP_KIND_SERVICE },
		{ "SVC", KVIP_KIND_SERVICE },
		{ "po", KVIP_KIND_POD },
		{ "pod", KVIP_KIND_POD },
		{ "pods", KVIP_KIND_POD },
		{ "deploy", KVIP_KIND_DEPLOYMENT },
		{ "deployment", KVIP_KIND_DEPLOYMENT },
		{ "deployments.apps", KVIP_KIND_DEPLOYMENT },
		{ "deployment.apps", KVIP_KIND_DEPLOYMENT },
		{ "no", KVIP_KIND_NODE },
		{ "nodes", KVIP_KIND_NODE },
		{ "endpointslice", KVIP_KIND_ENDPOINT_SLICE },
		{ "endpointslices.discovery.k8s.io", KVIP_KIND_ENDPOINT_SLICE },
	};
	static const char *const others[] = { "",
					      "s",
					      "servic",
					      "servicess",
					      "endpoints",
					      "ingress",
					      "pods.apps",
					      "deployments.",
					      "deployments.app",
					      "services.v1",
					      "deploy.apps.x" };
	enum kvip_kind kind;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!kvip_kind_find(rows[i].word, &kind))
			fail_msg("%s is none", rows[i].word);
		assert_int_equal(kind, rows[i].kind);
	}
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (kvip_kind_find(others[i], &kind))
			fail_msg("%s is one", others[i]);
}

static void objects_have_kinds(void **state)
{
	static const struct {
		const char *object;
		enum kvip_kind kind;
		const char *sentence;
	} rows[] = {
		{ "{\"kind\":\"Service\",\"apiVersion\":\"v1\"}",
		  KVIP_KIND_SERVICE, NULL },
		{ "{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\"}",
		  KVIP_KIND_DEPLOYMENT, NULL },
		{ "{\"kind\":\"EndpointSlice\",\"apiVersion\":\"discovery.k8s.io/v1\"}",
		  KVIP_KIND_ENDPOINT_SLICE, NULL },
		{ "{\"kind\":\"EndpointSlice\",\"apiVersion\":\"discovery.k8s.io/v1beta1\"}",
		  KVIP_KINDS,
		  "kind EndpointSlice of discovery.k8s.io/v1beta1 is not one that kvip keeps" },
		{ "{\"kind\":\"service\",\"apiVersion\":\"v1\"}", KVIP_KINDS,
		  "kind service of v1 is not one that kvip keeps" },
		{ "{\"kind\":\"Ingress\",\"apiVersion\":\"networking.k8s.io/v1\"}",
		  KVIP_KINDS,
		  "kind Ingress of networking.k8s.io/v1 is not one that kvip keeps" },
		{ "{\"kind\":\"Pod\"}", KVIP_KINDS,
		  "an object has no kind or no apiVersion" },
		{ "{\"kind\":7,\"apiVersion\":\"v1\"}", KVIP_KINDS,
		  "an object has no kind or no apiVersion" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *object = json_tokener_parse(rows[i].object);
		enum kvip_kind kind = KVIP_KINDS;
		struct kvip_err err;
		int status = kvip_kind_of(object, &kind, &err);

		assert_int_equal(status, rows[i].sentence ? -1 : 0);
		assert_int_equal(kind, rows[i].kind);
		if (rows[i].sentence)
			assert_string_equal(err.text, rows[i].sentence);
		json_object_put(object);
	}
}

static void kinds_have_paths(void **state)
{
	char path[KVIP_KIND_PATH_LEN];

	(void)state;
	assert_string_equal(kvip_kind_path(KVIP_KIND_SERVICE, "demo", "web",
					   path),
			    "/api/v1/namespaces/demo/services/web");
	assert_string_equal(kvip_kind_path(KVIP_KIND_SERVICE, "demo", NULL,
					   path),
			    "/api/v1/namespaces/demo/services");
	assert_string_equal(kvip_kind_path(KVIP_KIND_ENDPOINT_SLICE, NULL, NULL,
					   path),
			    "/apis/discovery.k8s.io/v1/endpointslices");
	assert_string_equal(kvip_kind_path(KVIP_KIND_DEPLOYMENT, "demo", "web",
					   path),
			    "/apis/apps/v1/namespaces/demo/deployments/web");
	/* a Node is in no namespace, whatever one says */
	assert_string_equal(kvip_kind_path(KVIP_KIND_NODE, "demo", "a", path),
			    "/api/v1/nodes/a");
}

#define TEN "a23456789."
#define FIFTY TEN TEN TEN TEN TEN

/* What the API server of the fixtures said of "-Bad_": RFC 1123, not 1035. */
#define LABEL                                                                 \
	"a lowercase RFC 1123 label must consist of lower case alphanumeric " \
	"characters or '-', and must start and end with an alphanumeric "     \
	"character"
#define SUBDOMAIN                                                              \
	"a lowercase RFC 1123 subdomain must consist of lower case "           \
	"alphanumeric characters, '-' or '.', and must start and end with an " \
	"alphanumeric character"

static void names_are_checked(void **state)
{
	static const struct {
		enum kvip_kind kind;
		const char *name, *fault;
	} rows[] = {
		{ KVIP_KIND_SERVICE, "web", NULL },
		{ KVIP_KIND_SERVICE, "1-web", NULL },
		{ KVIP_KIND_SERVICE, "-Bad_", LABEL },
		{ KVIP_KIND_SERVICE, "a.b", LABEL },
		{ KVIP_KIND_SERVICE, "a-", LABEL },
		{ KVIP_KIND_SERVICE,
		  "a123456789012345678901234567890123456789012345678901234567890123",
		  "must be no more than 63 characters" },
		{ KVIP_KIND_POD, "a.b", NULL },
		{ KVIP_KIND_POD, "0.a-b", NULL },
		{ KVIP_KIND_POD, FIFTY FIFTY FIFTY FIFTY FIFTY "abc", NULL },
		{ KVIP_KIND_POD, FIFTY FIFTY FIFTY FIFTY FIFTY "abcd",
		  "must be no more than 253 characters" },
		{ KVIP_KIND_NODE, "a..b", SUBDOMAIN },
		{ KVIP_KIND_NODE, ".a", SUBDOMAIN },
		{ KVIP_KIND_NODE, "a.", SUBDOMAIN },
		{ KVIP_KIND_NODE, "A", SUBDOMAIN },
	};
	char sentence[1024];
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int status = kvip_name_check(rows[i].kind, rows[i].name, &err);

		assert_int_equal(status, rows[i].fault ? -1 : 0);
		if (!rows[i].fault)
			continue;
		snprintf(sentence, sizeof(sentence),
			 "metadata.name: Invalid value: \"%s\": %s",
			 rows[i].name, rows[i].fault);
		assert_string_equal(err.text, sentence);
	}
	assert_int_equal(kvip_name_check(KVIP_KIND_POD, "", &err), -1);
	assert_string_equal(
		err.text,
		"metadata.name: Required value: name or generateName is required");
}

static void namespaces_are_checked(void **state)
{
	struct kvip_err err;

	(void)state;
	assert_int_equal(kvip_namespace_check("kube-system", &err), 0);
	assert_int_equal(kvip_namespace_check("", &err), -1);
	assert_int_equal(kvip_namespace_check("a/b", &err), -1);
	assert_string_equal(err.text,
			    "namespace: Invalid value: \"a/b\": " LABEL);
}

static void objects_have_names(void **state)
{
	struct json_object *object = json_tokener_parse(
		"{\"metadata\":{\"name\":\"web\",\"namespace\":\"demo\"}}");
	struct json_object *none = json_tokener_parse("{\"metadata\":[]}");

	(void)state;
	assert_string_equal(kvip_object_name(object), "web");
	assert_string_equal(kvip_object_ns(object), "demo");
	assert_string_equal(kvip_object_name(none), "");
	assert_string_equal(kvip_object_ns(none), "");
	json_object_put(object);
	json_object_put(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_kinds),
		cmocka_unit_test(objects_have_kinds),
		cmocka_unit_test(kinds_have_paths),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(namespaces_are_checked),
		cmocka_unit_test(objects_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
