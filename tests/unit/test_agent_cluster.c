// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What reflectors tell, taken into the model: what is news and what is not, and
 * what an API server may not take away by mistake.
 */
#include "cluster.h"

#include <json-c/json.h>

#include "../../tools/kvipd/cluster.h"
#include "changes.h"
#include "strangers.h"
#include "tally.h"

struct fixture {
	struct kvip_cluster *cluster;
	char heard[512]; /* since it was last looked at */
};

static void hear(struct fixture *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void hear(struct fixture *f, const char *fmt, ...)
{
	size_t used = strlen(f->heard);
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->heard + used, sizeof(f->heard) - used, fmt, args);
	va_end(args);
}

static void on_changed(void *arg, enum kvip_cluster_kind kind, const char *ns,
		       const char *name, double triggered)
{
	hear(arg, "%s %s/%s", kind == KVIP_CLUSTER_SERVICES ? "svc" : "slice",
	     ns, name);
	if (triggered)
		hear(arg, " at %.1f", triggered);
	hear(arg, ";");
}

static void on_node(void *arg)
{
	hear(arg, "node;");
}

static void on_refused(void *arg, enum kvip_cluster_kind kind,
		       const char *sentence)
{
	(void)kind;
	hear(arg, "refused %.40s;", sentence);
}

static void on_doubtful(void *arg, enum kvip_cluster_kind kind)
{
	hear(arg, "doubt %d;", kind);
}

static const struct kvip_cluster_ops ops = {
	.changed = on_changed,
	.node_changed = on_node,
	.refused = on_refused,
	.doubtful = on_doubtful,
};

static struct fixture *make(bool allow_empty)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->cluster = kvip_cluster_new("a", allow_empty, &ops, f);
	return f;
}

static int setup(void **state)
{
	*state = make(false);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	kvip_cluster_free(f->cluster);
	free(f);
	return 0;
}

static void heard(struct fixture *f, const char *expected)
{
	assert_string_equal(f->heard, expected);
	f->heard[0] = '\0';
}

static struct json_object *parse(const char *text)
{
	struct json_object *object = json_tokener_parse(text);

	if (!object)
		fail_msg("no JSON: %s", text);
	return object;
}

static void put(struct fixture *f, enum kvip_cluster_kind kind,
		const char *text)
{
	struct json_object *object = parse(text);

	kvip_cluster_put(f->cluster, kind, object);
	json_object_put(object);
}

static void gone(struct fixture *f, enum kvip_cluster_kind kind,
		 const char *text)
{
	struct json_object *object = parse(text);

	kvip_cluster_gone(f->cluster, kind, object);
	json_object_put(object);
}

#define SERVICES KVIP_CLUSTER_SERVICES
#define SLICES KVIP_CLUSTER_SLICES
#define NODES KVIP_CLUSTER_NODES

#define OBJECT(kind, version, name, rv, more)                   \
	"{\"kind\":\"" kind "\",\"apiVersion\":\"" version      \
	"\",\"metadata\":{\"namespace\":\"d\",\"name\":\"" name \
	"\",\"resourceVersion\":\"" rv "\"" more "}"
#define SVC(name, rv, ip)                     \
	OBJECT("Service", "v1", name, rv, "") \
	",\"spec\":{\"clusterIP\":\"" ip "\",\"ports\":[{\"port\":80}]}}"
#define SLICE(name, rv, service)                                         \
	OBJECT("EndpointSlice", "discovery.k8s.io/v1", name, rv,         \
	       ",\"labels\":{\"kubernetes.io/service-name\":\"" service  \
	       "\"},\"annotations\":{\"endpoints.kubernetes.io/"         \
	       "last-change-trigger-time\":\"1970-01-01T00:01:40.5Z\"}") \
	",\"addressType\":\"IPv4\",\"ports\":null,\"endpoints\":null}"
#define NODE(name, rv, rest)                                      \
	"{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{" \
	"\"name\":\"" name "\",\"resourceVersion\":\"" rv "\"" rest "}"

/* Two Services and a slice, listed. */
static void list(struct fixture *f)
{
	kvip_cluster_begin(f->cluster, SERVICES);
	put(f, SERVICES, SVC("v", "10", "10.0.0.1"));
	put(f, SERVICES, SVC("w", "12", "10.0.0.2"));
	kvip_cluster_complete(f->cluster, SERVICES);
	kvip_cluster_begin(f->cluster, SLICES);
	put(f, SLICES, SLICE("w-1", "11", "w"));
	kvip_cluster_complete(f->cluster, SLICES);
	heard(f, "svc d/v;svc d/w;slice d/w at 100.5;");
}

