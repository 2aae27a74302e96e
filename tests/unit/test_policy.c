// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which endpoints a packet may get, S10 to S18: a row for every sentence of
 * these rules, with the reason for its outcome. S14 holds for all of them.
 *
 * Endpoints are numbered from 1 as they stand in a row, each NODE/STATE with
 * hints behind it: "a/ready+z=za,zb+n=a" is ready, on node a, hinted for the
 * zones za and zb and for node a. Node "-" is none, "+at=zb" the zone that it is
 * in. The nodes are a, in zone za; c, in zone zb; b, without a zone; e, with an
 * empty one.
 */
#include "derivation.h"

struct row {
	const char *internal, *external; /* Cluster or Local */
	const char *way; /* from outside: see ways; "": none */
	const char *node; /* where the table is for */
	const char *endpoints;
	const char *cluster, *local; /* numbers in these lists */
	const char *words; /* as add_words() has them */
	const char *why;
};

#define C "Cluster"
#define L "Local"

static const struct row rows[] = {
	/* S10: which lists there are */
	{ C, C, "", "a", "a/ready b/ready", "12", "", " any",
	  "S10: the cluster list, as iTP is not Local" },
	{ C, C, "np", "a", "a/ready b/ready", "12", "", " any",
	  "S10: no policy is Local: no local list" },
	{ L, C, "", "a", "a/ready b/ready", "", "1", " any int-local",
	  "S10: iTP is Local and there is no way from outside: no cluster list" },
	{ L, C, "np", "a", "a/ready b/ready", "12", "1", " any int-local",
	  "S10: a node port is a way from outside" },
	{ L, C, "lb", "a", "a/ready b/ready", "12", "1", " any int-local",
	  "S10: an LB IP is a way from outside" },
	{ L, C, "ext", "a", "a/ready b/ready", "12", "1", " any int-local",
	  "S10: an external IP is a way from outside" },
	{ L, C, "lb-proxy", "a", "a/ready b/ready", "", "1", " any int-local",
	  "S10, S8: an LB IP in mode Proxy is none" },
	{ L, C, "lb-name", "a", "a/ready b/ready", "", "1", " any int-local",
	  "S10, S8: a hostname is none" },
	{ L, C, "ext6", "a", "a/ready b/ready", "", "1", " any int-local",
	  "S10, S7: an external IP of the other family is none" },
	{ C, L, "", "a", "a/ready b/ready", "12", "", " any",
	  "S10: eTP means nothing without a way from outside" },
	{ C, L, "lb-proxy", "a", "a/ready b/ready", "12", "", " any",
	  "S10: nor with one that does not count" },
	{ C, L, "np", "a", "a/ready b/ready", "12", "1", " any ext-local",
	  "S10: eTP is Local and there is a node port: both lists" },
	{ C, L, "lb", "a", "a/ready b/ready", "12", "1", " any ext-local",
	  "S10: likewise with an LB IP" },
	{ C, L, "ext", "a", "a/ready b/ready", "12", "1", " any ext-local",
	  "S10: likewise with an external IP" },
	{ L, L, "np", "a", "a/ready b/ready", "12", "1",
	  " any int-local ext-local",
	  "S10: the cluster list is for pods that take the way from outside" },
	{ L, L, "", "a", "a/ready b/ready", "", "1", " any int-local",
	  "S10: both Local but no way from outside: only iTP counts" },

	/* S11: the cluster list */
	{ C, C, "", "a", "a/ready b/ready -/ready", "123", "", " any",
	  "S11: all that are ready, wherever" },
	{ C, C, "", "a", "a/default b/default", "12", "", " any",
	  "S11, S5: no conditions: ready" },
	{ C, C, "", "a", "a/ready b/unready", "1", "", " any",
	  "S11: only those that are ready" },
	{ C, C, "", "a", "a/draining b/ready", "2", "", " any",
	  "S11: while one is ready, none that is terminating" },
	{ C, C, "", "a", "a/draining b/draining", "12", "",
	  " any cluster-fallback",
	  "S11: none is ready: all that are serving and terminating" },
	{ C, C, "", "a", "a/draining b/gone c/unready c/serving", "1", "",
	  " any cluster-fallback",
	  "S11: not those that are only serving, or only terminating" },
	{ C, C, "", "a", "a/draining+z=za b/draining+z=zb", "12", "",
	  " any cluster-fallback", "S11: topology is ignored then" },
	{ C, C, "", "a", "a/draining+n=a b/draining+n=b", "12", "",
	  " any cluster-fallback", "S11: node hints too" },
	{ C, C, "", "a", "", "", "", "", "S11: no endpoint at all" },

	/* S12: the local list */
	{ C, L, "np", "a", "a/ready a/ready b/ready", "123", "12",
	  " any ext-local", "S12: local ones that are ready" },
	{ C, L, "np", "a", "a/ready a/draining b/ready", "13", "1",
	  " any ext-local",
	  "S12: while a local one is ready, none that is terminating" },
	{ C, L, "np", "a", "a/draining b/ready", "2", "1",
	  " any ext-local local-fallback",
	  "S12: no local one is ready: those serving and terminating" },
	{ C, L, "np", "a", "a/draining b/draining", "12", "1",
	  " any ext-local cluster-fallback local-fallback",
	  "S12: both lists fall back" },
	{ C, L, "np", "a", "a/unready b/draining", "2", "",
	  " any ext-local cluster-fallback",
	  "S12: the cluster list falls back, the local one has nothing to" },
	{ C, L, "np", "a", "a/gone a/serving b/ready", "3", "",
	  " any ext-local",
	  "S12: not those that are only serving, or only terminating" },
	{ C, L, "np", "a", "b/draining c/ready", "2", "", " any ext-local",
	  "S12: another node's terminating ones are not local" },
	{ C, L, "np", "a", "-/ready b/ready", "12", "", " any ext-local",
	  "S12, S6: without a nodeName none is local" },
	{ L, C, "", "a", "a/draining b/ready", "", "1",
	  " any int-local local-fallback", "S12: iTP's list falls back too" },
	{ C, L, "np", "b", "a/draining b/ready", "2", "2", " any ext-local",
	  "S12: what is local is another thing on another node" },

	/* S13: whether there is anything anywhere */
	{ L, C, "", "a", "b/ready", "", "", " any int-local",
	  "S13: one is ready somewhere: packets here are dropped" },
	{ L, C, "", "a", "b/draining", "", "", " any int-local",
	  "S13: one serves and terminates somewhere: dropped" },
	{ L, C, "", "a", "b/unready", "", "", " int-local",
	  "S13: none is of use: refused" },
	{ C, C, "", "a", "b/serving", "", "", "",
	  "S13: neither ready nor terminating: never used, even if serving" },
	{ C, C, "", "a", "a/gone b/gone", "", "", "",
	  "S13: not serving: never used, even if terminating" },
	{ C, L, "np", "a", "b/serving c/gone", "", "", " ext-local",
	  "S13: refused by every policy" },
	{ C, L, "np", "a", "b/ready", "1", "", " any ext-local",
	  "S13: dropped outside, while inside it is served" },
	{ C, C, "", "a", "a/ready+z=zb", "1", "", " any",
	  "S13: hints never make a Service refuse" },

	/* S15: only hints decide, of ready endpoints */
	{ C, C, "", "a", "b/ready+z=za b/ready+z=zb", "1", "", " any by-zone",
	  "S15: hints.forZones" },
	{ C, C, "", "a", "b/ready+n=a b/ready+n=b", "1", "", " any by-node",
	  "S15: hints.forNodes" },
	{ C, C, "td", "a", "b/ready+at=za b/ready+at=zb", "12", "", " any",
	  "S15: never trafficDistribution, nor the zone that it is in" },
	{ C, C, "auto", "a", "b/ready+at=za b/ready+at=zb", "12", "", " any",
	  "S15: never an annotation" },
	{ C, C, "td", "a", "b/ready+z=zb+at=za b/ready+z=za+at=zb", "2", "",
	  " any by-zone", "S15: the hint, not the zone that it is in" },
	{ C, C, "", "a", "b/draining b/ready+z=za b/ready+z=zb", "2", "",
	  " any by-zone", "S15: one that is not ready may lack a hint" },
	{ C, C, "", "a", "b/unready+z=za b/ready+z=zb b/ready+z=zb", "23", "",
	  " any", "S15: nor does its hint count as one for us" },

	/* S16: nodes, else zones, else all */
	{ C, C, "", "a", "b/ready+n=a+z=zb c/ready+n=c+z=za", "1", "",
	  " any by-node", "S16: node hints go first" },
	{ C, C, "", "a", "b/ready+n=b+z=za c/ready+n=c+z=zb", "1", "",
	  " any by-zone", "S16: none names this node: by zone" },
	{ C, C, "", "a", "b/ready+n=a+z=za c/ready+z=zb", "1", "",
	  " any by-zone", "S16: one lacks a node hint: by zone" },
	{ C, C, "", "a", "b/ready+n=b c/ready+n=c", "12", "", " any",
	  "S16: neither: all" },
	{ C, C, "", "a", "b/ready+n=a b/ready+n=a c/ready+n=c", "12", "",
	  " any by-node", "S16: all that name this node" },

	/* S17: when hints are ignored */
	{ C, C, "", "a", "b/ready+z=za c/ready", "12", "", " any",
	  "S17: a ready one lacks a hint" },
	{ C, C, "", "a", "b/ready+n=a c/ready", "12", "", " any",
	  "S17: the same with node hints" },
	{ C, C, "", "a", "b/ready+z=za c/ready+z=", "12", "", " any",
	  "S17: an empty list of hints is none" },
	{ C, C, "", "b", "b/ready+z=za c/ready+z=zb", "12", "", " any",
	  "S17: the node has no zone label" },
	{ C, C, "", "e", "b/ready+z=za c/ready+z=zb", "12", "", " any",
	  "S17: the node's zone label is empty" },
	{ C, C, "", "b", "b/ready+n=b c/ready+n=c", "1", "", " any by-node",
	  "S17: node hints need no zone" },
	{ C, C, "", "a", "b/ready+z=zb c/ready+z=zc", "12", "", " any",
	  "S17: no ready one is hinted for us" },
	{ C, C, "", "a", "b/ready+z=zb,za c/ready+z=zb,zc", "1", "",
	  " any by-zone", "S17: several zones on one: membership" },
	{ C, C, "", "a", "b/ready+n=b,a c/ready+n=c,b", "1", "", " any by-node",
	  "S17: several nodes on one: membership" },

	/* S18: policies and hints together */
	{ C, L, "np", "a", "a/ready+z=zb b/ready+z=za", "2", "1",
	  " any ext-local by-zone",
	  "S18: the local list knows no hints, the cluster list does" },
	{ L, C, "np", "a", "a/ready+n=b b/ready+n=a", "2", "1",
	  " any int-local by-node", "S18: iTP and node hints likewise" },
	{ L, C, "", "a", "a/ready+z=zb b/ready+z=za", "", "1", " any int-local",
	  "S18: with a local list alone, hints mean nothing" },
	{ C, L, "np", "c", "a/ready+z=zb b/ready+z=za", "1", "",
	  " any ext-local by-zone",
	  "S18: in another zone it is another table" },
	{ C, L, "np", "a", "a/draining+z=zb b/ready+z=za c/ready+z=zb", "2",
	  "1", " any ext-local by-zone local-fallback",
	  "S18: the fallback of one list beside the hints of the other" },
};

