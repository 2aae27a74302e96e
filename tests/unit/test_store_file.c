// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local store's file: schemas old and new, files that are none, a full disk,
 * no right to it, and what kvip.conf says of it.
 */
#include "store_scene.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "schema.h"

#define SERVICE(name)                                            \
	"{apiVersion: v1, kind: Service, metadata: {name: " name \
	"}, spec: {ports: [{port: 80}]}}"

static int begin(void **state)
{
	*state = scene_make();
	return 0;
}

/* Opening fails with these words behind the path, and leaves all as it was. */
static void refuse(struct scene *scene, unsigned int flags, const char *words)
{
	char expected[256];

	scene->store = kvip_store_open(&scene->config, flags, &scene->err);
	assert_null(scene->store);
	snprintf(expected, sizeof(expected), "%s: %s", scene->config.path,
		 words);
	assert_string_equal(scene->err.text, expected);
}

static void write_file(struct scene *scene, const char *text)
{
	FILE *file = fopen(scene->config.path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static char *read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	assert_non_null(file);
	n = getdelim(&text, &size, EOF, file);
	*len = n < 0 ? 0 : n;
	fclose(file);
	return text;
}

/* Statements on a file, without the store. */
static void execute(struct scene *scene, const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(scene->config.path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(handle);
}

static void test_absent(void **state)
{
	struct scene *scene = *state;

	refuse(scene, KVIP_STORE_MUST_EXIST, "there is no store");
	refuse(scene, KVIP_STORE_READ_ONLY, "there is no store");
	assert_int_equal(access(scene->config.path, F_OK), -1);
}

static void test_made(void **state)
{
	struct scene *scene = *state;
	struct stat st;
	char *path;

	/* with its folder, but not those above */
	path = scene->config.path;
	if (asprintf(&scene->config.path, "%s/a/cluster.db", scene->folder) < 0)
		abort();
	free(path);
	scene_open(scene);
	assert_int_equal(stat(scene->config.path, &st), 0);
	assert_int_equal(st.st_mode & 0133, 0);
	scene_close(scene);
	path = scene->config.path;
	if (asprintf(&scene->config.path, "%s/b/c/cluster.db", scene->folder) <
	    0)
		abort();
	free(path);
	assert_null(kvip_store_open(&scene->config, 0, &scene->err));
	assert_non_null(strstr(scene->err.text,
			       "/b/c: the folder can't be made: No such file "
			       "or directory"));
}

/* An empty file is one that somebody was killed over; it becomes a store. */
static void test_empty(void **state)
{
	struct scene *scene = *state;

	write_file(scene, "");
	refuse(scene, KVIP_STORE_READ_ONLY, "the store is empty yet");
	scene_open(scene);
	scene_put(scene, SERVICE("web"));
	scene_check(scene);
}

static void test_not_ours(void **state)
{
	struct scene *scene = *state;
	char *before, *after;
	size_t n, m;

	write_file(scene, "apiVersion: v1\nkind: Service\nthis is a manifest, "
			  "and long enough to be mistaken for a database of "
			  "SQLite, which has a header of one hundred bytes.\n");
	before = read_file(scene->config.path, &n);
	refuse(scene, 0, "this is not a store of kvip");
	refuse(scene, KVIP_STORE_READ_ONLY, "this is not a store of kvip");
	after = read_file(scene->config.path, &m);
	assert_int_equal(n, m);
	assert_memory_equal(before, after, n);
	free(before);
	free(after);

	unlink(scene->config.path);
	execute(scene, "CREATE TABLE bookmarks (url TEXT)");
	before = read_file(scene->config.path, &n);
	refuse(scene, 0,
	       "this is another program's database, not a store of kvip");
	after = read_file(scene->config.path, &m);
	assert_int_equal(n, m);
	assert_memory_equal(before, after, n);
	free(before);
	free(after);

	unlink(scene->config.path);
	assert_int_equal(mkdir(scene->config.path, 0755), 0);
	refuse(scene, 0, "this is a folder, not a store");
	rmdir(scene->config.path);
	assert_int_equal(mkfifo(scene->config.path, 0644), 0);
	refuse(scene, 0, "this is not a store of kvip");
}

static void test_newer(void **state)
{
	struct scene *scene = *state;

	scene_open(scene);
	scene_put(scene, SERVICE("web"));
	scene_close(scene);
	execute(scene, "PRAGMA user_version = 3");
	refuse(scene, 0,
	       "the store is of a newer kvip (schema 3; this one knows 1)");
	refuse(scene, KVIP_STORE_READ_ONLY,
	       "the store is of a newer kvip (schema 3; this one knows 1)");
	execute(scene, "PRAGMA user_version = 1");
	scene_open(scene);
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 1);
	scene_check(scene);
}

/* A kvip of two schemas more, the last of which is wrong at first. */
static void test_migration(void **state)
{
	const char *steps[3] = { kvip_schema_steps[0],
				 "CREATE TABLE two (x); INSERT INTO two "
				 "SELECT version FROM state",
				 "CREATE TABLE three (x); SELECT nonsense" };
	struct scene *scene = *state;
	struct kvip_db db = {};
	int64_t n;
	bool made;

	scene_open(scene);
	scene_put(scene, SERVICE("web"));
	scene_close(scene);
	assert_int_equal(kvip_db_open(&db, scene->config.path,
				      SQLITE_OPEN_READWRITE, &scene->err),
			 0);
	assert_int_equal(kvip_schema_prepare(&db, steps, 3, false, &made,
					     &scene->err),
			 -1);
	assert_non_null(strstr(scene->err.text,
			       "the store is of an older kvip (schema 1) and "
			       "has to be migrated by whoever may write it"));
	assert_int_equal(kvip_schema_prepare(&db, steps, 3, true, &made,
					     &scene->err),
			 -1);
	assert_non_null(strstr(scene->err.text, "no such column: nonsense"));
	assert_int_equal(kvip_db_number(&db, &scene->err, NULL, &n,
					"PRAGMA user_version", ""),
			 0);
	assert_int_equal(n, 1);
	assert_int_equal(kvip_db_number(&db, &scene->err, NULL, &n,
					"SELECT count(*) FROM sqlite_master"
					" WHERE name IN ('two', 'three')",
					""),
			 0);
	assert_int_equal(n, 0);

	steps[2] = "CREATE TABLE three (x)";
	assert_int_equal(kvip_schema_prepare(&db, steps, 3, true, &made,
					     &scene->err),
			 0);
	assert_false(made);
	assert_int_equal(kvip_db_number(&db, &scene->err, NULL, &n,
					"SELECT x FROM two, (SELECT count(*)"
					" FROM three)",
					""),
			 0);
	assert_int_equal(n, 2);
	assert_int_equal(kvip_db_number(&db, &scene->err, NULL, &n,
					"PRAGMA user_version", ""),
			 0);
	assert_int_equal(n, 3);
	kvip_db_close(&db);
	refuse(scene, 0,
	       "the store is of a newer kvip (schema 3; this one knows 1)");
}

static void test_corrupt(void **state)
{
	struct scene *scene = *state;
	char yaml[128], noise[8192];
	int fd, i;

	scene_open(scene);
	for (i = 0; i < 50; i++) {
		snprintf(yaml, sizeof(yaml), SERVICE("web-%d"), i);
		scene_put(scene, yaml);
	}
	scene_close(scene);
	/* all but the header */
	memset(noise, 0x5a, sizeof(noise));
	fd = open(scene->config.path, O_WRONLY);
	assert_true(fd >= 0);
	for (i = 1; i < 8; i++)
		assert_int_equal(pwrite(fd, noise, sizeof(noise), i * 8192L),
				 sizeof(noise));
	close(fd);
	scene->store = kvip_store_open(&scene->config, 0, &scene->err);
	if (scene->store)
		assert_int_equal(kvip_store_check(scene->store, &scene->err),
				 -1);
	assert_non_null(strstr(scene->err.text, "the file is damaged"));
}

/* An object that is no JSON any more. */
static void test_corrupt_body(void **state)
{
	struct scene *scene = *state;
	struct json_object *object;

	scene_open(scene);
	scene_put(scene, SERVICE("web"));
	scene_close(scene);
	execute(scene, "UPDATE objects SET body = '{' WHERE name = 'web'");
	scene_open(scene);
	assert_int_equal(kvip_store_get(scene->store, KVIP_KIND_SERVICE, NULL,
					"web", &object, &scene->err),
			 KVIP_STORE_ERROR);
	assert_non_null(strstr(scene->err.text,
			       "the file is damaged: an object is not "
			       "readable"));
	assert_int_equal(kvip_store_check(scene->store, &scene->err), -1);
}

/* What check has to find. */
static void test_check(void **state)
{
	static const struct {
		const char *sql;
		const char *words;
	} faults[] = {
		{ "DELETE FROM cluster_ips", "says it has [ \"10." },
		{ "INSERT INTO cluster_ips VALUES (4, x'0a600001', "
		  "'default/web')",
		  "is given out to it" },
		{ "INSERT INTO cluster_ips VALUES (4, x'0a600001', 'a/b')",
		  "a ClusterIP is held by a/b, which is not there" },
		{ "INSERT INTO node_ports VALUES (31000, 6, 'default/web', 0)",
		  "is given out to it" },
		{ "DELETE FROM objects WHERE kind = 'EndpointSlice'",
		  "the file is damaged: an object is not readable" },
		{ "UPDATE objects SET body = json_remove(body, "
		  "'$.endpoints') WHERE kind = 'EndpointSlice'",
		  "the EndpointSlices of Service default/web are not what" },
		{ "DELETE FROM labels", "the labels of Pod default/pod" },
		{ "DELETE FROM changes WHERE version = 2",
		  "of the changes only" },
		{ "UPDATE state SET version = 100",
		  "which is not the store's version" },
		{ "UPDATE objects SET version = 1 WHERE kind = 'Pod'",
		  "Pod default/pod is not what its body says" },
		{ "UPDATE objects SET body = json_set(body, "
		  "'$.metadata.resourceVersion', '1'), version = 1"
		  " WHERE kind = 'Pod'",
		  "what came of change" },
	};
	struct scene *scene = *state;
	struct kvip_err err;
	size_t i;

	scene_open(scene);
	scene_put(scene, "{apiVersion: v1, kind: Service, metadata: {name: "
			 "web}, spec: {selector: {app: web}, ports: "
			 "[{port: 80}]}}");
	scene_put(scene, "{apiVersion: v1, kind: Pod, metadata: {name: pod, "
			 "labels: {app: web}}, spec: {containers: [{name: c, "
			 "image: i}]}, status: {phase: Running, podIP: "
			 "10.244.0.1, podIPs: [{ip: 10.244.0.1}]}}");
	scene_check(scene);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		assert_int_equal(kvip_store_begin(scene->store, &err), 0);
		if (kvip_db_exec(&scene->store->db, faults[i].sql, &err))
			fail_msg("%s", err.text);
		assert_int_equal(kvip_store_check(scene->store, &err), -1);
		if (!strstr(err.text, faults[i].words))
			fail_msg("%s: %s", faults[i].sql, err.text);
		assert_int_equal(kvip_store_end(scene->store, 1, &err), 1);
	}
	scene_check(scene);
}

