// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * S84: what kvip expose and kvip create service make of an object and options is
 * what kubectl makes of them. tests/data/expose says in its first lines what
 * kubectl was asked, and then what it made.
 */
#include "recorded.h"

#include <json-c/json.h>

#include "create_object.h"
#include "document.h"
#include "expose_endpoints.h"
#include "expose_service.h"
#include "json_make.h"
#include "object.h"

static int take(struct json_object *object, const struct kvip_origin *origin,
		void *ctx, struct kvip_err *err)
{
	struct json_object **taken = ctx;

	(void)origin;
	if (*taken)
		return kvip_err_set(err, "more than one object");
	*taken = json_object_get(object);
	return 0;
}

static struct json_object *object_of(const char *text)
{
	struct json_object *object = NULL;
	struct kvip_err err;

	if (kvip_document_parse("test", text, strlen(text), take, &object,
				&err))
		fail_msg("%s", err.text);
	assert_non_null(object);
	return object;
}

/* Both, if they are not the same. */
static void assert_same(const char *what, struct json_object *got,
			struct json_object *wanted)
{
	if (json_object_equal(got, wanted))
		return;
	print_error("%s\nwanted %s\n", what,
		    json_object_to_json_string(wanted));
	fail_msg("got    %s", json_object_to_json_string(got));
}

static const char deployment[] =
	"apiVersion: apps/v1\n"
	"kind: Deployment\n"
	"metadata: {name: web, namespace: demo, labels: {app: web}}\n"
	"spec:\n"
	"  selector: {matchLabels: {app: web}}\n"
	"  template:\n"
	"    metadata: {labels: {app: web}}\n"
	"    spec: {containers: [{name: web, ports: [{containerPort: 8080}]}]}\n";

/* The Service of that name out of a recorded list. */
static int take_multi(struct json_object *object,
		      const struct kvip_origin *origin, void *ctx,
		      struct kvip_err *err)
{
	struct json_object **taken = ctx;

	(void)origin;
	(void)err;
	if (!strcmp(kvip_object_name(object), "multi") &&
	    !strcmp(kvip_object_text(object, "kind"), "Service"))
		*taken = json_object_get(object);
	return 0;
}

static struct json_object *recorded_multi(void)
{
	struct json_object *object = NULL;
	struct kvip_err err;

	if (kvip_documents_read("tests/data/get-all.json", take_multi, &object,
				&err))
		fail_msg("%s", err.text);
	assert_non_null(object);
	return object;
}

/* The word behind "--name=", if it is that. */
static bool option(const char *word, const char *name, const char **value)
{
	size_t len = strlen(name);

	if (strncmp(word, name, len) || word[len] != '=')
		return false;
	*value = word + len + 1;
	return true;
}

