// SPDX-License-Identifier: GPL-2.0-or-later
/* The load-balancer controller with a provider, which is a real program. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "balancing.h"

#define FINALIZER "service.kubernetes.io/load-balancer-cleanup"

/* Where the script is, and what it wrote. */
static char folder[64];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/kvip-test-balancer-XXXXXX");
	assert_non_null(mkdtemp(folder));
	setenv("RUNTIME_DIRECTORY", folder, 1);
	setenv("D", folder, 1);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* Tells what it was asked as lines "ACTION NAME" of the file calls. */
#define HEAD                                                                       \
	"#!/bin/sh\nread -r r\n"                                                   \
	"a=$(echo \"$r\" | sed 's/.*\"action\":\"\\([a-z]*\\)\".*/\\1/')\n"        \
	"n=$(echo \"$r\" | sed 's/.*\"name\":\"\\([a-z0-9]*\\)\",\"uid.*/\\1/')\n" \
	"echo $a $n >>$D/calls\n"
#define GIVE "echo '{\"ingress\": [{\"ip\": \"192.0.2.1\"}]}'\n"

/* From now on the provider does this. */
static void provide(const char *script)
{
	char path[128], next[128];
	FILE *file;

	/* a program that runs can't be written to */
	snprintf(path, sizeof(path), "%s/program", folder);
	snprintf(next, sizeof(next), "%s/next", folder);
	file = fopen(next, "we");
	assert_non_null(file);
	fprintf(file, "%s%s", HEAD, script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(next, 0755), 0);
	assert_int_equal(rename(next, path), 0);
}

static const char *file_text(const char *name)
{
	static char text[65536];
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void forget(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static void make_file(const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	fclose(file);
}

static void prepare(struct world *world, const char *script)
{
	new_world(world);
	forget("calls");
	provide(script);
	assert_true(asprintf(&world->config.provider, "%s/program", folder) >
		    0);
	world->config.provider_seconds = PATIENCE;
}

static void set_nodes(struct world *world, const char *addr)
{
	char text[128];
	struct json_object *nodes;

	snprintf(text, sizeof(text), "[{'name': 'n', 'addresses': ['%s']}]",
		 addr);
	nodes = parse(text);
	kvip_balancer_set_nodes(world->balancer, nodes);
	json_object_put(nodes);
}

static void lead_with(struct world *world, const struct kvip_balancer_ops *ops)
{
	begin(world, ops);
	set_nodes(world, "192.0.2.9");
	list(world);
}

static void lead(struct world *world)
{
	lead_with(world, &server_ops);
}

static size_t n_calls(struct world *world)
{
	struct kvip_balancer_counts counts;

	kvip_balancer_count(world->balancer, &counts);
	return counts.calls;
}

static bool has_finalizer(struct world *world, const char *name)
{
	return strstr(
		json_object_to_json_string_ext(current(world, name),
					       JSON_C_TO_STRING_NOSLASHESCAPE),
		FINALIZER);
}

/* Until these are all calls that there were, and none runs. */
static void calls_are(struct world *world, const char *wanted)
{
	int i;

	until(world,
	      strlen(file_text("calls")) >= strlen(wanted) && !n_calls(world));
	/* whoever would be asked again at once has been by then */
	for (i = 0; i < 20; i++)
		go_on(world);
	assert_string_equal(file_text("calls"), wanted);
}

static void has(struct world *world, const char *name, const char *wanted)
{
	until(world, !strcmp(state_of(world, name), wanted));
}

static void test_it_gives_an_address(void **state)
{
	struct world world;

	(void)state;
	prepare(&world,
		"echo \"$r\" | grep -q '" FINALIZER "' || exit 1\n" GIVE);
	lead(&world);
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "'type': 'ClusterIP'", "");
	create(&world, "c", 3, "'loadBalancerClass': 'x/y'", "");
	/* the finalizer is there before anybody is asked */
	has(&world, "a", "192.0.2.1");
	calls_are(&world, "ensure a\n");
	assert_true(has_finalizer(&world, "a"));
	assert_false(has_finalizer(&world, "b"));
	assert_false(has_finalizer(&world, "c"));
	assert_string_equal(world.told,
			    "a: The provider ensured the load balancer|");
	assert_int_equal(world.n_done, 2);
	end_world(&world);
}

static void test_nothing_before_list_and_nodes(void **state)
{
	struct world world;
	int i;

	(void)state;
	prepare(&world, GIVE);
	begin(&world, &server_ops);
	kvip_balancer_begin(world.balancer);
	create(&world, "a", 1, "", "");
	set_nodes(&world, "192.0.2.9");
	for (i = 0; i < 20; i++)
		go_on(&world);
	assert_int_equal(world.n_done, 0);
	kvip_balancer_free(world.balancer);
	begin(&world, &server_ops);
	list(&world);
	for (i = 0; i < 20; i++)
		go_on(&world);
	assert_int_equal(world.n_done, 0);
	set_nodes(&world, "192.0.2.9");
	calls_are(&world, "ensure a\n");
	end_world(&world);
}

/* A new leader can't know what the last one asked, and changes nothing. */
static void test_a_new_leader(void **state)
{
	struct world world;
	unsigned int n_done;

	(void)state;
	prepare(&world, GIVE);
	create(&world, "a", 1, "", "");
	lead(&world);
	has(&world, "a", "192.0.2.1");
	n_done = world.n_done;
	kvip_balancer_free(world.balancer);
	lead(&world);
	calls_are(&world, "ensure a\nupdate a\n");
	assert_int_equal(world.n_done, n_done);
	end_world(&world);
}

static void test_changes(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, GIVE);
	create(&world, "a", 1, "", "");
	lead(&world);
	calls_are(&world, "ensure a\n");
	change(&world, "a", "spec", "ports", "[{'port': 81}]");
	calls_are(&world, "ensure a\nupdate a\n");
	annotate(&world, "a", "{'x': 'y'}");
	calls_are(&world, "ensure a\nupdate a\nupdate a\n");
	/* labels and status are none of its business */
	change(&world, "a", "metadata", "labels", "{'x': 'y'}");
	set_nodes(&world, "192.0.2.9");
	calls_are(&world, "ensure a\nupdate a\nupdate a\n");
	set_nodes(&world, "192.0.2.8");
	calls_are(&world, "ensure a\nupdate a\nupdate a\nupdate a\n");
	end_world(&world);
}