static int add_many(struct kvip_store *store, void *ctx, struct kvip_err *err)
{
	struct scene *scene = ctx;
	char yaml[128];
	int i, ret = 0;

	(void)store;
	for (i = 0; !ret && i < 1000; i++) {
		snprintf(yaml, sizeof(yaml), SERVICE("many-%d"), i);
		ret = scene_try(scene, yaml, NULL);
	}
	*err = scene->err;
	return ret;
}

/* As SQLite does it after some errors, and one who goes on all the same. */
static int go_on(struct kvip_store *store, void *ctx, struct kvip_err *err)
{
	struct scene *scene = ctx;

	scene_put(scene, SERVICE("before"));
	assert_int_equal(kvip_db_exec(&store->db, "ROLLBACK", err), 0);
	assert_int_equal(scene_try(scene, SERVICE("after"), NULL),
			 KVIP_STORE_ERROR);
	assert_non_null(strstr(scene->err.text,
			       "an earlier error has undone the whole "
			       "transaction"));
	return 0;
}

static void test_full(void **state)
{
	struct scene *scene = *state;
	struct kvip_err err;
	uint64_t version;
	char yaml[128];
	size_t n = 0;
	int ret = 0;

	scene_open(scene);
	assert_int_equal(kvip_db_exec(&scene->store->db,
				      "PRAGMA max_page_count = 60", &err),
			 0);
	while (!ret && n < 1000) {
		snprintf(yaml, sizeof(yaml), SERVICE("web-%zu"), n++);
		version = scene_version(scene);
		ret = scene_try(scene, yaml, NULL);
	}
	assert_int_equal(ret, KVIP_STORE_ERROR);
	assert_non_null(strstr(scene->err.text, ": the disk is full"));
	assert_int_equal(scene_version(scene), version);
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), n - 1);
	scene_check(scene);
	assert_int_equal(kvip_store_transaction(scene->store, add_many, scene,
						&err),
			 KVIP_STORE_ERROR);
	assert_non_null(strstr(err.text, ": the disk is full"));
	assert_int_equal(scene_version(scene), version);
	/* there is room again */
	assert_int_equal(kvip_db_exec(&scene->store->db,
				      "PRAGMA max_page_count = 100000", &err),
			 0);
	scene_put(scene, SERVICE("after"));
	scene_check(scene);
}