static void read_expose(char *word, char **rest, struct kvip_expose *options)
{
	const struct {
		const char *name;
		const char **value;
	} names[] = {
		{ "--port", &options->port },
		{ "--target-port", &options->target_port },
		{ "--protocol", &options->protocol },
		{ "--name", &options->name },
		{ "--type", &options->type },
		{ "--session-affinity", &options->session_affinity },
		{ "--cluster-ip", &options->cluster_ip },
		{ "--external-ip", &options->external_ip },
		{ "--load-balancer-ip", &options->load_balancer_ip },
	};
	size_t i;

	if (!strcmp(word, "-l")) {
		options->labels = strsep(rest, " ");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (option(word, names[i].name, names[i].value))
			return;
	fail_msg("the test does not know %s", word);
}

static struct json_object *expose_like(char *rest, struct kvip_err *err)
{
	bool is_deployment = !strcmp(strsep(&rest, " "), "deployment");
	struct json_object *object = is_deployment ? object_of(deployment) :
						     recorded_multi();
	struct kvip_expose options = {};
	struct json_object *made;
	char *word;

	assert_string_equal(strsep(&rest, " "), kvip_object_name(object));
	while ((word = strsep(&rest, " "))) {
		if (!strcmp(word, "-n") || !strcmp(word, "-o"))
			strsep(&rest, " ");
		else if (strcmp(word, "--dry-run=client"))
			read_expose(word, &rest, &options);
	}
	made = kvip_expose_service(&options,
				   is_deployment ? KVIP_KIND_DEPLOYMENT :
						   KVIP_KIND_SERVICE,
				   object, err);
	json_object_put(object);
	return made;
}

static struct json_object *create_like(char *rest, struct kvip_err *err)
{
	static const struct {
		const char *word, *type;
	} types[] = { { "clusterip", "ClusterIP" },
		      { "nodeport", "NodePort" },
		      { "loadbalancer", "LoadBalancer" },
		      { "externalname", "ExternalName" } };
	struct kvip_create_service options = {};
	const char *type = strsep(&rest, " "), *value;
	char *word, *tcp[4];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(type, types[i].word))
			options.type = types[i].type;
	assert_non_null(options.type);
	options.name = strsep(&rest, " ");
	options.tcp = tcp;
	while ((word = strsep(&rest, " "))) {
		if (!strcmp(word, "-n") || !strcmp(word, "-o"))
			strsep(&rest, " ");
		else if (!strncmp(word, "--tcp=", 6))
			tcp[options.n_tcp++] = word + 6;
		else if (option(word, "--clusterip", &value))
			options.cluster_ip = value;
		else if (option(word, "--external-name", &value))
			options.external_name = value;
		else if (option(word, "--node-port", &value))
			options.node_port = atoi(value);
		else if (strcmp(word, "--dry-run=client"))
			fail_msg("the test does not know %s", word);
	}
	return kvip_create_service_make(&options, err);
}

static void it_is_what_kubectl_makes(void **state)
{
	static const char *const names[] = {
		"deploy",	    "deploy-clusterip", "deploy-defaultport",
		"deploy-extip",	    "deploy-headless",	"deploy-lb",
		"deploy-name",	    "deploy-nodeport",	"deploy-sctp",
		"deploy-sticky",    "deploy-udp",	"svc",
		"create-clusterip", "create-extname",	"create-headless",
		"create-lb",	    "create-nodeport",
	};
	static const char expose[] = "# kubectl expose ";
	static const char create[] = "# kubectl create service ";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct json_object *wanted, *got = NULL;
		char path[64], *text, *line;
		struct kvip_err err;
		size_t len;

		snprintf(path, sizeof(path), "expose/%s.yaml", names[i]);
		text = recorded(path, &len);
		wanted = object_of(text);
		line = text;
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, expose, sizeof(expose) - 1))
			got = expose_like(line + sizeof(expose) - 1, &err);
		else if (!strncmp(line, create, sizeof(create) - 1))
			got = create_like(line + sizeof(create) - 1, &err);
		else
			fail_msg("%s says no command", path);
		if (!got)
			fail_msg("%s: %s", path, err.text);
		kvip_json_set(kvip_json_object(got, "metadata"), "namespace",
			      "demo");
		assert_same(path, got, wanted);
		json_object_put(got);
		json_object_put(wanted);
		free(text);
	}
}

/* Ports of "name:port/protocol>target", a blank between two. */
static void ports_of(struct json_object *service, char *text, size_t size)
{
	struct json_object *list = kvip_object_member(
		kvip_object_member(service, "spec"), "ports");
	size_t i, used = 0;

	*text = '\0';
	if (!list)
		return;
	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *port = json_object_array_get_idx(list, i);
		const char *name = kvip_object_text(port, "name");

		used += (size_t)snprintf(
			text + used, size - used, "%s%s:%s/%s>%s", i ? " " : "",
			name ? name : "",
			json_object_get_string(
				kvip_object_member(port, "port")),
			kvip_object_text(port, "protocol"),
			json_object_get_string(
				kvip_object_member(port, "targetPort")));
	}
}