static void test_a_failure(void **state)
{
	struct world world;
	struct kvip_balancer_counts counts;
	char words[256];
	double begin;

	(void)state;
	prepare(&world, "echo quota >&2; exit 1\n");
	create(&world, "a", 1, "", "");
	lead(&world);
	snprintf(words, sizeof(words),
		 "(the provider %s/program ended with status 1: quota)",
		 folder);
	has(&world, "a", words);
	kvip_balancer_count(world.balancer, &counts);
	assert_int_equal(counts.failing, 1);
	assert_int_equal(counts.waiting, 1);
	/* by itself, in a hundredth of five to ten seconds */
	begin = kvip_clock_monotonic();
	until(&world, strlen(file_text("calls")) > strlen("ensure a\n"));
	assert_true(kvip_clock_monotonic() - begin < 5);
	provide(GIVE);
	has(&world, "a", "192.0.2.1");
	end_world(&world);
}

static void test_its_retry_time(void **state)
{
	struct world world;
	double begin;

	(void)state;
	prepare(&world,
		"echo '{\"error\": \"busy\", \"retryAfterSeconds\": 50}'\n");
	create(&world, "a", 1, "", "");
	lead(&world);
	has(&world, "a", "(busy)");
	begin = kvip_clock_monotonic();
	provide(GIVE);
	has(&world, "a", "192.0.2.1");
	/* a hundredth of 50 seconds, a little of which was over by then */
	assert_true(kvip_clock_monotonic() - begin > 0.3);
	calls_are(&world, "ensure a\nensure a\n");
	end_world(&world);
}

static void test_a_change_does_not_wait_for_a_retry(void **state)
{
	struct world world;

	(void)state;
	prepare(&world,
		"echo '{\"error\": \"busy\", \"retryAfterSeconds\": 86400}'\n");
	create(&world, "a", 1, "", "");
	lead(&world);
	has(&world, "a", "(busy)");
	provide(GIVE);
	change(&world, "a", "spec", "ports", "[{'port': 81}]");
	has(&world, "a", "192.0.2.1");
	end_world(&world);
}

