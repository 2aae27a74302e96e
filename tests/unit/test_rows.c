// SPDX-License-Identifier: GPL-2.0-or-later
/* What a table tells of objects, against the API server's own tables. */
#include "recorded.h"

#include <json-c/json.h>

#include "get_endpoints.h"
#include "get_groups.h"
#include "object.h"
#include "rows.h"
#include "rows_age.h"
#include "timestamp.h"

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

static double created(struct json_object *object)
{
	double seconds;

	assert_true(kvip_timestamp_parse(
		kvip_object_text(kvip_object_member(object, "metadata"),
				 "creationTimestamp"),
		&seconds));
	return seconds;
}

/* The cells of @object with commas between them, as "a;b;c". */
static char *cells(const struct kvip_rows *rows, struct json_object *object,
		   double now)
{
	struct kvip_cells row = {};
	char *text = NULL;
	unsigned int i;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	rows->fill(&row, object, now);
	for (i = 0; i < row.n; i++)
		fprintf(to, "%s%s", i ? ";" : "", row.text[i]);
	fclose(to);
	for (i = 0; rows->columns[i]; i++)
		;
	assert_int_equal(row.n, i);
	kvip_cells_free(&row);
	return text;
}

static void assert_cells(const struct kvip_rows *rows,
			 struct json_object *object, double now,
			 const char *wanted)
{
	char *text = cells(rows, object, now);

	assert_string_equal(text, wanted);
	free(text);
}

static char *joined(struct json_object *row)
{
	struct json_object *list = kvip_object_member(row, "cells");
	char *text = NULL;
	size_t i, len;
	FILE *to = open_memstream(&text, &len);

	for (i = 0; i < json_object_array_length(list); i++)
		fprintf(to, "%s%s", i ? ";" : "",
			json_object_get_string(
				json_object_array_get_idx(list, i)));
	fclose(to);
	return text;
}

static void assert_headings(const struct kvip_rows *rows,
			    struct json_object *table)
{
	struct json_object *list, *column;
	size_t i, n;

	list = kvip_object_member(table, "columnDefinitions");
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		column = json_object_array_get_idx(list, i);
		assert_non_null(rows->columns[i]);
		assert_int_equal(strcasecmp(rows->columns[i],
					    kvip_object_text(column, "name")),
				 0);
		assert_int_equal(json_object_get_int(kvip_object_member(
					 column, "priority")) == 0,
				 i < rows->narrow);
	}
	assert_null(rows->columns[n]);
}

static void tables_are_those_of_the_api_server(void **state)
{
	static const struct {
		const struct kvip_rows *rows;
		const char *list, *table;
		double age; /* of the first, as the table has it */
		size_t n;
	} rows[] = {
		{ &kvip_rows_service, "list-services.json",
		  "api/services.table.json", 19, 37 },
		{ &kvip_rows_slice, "list-endpointslices.json",
		  "api/endpointslices.table.json", 20, 18 },
		{ &kvip_rows_node, "list-nodes.json", "api/nodes.table.json", 5,
		  4 },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_object *list = json_of(rows[i].list);
		struct json_object *table = json_of(rows[i].table);
		struct json_object *items = kvip_object_member(list, "items");
		struct json_object *wanted = kvip_object_member(table, "rows");
		double now = created(json_object_array_get_idx(items, 0)) +
			     rows[i].age + 0.5;

		assert_headings(rows[i].rows, table);
		assert_int_equal(json_object_array_length(items), rows[i].n);
		assert_int_equal(json_object_array_length(wanted), rows[i].n);
		for (j = 0; j < rows[i].n; j++) {
			char *text =
				joined(json_object_array_get_idx(wanted, j));

			assert_cells(rows[i].rows,
				     json_object_array_get_idx(items, j), now,
				     text);
			free(text);
		}
		json_object_put(table);
		json_object_put(list);
	}
}