static void ports_come_from_containers(void **state)
{
	static const struct {
		const char *containers, *port, *protocol, *target, *ports;
	} rows[] = {
		/* several containers, several ports */
		{ "[{ports: [{containerPort: 80}]}, {ports: [{containerPort: 443}]}]",
		  NULL, NULL, NULL, "port-1:80/TCP>80 port-2:443/TCP>443" },
		/* each with its protocol */
		{ "[{ports: [{containerPort: 53, protocol: UDP}, {containerPort: 80}]}]",
		  NULL, NULL, NULL, "port-1:53/UDP>53 port-2:80/TCP>80" },
		/* one number for two protocols */
		{ "[{ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]}]",
		  NULL, NULL, NULL,
		  "port-1-udp:53/UDP>53 port-1-tcp:53/TCP>53" },
		{ "[{ports: [{containerPort: 53, protocol: UDP}, {containerPort: 53}]}]",
		  NULL, "SCTP", NULL, ":53/SCTP>53" },
		/* a port that is told has the protocol of its namesake */
		{ "[{ports: [{containerPort: 53, protocol: UDP}]}]", "53", NULL,
		  NULL, ":53/UDP>53" },
		{ "[{ports: [{containerPort: 53, protocol: UDP}]}]", "54", NULL,
		  NULL, ":54/TCP>54" },
		/* one target for all */
		{ "[{}]", "80,443", NULL, "http",
		  "port-1:80/TCP>http port-2:443/TCP>http" },
		{ "[{}]", "80", "UDP", "8080", ":80/UDP>8080" },
		/* what is no list of ports is none */
		{ "{}", "80", NULL, NULL, ":80/TCP>80" },
		{ "[1, {ports: 2}, {ports: [3, {containerPort: x}]}]", "80",
		  NULL, NULL, ":80/TCP>80" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kvip_expose options = { .port = rows[i].port,
					       .protocol = rows[i].protocol,
					       .target_port = rows[i].target };
		struct json_object *pod, *service;
		char text[512], ports[256];
		struct kvip_err err;

		snprintf(text, sizeof(text),
			 "apiVersion: v1\nkind: Pod\n"
			 "metadata: {name: p, labels: {a: b}}\n"
			 "spec: {containers: %s}\n",
			 rows[i].containers);
		pod = object_of(text);
		service =
			kvip_expose_service(&options, KVIP_KIND_POD, pod, &err);
		if (!service)
			fail_msg("%s: %s", rows[i].containers, err.text);
		ports_of(service, ports, sizeof(ports));
		assert_string_equal(ports, rows[i].ports);
		json_object_put(service);
		json_object_put(pod);
	}
}

#define POD "apiVersion: v1\nkind: Pod\n"
#define SERVICE "apiVersion: v1\nkind: Service\n"
#define DEPLOYMENT "apiVersion: apps/v1\nkind: Deployment\n"

static void what_kubectl_refuses(void **state)
{
	static const struct {
		enum kvip_kind kind;
		const char *object;
		struct kvip_expose options;
		const char *why;
	} rows[] = {
		{ KVIP_KIND_POD, POD "metadata: {name: p, labels: {a: b}}\n",
		  .why = "couldn't find port via --port flag or introspection" },
		{ KVIP_KIND_POD,
		  POD "metadata: {name: p}\n",
		  { .port = "80" },
		  "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed" },
		{ KVIP_KIND_SERVICE,
		  SERVICE "metadata: {name: p}\n",
		  { .port = "80" },
		  "couldn't retrieve selectors via --selector flag or introspection: the service has no pod selector set" },
		{ KVIP_KIND_DEPLOYMENT,
		  DEPLOYMENT "metadata: {name: p}\nspec: {selector: {}}\n",
		  { .port = "80" },
		  "couldn't retrieve selectors via --selector flag or introspection: invalid deployment: no selectors, therefore cannot be exposed" },
		{ KVIP_KIND_DEPLOYMENT,
		  DEPLOYMENT
		  "metadata: {name: p}\n"
		  "spec: {selector: {matchExpressions: [{key: a, operator: Exists}]}}\n",
		  { .port = "80" },
		  "couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - \"[{\"key\":\"a\",\"operator\":\"Exists\"}]\" to map-based selector format" },
		{ KVIP_KIND_NODE,
		  "apiVersion: v1\nkind: Node\nmetadata: {name: p}\n",
		  { .port = "80" },
		  "cannot expose a Node" },
		{ KVIP_KIND_ENDPOINT_SLICE,
		  "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n",
		  { .port = "80" },
		  "cannot expose a EndpointSlice.discovery.k8s.io" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .selector = "web" },
		  "unexpected label spec: web" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .selector = "a=b=c" },
		  "unexpected label spec: a=b=c" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .labels = "a=b,=c" },
		  "unexpected empty label key" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .session_affinity = "Client" },
		  "unknown session affinity: Client" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .port = "80,http" },
		  "--port 80,http: \"http\" is not a port number" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .port = "80," },
		  "--port 80,: \"\" is not a port number" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .port = "99999999999" },
		  "--port 99999999999: \"99999999999\" is not a port number" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .port = "80,80" },
		  "--port 80,80: 80 is told twice" },
		{ KVIP_KIND_DEPLOYMENT,
		  deployment,
		  { .external_name = "db.example.com", .type = "NodePort" },
		  "--external-name is for --type ExternalName only" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *object = object_of(rows[i].object);
		struct kvip_err err = {};

		assert_null(kvip_expose_service(&rows[i].options, rows[i].kind,
						object, &err));
		assert_string_equal(err.text, rows[i].why);
		json_object_put(object);
	}
}

