// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cluster's objects in a local store, without a kernel: what is read where
 * there is none, what is selected, and what is told to who watches.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "access.h"
#include "object.h"

struct test {
	char folder[40];
	char store[64];
	char config[64];
	struct kvip_access_options options;
	struct kvip_err err;
	char told[512];
	int n_told;
	int stop_at;
};

static int begin(void **state)
{
	static struct test t;
	FILE *file;

	memset(&t, 0, sizeof(t));
	strcpy(t.folder, "/tmp/kvip-access-XXXXXX");
	if (!mkdtemp(t.folder))
		return -1;
	snprintf(t.store, sizeof(t.store), "%s/cluster.db", t.folder);
	snprintf(t.config, sizeof(t.config), "%s/kvip.conf", t.folder);
	/* this machine's own says nothing here */
	file = fopen(t.config, "w");
	if (!file || fclose(file))
		return -1;
	t.options.store = t.store;
	t.options.config = t.config;
	t.options.no_commit = true;
	*state = &t;
	return 0;
}

static int end(void **state)
{
	static const char *const files[] = { "cluster.db", "cluster.db-wal",
					     "cluster.db-shm",
					     "cluster.db.lock", "kvip.conf" };
	struct test *t = *state;
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", t->folder, files[i]);
		unlink(path);
	}
	return rmdir(t->folder);
}

static struct kvip_access *opened(struct test *t, unsigned int flags)
{
	struct kvip_access *access =
		kvip_access_open(&t->options, flags, &t->err);

	if (!access)
		fail_msg("%s", t->err.text);
	return access;
}

static void closed(struct kvip_access *access)
{
	struct kvip_err err;

	if (kvip_access_close(access, &err))
		fail_msg("%s", err.text);
}

static struct json_object *service(const char *name, const char *app)
{
	char text[256];
	struct json_object *object;

	snprintf(text, sizeof(text),
		 "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":"
		 "{\"name\":\"%s\",\"labels\":{\"app\":\"%s\"}},"
		 "\"spec\":{\"ports\":[{\"port\":80}]}}",
		 name, app);
	object = json_tokener_parse(text);
	assert_non_null(object);
	return object;
}

static void create(struct kvip_access *access, const char *name,
		   const char *app)
{
	struct json_object *object = service(name, app);
	struct kvip_err err;

	if (kvip_access_create(access, KVIP_KIND_SERVICE, object, false, NULL,
			       &err))
		fail_msg("%s", err.text);
	json_object_put(object);
}

static void relabel(struct kvip_access *access, const char *name,
		    const char *app)
{
	struct json_object *object;
	struct kvip_err err;

	if (kvip_access_get(access, KVIP_KIND_SERVICE, NULL, name, &object,
			    &err))
		fail_msg("%s", err.text);
	json_object_object_add(
		kvip_object_member(kvip_object_member(object, "metadata"),
				   "labels"),
		"app", json_object_new_string(app));
	if (kvip_access_update(access, KVIP_KIND_SERVICE, object, false, NULL,
			       &err))
		fail_msg("%s", err.text);
	json_object_put(object);
}

static void drop(struct kvip_access *access, const char *name)
{
	struct kvip_err err;

	if (kvip_access_delete(access, KVIP_KIND_SERVICE, NULL, name, false,
			       &err))
		fail_msg("%s", err.text);
}

static int take(struct json_object *object, void *ctx, struct kvip_err *err)
{
	struct test *t = ctx;

	(void)err;
	strcat(t->told, kvip_object_name(object));
	strcat(t->told, " ");
	return 0;
}

static char *list(struct test *t, struct kvip_access *access,
		  const char *selector)
{
	char *version = NULL;

	t->told[0] = '\0';
	if (kvip_access_list(access, KVIP_KIND_SERVICE, NULL, selector, take, t,
			     &version, &t->err))
		fail_msg("%s", t->err.text);
	return version;
}

static void where_there_is_no_store_there_is_nothing(void **state)
{
	struct test *t = *state;
	struct kvip_access *access = opened(t, 0);
	struct json_object *object = service("web", "a");
	struct json_object *found = NULL;
	struct stat stat_of;

	free(list(t, access, NULL));
	assert_string_equal(t->told, "");
	assert_int_equal(kvip_access_get(access, KVIP_KIND_DEPLOYMENT, NULL,
					 "web", &found, &t->err),
			 KVIP_ACCESS_ABSENT);
	assert_string_equal(t->err.text, "deployments.apps \"web\" not found");
	assert_int_equal(kvip_access_create(access, KVIP_KIND_SERVICE, object,
					    false, NULL, &t->err),
			 KVIP_ACCESS_FAILED);
	assert_null(kvip_access_store(access));
	assert_null(kvip_access_server(access));
	json_object_put(object);
	closed(access);
	/* and reading does not make one */
	assert_int_equal(stat(t->store, &stat_of), -1);
}