static void ages_are_told_as_kubectl_does(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} rows[] = {
		{ -1e9, "<invalid>" },
		{ -2, "<invalid>" },
		{ -1.9, "0s" },
		{ 0, "0s" },
		{ 0.999, "0s" },
		{ 119.9, "119s" },
		{ 120, "2m" },
		{ 121, "2m1s" },
		{ 599, "9m59s" },
		{ 600, "10m" },
		{ 10799, "179m" },
		{ 10800, "3h" },
		{ 10859, "3h" },
		{ 10860, "3h1m" },
		{ 28799, "7h59m" },
		{ 28800, "8h" },
		{ 172799, "47h" },
		{ 172800, "2d" },
		{ 176400, "2d1h" },
		{ 691199, "7d23h" },
		{ 691200, "8d" },
		{ 2.0 * 365 * 86400 - 1, "729d" },
		{ 2.0 * 365 * 86400, "2y" },
		{ 2.0 * 365 * 86400 + 86400, "2y1d" },
		{ 8.0 * 365 * 86400 - 1, "7y364d" },
		{ 8.0 * 365 * 86400 + 86400, "8y" },
	};
	char text[KVIP_AGE_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(kvip_age_text(rows[i].seconds, text),
				    rows[i].text);
}

static struct json_object *parse(const char *text)
{
	struct json_object *value = json_tokener_parse(text);

	if (!value)
		fail_msg("%s", text);
	return value;
}

struct shown {
	const char *json, *cells;
};

static void assert_shown(const struct kvip_rows *kind,
			 const struct shown *shown, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct json_object *object = parse(shown[i].json);

		assert_cells(kind, object, 1795502000, shown[i].cells);
		json_object_put(object);
	}
}

/* What the recorded ones do not have. */
static void odd_services(void **state)
{
	static const struct shown shown[] = {
		{ "{}", ";ClusterIP;<none>;<none>;<none>;<unknown>;<none>" },
		{ "{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"x\"},"
		  "\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"10.0.0.1\","
		  "\"ports\":[{\"port\":80,\"nodePort\":30000}]},"
		  "\"status\":{\"loadBalancer\":{\"ingress\":["
		  "{\"hostname\":\"b\"},{\"ip\":\"10.0.0.2\"},{\"ip\":\"10.0.0.2\"},"
		  "{}]}}}",
		  "a;LoadBalancer;10.0.0.1;10.0.0.2,b;80:30000/TCP;<unknown>;<none>" },
		{ "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"type\":\"ExternalName\"}}",
		  "a;ExternalName;<none>;<none>;<none>;<unknown>;<none>" },
		/* nothing of it is of the type that it should be */
		{ "{\"metadata\":[],\"spec\":{\"ports\":{},\"clusterIPs\":5,"
		  "\"externalIPs\":\"x\",\"selector\":[1]},\"status\":7}",
		  ";ClusterIP;<none>;<none>;<none>;<unknown>;<none>" },
		{ "{\"metadata\":{\"name\":3},\"spec\":{\"ports\":[1,null],"
		  "\"clusterIPs\":[null],\"externalIPs\":[[]]},\"status\":"
		  "{\"loadBalancer\":{\"ingress\":[3]}}}",
		  ";ClusterIP;<none>;[ ];0/TCP,0/TCP;<unknown>;<none>" },
	};

	(void)state;
	assert_shown(&kvip_rows_service, shown, ARRAY_SIZE(shown));
}

#define POD(status)                                                      \
	"{\"metadata\":{\"name\":\"p\"},\"spec\":{\"nodeName\":\"n\","   \
	"\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]},\"status\"" \
	":{\"podIP\":\"10.0.0.1\"," status "}}"

#define RUNNING(name) \
	"{\"name\":\"" name "\",\"ready\":true,\"state\":{\"running\":{}}}"

#define INIT_POD(status)                                                               \
	"{\"metadata\":{\"name\":\"p\"},\"spec\":{\"initContainers\":["                \
	"{\"name\":\"i\"},{\"name\":\"s\",\"restartPolicy\":\"Always\"}],"             \
	"\"containers\":[{\"name\":\"a\"}]},\"status\":{\"phase\":\"Pending\"," status \
	"}}"