static const struct {
	const char *name, *meta, *spec, *port, *status;
} ways[] = {
	{ "", "", "", "", "" },
	{ "np", "", "", ", nodePort: 30080", "" },
	{ "ext", "", ", externalIPs: [192.0.2.1]", "", "" },
	{ "ext6", "", ", externalIPs: ['2001:db8::1']", "", "" },
	{ "lb", "", ", type: LoadBalancer", "", "{ip: 203.0.113.1}" },
	{ "lb-proxy", "", ", type: LoadBalancer", "",
	  "{ip: 203.0.113.1, ipMode: Proxy}" },
	{ "lb-name", "", ", type: LoadBalancer", "",
	  "{hostname: lb.example.com}" },
	{ "td", "", ", trafficDistribution: PreferSameZone", "", "" },
	{ "auto", ", annotations: {service.kubernetes.io/topology-mode: Auto}",
	  "", "", "" },
};

static const struct {
	const char *name, *conditions;
} states[] = {
	{ "default", "" },
	{ "ready", READY },
	{ "unready", NOT_READY },
	{ "draining", DRAINING },
	{ "gone", GONE },
	{ "serving",
	  ", conditions: {ready: false, serving: true, terminating: false}" },
};

static void add_service(char *text, size_t size, const struct row *row)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, row->way))
			break;
	assert_true(i < ARRAY_SIZE(ways));
	add_text(
		text, size,
		SVC("w%s",
		    "clusterIP: 10.0.0.1, internalTrafficPolicy: %s, externalTrafficPolicy: %s, ports: [{port: 80%s}]%s") "status: {loadBalancer: {ingress: [%s]}}\n",
		ways[i].meta, row->internal, row->external, ways[i].port,
		ways[i].spec, ways[i].status);
}

