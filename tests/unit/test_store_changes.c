// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local store: what happened since, and being told that something did, by
 * this process or another one.
 */
#include "store_scene.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "clock.h"
#include "row.h"

#define SERVICE(name)                                            \
	"{apiVersion: v1, kind: Service, metadata: {name: " name \
	"}, spec: {ports: [{port: 80}]}}"

/* Milliseconds after which a test has failed. */
#define PATIENCE 10000

/* Changes as they come: "A web M web", and whether they fit to one another. */
struct log {
	char text[512];
	uint64_t last;
	size_t n;
	size_t stop_after; /* 0: never */
};

static int note(const struct kvip_store_change *change, void *ctx,
		struct kvip_err *err)
{
	static const char letters[] = "AMD";
	struct log *log = ctx;
	size_t used = strlen(log->text);
	char version[24];

	(void)err;
	assert_true(change->version > log->last);
	log->last = change->version;
	snprintf(version, sizeof(version), "%llu",
		 (unsigned long long)change->version);
	assert_string_equal(scene_text(change->object,
				       "/metadata/resourceVersion"),
			    version);
	assert_string_equal(scene_text(change->object, "/metadata/name"),
			    change->name);
	assert_true(!change->before == (change->type == KVIP_STORE_ADDED));
	if (change->before)
		assert_string_equal(scene_text(change->before, "/metadata/uid"),
				    scene_text(change->object,
					       "/metadata/uid"));
	snprintf(log->text + used, sizeof(log->text) - used, "%s%c %s%s",
		 used ? " " : "", letters[change->type], change->name,
		 scene_text(change->object, "/metadata/labels/n"));
	return ++log->n == log->stop_after ? 5 : 0;
}

static int changes(struct scene *scene, uint64_t *version, struct log *log)
{
	return kvip_store_changes(scene->store, *version, note, log, version,
				  &scene->err);
}

static void test_changes(void **state)
{
	struct scene *scene = *state;
	uint64_t start = scene_version(scene), version = start;
	struct log log = {};

	assert_int_equal(changes(scene, &version, &log), KVIP_STORE_OK);
	assert_int_equal(log.n, 0);
	scene_put(scene, SERVICE("web"));
	scene_put(scene, SERVICE("api"));
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/metadata/labels", "{\"n\": \"1\"}"),
			 KVIP_STORE_OK);
	assert_int_equal(scene_change(scene, KVIP_KIND_SERVICE, "web",
				      "/metadata/labels", "{\"n\": \"2\"}"),
			 KVIP_STORE_OK);
	scene_delete(scene, KVIP_KIND_SERVICE, "web");
	scene_put(scene, SERVICE("web"));
	assert_int_equal(changes(scene, &version, &log), KVIP_STORE_OK);
	assert_string_equal(log.text, "A web A api M web1 M web2 D web2 A web");
	assert_int_equal(version, scene_version(scene));

	/* one that stops goes on behind what it took */
	memset(&log, 0, sizeof(log));
	log.stop_after = 3;
	version = start;
	assert_int_equal(changes(scene, &version, &log), 5);
	assert_int_equal(version, start + 2);
	memset(&log, 0, sizeof(log));
	assert_int_equal(changes(scene, &version, &log), KVIP_STORE_OK);
	assert_string_equal(log.text, "M web1 M web2 D web2 A web");

	/* from a store that is another's */
	version = 1000;
	assert_int_equal(changes(scene, &version, &log), KVIP_STORE_EXPIRED);
	assert_string_equal(scene->err.text,
			    "too old resource version: 1000 (7)");
	assert_int_equal(version, 1000);
}

static int change_much(struct kvip_store *store, void *ctx,
		       struct kvip_err *err)
{
	struct json_object *object, *labels;
	struct scene *scene = ctx;
	int i, ret = 0;

	object = scene_get(scene, KVIP_KIND_SERVICE, NULL, "web");
	json_object_object_del(json_object_object_get(object, "metadata"),
			       "resourceVersion");
	labels = json_object_new_object();
	json_object_object_add(json_object_object_get(object, "metadata"),
			       "labels", labels);
	for (i = 0; !ret && i < KVIP_ROW_CHANGES; i++) {
		json_object_object_add(
			labels, "n", json_object_new_string(i % 2 ? "1" : "0"));
		ret = kvip_store_update(store, KVIP_KIND_SERVICE, object, false,
					NULL, err);
	}
	json_object_put(object);
	return ret;
}