static void pods(void **state)
{
	static const struct shown shown[] = {
		{ "{}", ";0/0;;0;<unknown>;<none>;<none>;<none>;<none>" },
		{ POD("\"phase\":\"Pending\""),
		  "p;0/2;Pending;0;<unknown>;10.0.0.1;n;<none>;<none>" },
		/* nobody but ourselves says that such a Pod is ready */
		{ POD("\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\","
		      "\"status\":\"True\"}]"),
		  "p;2/2;Running;0;<unknown>;10.0.0.1;n;<none>;<none>" },
		{ POD("\"phase\":\"Running\",\"containerStatuses\":[" RUNNING(
			  "a") ",{\"name\":\"b\",\"restartCount\":3,"
			       "\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},"
			       "\"lastState\":{\"terminated\":{\"finishedAt\":"
			       "\"2026-11-24T06:30:00Z\"}}}]"),
		  "p;1/2;CrashLoopBackOff;3 (3m20s ago);<unknown>;10.0.0.1;n;<none>;<none>" },
		{ POD("\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\","
		      "\"status\":\"True\"}],\"containerStatuses\":["
		      "{\"name\":\"a\",\"state\":{\"terminated\":{\"reason\":"
		      "\"Completed\"}}}," RUNNING("b") "]"),
		  "p;1/2;Running;0;<unknown>;10.0.0.1;n;<none>;<none>" },
		{ POD("\"phase\":\"Running\",\"containerStatuses\":["
		      "{\"name\":\"a\",\"state\":{\"terminated\":{\"reason\":"
		      "\"Completed\"}}}," RUNNING("b") "]"),
		  "p;1/2;NotReady;0;<unknown>;10.0.0.1;n;<none>;<none>" },
		{ POD("\"phase\":\"Failed\",\"containerStatuses\":[{\"name\":"
		      "\"a\",\"state\":{\"terminated\":{\"exitCode\":2}}}]"),
		  "p;0/2;ExitCode:2;0;<unknown>;10.0.0.1;n;<none>;<none>" },
		{ POD("\"phase\":\"Failed\",\"containerStatuses\":[{\"name\":"
		      "\"a\",\"state\":{\"terminated\":{\"signal\":9}}}]"),
		  "p;0/2;Signal:9;0;<unknown>;10.0.0.1;n;<none>;<none>" },
		{ POD("\"phase\":\"Failed\",\"reason\":\"Evicted\""),
		  "p;0/2;Evicted;0;<unknown>;10.0.0.1;n;<none>;<none>" },
		{ POD("\"phase\":\"Pending\",\"conditions\":[{\"type\":"
		      "\"PodScheduled\",\"reason\":\"SchedulingGated\"}]"),
		  "p;0/2;SchedulingGated;0;<unknown>;10.0.0.1;n;<none>;<none>" },
		{ INIT_POD("\"podIPs\":[{\"ip\":\"10.0.0.2\"}]"),
		  "p;0/2;Pending;0;<unknown>;10.0.0.2;<none>;<none>;<none>" },
		{ INIT_POD("\"initContainerStatuses\":[{\"name\":\"i\","
			   "\"restartCount\":2,\"state\":{\"running\":{}}}]"),
		  "p;0/2;Init:0/2;2;<unknown>;<none>;<none>;<none>;<none>" },
		{ INIT_POD("\"initContainerStatuses\":[{\"name\":\"i\","
			   "\"state\":{\"terminated\":{\"exitCode\":1,"
			   "\"reason\":\"Error\"}}}]"),
		  "p;0/2;Init:Error;0;<unknown>;<none>;<none>;<none>;<none>" },
		{ INIT_POD(
			  "\"initContainerStatuses\":[{\"name\":\"i\",\"state\":"
			  "{\"terminated\":{\"exitCode\":0}}},{\"name\":\"s\","
			  "\"state\":{\"waiting\":{\"reason\":"
			  "\"ImagePullBackOff\"}}}]"),
		  "p;0/2;Init:ImagePullBackOff;0;<unknown>;<none>;<none>;<none>;<none>" },
		{ INIT_POD(
			  "\"initContainerStatuses\":[{\"name\":\"i\","
			  "\"restartCount\":2,\"state\":{\"terminated\":"
			  "{\"exitCode\":0}}},{\"name\":\"s\",\"restartCount\":1,"
			  "\"started\":true,\"ready\":true,\"state\":"
			  "{\"running\":{}}}],\"containerStatuses\":[" RUNNING(
				  "a") "]"),
		  "p;2/2;Pending;1;<unknown>;<none>;<none>;<none>;<none>" },
		{ "{\"metadata\":{\"name\":\"p\",\"deletionTimestamp\":"
		  "\"2026-11-24T06:30:00Z\"},\"spec\":{\"readinessGates\":["
		  "{\"conditionType\":\"A\"},{\"conditionType\":\"B\"}]},"
		  "\"status\":{\"phase\":\"Running\",\"nominatedNodeName\":\"m\","
		  "\"conditions\":[{\"type\":\"B\",\"status\":\"True\"}]}}",
		  "p;0/0;Terminating;0;<unknown>;<none>;<none>;m;1/2" },
		{ "{\"metadata\":{\"name\":\"p\",\"deletionTimestamp\":"
		  "\"2026-11-24T06:30:00Z\"},\"status\":{\"phase\":\"Failed\"}}",
		  "p;0/0;Failed;0;<unknown>;<none>;<none>;<none>;<none>" },
		{ "{\"metadata\":{\"name\":\"p\",\"deletionTimestamp\":"
		  "\"2026-11-24T06:30:00Z\"},\"status\":{\"phase\":\"Running\","
		  "\"reason\":\"NodeLost\"}}",
		  "p;0/0;Unknown;0;<unknown>;<none>;<none>;<none>;<none>" },
	};

	(void)state;
	assert_shown(&kvip_rows_pod, shown, ARRAY_SIZE(shown));
}