/* What it has stays while the provider can't change it. */
static void test_an_update_fails(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, GIVE);
	create(&world, "a", 1, "", "");
	lead(&world);
	has(&world, "a", "192.0.2.1");
	provide("echo '{\"error\": \"busy\"}'\n");
	change(&world, "a", "spec", "ports", "[{'port': 81}]");
	has(&world, "a", "192.0.2.1(busy)");
	provide("echo '{\"ingress\": [{\"ip\": \"192.0.2.2\"}]}'\n");
	has(&world, "a", "192.0.2.2");
	end_world(&world);
}

static void test_not_ready_yet(void **state)
{
	struct world world;

	(void)state;
	prepare(&world,
		"echo '{\"ingress\": [], \"retryAfterSeconds\": 20}'\n");
	create(&world, "a", 1, "", "");
	lead(&world);
	has(&world, "a", "(the provider has given no address so far)");
	provide(GIVE);
	has(&world, "a", "192.0.2.1");
	calls_are(&world, "ensure a\nensure a\n");
	end_world(&world);
}

static void delete_service(struct world *world, const char *name)
{
	change(world, name, "metadata", "deletionTimestamp",
	       "'2026-01-02T03:05:00Z'");
}

static void test_delete(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, GIVE);
	create(&world, "a", 1, "", "");
	lead(&world);
	has(&world, "a", "192.0.2.1");
	provide("echo '{\"error\": \"busy\", \"retryAfterSeconds\": 10}'\n");
	delete_service(&world, "a");
	has(&world, "a", "192.0.2.1(busy)");
	assert_true(has_finalizer(&world, "a"));
	provide("echo '{}'\n");
	until(&world, !kvip_object_member(world.services, "a"));
	until(&world, strstr(world.told, "deleted"));
	end_world(&world);
}

/* kvipd was killed when the Service was deleted. */
static void test_a_new_leader_deletes(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, GIVE);
	create(&world, "a", 1, "", "");
	lead(&world);
	has(&world, "a", "192.0.2.1");
	kvip_balancer_free(world.balancer);
	world.balancer = NULL;
	delete_service(&world, "a");
	provide("echo '{}'\n");
	lead(&world);
	until(&world, !kvip_object_member(world.services, "a"));
	calls_are(&world, "ensure a\ndelete a\n");
	end_world(&world);
}

static void test_deleted_while_it_is_asked(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "case $a in ensure) until [ -e $D/go ]; do sleep 0.02;"
			" done;; esac\n" GIVE);
	create(&world, "a", 1, "", "");
	lead(&world);
	until(&world, *file_text("calls"));
	delete_service(&world, "a");
	go_on(&world);
	assert_string_equal(file_text("calls"), "ensure a\n");
	make_file("go");
	until(&world, !kvip_object_member(world.services, "a"));
	assert_string_equal(file_text("calls"), "ensure a\ndelete a\n");
	forget("go");
	end_world(&world);
}

static void test_another_type(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, GIVE);
	create(&world, "a", 1, "", "");
	lead(&world);
	has(&world, "a", "192.0.2.1");
	change(&world, "a", "spec", "type", "'ClusterIP'");
	until(&world, !has_finalizer(&world, "a"));
	assert_string_equal(state_of(&world, "a"), "");
	calls_are(&world, "ensure a\ndelete a\n");
	change(&world, "a", "spec", "type", "'LoadBalancer'");
	has(&world, "a", "192.0.2.1");
	calls_are(&world, "ensure a\ndelete a\nensure a\n");
	end_world(&world);
}

/* A finalizer is nobody's until the Service was ours. */
static void test_of_another_controller(void **state)
{
	struct world world;
	int i;

	(void)state;
	prepare(&world, GIVE);
	create(&world, "a", 1, "'loadBalancerClass': 'x/y'", "");
	change(&world, "a", "metadata", "finalizers", "['" FINALIZER "']");
	delete_service(&world, "a");
	lead(&world);
	for (i = 0; i < 20; i++)
		go_on(&world);
	assert_string_equal(file_text("calls"), "");
	assert_int_equal(world.n_done, 0);
	end_world(&world);
}