static void a_long_name_is_cut(void **state)
{
	char name[101] = "", text[256];
	struct kvip_expose options = { .port = "80" };
	struct json_object *pod, *service;
	struct kvip_err err;

	(void)state;
	memset(name, 'a', 100);
	snprintf(text, sizeof(text),
		 POD "metadata: {name: %s, labels: {a: b}}\n", name);
	pod = object_of(text);
	service = kvip_expose_service(&options, KVIP_KIND_POD, pod, &err);
	assert_non_null(service);
	assert_int_equal(strlen(kvip_object_name(service)), 63);
	json_object_put(service);
	json_object_put(pod);
}

static void what_has_no_object(void **state)
{
	struct kvip_expose options = { .name = "db",
				       .type = "ExternalName",
				       .external_name = "db.example.com" };
	struct json_object *service, *wanted;
	struct kvip_err err;

	(void)state;
	service = kvip_expose_service(&options, KVIP_KIND_SERVICE, NULL, &err);
	wanted = object_of(
		SERVICE
		"metadata: {name: db}\n"
		"spec: {type: ExternalName, externalName: db.example.com}\n"
		"status: {loadBalancer: {}}\n");
	assert_non_null(service);
	assert_same("ExternalName", service, wanted);
	json_object_put(service);
	json_object_put(wanted);
	options = (struct kvip_expose){ .port = "80" };
	assert_null(
		kvip_expose_service(&options, KVIP_KIND_SERVICE, NULL, &err));
	assert_string_equal(err.text, "name must be specified");
}

static void endpoints_are_read(void **state)
{
	static const struct {
		const char *text, *why; /* NULL: it is taken */
	} rows[] = {
		{ "10.0.0.5:8080", NULL },
		{ "[fd00::5]:8080", NULL },
		{ "10.0.0.5:8081", NULL },
		{ "10.0.0.5:8080", "it is told twice" },
		{ "[fd00:0::5]:8080", "it is told twice" },
		{ "10.0.0.5", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ "fd00::5:80", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ "[10.0.0.5]:80", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ "[fd00::5:80", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ "[]:80", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ "[:80", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ ":80", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ "", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ "web:80", "expected ADDRESS:PORT or [ADDRESS]:PORT" },
		{ "10.0.0.5:0", "the port must be between 1 and 65535" },
		{ "10.0.0.5:65536", "the port must be between 1 and 65535" },
		{ "10.0.0.5:", "the port must be between 1 and 65535" },
		{ "10.0.0.5:http", "the port must be between 1 and 65535" },
		{ "127.0.0.1:80", "it is a loopback address" },
		{ "[fe80::1]:80", "it is a link-local address" },
	};
	struct kvip_told_endpoints endpoints = {};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char why[256];
		struct kvip_err err;
		int ret;

		ret = kvip_told_endpoints_add(&endpoints, rows[i].text, &err);
		assert_int_equal(ret, rows[i].why ? -1 : 0);
		if (!rows[i].why)
			continue;
		snprintf(why, sizeof(why), "--endpoint %s: %s", rows[i].text,
			 rows[i].why);
		assert_string_equal(err.text, why);
	}
	assert_int_equal(endpoints.n, 3);
	kvip_told_endpoints_free(&endpoints);
}