static void deployments(void **state)
{
	static const struct shown shown[] = {
		{ "{}", ";0/1;0;0;<unknown>;;;<none>" },
		{ "{\"metadata\":{\"name\":\"d\"},\"spec\":{\"replicas\":0}}",
		  "d;0/0;0;0;<unknown>;;;<none>" },
		{ "{\"metadata\":{\"name\":\"d\",\"creationTimestamp\":"
		  "\"2026-11-24T06:30:00Z\"},\"spec\":{\"replicas\":3,"
		  "\"selector\":{\"matchLabels\":{\"b\":\"2\",\"a\":\"1\"},"
		  "\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"In\","
		  "\"values\":[\"x\",\"y\"]},{\"key\":\"d\",\"operator\":"
		  "\"NotIn\",\"values\":[\"z\"]},{\"key\":\"e\",\"operator\":"
		  "\"Exists\"},{\"key\":\"f\",\"operator\":\"DoesNotExist\"}]},"
		  "\"template\":{\"spec\":{\"containers\":[{\"name\":\"m\","
		  "\"image\":\"i:1\"},{\"name\":\"n\",\"image\":\"j\"}]}}},"
		  "\"status\":{\"readyReplicas\":2,\"updatedReplicas\":3,"
		  "\"availableReplicas\":1}}",
		  "d;2/3;3;1;3m20s;m,n;i:1,j;"
		  "a=1,b=2,c in (x,y),d notin (z),e,!f" },
	};

	(void)state;
	assert_shown(&kvip_rows_deployment, shown, ARRAY_SIZE(shown));
}

static void nodes(void **state)
{
	static const struct shown shown[] = {
		{ "{}",
		  ";Unknown;<none>;<unknown>;;<none>;<none>;<unknown>;<unknown>;<unknown>" },
		{ "{\"metadata\":{\"name\":\"n\",\"labels\":{"
		  "\"node-role.kubernetes.io/worker\":\"\","
		  "\"node-role.kubernetes.io/edge\":\"x\","
		  "\"node-role.kubernetes.io/\":\"\","
		  "\"kubernetes.io/role\":\"edge\"}},\"status\":{\"nodeInfo\":"
		  "{\"kernelVersion\":\"6.1\"}}}",
		  "n;Unknown;edge,worker;<unknown>;;<none>;<none>;<unknown>;6.1;<unknown>" },
	};

	(void)state;
	assert_shown(&kvip_rows_node, shown, ARRAY_SIZE(shown));
}