static const struct kvip_model *model(const struct fixture *f)
{
	return kvip_cluster_model(f->cluster);
}

static void S9_a_kind_is_listed_when_its_list_is_complete(void **state)
{
	struct fixture *f = *state;

	kvip_cluster_begin(f->cluster, SERVICES);
	put(f, SERVICES, SVC("v", "10", "10.0.0.1"));
	assert_false(kvip_cluster_listed(f->cluster, SERVICES));
	/* it broke off, and begins anew */
	kvip_cluster_begin(f->cluster, SERVICES);
	assert_false(kvip_cluster_listed(f->cluster, SERVICES));
	put(f, SERVICES, SVC("v", "10", "10.0.0.1"));
	kvip_cluster_complete(f->cluster, SERVICES);
	assert_true(kvip_cluster_listed(f->cluster, SERVICES));
	assert_false(kvip_cluster_listed(f->cluster, SLICES));
	heard(f, "svc d/v;");
}

static void a_list_again_takes_out_what_it_does_not_tell(void **state)
{
	struct fixture *f = *state;

	list(f);
	kvip_cluster_begin(f->cluster, SERVICES);
	put(f, SERVICES, SVC("w", "12", "10.0.0.2"));
	/* nothing goes before the list is complete */
	assert_int_equal(model(f)->n_svcs, 2);
	kvip_cluster_complete(f->cluster, SERVICES);
	assert_int_equal(model(f)->n_svcs, 1);
	heard(f, "svc d/v;");
}

static void a_list_that_breaks_off_takes_out_nothing(void **state)
{
	struct fixture *f = *state;

	list(f);
	kvip_cluster_begin(f->cluster, SERVICES);
	kvip_cluster_begin(f->cluster, SERVICES);
	put(f, SERVICES, SVC("w", "12", "10.0.0.2"));
	put(f, SERVICES, SVC("v", "10", "10.0.0.1"));
	kvip_cluster_complete(f->cluster, SERVICES);
	assert_int_equal(model(f)->n_svcs, 2);
	heard(f, "");
}

static void an_empty_list_takes_out_nothing(void **state)
{
	struct fixture *f = *state;

	list(f);
	kvip_cluster_begin(f->cluster, SERVICES);
	kvip_cluster_complete(f->cluster, SERVICES);
	kvip_cluster_begin(f->cluster, SLICES);
	kvip_cluster_complete(f->cluster, SLICES);
	heard(f, "doubt 0;doubt 1;");
	assert_int_equal(model(f)->n_svcs, 2);
	assert_int_equal(model(f)->slices.n, 1);
	/* and one that is not empty is believed */
	kvip_cluster_begin(f->cluster, SERVICES);
	put(f, SERVICES, SVC("x", "20", "10.0.0.3"));
	kvip_cluster_complete(f->cluster, SERVICES);
	assert_int_equal(model(f)->n_svcs, 1);
}

static void an_empty_list_is_believed_if_it_may_be(void **state)
{
	struct fixture *f = make(true);

	(void)state;
	list(f);
	kvip_cluster_begin(f->cluster, SERVICES);
	kvip_cluster_complete(f->cluster, SERVICES);
	/* in no order */
	assert_int_equal(strlen(f->heard), strlen("svc d/v;svc d/w;"));
	assert_int_equal(model(f)->n_svcs, 0);
	kvip_cluster_free(f->cluster);
	free(f);
}

static void what_is_not_newer_is_no_news(void **state)
{
	struct fixture *f = *state;

	list(f);
	/* a duplicate; an older one, late; both with other contents */
	put(f, SERVICES, SVC("w", "12", "10.0.0.9"));
	put(f, SERVICES, SVC("w", "9", "10.0.0.9"));
	heard(f, "");
	put(f, SERVICES, SVC("w", "13", "10.0.0.3"));
	heard(f, "svc d/w;");
	/* a deletion of what it was before */
	gone(f, SERVICES, SVC("w", "12", "10.0.0.2"));
	heard(f, "");
	gone(f, SERVICES, SVC("w", "14", "10.0.0.3"));
	heard(f, "svc d/w;");
	/* and what was said of it before it was deleted comes late */
	put(f, SERVICES, SVC("w", "13", "10.0.0.3"));
	gone(f, SERVICES, SVC("w", "14", "10.0.0.3"));
	heard(f, "");
	assert_int_equal(model(f)->n_svcs, 1);
	/* it is made anew */
	put(f, SERVICES, SVC("w", "15", "10.0.0.4"));
	heard(f, "svc d/w;");
}

