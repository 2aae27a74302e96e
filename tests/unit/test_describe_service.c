// SPDX-License-Identifier: GPL-2.0-or-later
/* kvip describe service, against what kubectl said of the same Services. */
#include "recorded.h"

#include <json-c/json.h>

#include "describe_service.h"
#include "get_groups.h"
#include "kinds.h"
#include "object.h"

static struct json_object *json_of(const char *name)
{
	struct json_object *value;
	size_t len;
	char *text = recorded(name, &len);

	value = json_tokener_parse(text);
	assert_non_null(value);
	free(text);
	return value;
}

static void take_slices(struct json_object *list,
			struct kvip_get_groups *groups)
{
	struct json_object *items = kvip_object_member(list, "items");
	size_t i;

	for (i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);
		const char *kind = kvip_object_text(item, "kind");

		if (!kind || !strcmp(kind, "EndpointSlice"))
			kvip_get_groups_slice(groups, item, false, NULL);
	}
}

static void describe(FILE *to, struct kvip_get_groups *groups,
		     struct json_object *service)
{
	struct json_object **slices;
	size_t n;

	slices = kvip_get_group_slices(
		kvip_get_group(groups, kvip_object_ns(service),
			       kvip_object_name(service)),
		&n);
	kvip_describe_service(to, service, slices, n);
	free(slices);
}

/* Those of @list that are of @ns, and called @name if that is told. */
static char *described(struct json_object *list, struct kvip_get_groups *groups,
		       const char *ns, const char *name)
{
	struct json_object *items = kvip_object_member(list, "items");
	const char *between = "";
	char *text = NULL;
	size_t i, len;
	FILE *to = open_memstream(&text, &len);

	for (i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (strcmp(kvip_object_text(item, "kind"), "Service") ||
		    strcmp(kvip_object_ns(item), ns) ||
		    (name && strcmp(kvip_object_name(item), name)))
			continue;
		fputs(between, to);
		describe(to, groups, item);
		between = "\n\n";
	}
	fclose(to);
	return text;
}

/* Of events we know nothing, not even that there are none. */
static void cut_events(char *text)
{
	while (*text && strncmp(text, "Events:", 7))
		text++;
	assert_string_not_equal(text, "");
	*text = '\0';
}

static void kubectl_says_the_same(void **state)
{
	struct json_object *list = json_of("get-all.json");
	struct kvip_get_groups groups = {};
	char *text, *wanted;
	size_t len;

	(void)state;
	take_slices(list, &groups);
	text = described(list, &groups, "demo", NULL);
	wanted = recorded("kubectl/describe-svc-demo.txt", &len);
	assert_string_equal(text, wanted);
	free(wanted);
	free(text);

	text = described(list, &groups, "other", "kitchen-sink");
	wanted = recorded("kubectl/describe-svc-kitchen-sink.txt", &len);
	cut_events(wanted);
	assert_string_equal(text, wanted);
	free(wanted);
	free(text);
	kvip_get_groups_free(&groups);
	json_object_put(list);
}

/* More endpoints than a line has, in EndpointSlices of both families. */
static void endpoints_are_counted_as_kubectl_does(void **state)
{
	static const char *const names[] = { "td-zone", "dual-require" };
	struct json_object *slices = json_of("controller-endpointslices.json");
	struct json_object *list = json_of("controller.json");
	struct kvip_get_groups groups = {};
	char *text, *wanted;
	size_t i, len;

	(void)state;
	wanted = recorded("kubectl/describe-svc-controller.txt", &len);
	take_slices(slices, &groups);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		text = described(list, &groups, "demo", names[i]);
		assert_true(strlen(text) > 100);
		if (!strstr(wanted, text))
			fail_msg("%s", text);
		free(text);
	}
	free(wanted);
	kvip_get_groups_free(&groups);
	json_object_put(slices);
	json_object_put(list);
}

static void assert_described(const char *service, const char *slice,
			     const char *wanted)
{
	struct json_object *object = json_tokener_parse(service);
	struct json_object *slices[] = { slice ? json_tokener_parse(slice) :
						 NULL };
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(object);
	kvip_describe_service(to, object, slices, slice ? 1 : 0);
	fclose(to);
	assert_string_equal(text, wanted);
	free(text);
	json_object_put(slices[0]);
	json_object_put(object);
}