static void endpoints(void **state)
{
	static const struct shown shown[] = {
		{ "{\"metadata\":{\"name\":\"e\"}}", "e;<none>;<unknown>" },
		{ "{\"subsets\":[{\"notReadyAddresses\":[{\"ip\":\"1.1.1.1\"}],"
		  "\"ports\":[{\"port\":80}]}]}",
		  ";;<unknown>" },
		{ "{\"subsets\":[{\"addresses\":[{\"ip\":\"fd00::1\"},"
		  "{\"ip\":\"10.0.0.1\"}],\"ports\":[{\"port\":80},"
		  "{\"port\":90}]}]}",
		  ";[fd00::1]:80,10.0.0.1:80,[fd00::1]:90 + 1 more...;<unknown>" },
		{ "{\"subsets\":[{\"addresses\":[{\"ip\":\"10.0.0.1\"}]},"
		  "{\"addresses\":[{\"ip\":\"10.0.0.2\"}]}]}",
		  ";10.0.0.1,10.0.0.2;<unknown>" },
	};

	(void)state;
	assert_shown(&kvip_rows_endpoints, shown, ARRAY_SIZE(shown));
}

/* @list of an object, in the order of what each element is as text. */
static int by_text(const void *a, const void *b)
{
	return strcmp(
		json_object_to_json_string(*(struct json_object *const *)a),
		json_object_to_json_string(*(struct json_object *const *)b));
}

static struct json_object *find(struct json_object *list, const char *ns,
				const char *name)
{
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!strcmp(kvip_object_name(item), name) &&
		    !strcmp(kvip_object_ns(item), ns))
			return item;
	}
	return NULL;
}

static bool same_subsets(struct json_object *made, struct json_object *wanted)
{
	struct json_object *objects[] = { made, wanted };
	size_t i, j, n = 0;

	/* in what order the controller has ports is known to Go alone */
	for (i = 0; i < 2; i++) {
		n = kvip_count_of(objects[i]);
		for (j = 0; j < n; j++) {
			struct json_object *ports = kvip_object_member(
				json_object_array_get_idx(objects[i], j),
				"ports");

			if (ports)
				json_object_array_sort(ports, by_text);
		}
	}
	return json_object_equal(made, wanted);
}

static void take_slices(struct json_object *items,
			struct kvip_get_groups *groups)
{
	size_t i;

	for (i = 0; i < json_object_array_length(items); i++)
		kvip_get_groups_slice(groups,
				      json_object_array_get_idx(items, i),
				      false, NULL);
}

static void take_services(struct json_object *items,
			  struct kvip_get_groups *groups)
{
	size_t i;

	for (i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (!strcmp(kvip_object_text(item, "kind"), "Service"))
			kvip_get_group_service(
				kvip_get_group(groups, kvip_object_ns(item),
					       kvip_object_name(item)),
				item);
	}
}

/* Compare with what the controller made; returns how many there are. */
static size_t compare_endpoints(struct kvip_get_groups *groups,
				struct json_object *wanted)
{
	struct kvip_hash_link *link = NULL;
	size_t n_found = 0;

	while ((link = kvip_hash_next(&groups->groups, link))) {
		struct kvip_get_group *group = (struct kvip_get_group *)link;
		struct json_object **slices, *made, *other;
		size_t n;

		if (!group->service)
			continue;
		slices = kvip_get_group_slices(group, &n);
		made = kvip_endpoints_make(group->service, slices, n);
		other = find(wanted, group->ns, group->name);
		if (!made != !other)
			fail_msg("%s/%s", group->ns, group->name);
		if (made && !same_subsets(kvip_object_member(made, "subsets"),
					  kvip_object_member(other, "subsets")))
			fail_msg("%s/%s: %s", group->ns, group->name,
				 json_object_to_json_string(made));
		n_found += !!made;
		json_object_put(made);
		free(slices);
	}
	return n_found;
}

/*
 * The Endpoints controller made these of Pods; we make them of the EndpointSlices
 * that the other controller made of the same Pods.
 */
static void endpoints_are_those_of_the_controller(void **state)
{
	struct json_object *all = json_of("controller.json");
	struct json_object *slices = json_of("controller-endpointslices.json");
	struct json_object *list = json_of("controller-endpoints.json");
	struct json_object *items = kvip_object_member(list, "items");
	struct kvip_get_groups groups = {};
	size_t n;

	(void)state;
	take_slices(kvip_object_member(slices, "items"), &groups);
	take_services(kvip_object_member(all, "items"), &groups);
	n = compare_endpoints(&groups, items);
	/* demo/web went before the Services were recorded */
	assert_int_equal(n, json_object_array_length(items) - 1);
	assert_true(n > 30);
	kvip_get_groups_free(&groups);
	json_object_put(list);
	json_object_put(slices);
	json_object_put(all);
}