/* As after etcd was restored from a copy: versions begin again. */
static void a_list_may_go_back_in_time(void **state)
{
	struct fixture *f = *state;

	list(f);
	kvip_cluster_begin(f->cluster, SERVICES);
	put(f, SERVICES, SVC("v", "3", "10.0.0.7"));
	put(f, SERVICES, SVC("w", "4", "10.0.0.8"));
	kvip_cluster_complete(f->cluster, SERVICES);
	heard(f, "svc d/v;svc d/w;");
	put(f, SERVICES, SVC("x", "5", "10.0.0.9"));
	heard(f, "svc d/x;");
}

static void a_slice_may_move_to_another_service(void **state)
{
	struct fixture *f = *state;

	list(f);
	put(f, SLICES, SLICE("w-1", "13", "v"));
	heard(f, "slice d/w;slice d/v at 100.5;");
	gone(f, SLICES, SLICE("w-1", "14", "v"));
	heard(f, "slice d/v;");
}

static void what_can_not_be_read_leaves_what_is_known(void **state)
{
	struct fixture *f = *state;

	list(f);
	put(f, SERVICES, SVC("w", "13", "10.0.0.700"));
	heard(f, "refused Service d/w: spec.clusterIP: expected an;");
	put(f, SERVICES, SLICE("w-1", "13", "w"));
	put(f, SERVICES, "{\"kind\":\"Service\"}");
	put(f, SERVICES,
	    "{\"kind\":\"Service\",\"metadata\":{\"name\":\"w\"}}");
	heard(f, "refused an object is of another kind, or nameles;"
		 "refused an object is of another kind, or nameles;"
		 "refused an object is of another kind, or nameles;");
	gone(f, SERVICES, "{\"kind\":\"Service\"}");
	heard(f, "refused an object without a name was deleted;");
	assert_int_equal(model(f)->n_svcs, 2);
	/* nor does it go with the next list, which tells that it is there */
	kvip_cluster_begin(f->cluster, SERVICES);
	put(f, SERVICES, SVC("v", "10", "10.0.0.1"));
	put(f, SERVICES, SVC("w", "13", "10.0.0.700"));
	kvip_cluster_complete(f->cluster, SERVICES);
	assert_int_equal(model(f)->n_svcs, 2);
}

static void only_what_matters_of_the_node_is_news(void **state)
{
	struct fixture *f = *state;

	assert_false(kvip_cluster_knows_node(f->cluster));
	kvip_cluster_begin(f->cluster, NODES);
	put(f, NODES, NODE("a", "5", "}"));
	kvip_cluster_complete(f->cluster, NODES);
	assert_true(kvip_cluster_knows_node(f->cluster));
	heard(f, "node;");
	put(f, NODES, NODE("a", "6", ",\"annotations\":{\"beat\":\"1\"}}"));
	put(f, NODES, NODE("b", "7", "}"));
	heard(f, "");
	put(f, NODES,
	    NODE("a", "8",
		 "},\"spec\":{\"taints\":[{\"key\":\"ToBeDeletedByClusterAutoscaler\",\"effect\":\"NoSchedule\"}]}"));
	heard(f, "node;");
	assert_true(kvip_model_node(model(f), "a")->scaled_down);
	put(f, NODES,
	    NODE("a", "9", ",\"deletionTimestamp\":\"2026-11-24T06:33:27Z\"}"));
	heard(f, "node;");
	assert_true(kvip_model_node(model(f), "a")->deleting);
	gone(f, NODES, NODE("a", "10", "}"));
	heard(f, "node;");
	assert_false(kvip_cluster_knows_node(f->cluster));
	assert_non_null(kvip_model_node(model(f), "a"));
}

static void a_node_that_a_list_does_not_tell_is_unknown(void **state)
{
	struct fixture *f = *state;

	kvip_cluster_begin(f->cluster, NODES);
	put(f, NODES, NODE("a", "5", "}"));
	kvip_cluster_complete(f->cluster, NODES);
	heard(f, "node;");
	kvip_cluster_begin(f->cluster, NODES);
	kvip_cluster_complete(f->cluster, NODES);
	heard(f, "node;");
	assert_false(kvip_cluster_knows_node(f->cluster));
}