static void test_undone(void **state)
{
	struct scene *scene = *state;
	struct kvip_err err;
	uint64_t version;

	scene_open(scene);
	version = scene_version(scene);
	assert_int_equal(kvip_store_transaction(scene->store, go_on, scene,
						&err),
			 KVIP_STORE_ERROR);
	assert_int_equal(scene_version(scene), version);
	scene_check(scene);
}

/* Another process has it; nobody waits for long here. */
static void test_locked(void **state)
{
	struct scene *scene = *state;
	char expected[256];
	sqlite3 *other;

	scene_open(scene);
	assert_int_equal(sqlite3_open(scene->config.path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	sqlite3_busy_timeout(scene->store->db.handle, 10);
	assert_int_equal(scene_try(scene, SERVICE("web"), NULL),
			 KVIP_STORE_ERROR);
	snprintf(expected, sizeof(expected),
		 "%s: another process has kept the store locked for more than "
		 "30 seconds",
		 scene->config.path);
	assert_string_equal(scene->err.text, expected);
	/* who reads need not wait */
	assert_int_equal(scene_count(scene, KVIP_KIND_SERVICE), 0);
	sqlite3_close(other);
	scene_put(scene, SERVICE("web"));
}

/* What a child that may do less finds; its exit status tells. */
static void as_nobody(struct scene *scene, void (*fn)(struct scene *scene))
{
	int status;
	pid_t pid;

	assert_int_equal(chmod(scene->folder, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (!geteuid() && (setgid(65534) || setuid(65534)))
			_exit(99);
		fn(scene);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void read_only(struct scene *scene)
{
	struct kvip_store *store;
	struct json_object *object;
	struct kvip_err err;

	store = kvip_store_open(&scene->config, KVIP_STORE_READ_ONLY, &err);
	if (!store) {
		fprintf(stderr, "%s\n", err.text);
		_exit(11);
	}
	if (kvip_store_get(store, KVIP_KIND_SERVICE, NULL, "web", &object,
			   &err)) {
		fprintf(stderr, "%s\n", err.text);
		_exit(2);
	}
	if (kvip_store_delete(store, KVIP_KIND_SERVICE, NULL, "web", false,
			      &err) != KVIP_STORE_ERROR ||
	    !strstr(err.text, "the store is open to be read only"))
		_exit(3);
	json_object_put(object);
	kvip_store_close(store);
	if (geteuid() != 65534)
		return;
	/* root's store */
	store = kvip_store_open(&scene->config, 0, &err);
	if (store || !strstr(err.text, ": no right to write the store"))
		_exit(4);
}

static void locked_out(struct scene *scene)
{
	struct kvip_err err;

	if (geteuid() != 65534)
		return;
	if (kvip_store_open(&scene->config, KVIP_STORE_READ_ONLY, &err))
		_exit(1);
	if (!strstr(err.text, "Permission denied"))
		_exit(2);
}

static void remove_beside(struct scene *scene, const char *suffix)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s", scene->config.path, suffix);
	assert_int_equal(unlink(path), 0);
}

static void test_nobody(void **state)
{
	struct scene *scene = *state;

	scene_open(scene);
	scene_put(scene, SERVICE("web"));
	/* beside a writer, after it, and without the files that it leaves */
	as_nobody(scene, read_only);
	scene_close(scene);
	as_nobody(scene, read_only);
	remove_beside(scene, "-wal");
	remove_beside(scene, "-shm");
	as_nobody(scene, read_only);
	scene_open(scene);
	scene_put(scene, SERVICE("api"));
	scene_check(scene);
	scene_close(scene);
	assert_int_equal(chmod(scene->config.path, 0600), 0);
	as_nobody(scene, locked_out);
}

static int set(struct scene *scene, const char *key, const char *value)
{
	struct kvip_config_section section =
		kvip_store_config_section(&scene->config);

	assert_string_equal(section.name, "store");
	/* as a file of its own has it */
	scene->config.seen = 0;
	return section.set(section.arg, key, value, &scene->err);
}

static void test_config(void **state)
{
	static const char *const wrong[][3] = {
		{ "path", "cluster.db",
		  "path: \"cluster.db\" is not the whole path of a file" },
		{ "cluster-ips", "10.96.0.0",
		  "cluster-ips: \"10.96.0.0\" is not an address block such as "
		  "10.96.0.0/16 or fd00:10:96::/112" },
		{ "cluster-ips", "10.96.0.0/31",
		  "cluster-ips: 10.96.0.0/31 is too small a block to give out "
		  "addresses from" },
		{ "cluster-ips", "10.96.0.0/16, 10.97.0.0/16",
		  "cluster-ips: both blocks are of IPv4" },
		{ "cluster-ips", "10.96.0.0/16, fd00::/112, fd01::/112",
		  "cluster-ips: there are two at most, one of each family" },
		{ "cluster-ips", "",
		  "cluster-ips: \"\" is not an address block such as "
		  "10.96.0.0/16 or fd00:10:96::/112" },
		{ "node-ports", "30000",
		  "node-ports: \"30000\" is not a range of ports such as "
		  "30000-32767" },
		{ "node-ports", "31000-30000",
		  "node-ports: \"31000-30000\" is not a range of ports such as "
		  "30000-32767" },
		{ "node-ports", "0-70000",
		  "node-ports: \"0-70000\" is not a range of ports such as "
		  "30000-32767" },
		{ "node-name", "Node_A",
		  "node-name: \"Node_A\" can't be the name of a node" },
		{ "colour", "blue", "there is no key \"colour\"" },
	};
	struct scene *scene = *state;
	struct kvip_store_config *config = &scene->config;
	struct kvip_config_section section;
	char text[KVIP_PREFIX_LEN];
	size_t i;

	kvip_store_config_free(config);
	kvip_store_config_init(config);
	assert_string_equal(config->path, "/var/lib/kvip/cluster.db");
	assert_int_equal(config->n_cidrs, 2);
	assert_string_equal(kvip_prefix_text(&config->cidrs[0], text),
			    "10.96.0.0/16");
	assert_string_equal(kvip_prefix_text(&config->cidrs[1], text),
			    "fd00:10:96::/112");
	assert_int_equal(config->port_min, 30000);
	assert_int_equal(config->port_max, 32767);
	assert_true(*config->node);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(set(scene, wrong[i][0], wrong[i][1]), -1);
		assert_string_equal(scene->err.text, wrong[i][2]);
	}
	config->seen = 0;
	section = kvip_store_config_section(config);
	assert_int_equal(section.set(config, "node-name", "a", &scene->err), 0);
	assert_int_equal(section.set(config, "path", "/a", &scene->err), 0);
	assert_int_equal(section.set(config, "node-name", "b", &scene->err),
			 -1);
	assert_string_equal(scene->err.text, "node-name is there twice");
	assert_string_equal(config->node, "a");
	assert_int_equal(config->n_cidrs, 2);
	assert_int_equal(set(scene, "cluster-ips", "fd01::/64 , 10.0.0.0/8"),
			 0);
	assert_string_equal(kvip_prefix_text(&config->cidrs[0], text),
			    "fd01::/64");
	assert_string_equal(kvip_prefix_text(&config->cidrs[1], text),
			    "10.0.0.0/8");
	assert_int_equal(set(scene, "cluster-ips", "10.0.0.0/24"), 0);
	assert_int_equal(config->n_cidrs, 1);
	assert_int_equal(set(scene, "node-ports", "1-65535"), 0);
	assert_int_equal(config->port_max, 65535);
	assert_int_equal(set(scene, "node-name", "node-b.example.com"), 0);
	assert_string_equal(config->node, "node-b.example.com");
	assert_int_equal(set(scene, "path", "/run/kvip/x.db"), 0);
	assert_string_equal(config->path, "/run/kvip/x.db");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, scene_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_absent),  TEST(test_made),
		TEST(test_empty),   TEST(test_not_ours),
		TEST(test_newer),   TEST(test_migration),
		TEST(test_corrupt), TEST(test_corrupt_body),
		TEST(test_check),   TEST(test_full),
		TEST(test_undone),  TEST(test_nobody),
		TEST(test_locked),  TEST(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
