// SPDX-License-Identifier: GPL-2.0-or-later
/* The agent's zone files, as they follow the cluster. */
#include "cluster.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "dns_config.h"
#include "dns_pods.h"
#include "names.h"

#define SVC(name, ip)                                                                \
	"---\n{apiVersion: v1, kind: Service, metadata: {namespace: d, name: '" name \
	"'}, spec: {clusterIP: " ip ", ports: [{port: 80}]}}\n"

struct scene {
	struct event_base *base;
	struct kvip_model model;
	struct kvip_dns_config config;
	struct kvip_dns_pods pods;
	struct kvip_names *names;
	char root[64];
};

static int begin(void **state)
{
	struct scene *scene = kvip_alloc(sizeof(*scene));

	scene->base = event_base_new();
	kvip_model_init(&scene->model);
	kvip_dns_config_init(&scene->config);
	strcpy(scene->root, "/tmp/kvip-names.XXXXXX");
	assert_non_null(mkdtemp(scene->root));
	if (asprintf(&scene->config.directory, "%s/dns", scene->root) < 0 ||
	    asprintf(&scene->config.reload,
		     "cp %s/dns/cluster.local.zone %s/server", scene->root,
		     scene->root) < 0)
		abort();
	scene->names = kvip_names_new(scene->base, &scene->config,
				      &scene->model, &scene->pods);
	*state = scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;
	char command[128];

	kvip_names_free(scene->names);
	kvip_dns_pods_free(&scene->pods);
	kvip_dns_config_free(&scene->config);
	kvip_model_free(&scene->model);
	event_base_free(scene->base);
	snprintf(command, sizeof(command), "rm -r %s", scene->root);
	assert_int_equal(system(command), 0);
	free(scene);
	/* no child is left */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return 0;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Run the loop until the names were written, or not, that many times. */
static void run(struct scene *scene, uint64_t written, uint64_t failed)
{
	const struct kvip_names_counts *counts =
		kvip_names_counts(scene->names);
	const struct timeval tick = { .tv_usec = 10000 };
	double limit = kvip_clock_monotonic() + 30;
	struct event *timer;

	timer = event_new(scene->base, -1, EV_PERSIST, on_tick, NULL);
	event_add(timer, &tick);
	while (counts->written < written || counts->failed < failed) {
		assert_true(kvip_clock_monotonic() < limit);
		event_base_loop(scene->base, EVLOOP_ONCE);
	}
	event_free(timer);
	assert_int_equal(counts->written, written);
	assert_int_equal(counts->failed, failed);
}

/* Whether a file, of the server or of ours, holds a text. */
static bool holds(const struct scene *scene, const char *name, const char *text)
{
	char path[128], *all = kvip_alloc(1 << 16);
	FILE *file;
	bool found;

	snprintf(path, sizeof(path), "%s/%s", scene->root, name);
	file = fopen(path, "r");
	if (file) {
		all[fread(all, 1, (1 << 16) - 1, file)] = '\0';
		fclose(file);
	}
	found = strstr(all, text);
	free(all);
	return found;
}

static void a_change_reaches_the_server(void **state)
{
	struct scene *scene = *state;

	cluster_add(&scene->model, SVC("web", "10.96.0.9"));
	kvip_names_changed(scene->names);
	run(scene, 1, 0);
	assert_true(holds(scene, "server", "web.d.svc\tA\t10.96.0.9\n"));
	assert_int_equal(kvip_names_counts(scene->names)->records, 9);
	kvip_model_delete_svc(&scene->model, "d", "web");
	kvip_names_changed(scene->names);
	run(scene, 2, 0);
	assert_false(holds(scene, "server", "web"));
	assert_int_equal(kvip_names_counts(scene->names)->records, 5);
}

static void nothing_is_written_before_it_is_asked_for(void **state)
{
	struct scene *scene = *state;
	const struct timeval wait = { .tv_usec = 300000 };

	event_base_loopexit(scene->base, &wait);
	event_base_dispatch(scene->base);
	assert_int_equal(access(scene->config.directory, F_OK), -1);
}

/* And a server is told once even if nothing changed since another agent. */
static void a_server_is_told_of_changes_alone(void **state)
{
	struct scene *scene = *state;
	char path[128];

	snprintf(path, sizeof(path), "%s/server", scene->root);
	kvip_names_changed(scene->names);
	run(scene, 1, 0);
	assert_int_equal(unlink(path), 0);
	kvip_names_changed(scene->names);
	run(scene, 2, 0);
	assert_int_equal(access(path, F_OK), -1);

	kvip_names_free(scene->names);
	scene->names = kvip_names_new(scene->base, &scene->config,
				      &scene->model, &scene->pods);
	kvip_names_changed(scene->names);
	run(scene, 1, 0);
	assert_int_equal(access(path, F_OK), 0);
}

static void changes_in_a_row_are_written_together(void **state)
{
	struct scene *scene = *state;
	char text[256];
	int i;

	for (i = 1; i < 200; i++) {
		snprintf(text, sizeof(text), SVC("s%d", "10.96.0.%d"), i, i);
		cluster_add(&scene->model, text);
		kvip_names_changed(scene->names);
	}
	run(scene, 1, 0);
	assert_true(holds(scene, "server", "s199.d.svc\tA\t10.96.0.199\n"));
}

/* The child waits for the lock: what it knows is what it was forked with. */
static void a_change_during_a_write_is_written_after_it(void **state)
{
	struct scene *scene = *state;
	const struct timeval wait = { .tv_usec = 200000 };
	char path[128];
	int fd;

	kvip_names_changed(scene->names);
	run(scene, 1, 0);
	snprintf(path, sizeof(path), "%s/.lock", scene->config.directory);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	cluster_add(&scene->model, SVC("a", "10.96.0.1"));
	kvip_names_changed(scene->names);
	event_base_loopexit(scene->base, &wait);
	event_base_dispatch(scene->base);
	cluster_add(&scene->model, SVC("b", "10.96.0.2"));
	kvip_names_changed(scene->names);
	kvip_names_changed(scene->names);
	assert_int_equal(kvip_names_counts(scene->names)->written, 1);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	run(scene, 2, 0);
	assert_true(holds(scene, "server", "a.d.svc"));
	assert_false(holds(scene, "server", "b.d.svc"));
	run(scene, 3, 0);
	assert_true(holds(scene, "server", "b.d.svc"));
	close(fd);
}

static void an_end_waits_for_what_is_known(void **state)
{
	struct scene *scene = *state;

	cluster_add(&scene->model, SVC("a", "10.96.0.1"));
	kvip_names_changed(scene->names);
	kvip_names_free(scene->names);
	scene->names = NULL;
	assert_true(holds(scene, "server", "a.d.svc"));
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void what_fails_is_told_once_and_tried_again(void **state)
{
	struct scene *scene = *state;
	int file = memfd_create("log", MFD_CLOEXEC), before = dup(2);
	char log[4096] = "";
	int fd;

	/* a file in the directory's place */
	fd = open(scene->config.directory, O_WRONLY | O_CREAT | O_CLOEXEC,
		  0600);
	assert_true(fd >= 0);
	close(fd);
	dup2(file, 2);
	kvip_names_changed(scene->names);
	run(scene, 0, 1);
	/* more changes don't make more tries */
	kvip_names_changed(scene->names);
	run(scene, 0, 2);
	assert_int_equal(unlink(scene->config.directory), 0);
	run(scene, 1, 2);
	dup2(before, 2);
	close(before);
	assert_true(pread(file, log, sizeof(log) - 1, 0) > 0);
	close(file);
	assert_int_equal(count(log, "names are not written"), 1);
	assert_non_null(strstr(log, "Not a directory"));
	assert_int_equal(count(log, "names are written again"), 1);
	assert_true(holds(scene, "server", "dns-version"));
}

/* The files are right, the server does not know: it has to be told again. */
static void a_server_that_was_not_told_is_told_again(void **state)
{
	struct scene *scene = *state;
	char *good = scene->config.reload;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), before = dup(2);

	scene->config.reload = kvip_strdup("false");
	cluster_add(&scene->model, SVC("a", "10.96.0.1"));
	dup2(null, 2);
	kvip_names_changed(scene->names);
	run(scene, 0, 1);
	assert_true(holds(scene, "dns/cluster.local.zone", "a.d.svc"));
	assert_false(holds(scene, "server", "a.d.svc"));
	free(scene->config.reload);
	scene->config.reload = good;
	run(scene, 1, 1);
	dup2(before, 2);
	close(before);
	close(null);
	assert_true(holds(scene, "server", "a.d.svc"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_change_reaches_the_server),
		TEST(nothing_is_written_before_it_is_asked_for),
		TEST(a_server_is_told_of_changes_alone),
		TEST(changes_in_a_row_are_written_together),
		TEST(a_change_during_a_write_is_written_after_it),
		TEST(an_end_waits_for_what_is_known),
		TEST(what_fails_is_told_once_and_tried_again),
		TEST(a_server_that_was_not_told_is_told_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