static int count_change(const struct kvip_store_change *change, void *ctx,
			struct kvip_err *err)
{
	size_t *n = ctx;

	(void)change;
	(void)err;
	++*n;
	return 0;
}

static void test_expired(void **state)
{
	struct scene *scene = *state;
	uint64_t version = scene_version(scene), since = version;
	size_t n = 0;

	scene_put(scene, SERVICE("web"));
	if (kvip_store_transaction(scene->store, change_much, scene,
				   &scene->err))
		fail_msg("%s", scene->err.text);
	/* the first ones are forgotten: the Node and the Service */
	assert_int_equal(scene_version(scene), KVIP_ROW_CHANGES + 2);
	assert_int_equal(kvip_store_changes(scene->store, since, count_change,
					    &n, &since, &scene->err),
			 KVIP_STORE_EXPIRED);
	assert_string_equal(scene->err.text,
			    "too old resource version: 1 (20002)");
	since = 2;
	assert_int_equal(kvip_store_changes(scene->store, since, count_change,
					    &n, &since, &scene->err),
			 KVIP_STORE_OK);
	assert_int_equal(n, KVIP_ROW_CHANGES);
	assert_int_equal(since, KVIP_ROW_CHANGES + 2);
	scene_check(scene);
}

/* Sleep until there is something new; how many times it was woken for nothing. */
static unsigned int await(struct scene *scene, uint64_t *version,
			  struct log *log)
{
	struct pollfd poll_fd = { .events = POLLIN };
	unsigned int times = 0;

	poll_fd.fd = kvip_store_fd(scene->store, &scene->err);
	if (poll_fd.fd < 0)
		fail_msg("%s", scene->err.text);
	for (;; times++) {
		size_t before = log->n;

		assert_int_equal(poll(&poll_fd, 1, PATIENCE), 1);
		kvip_store_acknowledge(scene->store);
		assert_int_equal(changes(scene, version, log), KVIP_STORE_OK);
		if (log->n > before)
			return times;
	}
}

/* Fn in another process, with a store of its own. */
static pid_t start(struct scene *scene,
		   void (*fn)(struct kvip_store *store, struct scene *scene))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	/* the parent's connection must not be closed here */
	scene->store = kvip_store_open(&scene->config, 0, &scene->err);
	if (!scene->store)
		_exit(1);
	fn(scene->store, scene);
	_exit(0);
}

static void finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void add_web(struct kvip_store *store, struct scene *scene)
{
	if (scene_try(scene, SERVICE("web"), NULL))
		_exit(2);
	kvip_store_close(store);
}

static void test_told(void **state)
{
	struct scene *scene = *state;
	uint64_t version = scene_version(scene);
	struct log log = {};
	pid_t pid;

	assert_true(kvip_store_fd(scene->store, &scene->err) >= 0);
	pid = start(scene, add_web);
	await(scene, &version, &log);
	assert_string_equal(log.text, "A web");
	finish(pid);
	/* one's own changes, too, after the log was started anew */
	assert_int_equal(kvip_db_exec(&scene->store->db,
				      "PRAGMA wal_checkpoint(TRUNCATE)",
				      &scene->err),
			 0);
	scene_delete(scene, KVIP_KIND_SERVICE, "web");
	await(scene, &version, &log);
	assert_string_equal(log.text, "A web D web");
}

#define BURST 300

static void change_often(struct kvip_store *store, struct scene *scene)
{
	char yaml[128];
	int i;

	(void)store;
	for (i = 0; i < BURST; i++) {
		snprintf(yaml, sizeof(yaml), SERVICE("s%d"), i);
		if (scene_try(scene, yaml, NULL))
			_exit(2);
		if (i % 50 == 49 &&
		    kvip_db_exec(&scene->store->db,
				 "PRAGMA wal_checkpoint(PASSIVE)", &scene->err))
			_exit(3);
	}
}