static void changes_are_gathered(void **state)
{
	struct kvip_changes a = {}, b = {};
	struct kvip_change *change;
	unsigned int i;

	(void)state;
	change = kvip_changes_add(&a, "d", "w", 5);
	kvip_change_cause(change, 0);
	kvip_change_cause(change, 1.5);
	kvip_change_cause(change, 1.5);
	assert_int_equal(change->n_causes, 1);
	assert_ptr_equal(kvip_changes_add(&a, "d", "w", 7), change);
	assert_true(change->heard == 5);
	kvip_changes_add(&a, "d", "v", 6);
	assert_int_equal(a.set.n, 2);

	change = kvip_changes_add(&b, "d", "w", 4);
	kvip_change_cause(change, 2.5);
	kvip_changes_move(&a, &b);
	assert_int_equal(a.set.n, 2);
	assert_int_equal(b.set.n, 0);
	change = kvip_changes_add(&a, "d", "w", 9);
	assert_true(change->heard == 4);
	assert_int_equal(change->n_causes, 2);
	for (i = 0; i < 2 * KVIP_CHANGE_CAUSES; i++)
		kvip_change_cause(change, 10 + i);
	assert_int_equal(change->n_causes, KVIP_CHANGE_CAUSES);
	kvip_changes_clear(&a);
	assert_null(kvip_changes_next(&a, NULL));
}

static void figures_are_summed_up(void **state)
{
	static const uint64_t some[KVIP_TALLY_FIGURES] = { 1, 2, 0, 4 };
	static const uint64_t less[KVIP_TALLY_FIGURES] = { 0, 1, 0, 4 };
	static const uint64_t none[KVIP_TALLY_FIGURES];
	struct kvip_tally tally = {};

	(void)state;
	kvip_tally_set(&tally, "d", "w", none);
	assert_int_equal(tally.entries.n, 0);
	kvip_tally_set(&tally, "d", "w", some);
	kvip_tally_set(&tally, "d", "v", some);
	assert_int_equal(tally.sums[1], 4);
	assert_int_equal(tally.sums[3], 8);
	kvip_tally_set(&tally, "d", "w", less);
	assert_int_equal(tally.sums[0], 1);
	assert_int_equal(tally.sums[1], 3);
	kvip_tally_set(&tally, "d", "w", none);
	assert_int_equal(tally.entries.n, 1);
	assert_int_equal(tally.sums[3], 4);
	kvip_tally_clear(&tally);
	assert_int_equal(tally.sums[3], 0);
}

static void note_stranger(const struct kvip_addr *addr, const char *field,
			  void *arg)
{
	char text[INET6_ADDRSTRLEN];
	char *told = arg;

	snprintf(told + strlen(told), 256 - strlen(told), "%s in %s;",
		 kvip_addr_text(addr, text), field);
}

static void S7_addresses_of_a_family_that_a_service_lacks(void **state)
{
	static const char text[] =
		"---\n{kind: Service, apiVersion: v1, metadata: {namespace: d, name: w},"
		" spec: {clusterIP: 10.0.0.1, type: LoadBalancer, ports: [{port: 80}],"
		"  externalIPs: [192.0.2.1, '2001:db8::1']},"
		" status: {loadBalancer: {ingress: [{ip: 203.0.113.1}, {ip: '2001:db8::2'},"
		"  {hostname: x.example.com}, {ip: '2001:db8::3', ipMode: Proxy}]}}}";
	static const char headless[] =
		"---\n{kind: Service, apiVersion: v1, metadata: {namespace: d, name: w},"
		" spec: {clusterIP: None, ports: [{port: 80}], externalIPs: ['2001:db8::1']}}";
	struct kvip_model some;
	char told[256] = "";

	(void)state;
	kvip_model_init(&some);
	cluster_add(&some, text);
	kvip_strangers(kvip_model_group(&some, "d", "w")->svc, note_stranger,
		       told);
	assert_string_equal(told,
			    "2001:db8::1 in spec.externalIPs;"
			    "2001:db8::2 in status.loadBalancer.ingress;");
	kvip_model_free(&some);
	told[0] = '\0';
	cluster_add(&some, headless);
	kvip_strangers(kvip_model_group(&some, "d", "w")->svc, note_stranger,
		       told);
	assert_string_equal(told, "");
	kvip_model_free(&some);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(S9_a_kind_is_listed_when_its_list_is_complete),
		TEST(a_list_again_takes_out_what_it_does_not_tell),
		TEST(a_list_that_breaks_off_takes_out_nothing),
		TEST(an_empty_list_takes_out_nothing),
		cmocka_unit_test(an_empty_list_is_believed_if_it_may_be),
		TEST(what_is_not_newer_is_no_news),
		TEST(a_list_may_go_back_in_time),
		TEST(a_slice_may_move_to_another_service),
		TEST(what_can_not_be_read_leaves_what_is_known),
		TEST(only_what_matters_of_the_node_is_news),
		TEST(a_node_that_a_list_does_not_tell_is_unknown),
		cmocka_unit_test(changes_are_gathered),
		cmocka_unit_test(figures_are_summed_up),
		cmocka_unit_test(S7_addresses_of_a_family_that_a_service_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