static void objects_are_kept(void **state)
{
	struct test *t = *state;
	struct kvip_access *access = opened(t, KVIP_ACCESS_WRITE);
	struct json_object *object = service("web", "a"), *result = NULL;

	assert_non_null(kvip_access_store(access));
	assert_int_equal(kvip_access_create(access, KVIP_KIND_SERVICE, object,
					    true, &result, &t->err),
			 0);
	assert_string_equal(kvip_object_ns(result), "default");
	json_object_put(result);
	free(list(t, access, NULL));
	assert_string_equal(t->told, "");
	create(access, "web", "a");
	assert_int_equal(kvip_access_create(access, KVIP_KIND_SERVICE, object,
					    false, NULL, &t->err),
			 KVIP_ACCESS_EXISTS);
	assert_string_equal(t->err.text, "services \"web\" already exists");
	closed(access);

	t->options.ns = "shop";
	access = opened(t, KVIP_ACCESS_WRITE);
	create(access, "web", "b");
	assert_int_equal(kvip_access_get(access, KVIP_KIND_SERVICE, NULL, "web",
					 &result, &t->err),
			 0);
	assert_string_equal(kvip_object_ns(result), "shop");
	json_object_put(result);
	drop(access, "web");
	assert_int_equal(kvip_access_delete(access, KVIP_KIND_SERVICE, NULL,
					    "web", false, &t->err),
			 KVIP_ACCESS_ABSENT);
	json_object_put(object);
	closed(access);
}

static void labels_select(void **state)
{
	struct test *t = *state;
	struct kvip_access *access = opened(t, KVIP_ACCESS_WRITE);

	create(access, "c", "web");
	create(access, "a", "web");
	create(access, "b", "db");
	free(list(t, access, NULL));
	assert_string_equal(t->told, "a b c ");
	free(list(t, access, "app in (web)"));
	assert_string_equal(t->told, "a c ");
	free(list(t, access, "app!=web"));
	assert_string_equal(t->told, "b ");
	assert_int_equal(kvip_access_list(access, KVIP_KIND_SERVICE, NULL, "=x",
					  take, t, NULL, &t->err),
			 KVIP_ACCESS_INVALID);
	closed(access);
}

static int create_two(struct kvip_access *access, void *ctx,
		      struct kvip_err *err)
{
	int *ret = ctx;

	create(access, "a", "web");
	create(access, "b", "web");
	return *ret ? kvip_err_set(err, "no") - 6 : 0;
}

static void a_transaction_happens_or_not(void **state)
{
	struct test *t = *state;
	struct kvip_access *access = opened(t, KVIP_ACCESS_WRITE);
	int ret = 1;

	assert_int_equal(
		kvip_access_transaction(access, create_two, &ret, &t->err), -7);
	assert_string_equal(t->err.text, "no");
	free(list(t, access, NULL));
	assert_string_equal(t->told, "");
	ret = 0;
	assert_int_equal(
		kvip_access_transaction(access, create_two, &ret, &t->err), 0);
	free(list(t, access, NULL));
	assert_string_equal(t->told, "a b ");
	closed(access);
}

static int hear(unsigned int which, enum kvip_access_event event,
		struct json_object *object, void *ctx, struct kvip_err *err)
{
	static const char letters[] = "+~-";
	struct test *t = ctx;
	char text[80];

	(void)err;
	snprintf(text, sizeof(text), "%u%c%s ", which, letters[event],
		 kvip_object_name(object));
	strcat(t->told, text);
	return ++t->n_told == t->stop_at ? 7 : 0;
}