/* Nothing is missed, however it falls, checkpoints and all. */
static void test_told_of_all(void **state)
{
	struct scene *scene = *state;
	uint64_t version = scene_version(scene);
	struct log log = {};
	pid_t pid;

	assert_true(kvip_store_fd(scene->store, &scene->err) >= 0);
	pid = start(scene, change_often);
	while (log.n < BURST)
		await(scene, &version, &log);
	finish(pid);
	assert_int_equal(log.n, BURST);
}

/* One that is killed between its commit and telling of it. */
static void commit_silently(struct kvip_store *store, struct scene *scene)
{
	if (kvip_store_begin(store, &scene->err) ||
	    scene_try(scene, SERVICE("web"), NULL) ||
	    kvip_db_exec(&store->db, "COMMIT", &scene->err))
		_exit(2);
}

static void test_told_by_nobody(void **state)
{
	struct scene *scene = *state;
	uint64_t version = scene_version(scene);
	struct log log = {};

	assert_true(kvip_store_fd(scene->store, &scene->err) >= 0);
	finish(start(scene, commit_silently));
	await(scene, &version, &log);
	assert_string_equal(log.text, "A web");
}

/* Microseconds that the disk takes. */
static unsigned int slowness;

/* In the C library's place: SQLite waits here between writing and committing. */
int fdatasync(int fd)
{
	(void)fd;
	usleep(slowness);
	return 0;
}

int fsync(int fd)
{
	return fdatasync(fd);
}

static void add_slowly(struct kvip_store *store, struct scene *scene)
{
	slowness = 700000;
	add_web(store, scene);
}

/* After the first waking there is nothing to be seen yet. Once there is, one need
 * not wait for a timer, the next of which is two seconds off.
 */
static void test_told_early(void **state)
{
	struct scene *scene = *state;
	uint64_t version = scene_version(scene);
	double begun = kvip_clock_monotonic();
	struct log log = {};
	pid_t pid;

	assert_true(kvip_store_fd(scene->store, &scene->err) >= 0);
	pid = start(scene, add_slowly);
	assert_true(await(scene, &version, &log) > 0);
	assert_true(kvip_clock_monotonic() - begun < 2.4);
	assert_string_equal(log.text, "A web");
	finish(pid);
}

static void commit_slowly(struct kvip_store *store, struct scene *scene)
{
	slowness = 300000;
	commit_silently(store, scene);
}

/* Both at once: only a timer can tell. */
static void test_told_by_a_timer(void **state)
{
	struct scene *scene = *state;
	uint64_t version = scene_version(scene);
	struct log log = {};
	pid_t pid;

	assert_true(kvip_store_fd(scene->store, &scene->err) >= 0);
	pid = start(scene, commit_slowly);
	assert_true(await(scene, &version, &log) > 0);
	assert_string_equal(log.text, "A web");
	finish(pid);
}

/* It gets quiet, and others' files are none of ours. */
static void test_quiet(void **state)
{
	struct scene *scene = *state;
	struct pollfd poll_fd = { .events = POLLIN };
	unsigned int times = 0;
	char path[128];
	FILE *file;

	poll_fd.fd = kvip_store_fd(scene->store, &scene->err);
	assert_int_equal(poll_fd.fd, kvip_store_fd(scene->store, &scene->err));
	while (poll(&poll_fd, 1, 700) == 1) {
		kvip_store_acknowledge(scene->store);
		assert_true(++times < 10);
	}
	snprintf(path, sizeof(path), "%s/other", scene->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	/* the folder tells of it; after that all is quiet at once */
	assert_int_equal(poll(&poll_fd, 1, PATIENCE), 1);
	kvip_store_acknowledge(scene->store);
	assert_int_equal(poll(&poll_fd, 1, 50), 0);
	scene_put(scene, SERVICE("web"));
	assert_int_equal(poll(&poll_fd, 1, 0), 1);
	kvip_store_acknowledge(scene->store);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_changes),
		TEST(test_expired),
		TEST(test_told),
		TEST(test_told_of_all),
		TEST(test_told_by_nobody),
		TEST(test_told_early),
		TEST(test_told_by_a_timer),
		TEST(test_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