static struct json_object *slices_of(const char *const texts[], size_t n,
				     struct json_object *service)
{
	struct kvip_told_endpoints endpoints = {};
	struct json_object *slices;
	struct kvip_err err;
	size_t i;

	for (i = 0; i < n; i++)
		if (kvip_told_endpoints_add(&endpoints, texts[i], &err))
			fail_msg("%s", err.text);
	endpoints.items[0].node = strdup("node-a");
	kvip_told_endpoints_families(&endpoints, service);
	slices = kvip_told_endpoints_slices(&endpoints, service);
	kvip_told_endpoints_free(&endpoints);
	return slices;
}

static void endpoints_become_slices(void **state)
{
	static const char *const texts[] = { "[fd00::5]:8080", "10.0.0.5:8080",
					     "10.0.0.6:8080", "10.0.0.5:8081" };
	static const char *const names[] = { "web-ipv6", "web-ipv4",
					     "web-ipv4-2" };
	struct json_object *service, *slices, *wanted;
	size_t i;

	(void)state;
	service = object_of(
		SERVICE
		"metadata: {name: web, namespace: demo, uid: u-1}\n"
		"spec: {ports: [{port: 80, protocol: UDP, targetPort: 80}]}\n");
	slices = slices_of(texts, ARRAY_SIZE(texts), service);
	assert_int_equal(json_object_array_length(slices), 3);
	for (i = 0; i < 3; i++)
		assert_string_equal(
			kvip_object_name(json_object_array_get_idx(slices, i)),
			names[i]);
	wanted = object_of(
		"apiVersion: discovery.k8s.io/v1\n"
		"kind: EndpointSlice\n"
		"metadata:\n"
		"  name: web-ipv6\n"
		"  namespace: demo\n"
		"  labels:\n"
		"    kubernetes.io/service-name: web\n"
		"    endpointslice.kubernetes.io/managed-by: kvip-expose\n"
		"  ownerReferences:\n"
		"  - {apiVersion: v1, kind: Service, name: web, uid: u-1,\n"
		"     controller: true, blockOwnerDeletion: true}\n"
		"addressType: IPv6\n"
		"ports: [{name: '', port: 8080, protocol: UDP}]\n"
		"endpoints:\n"
		"- addresses: ['fd00::5']\n"
		"  conditions: {ready: true}\n"
		"  nodeName: node-a\n");
	assert_same("slice", json_object_array_get_idx(slices, 0), wanted);
	assert_int_equal(
		json_object_array_length(kvip_object_member(
			json_object_array_get_idx(slices, 1), "endpoints")),
		2);
	/* the first endpoint's family is the Service's first */
	assert_string_equal(
		json_object_to_json_string_ext(
			kvip_object_member(kvip_object_member(service, "spec"),
					   "ipFamilies"),
			JSON_C_TO_STRING_PLAIN),
		"[\"IPv6\",\"IPv4\"]");
	assert_string_equal(
		kvip_object_text(kvip_object_member(service, "spec"),
				 "ipFamilyPolicy"),
		"RequireDualStack");
	json_object_put(wanted);
	json_object_put(slices);
	json_object_put(service);
}

/* 250 endpoints: 100, 100 and 50, all of them once. */
static void many_endpoints_are_split(void **state)
{
	char texts[250][32];
	const char *list[250];
	struct json_object *service, *slices;
	size_t i, sizes[] = { 100, 100, 50 };

	(void)state;
	for (i = 0; i < 250; i++) {
		snprintf(texts[i], sizeof(texts[i]), "10.0.0.%zu:80", i);
		list[i] = texts[i];
	}
	service = object_of(SERVICE "metadata: {name: web}\n"
				    "spec: {ports: [{port: 80}]}\n");
	slices = slices_of(list, 250, service);
	assert_int_equal(json_object_array_length(slices), 3);
	for (i = 0; i < 3; i++) {
		struct json_object *slice =
			json_object_array_get_idx(slices, i);

		assert_int_equal(json_object_array_length(kvip_object_member(
					 slice, "endpoints")),
				 sizes[i]);
		/* nobody owns what is not stored */
		assert_null(kvip_object_member(kvip_object_member(slice,
								  "metadata"),
					       "ownerReferences"));
	}
	json_object_put(slices);
	json_object_put(service);
}