static void what_happened_meanwhile_is_told(void **state)
{
	struct test *t = *state;
	struct kvip_access *access = opened(t, KVIP_ACCESS_WRITE);
	struct kvip_access_watch watches[] = {
		{ KVIP_KIND_SERVICE, "default", "app=web", NULL },
		{ KVIP_KIND_SERVICE, NULL, NULL, NULL },
		{ KVIP_KIND_SERVICE, "other", NULL, NULL },
		{ KVIP_KIND_POD, NULL, NULL, NULL },
		{ KVIP_KIND_SERVICE, NULL, NULL, NULL },
	};
	char *version, *later;
	size_t i;

	create(access, "a", "web");
	create(access, "b", "db");
	version = list(t, access, NULL);
	relabel(access, "b", "web"); /* comes into the first */
	relabel(access, "a", "db"); /* leaves it */
	later = list(t, access, NULL);
	drop(access, "a"); /* is not in it */
	drop(access, "b");
	for (i = 0; i < 5; i++)
		watches[i].version = i < 4 ? version : later;
	t->told[0] = '\0';
	t->stop_at = 9;
	assert_int_equal(kvip_access_watch(access, watches, 5, hear, NULL, t,
					   &t->err),
			 7);
	assert_string_equal(t->told, "0+b 1~b 0-a 1~a 1-a 4-a 0-b 1-b 4-b ");
	free(version);
	free(later);
	closed(access);
}

static void a_version_that_is_none_is_refused(void **state)
{
	static const char *const versions[] = { NULL, "",
						"x",  "1x",
						"-1", "99999999999999999999" };
	struct test *t = *state;
	struct kvip_access *access = opened(t, KVIP_ACCESS_WRITE);
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		const struct kvip_access_watch one = { KVIP_KIND_SERVICE, NULL,
						       NULL, versions[i] };

		assert_int_equal(kvip_access_watch(access, &one, 1, hear, NULL,
						   t, &t->err),
				 KVIP_ACCESS_INVALID);
	}
	closed(access);
}

/* Another command, while ours watches. */
static void *write_something(void *arg)
{
	struct test other = *(struct test *)arg;
	struct kvip_access *access;

	usleep(50000);
	access = opened(&other, KVIP_ACCESS_WRITE);
	create(access, "web", "web");
	relabel(access, "web", "db");
	drop(access, "web");
	closed(access);
	return NULL;
}

static void a_store_that_comes_to_be_is_watched(void **state)
{
	struct test *t = *state;
	struct kvip_access *access = opened(t, 0);
	char *version = list(t, access, NULL);
	const struct kvip_access_watch one = { KVIP_KIND_SERVICE, NULL,
					       "app=web", version };
	pthread_t thread;

	t->stop_at = 2;
	assert_int_equal(pthread_create(&thread, NULL, write_something, t), 0);
	assert_int_equal(
		kvip_access_watch(access, &one, 1, hear, NULL, t, &t->err), 7);
	pthread_join(thread, NULL);
	assert_string_equal(t->told, "0+web 0-web ");
	free(version);
	closed(access);
}

static int be_idle(void *ctx, struct kvip_err *err)
{
	struct test *t = ctx;

	(void)err;
	return t->n_told >= t->stop_at ? 9 : 0;
}

static void what_others_do_is_told(void **state)
{
	struct test *t = *state;
	struct kvip_access *access = opened(t, KVIP_ACCESS_WRITE);
	char *version = list(t, access, NULL);
	const struct kvip_access_watch one = { KVIP_KIND_SERVICE, NULL, NULL,
					       version };
	struct test quiet = *t;
	pthread_t thread;

	quiet.stop_at = 3;
	assert_int_equal(pthread_create(&thread, NULL, write_something, t), 0);
	/* the last one is told before idle() is asked */
	assert_int_equal(kvip_access_watch(access, &one, 1, hear, be_idle,
					   &quiet, &t->err),
			 7);
	pthread_join(thread, NULL);
	assert_string_equal(quiet.told, "0+web 0~web 0-web ");
	free(version);
	closed(access);
}

static void no_folder_is_said_at_once(void **state)
{
	struct test *t = *state;
	const struct kvip_access_watch one = { KVIP_KIND_SERVICE, NULL, NULL,
					       "0" };
	struct kvip_access *access;

	t->options.store = "/nonexistent/cluster.db";
	access = opened(t, 0);
	assert_int_equal(kvip_access_watch(access, &one, 1, hear, NULL, t,
					   &t->err),
			 KVIP_ACCESS_FAILED);
	assert_string_equal(
		t->err.text,
		"/nonexistent/cluster.db: there is no store, and no folder for it");
	closed(access);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(where_there_is_no_store_there_is_nothing),
		TEST(objects_are_kept),
		TEST(labels_select),
		TEST(a_transaction_happens_or_not),
		TEST(what_happened_meanwhile_is_told),
		TEST(a_version_that_is_none_is_refused),
		TEST(a_store_that_comes_to_be_is_watched),
		TEST(what_others_do_is_told),
		TEST(no_folder_is_said_at_once),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