/* "+z=za,zb": @key is 'z'; true if the endpoint has it */
static bool add_hint(char *text, size_t size, const char *endpoint, char key,
		     const char *name)
{
	char pattern[] = { '+', key, '=', '\0' }, names[64], *save, *one;
	const char *at = strstr(endpoint, pattern);

	if (!at)
		return false;
	snprintf(names, sizeof(names), "%.*s", (int)strcspn(at + 3, "+"),
		 at + 3);
	add_text(text, size, "%s: [", name);
	for (one = strtok_r(names, ",", &save); one;
	     one = strtok_r(NULL, ",", &save))
		add_text(text, size, "{name: %s},", one);
	add_text(text, size, "],");
	return true;
}

static void add_endpoint(char *text, size_t size, const char *endpoint,
			 unsigned int number)
{
	const char *state = strchr(endpoint, '/'), *at;
	size_t i;

	assert_non_null(state++);
	add_text(text, size, "- {addresses: [10.1.0.%u]", number);
	if (*endpoint != '-')
		add_text(text, size, ", nodeName: %c", *endpoint);
	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (strcspn(state, "+") == strlen(states[i].name) &&
		    !strncmp(state, states[i].name, strlen(states[i].name)))
			break;
	assert_true(i < ARRAY_SIZE(states));
	add_text(text, size, "%s, hints: {", states[i].conditions);
	add_hint(text, size, endpoint, 'z', "forZones");
	add_hint(text, size, endpoint, 'n', "forNodes");
	add_text(text, size, "}");
	at = strstr(endpoint, "+at=");
	if (at)
		add_text(text, size, ", zone: %.2s", at + 4);
	add_text(text, size, "}\n");
}