static void test_finalizer_of_a_class(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, GIVE);
	world.config.class = strdup("x/y");
	create(&world, "a", 1, "'loadBalancerClass': 'x/y'", "");
	lead(&world);
	has(&world, "a", "192.0.2.1");
	assert_false(has_finalizer(&world, "a"));
	delete_service(&world, "a");
	until(&world, !kvip_object_member(world.services, "a"));
	assert_string_equal(file_text("calls"), "ensure a\ndelete a\n");
	end_world(&world);
}

static void test_eight_at_a_time(void **state)
{
	struct world world;
	size_t most = 0;
	char name[16];
	int i;

	(void)state;
	prepare(&world, "sleep 0.1\n" GIVE);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		create(&world, name, i, "", "");
	}
	lead(&world);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		while (strcmp(state_of(&world, name), "192.0.2.1")) {
			go_on(&world);
			if (n_calls(&world) > most)
				most = n_calls(&world);
		}
	}
	assert_int_equal(most, 8);
	assert_int_equal(strlen(file_text("calls")),
			 10 * strlen("ensure s0\n") +
				 10 * strlen("ensure s10\n"));
	end_world(&world);
}

static void test_one_at_a_time_for_a_service(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, "mkdir $D/runs || echo twice >>$D/calls\nsleep 0.1\n"
			"rmdir $D/runs\n" GIVE);
	create(&world, "a", 1, "", "");
	lead(&world);
	until(&world, *file_text("calls"));
	change(&world, "a", "spec", "ports", "[{'port': 81}]");
	go_on(&world);
	change(&world, "a", "spec", "ports", "[{'port': 82}]");
	calls_are(&world, "ensure a\nupdate a\n");
	end_world(&world);
}

static void test_the_lease_is_lost(void **state)
{
	struct world world;
	char path[64];
	pid_t pid;
	int i;

	(void)state;
	prepare(&world, "echo $$ >$D/pid\nexec sleep 100\n");
	create(&world, "a", 1, "", "");
	lead(&world);
	until(&world, *file_text("pid"));
	pid = atoi(file_text("pid"));
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	assert_int_equal(access(path, F_OK), 0);
	kvip_balancer_free(world.balancer);
	world.balancer = NULL;
	/* killed and waited for */
	for (i = 0; i < 100 && !access(path, F_OK); i++)
		usleep(10000);
	assert_int_equal(access(path, F_OK), -1);
	forget("pid");
	end_world(&world);
}

/* The local store has no finalizers; who deletes tells the provider himself. */
static void test_the_local_store(void **state)
{
	struct world world;

	(void)state;
	prepare(&world, GIVE);
	create(&world, "a", 1, "", "");
	create(&world, "b", 2, "", "");
	lead_with(&world, &store_ops);
	has(&world, "a", "192.0.2.1");
	has(&world, "b", "192.0.2.1");
	assert_false(has_finalizer(&world, "a"));
	forget("calls");
	vanish(&world, "a");
	change(&world, "b", "spec", "type", "'ClusterIP'");
	has(&world, "b", "");
	calls_are(&world, "delete b\n");
	end_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_gives_an_address),
		cmocka_unit_test(test_nothing_before_list_and_nodes),
		cmocka_unit_test(test_a_new_leader),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_a_failure),
		cmocka_unit_test(test_its_retry_time),
		cmocka_unit_test(test_a_change_does_not_wait_for_a_retry),
		cmocka_unit_test(test_an_update_fails),
		cmocka_unit_test(test_not_ready_yet),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_a_new_leader_deletes),
		cmocka_unit_test(test_deleted_while_it_is_asked),
		cmocka_unit_test(test_another_type),
		cmocka_unit_test(test_of_another_controller),
		cmocka_unit_test(test_finalizer_of_a_class),
		cmocka_unit_test(test_eight_at_a_time),
		cmocka_unit_test(test_one_at_a_time_for_a_service),
		cmocka_unit_test(test_the_lease_is_lost),
		cmocka_unit_test(test_the_local_store),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