static void odd_services(void **state)
{
	(void)state;
	assert_described("{}", NULL,
			 "Name:              \n"
			 "Namespace:         \n"
			 "Labels:            <none>\n"
			 "Annotations:       <none>\n"
			 "Selector:          <none>\n"
			 "Type:              ClusterIP\n"
			 "IP Families:       <none>\n"
			 "IP:                \n"
			 "IPs:               <none>\n"
			 "Session Affinity:  \n");
	assert_described(
		"{\"metadata\":{\"name\":\"a\\u001b[2J\",\"labels\":{\"y\":\"2\","
		"\"x\":\"1\"},\"annotations\":{\"b\":\"line\\n  two\\n\","
		"\"a\":\"v\\n\",\"kubectl.kubernetes.io/last-applied-configuration\":"
		"\"{}\"}},\"spec\":{\"ports\":[{\"name\":\"p\",\"port\":80,"
		"\"targetPort\":\"http\",\"protocol\":\"UDP\",\"appProtocol\":\"h2c\","
		"\"nodePort\":30000},{\"name\":\"q\",\"port\":81}],"
		"\"sessionAffinity\":\"None\"},\"status\":{\"conditions\":[{"
		"\"type\":\"kvip/LoadBalancer\",\"status\":\"False\",\"reason\":"
		"\"PoolEmpty\",\"message\":\"no address is left\"}]}}",
		/* three that are ready and one that is not: no more to count */
		"{\"ports\":[{\"name\":\"p\",\"port\":8080}],\"endpoints\":["
		"{\"addresses\":[\"10.0.0.1\"]},{\"addresses\":[\"fd00::1\"]},"
		"{\"addresses\":[\"10.0.0.2\"],\"conditions\":{\"ready\":true}},"
		"{\"addresses\":[\"10.0.0.3\"],\"conditions\":{\"ready\":false}}]}",
		"Name:              a?[2J\n"
		"Namespace:         \n"
		"Labels:            x=1\n"
		"                   y=2\n"
		"Annotations:       a: v\n"
		"                   b:\n"
		"                     line\n"
		"                       two\n"
		"Selector:          <none>\n"
		"Type:              ClusterIP\n"
		"IP Families:       <none>\n"
		"IP:                \n"
		"IPs:               <none>\n"
		"Port:              p  80/UDP\n"
		"TargetPort:        http/UDP\n"
		"AppProtocol:       h2c\n"
		"NodePort:          p  30000/UDP\n"
		"Endpoints:         10.0.0.1:8080,[fd00::1]:8080,10.0.0.2:8080\n"
		"Port:              q  81/TCP\n"
		"TargetPort:        81/TCP\n"
		"Endpoints:         \n"
		"Session Affinity:  None\n"
		"Load Balancer:     pending: no address is left\n");
}

static void long_annotations_are_cut(void **state)
{
	char service[512], value[200], wanted[1024];

	(void)state;
	memset(value, 'v', sizeof(value));
	value[150] = '\0';
	snprintf(service, sizeof(service),
		 "{\"metadata\":{\"annotations\":{\"a\":\"%s\"}}}", value);
	snprintf(wanted, sizeof(wanted),
		 "Name:              \n"
		 "Namespace:         \n"
		 "Labels:            <none>\n"
		 "Annotations:       a:\n"
		 "                     %.138s...\n"
		 "Selector:          <none>\n"
		 "Type:              ClusterIP\n"
		 "IP Families:       <none>\n"
		 "IP:                \n"
		 "IPs:               <none>\n"
		 "Session Affinity:  \n",
		 value);
	assert_described(service, NULL, wanted);
}

static void headless_endpoints_have_no_port(void **state)
{
	(void)state;
	assert_described("{\"spec\":{\"ports\":[{\"port\":80}]}}",
			 "{\"ports\":null,\"endpoints\":[{\"addresses\":"
			 "[\"10.0.0.1\"]},{\"addresses\":[]},{}]}",
			 "Name:              \n"
			 "Namespace:         \n"
			 "Labels:            <none>\n"
			 "Annotations:       <none>\n"
			 "Selector:          <none>\n"
			 "Type:              ClusterIP\n"
			 "IP Families:       <none>\n"
			 "IP:                \n"
			 "IPs:               <none>\n"
			 "Port:              <unset>  80/TCP\n"
			 "TargetPort:        80/TCP\n"
			 "Endpoints:         10.0.0.1\n"
			 "Session Affinity:  \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kubectl_says_the_same),
		cmocka_unit_test(endpoints_are_counted_as_kubectl_does),
		cmocka_unit_test(odd_services),
		cmocka_unit_test(long_annotations_are_cut),
		cmocka_unit_test(headless_endpoints_have_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
