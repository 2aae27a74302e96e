/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of the local store: a store in a folder of its own, and objects
 * out of YAML texts.
 */
#ifndef TESTS_STORE_SCENE_H
#define TESTS_STORE_SCENE_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "alloc.h"
#include "document.h"
#include "lb_config.h"
#include "lb_status.h"
#include "object.h"
#include "store.h"
#include "store_config.h"
#include "store_core.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A store, what it is told, and the last error. */
struct scene {
	char folder[64];
	struct kvip_store_config config;
	struct kvip_lb_config lb;
	struct kvip_store *store;
	struct kvip_err err;
};

/* In memory where there is such a thing: a disk waits at every commit. */
static inline void scene_folder(char folder[64])
{
	const char *root = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	snprintf(folder, 64, "%s/kvip-store-XXXXXX", root);
	assert_non_null(mkdtemp(folder));
}

static int scene_unlink(const char *path, const struct stat *st, int type,
			struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void scene_open(struct scene *scene)
{
	scene->store = kvip_store_open(&scene->config, 0, &scene->err);
	if (!scene->store)
		fail_msg("%s", scene->err.text);
}

static inline void scene_close(struct scene *scene)
{
	kvip_store_close(scene->store);
	scene->store = NULL;
}

static inline void scene_reopen(struct scene *scene)
{
	scene_close(scene);
	scene_open(scene);
}

/* A scene without a store yet. */
static inline struct scene *scene_make(void)
{
	struct scene *scene = kvip_alloc(sizeof(*scene));

	scene_folder(scene->folder);
	kvip_store_config_init(&scene->config);
	kvip_lb_config_init(&scene->lb);
	free(scene->config.path);
	if (asprintf(&scene->config.path, "%s/cluster.db", scene->folder) < 0)
		abort();
	free(scene->config.node);
	scene->config.node = kvip_strdup("node-a");
	return scene;
}

static inline int scene_begin(void **state)
{
	struct scene *scene = scene_make();

	scene_open(scene);
	*state = scene;
	return 0;
}

static inline int scene_end(void **state)
{
	struct scene *scene = *state;

	scene_close(scene);
	nftw(scene->folder, scene_unlink, 8, FTW_DEPTH | FTW_PHYS);
	kvip_store_config_free(&scene->config);
	kvip_lb_config_free(&scene->lb);
	free(scene);
	return 0;
}

static int scene_take(struct json_object *object,
		      const struct kvip_origin *origin, void *ctx,
		      struct kvip_err *err)
{
	struct json_object **out = ctx;

	(void)origin;
	(void)err;
	json_object_put(*out);
	*out = json_object_get(object);
	return 0;
}

/* The object that a text is; json_object_put() it. */
static inline struct json_object *scene_object(const char *text,
					       enum kvip_kind *kind)
{
	struct json_object *object = NULL;
	struct kvip_err err;
	char *yaml;

	/* a brace would make it JSON */
	if (asprintf(&yaml, "---\n%s", text) < 0)
		abort();
	if (kvip_document_parse("t.yaml", yaml, strlen(yaml), scene_take,
				&object, &err) ||
	    kvip_kind_of(object, kind, &err))
		fail_msg("%s", err.text);
	free(yaml);
	return object;
}

/* enum kvip_store_result; *result may be NULL */
static inline int scene_try(struct scene *scene, const char *text,
			    struct json_object **result)
{
	enum kvip_kind kind;
	struct json_object *object = scene_object(text, &kind);
	int ret;

	ret = kvip_store_create(scene->store, kind, object, false, result,
				&scene->err);
	json_object_put(object);
	return ret;
}

static inline void scene_check(struct scene *scene)
{
	if (kvip_store_check(scene->store, &scene->err))
		fail_msg("%s", scene->err.text);
}

/* One that has to be fine; json_object_put() what is returned. */
static inline struct json_object *scene_add(struct scene *scene,
					    const char *text)
{
	struct json_object *result;

	if (scene_try(scene, text, &result))
		fail_msg("%s", scene->err.text);
	return result;
}

static inline void scene_put(struct scene *scene, const char *text)
{
	json_object_put(scene_add(scene, text));
}

/* One that has to be refused so. */
static inline void scene_refuse(struct scene *scene, const char *text, int why,
				const char *words)
{
	struct json_object *result;

	assert_int_equal(scene_try(scene, text, &result), why);
	assert_null(result);
	assert_string_equal(scene->err.text, words);
}

static inline struct json_object *scene_get(struct scene *scene,
					    enum kvip_kind kind, const char *ns,
					    const char *name)
{
	struct json_object *object;

	if (kvip_store_get(scene->store, kind, ns, name, &object, &scene->err))
		fail_msg("%s", scene->err.text);
	return object;
}

/* What a path such as /spec/clusterIP leads to, as text; "" if to nothing. */
static inline const char *scene_text(struct json_object *object,
				     const char *path)
{
	struct json_object *value;

	static char nothing[64];

	if (json_pointer_get(object, path, &value) || !value)
		return nothing;
	return json_object_get_string(value);
}

static inline uint64_t scene_version(struct scene *scene)
{
	uint64_t version;

	if (kvip_store_version(scene->store, &version, &scene->err))
		fail_msg("%s", scene->err.text);
	return version;
}

/* Change what a path leads to, and update the object; enum kvip_store_result */
static inline int scene_change(struct scene *scene, enum kvip_kind kind,
			       const char *name, const char *path,
			       const char *json)
{
	struct json_object *object = scene_get(scene, kind, NULL, name);
	struct json_object *value = json_tokener_parse(json);
	int ret;

	assert_int_equal(json_pointer_set(&object, path, value), 0);
	ret = kvip_store_update(scene->store, kind, object, false, NULL,
				&scene->err);
	json_object_put(object);
	return ret;
}

static inline void scene_delete(struct scene *scene, enum kvip_kind kind,
				const char *name)
{
	if (kvip_store_delete(scene->store, kind, NULL, name, false,
			      &scene->err))
		fail_msg("%s", scene->err.text);
}

static int scene_count_one(struct json_object *object, void *ctx,
			   struct kvip_err *err)
{
	size_t *n = ctx;

	(void)object;
	(void)err;
	++*n;
	return 0;
}

static inline size_t scene_count(struct scene *scene, enum kvip_kind kind)
{
	size_t n = 0;

	if (kvip_store_list(scene->store, kind, NULL, scene_count_one, &n, NULL,
			    &scene->err))
		fail_msg("%s", scene->err.text);
	return n;
}

#endif /* TESTS_STORE_SCENE_H */