#define SLICE(type, ports, endpoints)                    \
	"{\"addressType\":\"" type "\",\"ports\":" ports \
	",\"endpoints\":[" endpoints "]}"

static void assert_subsets(const char *service, const char *const *slices,
			   const char *wanted)
{
	struct json_object *objects[4], *made, *subsets, *svc = parse(service);
	size_t i, n;

	for (n = 0; slices[n]; n++)
		objects[n] = parse(slices[n]);
	made = kvip_endpoints_make(svc, objects, n);
	assert_non_null(made);
	subsets = kvip_object_member(made, "subsets");
	assert_string_equal(
		json_object_to_json_string_ext(subsets, JSON_C_TO_STRING_PLAIN),
		wanted);
	json_object_put(made);
	json_object_put(svc);
	for (i = 0; i < n; i++)
		json_object_put(objects[i]);
}

static void endpoints_of_odd_slices(void **state)
{
	static const char *const slices[] = {
		/* S5, S4: not told is ready; no address, FQDN: nothing */
		SLICE("IPv4", "[{\"name\":\"a\",\"port\":80}]",
		      "{\"addresses\":[\"10.0.0.2\"]},"
		      "{\"addresses\":[\"10.0.0.1\",\"10.0.0.9\"],\"conditions\":"
		      "{\"ready\":true}},{\"addresses\":[]},{},"
		      "{\"addresses\":[\"10.0.0.3\"],\"conditions\":"
		      "{\"ready\":false,\"terminating\":true}},"
		      "{\"addresses\":[\"10.0.0.4\"],\"hostname\":\"h\","
		      "\"conditions\":{\"ready\":false}}"),
		SLICE("FQDN", "[{\"port\":80}]",
		      "{\"addresses\":[\"a.example\"]}"),
		SLICE("IPv4", "null", "{\"addresses\":[\"10.0.0.7\"]}"),
		SLICE("IPv4", "[{\"name\":\"a\",\"port\":80}]",
		      "{\"addresses\":[\"10.0.0.0\"]}"),
		NULL
	};
	static const char wanted[] =
		"[{\"ports\":[{\"name\":\"a\",\"port\":80}],\"addresses\":["
		"{\"ip\":\"10.0.0.0\"},{\"ip\":\"10.0.0.1\"},"
		"{\"ip\":\"10.0.0.2\"}],\"notReadyAddresses\":["
		"{\"ip\":\"10.0.0.4\",\"hostname\":\"h\"}]},"
		"{\"addresses\":[{\"ip\":\"10.0.0.7\"}]}]";

	(void)state;
	assert_subsets("{\"spec\":{}}", slices, wanted);
	assert_subsets("{\"spec\":{\"ipFamilies\":[\"IPv4\",\"IPv6\"]}}",
		       slices, wanted);
	/* of the other family there are none, and that is said */
	assert_subsets("{\"spec\":{\"ipFamilies\":[\"IPv6\"]}}", slices,
		       "null");
}

static void words_of_types(void **state)
{
	static const struct {
		const char *word;
		const struct kvip_rows *rows;
	} words[] = {
		{ "svc", &kvip_rows_service },
		{ "services", &kvip_rows_service },
		{ "ep", &kvip_rows_endpoints },
		{ "Endpoints", &kvip_rows_endpoints },
		{ "endpointslices", &kvip_rows_slice },
		{ "po", &kvip_rows_pod },
		{ "deploy", &kvip_rows_deployment },
		{ "no", &kvip_rows_node },
		{ "ingress", NULL },
		{ "", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		assert_ptr_equal(kvip_rows_find(words[i].word), words[i].rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_those_of_the_api_server),
		cmocka_unit_test(ages_are_told_as_kubectl_does),
		cmocka_unit_test(odd_services),
		cmocka_unit_test(pods),
		cmocka_unit_test(deployments),
		cmocka_unit_test(nodes),
		cmocka_unit_test(endpoints),
		cmocka_unit_test(endpoints_are_those_of_the_controller),
		cmocka_unit_test(endpoints_of_odd_slices),
		cmocka_unit_test(words_of_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
