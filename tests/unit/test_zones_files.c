// SPDX-License-Identifier: GPL-2.0-or-later
/* Zones as files, and telling a name server of them. */
#include "cluster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "dns_config.h"
#include "zones.h"

#define SVC(name, ip)                                                                \
	"---\n{apiVersion: v1, kind: Service, metadata: {namespace: d, name: '" name \
	"'}, spec: {clusterIP: " ip ", ports: [{port: 80}]}}\n"

#define FORWARD "cluster.local.zone"
#define REVERSE "96.10.in-addr.arpa.zone"

struct scene {
	struct kvip_model model;
	struct kvip_dns_config config;
	char root[64]; /* a directory, in which config.directory is */
};

static int begin(void **state)
{
	struct scene *scene = kvip_alloc(sizeof(*scene));

	kvip_model_init(&scene->model);
	kvip_dns_config_init(&scene->config);
	strcpy(scene->root, "/tmp/kvip-zones.XXXXXX");
	assert_non_null(mkdtemp(scene->root));
	if (asprintf(&scene->config.directory, "%s/a/dns", scene->root) < 0)
		abort();
	*state = scene;
	return 0;
}

/* Two levels, as begin() makes them. */
static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	char name[512];

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (unlink(name))
			remove_tree(name);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static int end(void **state)
{
	struct scene *scene = *state;

	remove_tree(scene->root);
	kvip_dns_config_free(&scene->config);
	kvip_model_free(&scene->model);
	free(scene);
	return 0;
}

static int try(struct scene *scene, struct kvip_zones_report *report,
	       struct kvip_err *err)
{
	struct kvip_zones zones;
	int ret;

	kvip_zones_make(&scene->model, NULL, 0, &scene->config, &zones);
	ret = kvip_zones_write(&zones, &scene->config, report, err);
	kvip_zones_free(&zones);
	return ret;
}

static void expect(struct scene *scene, size_t written, size_t removed,
		   size_t records)
{
	struct kvip_zones_report report;
	struct kvip_err err;

	if (try(scene, &report, &err))
		fail_msg("%s", err.text);
	assert_int_equal(report.n_written, written);
	assert_int_equal(report.n_removed, removed);
	assert_int_equal(report.n_records, records);
}

static void expect_error(struct scene *scene, const char *rest)
{
	struct kvip_zones_report report;
	struct kvip_err err = {};
	char *want;

	assert_int_equal(try(scene, &report, &err), -1);
	if (asprintf(&want, "%s%s", scene->config.directory, rest) < 0)
		abort();
	assert_string_equal(err.text, want);
	free(want);
}

static char *path_of(const struct scene *scene, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", scene->config.directory, name);
	return path;
}