static void create_refuses(void **state)
{
	static const struct {
		const char *type, *tcp, *cluster_ip, *name, *why;
	} rows[] = {
		{ "ClusterIP", NULL, NULL, NULL,
		  "at least one tcp port specifier must be provided" },
		{ "ExternalName", NULL, NULL, NULL,
		  "--external-name is missing for this type" },
		{ "ClusterIP", "http", NULL, NULL,
		  "--tcp http: expected PORT or PORT:TARGET, with ports from 1 to 65535" },
		{ "ClusterIP", "0", NULL, NULL,
		  "--tcp 0: expected PORT or PORT:TARGET, with ports from 1 to 65535" },
		{ "ClusterIP", "80:", NULL, NULL,
		  "--tcp 80:: expected PORT or PORT:TARGET, with ports from 1 to 65535" },
		{ "ClusterIP", "80:0", NULL, NULL,
		  "--tcp 80:0: expected PORT or PORT:TARGET, with ports from 1 to 65535" },
		{ "ClusterIP", "80:65536", NULL, NULL,
		  "--tcp 80:65536: expected PORT or PORT:TARGET, with ports from 1 to 65535" },
		{ "ClusterIP", "80:81:82", NULL, NULL,
		  "--tcp 80:81:82: expected PORT or PORT:TARGET, with ports from 1 to 65535" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		char *tcp = rows[i].tcp ? strdup(rows[i].tcp) : NULL;
		struct kvip_create_service options = {
			.type = rows[i].type,
			.name = "web",
			.tcp = &tcp,
			.n_tcp = tcp ? 1 : 0,
			.cluster_ip = rows[i].cluster_ip,
			.external_name = rows[i].name,
		};
		struct kvip_err err = {};

		assert_null(kvip_create_service_make(&options, &err));
		assert_string_equal(err.text, rows[i].why);
		free(tcp);
	}
}

/* As "kubectl create deployment web --image=docker.io/nginx:1 --port=80" has it. */
static void a_deployment_is_made(void **state)
{
	struct kvip_create_deployment options = {
		.name = "web",
		.image = "docker.io/nginx:1",
		.port = 80,
		.replicas = 1,
	};
	struct json_object *made, *wanted;
	struct kvip_err err;

	(void)state;
	made = kvip_create_deployment_make(&options, &err);
	wanted = object_of(DEPLOYMENT
			   "metadata: {labels: {app: web}, name: web}\n"
			   "spec:\n"
			   "  replicas: 1\n"
			   "  selector: {matchLabels: {app: web}}\n"
			   "  strategy: {}\n"
			   "  template:\n"
			   "    metadata: {labels: {app: web}}\n"
			   "    spec:\n"
			   "      containers:\n"
			   "      - image: docker.io/nginx:1\n"
			   "        name: nginx\n"
			   "        ports: [{containerPort: 80}]\n"
			   "        resources: {}\n"
			   "status: {}\n");
	assert_same("deployment", made, wanted);
	json_object_put(made);
	json_object_put(wanted);

	options = (struct kvip_create_deployment){ .name = "web",
						   .selector = "a=b,c=d" };
	made = kvip_create_deployment_make(&options, &err);
	assert_string_equal(
		json_object_to_json_string_ext(
			kvip_object_member(
				kvip_object_member(kvip_object_member(made,
								      "spec"),
						   "selector"),
				"matchLabels"),
			JSON_C_TO_STRING_PLAIN),
		"{\"a\":\"b\",\"c\":\"d\"}");
	json_object_put(made);
	options.selector = "a";
	assert_null(kvip_create_deployment_make(&options, &err));
	assert_string_equal(err.text, "unexpected label spec: a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_what_kubectl_makes),
		cmocka_unit_test(ports_come_from_containers),
		cmocka_unit_test(what_kubectl_refuses),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(what_has_no_object),
		cmocka_unit_test(endpoints_are_read),
		cmocka_unit_test(endpoints_become_slices),
		cmocka_unit_test(many_endpoints_are_split),
		cmocka_unit_test(create_refuses),
		cmocka_unit_test(a_deployment_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