static void add_slice(char *text, size_t size, const struct row *row)
{
	char endpoints[256], *save, *one;
	unsigned int number = 0;

	snprintf(endpoints, sizeof(endpoints), "%s", row->endpoints);
	add_text(text, size, SLICE("w-1", "w", V4 "endpoints:\n"));
	for (one = strtok_r(endpoints, " ", &save); one;
	     one = strtok_r(NULL, " ", &save))
		add_endpoint(text, size, one, ++number);
}

#define THE_NODES                                                          \
	NODES                                                              \
	"---\nkind: Node\napiVersion: v1\n"                                \
	"metadata: {name: c, labels: {topology.kubernetes.io/zone: zb}}\n" \
	"---\nkind: Node\napiVersion: v1\n"                                \
	"metadata: {name: e, labels: {topology.kubernetes.io/zone: ''}}\n"

/* The numbers of the endpoints in a list. */
static void add_numbers(char *text, size_t size,
			const struct kvip_service *service, uint32_t list)
{
	size_t i;

	for (i = 0; i < service->n_backends; i++)
		if (service->backends[i].flags & list)
			add_text(text, size, "%u",
				 service->backends[i].addr.bytes[3]);
}

static void describe_row(char *text, size_t size, const char *cluster,
			 const char *local, const char *words)
{
	snprintf(text, size, "cluster list \"%s\", local list \"%s\", flags:%s",
		 cluster, local, words);
}

static bool check_row(const struct row *row)
{
	char text[8192] = "", cluster[16] = "", local[16] = "", words[128] = "";
	char expected[256], found[256];
	struct kvip_model model;
	struct kvip_table table;
	struct kvip_err err;

	add_service(text, sizeof(text), row);
	add_slice(text, sizeof(text), row);
	add_text(text, sizeof(text), "%s", THE_NODES);
	kvip_model_init(&model);
	kvip_table_init(&table);
	cluster_add(&model, text);
	if (kvip_derive(&model, row->node, &everything, &table, NULL, &err))
		fail_msg("%s: %s", row->why, err.text);
	assert_int_equal(table.n_services, 1);
	/* S14 */
	assert_int_equal(table.services[0].algorithm, KVIP_ALGORITHM_RANDOM);
	add_numbers(cluster, sizeof(cluster), &table.services[0],
		    KVIP_BACKEND_F_CLUSTER);
	add_numbers(local, sizeof(local), &table.services[0],
		    KVIP_BACKEND_F_LOCAL);
	add_words(words, sizeof(words), table.services[0].flags);
	kvip_table_free(&table);
	kvip_model_free(&model);

	describe_row(expected, sizeof(expected), row->cluster, row->local,
		     row->words);
	describe_row(found, sizeof(found), cluster, local, words);
	if (!strcmp(expected, found))
		return true;
	print_error("%s\n  iTP %s, eTP %s, way \"%s\", on node %s: %s\n"
		    "  expected %s\n  found    %s\n",
		    row->why, row->internal, row->external, row->way, row->node,
		    row->endpoints, expected, found);
	return false;
}

static void check_rule(const char *rule)
{
	size_t i, n = 0, bad = 0;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strncmp(rows[i].why, rule, strlen(rule)) ||
		    !strchr(":,", rows[i].why[strlen(rule)]))
			continue;
		n++;
		bad += !check_row(&rows[i]);
	}
	assert_true(n > 0);
	if (bad)
		fail_msg("%zu of %zu rows of %s", bad, n, rule);
}

#define RULE(name)                     \
	static void name(void **state) \
	{                              \
		(void)state;           \
		check_rule(#name);     \
	}

RULE(S10)
RULE(S11)
RULE(S12)
RULE(S13)
RULE(S15)
RULE(S16)
RULE(S17)
RULE(S18)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(S10), cmocka_unit_test(S11),
		cmocka_unit_test(S12), cmocka_unit_test(S13),
		cmocka_unit_test(S15), cmocka_unit_test(S16),
		cmocka_unit_test(S17), cmocka_unit_test(S18),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