static char *slurp(const struct scene *scene, const char *name)
{
	FILE *file = fopen(path_of(scene, name), "r");
	char *text = kvip_alloc(1 << 16);

	if (!file)
		fail_msg("%s: %s", name, strerror(errno));
	text[fread(text, 1, (1 << 16) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void spit(const struct scene *scene, const char *name, const char *text)
{
	FILE *file = fopen(path_of(scene, name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static uint32_t serial(const struct scene *scene, const char *name)
{
	char *text = slurp(scene, name), *at = strstr(text, "hostmaster");
	unsigned long number;

	assert_non_null(at);
	number = strtoul(strchr(at, ' '), NULL, 10);
	free(text);
	return (uint32_t)number;
}

/* Write another serial into a file, as a week of changes would. */
static void set_serial(const struct scene *scene, const char *name,
		       const char *number)
{
	char *text = slurp(scene, name), *at = strstr(text, "hostmaster");
	char *new;

	at = strchr(at, ' ');
	assert_non_null(at);
	*at = '\0';
	if (asprintf(&new, "%s %s%s", text, number, strchr(at + 1, ' ')) < 0)
		abort();
	spit(scene, name, new);
	free(new);
	free(text);
}

static ino_t inode(const struct scene *scene, const char *name)
{
	struct stat st;

	assert_int_equal(stat(path_of(scene, name), &st), 0);
	return st.st_ino;
}

static bool is_there(const struct scene *scene, const char *name)
{
	return !access(path_of(scene, name), F_OK);
}

static void the_first_serial_is_the_time(void **state)
{
	struct scene *scene = *state;
	uint32_t now = (uint32_t)kvip_clock_unix();
	struct stat st;

	cluster_add(&scene->model, SVC("web", "10.96.0.9"));
	umask(077);
	expect(scene, 2, 0, 3 + 6);
	umask(022);
	assert_in_range(serial(scene, FORWARD), now, now + 60);
	/* a server that is another user may read it */
	assert_int_equal(stat(path_of(scene, FORWARD), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

static void nothing_changes_if_nothing_changed(void **state)
{
	struct scene *scene = *state;
	ino_t before;

	cluster_add(&scene->model, SVC("web", "10.96.0.9"));
	expect(scene, 2, 0, 9);
	set_serial(scene, FORWARD, "7");
	before = inode(scene, FORWARD);
	expect(scene, 0, 0, 9);
	assert_int_equal(serial(scene, FORWARD), 7);
	assert_int_equal(inode(scene, FORWARD), before);
}

static void a_change_raises_the_serial_of_its_zone(void **state)
{
	struct scene *scene = *state;

	cluster_add(&scene->model, SVC("web", "10.96.0.9"));
	expect(scene, 2, 0, 9);
	set_serial(scene, FORWARD, "7");
	set_serial(scene, REVERSE, "9");
	cluster_add(&scene->model,
		    "---\n{apiVersion: v1, kind: Service, metadata: "
		    "{namespace: d, name: x}, spec: {type: "
		    "ExternalName, externalName: a.b}}");
	expect(scene, 1, 0, 10);
	assert_int_equal(serial(scene, FORWARD), 8);
	assert_int_equal(serial(scene, REVERSE), 9);
	/* the TTL is of all records */
	scene->config.ttl = 6;
	expect(scene, 2, 0, 10);
	assert_int_equal(serial(scene, REVERSE), 10);
}

/* RFC 1982, and no serial of 0 */
static void a_serial_begins_anew_after_the_last(void **state)
{
	struct scene *scene = *state;

	expect(scene, 1, 0, 5);
	set_serial(scene, FORWARD, "4294967294");
	cluster_add(&scene->model, SVC("web", "10.96.0.9"));
	expect(scene, 2, 0, 9);
	assert_int_equal(serial(scene, FORWARD), 4294967295U);
	cluster_add(&scene->model, SVC("b", "10.96.0.8"));
	expect(scene, 2, 0, 11);
	assert_int_equal(serial(scene, FORWARD), 1);
}

static void a_zone_that_is_gone_is_removed(void **state)
{
	struct scene *scene = *state;

	cluster_add(&scene->model, SVC("web", "10.96.0.9"));
	expect(scene, 2, 0, 9);
	spit(scene, "example.com.zone", "; ours, not kvip's\n");
	spit(scene, ".x.zone.new", "half");
	spit(scene, "notes", "; Written by kvip");
	kvip_model_free(&scene->model);
	expect(scene, 1, 1, 5);
	assert_false(is_there(scene, REVERSE));
	assert_false(is_there(scene, ".x.zone.new"));
	assert_true(is_there(scene, FORWARD));
	assert_true(is_there(scene, "example.com.zone"));
	assert_true(is_there(scene, "notes"));

	free(scene->config.zone);
	scene->config.zone = kvip_strdup("k8s.example");
	expect(scene, 1, 1, 5);
	assert_false(is_there(scene, FORWARD));
	assert_true(is_there(scene, "k8s.example.zone"));
}

static void a_file_of_others_is_not_replaced(void **state)
{
	struct scene *scene = *state;
	char *text;

	expect(scene, 1, 0, 5);
	spit(scene, FORWARD, "$ORIGIN cluster.local.\n");
	expect_error(scene,
		     "/" FORWARD ": it is not of kvip's making, and stays");
	text = slurp(scene, FORWARD);
	assert_string_equal(text, "$ORIGIN cluster.local.\n");
	free(text);
}

static void what_was_changed_by_hand_is_put_right(void **state)
{
	struct scene *scene = *state;
	char *before, *after;

	expect(scene, 1, 0, 5);
	before = slurp(scene, FORWARD);
	/* the mark alone: somebody cut it off, and the serial with it */
	spit(scene, FORWARD,
	     "; Written by kvip, which replaces it whole: do not edit.\n");
	expect(scene, 1, 0, 5);
	after = slurp(scene, FORWARD);
	assert_int_equal(strlen(before), strlen(after));
	free(before);
	free(after);
	/* nothing at all, as some file systems leave it after a crash */
	spit(scene, FORWARD, "");
	expect(scene, 1, 0, 5);
}

static void a_link_is_not_followed(void **state)
{
	struct scene *scene = *state;
	char target[128];

	expect(scene, 1, 0, 5);
	snprintf(target, sizeof(target), "%s/elsewhere", scene->root);
	assert_int_equal(unlink(path_of(scene, FORWARD)), 0);
	assert_int_equal(symlink(target, path_of(scene, FORWARD)), 0);
	expect_error(scene, "/" FORWARD ": Too many levels of symbolic links");
	assert_int_equal(access(target, F_OK), -1);
}

/* A write that fails leaves the old file, and nothing beside it. */
static void a_full_disk_leaves_the_old_file(void **state)
{
	const struct rlimit none = { 64, RLIM_INFINITY };
	struct scene *scene = *state;
	struct rlimit before;
	char *old, *now;

	expect(scene, 1, 0, 5);
	old = slurp(scene, FORWARD);
	cluster_add(&scene->model, SVC("web", "10.96.0.9"));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	expect_error(scene, "/" REVERSE ": File too large");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	now = slurp(scene, FORWARD);
	assert_string_equal(old, now);
	assert_false(is_there(scene, "." REVERSE ".new"));
	assert_false(is_there(scene, REVERSE));
	free(old);
	free(now);
	expect(scene, 2, 0, 9);
}

static void a_directory_that_cannot_be_is_told(void **state)
{
	struct scene *scene = *state;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/a", scene->root);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	expect_error(scene, ": Not a directory");
}

static void writers_take_turns(void **state)
{
	struct scene *scene = *state;
	struct kvip_zones_report report;
	int i, status, n = 0;
	struct kvip_err err;
	uint32_t before;
	pid_t pids[8];

	expect(scene, 1, 0, 5);
	before = serial(scene, FORWARD);
	/* each has one Service more to tell of than what is there at first */
	for (i = 0; i < 8; i++) {
		char text[256];

		pids[i] = fork();
		if (pids[i])
			continue;
		snprintf(text, sizeof(text), SVC("s%d", "10.96.0.%d"), i,
			 i + 1);
		cluster_add(&scene->model, text);
		_exit(try(scene, &report, &err) || report.n_written < 1);
	}
	for (i = 0; i < 8; i++)
		if (waitpid(pids[i], &status, 0) == pids[i] && !status)
			n++;
	assert_int_equal(n, 8);
	assert_int_equal(serial(scene, FORWARD), before + 8);
}

static void a_lock_is_waited_for(void **state)
{
	struct scene *scene = *state;
	int fd, status;
	pid_t pid;

	expect(scene, 1, 0, 5);
	scene->config.ttl = 6;
	fd = open(path_of(scene, ".lock"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	pid = fork();
	if (!pid) {
		struct kvip_zones_report report;
		struct kvip_err err;

		/* the lock is of the open file: this one must not hold it */
		close(fd);
		_exit(try(scene, &report, &err) || report.n_written != 1);
	}
	/* it may not have begun; if it has, it must not end */
	usleep(50000);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void nowhere_is_nothing_written(void **state)
{
	struct scene *scene = *state;

	free(scene->config.directory);
	scene->config.directory = NULL;
	expect(scene, 0, 0, 0);
	scene->config.directory = kvip_strdup(scene->root);
}

static void expect_reload(struct scene *scene, const char *command,
			  const char *error)
{
	struct kvip_err err = {};
	int ret;

	free(scene->config.reload);
	scene->config.reload = kvip_strdup(command);
	ret = kvip_dns_reload(&scene->config, &err);
	assert_string_equal(err.text, error);
	assert_int_equal(ret, *error ? -1 : 0);
}

static void a_command_is_run_as_it_is(void **state)
{
	struct scene *scene = *state;
	char command[512], *text;

	expect(scene, 1, 0, 5);
	snprintf(command, sizeof(command), "  cp\t%s   %s ",
		 path_of(scene, FORWARD), scene->root);
	expect_reload(scene, command, "");
	snprintf(command, sizeof(command), "%s/" FORWARD, scene->root);
	assert_int_equal(access(command, F_OK), 0);
	unlink(command);
	/* no shell: neither quotes nor a variable, nor two commands */
	snprintf(command, sizeof(command), "ln -s 'a;$HOME\" %s/link",
		 scene->root);
	expect_reload(scene, command, "");
	text = kvip_alloc(64);
	snprintf(command, sizeof(command), "%s/link", scene->root);
	assert_int_equal(readlink(command, text, 63), 9);
	assert_string_equal(text, "'a;$HOME\"");
	free(text);
}

/* A script of the scene's; returns the command that runs it. */
static const char *script(const struct scene *scene, const char *text)
{
	static char command[160];
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/script", scene->root);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	snprintf(command, sizeof(command), "sh %s", path);
	return command;
}

static void a_command_that_fails_is_told(void **state)
{
	struct scene *scene = *state;

	expect_reload(
		scene, "/nonexistent/reload x",
		"reload: /nonexistent/reload cannot be run: No such file or directory");
	expect_reload(scene, "  ", "reload: there is no command");
	expect_reload(scene, "false", "reload: false ended with status 1");
	expect_reload(scene,
		      script(scene, "echo one; echo 'no such zone' >&2; "
				    "echo; exit 3"),
		      "reload: sh ended with status 3: no such zone");
	expect_reload(scene, script(scene, "kill -9 $$"),
		      "reload: sh was killed by signal 9");
	/* more than a pipe or our memory of it holds */
	expect_reload(scene,
		      script(scene, "head -c 200000 /dev/zero | tr '\\0' x; "
				    "echo; echo last; exit 1"),
		      "reload: sh ended with status 1: last");
	expect_reload(scene, script(scene, "echo all is well; exit 0"), "");
	unlink(strchr(script(scene, ""), '/'));
}

/* What it leaves behind holds its output open, and is not waited for. */
static void what_a_command_leaves_behind_is_not_waited_for(void **state)
{
	struct scene *scene = *state;
	double start = kvip_clock_monotonic();

	expect_reload(scene, script(scene, "sleep 5 & exit 0"), "");
	assert_true(kvip_clock_monotonic() - start < 4);
	unlink(strchr(script(scene, ""), '/'));
}

static volatile sig_atomic_t hangups;

static void on_hangup(int number)
{
	(void)number;
	hangups++;
}

static void expect_signal(struct scene *scene, const char *text,
			  const char *error)
{
	struct kvip_err err = {};
	char want[256];
	int ret;

	if (text)
		spit(scene, "pid", text);
	else
		unlink(path_of(scene, "pid"));
	free(scene->config.pid_file);
	scene->config.pid_file = kvip_strdup(path_of(scene, "pid"));
	ret = kvip_dns_reload(&scene->config, &err);
	snprintf(want, sizeof(want), "%s%s",
		 *error ? scene->config.pid_file : "", error);
	assert_string_equal(err.text, want);
	assert_int_equal(ret, *error ? -1 : 0);
}

static void a_process_is_sent_a_signal(void **state)
{
	struct scene *scene = *state;
	char text[32];

	expect(scene, 1, 0, 5);
	signal(SIGHUP, on_hangup);
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	expect_signal(scene, text, "");
	assert_int_equal(hangups, 1);
	expect_signal(scene, NULL, ": No such file or directory");
	expect_signal(scene, "", ": it holds no process number");
	expect_signal(scene, "-1", ": it holds no process number");
	expect_signal(scene, "1", ": it holds no process number");
	expect_signal(scene, "12x", ": it holds no process number");
	expect_signal(scene, "99999999999", ": it holds no process number");
	/* above any pid_max */
	expect_signal(scene, "2147483647\n",
		      ": process 2147483647: No such process");
	assert_int_equal(hangups, 1);
	signal(SIGHUP, SIG_DFL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_serial_is_the_time),
		TEST(nothing_changes_if_nothing_changed),
		TEST(a_change_raises_the_serial_of_its_zone),
		TEST(a_serial_begins_anew_after_the_last),
		TEST(a_zone_that_is_gone_is_removed),
		TEST(a_file_of_others_is_not_replaced),
		TEST(what_was_changed_by_hand_is_put_right),
		TEST(a_link_is_not_followed),
		TEST(a_full_disk_leaves_the_old_file),
		TEST(a_directory_that_cannot_be_is_told),
		TEST(writers_take_turns),
		TEST(a_lock_is_waited_for),
		TEST(nowhere_is_nothing_written),
		TEST(a_command_is_run_as_it_is),
		TEST(a_command_that_fails_is_told),
		TEST(what_a_command_leaves_behind_is_not_waited_for),
		TEST(a_process_is_sent_a_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
