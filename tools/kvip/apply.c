// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <string.h>

#include "access.h"
#include "apply_merge.h"
#include "change.h"
#include "json_make.h"
#include "manifest.h"
#include "object.h"

/* Who else writes the same object may be faster so often. */
#define MAX_TRIES 20

struct apply {
	struct kvip_change change;
	struct kvip_manifest manifest;
	struct json_object *printed; /* for -o json and yaml */
	enum kvip_kind printed_kind;
};

static struct json_object *metadata(struct json_object *object)
{
	return kvip_object_member(object, "metadata");
}

static void say(struct apply *apply, enum kvip_kind kind,
		struct json_object *object, const char *verb)
{
	if (apply->change.format < KVIP_CHANGE_JSON) {
		kvip_change_say(&apply->change, kind, object, verb, NULL);
		return;
	}
	apply->printed_kind = kind;
	json_object_array_add(apply->printed, json_object_get(object));
}

/* One object, or a List of all. */
static void say_printed(struct apply *apply)
{
	size_t n = json_object_array_length(apply->printed);
	struct json_object *list;

	if (!n)
		return;
	if (n == 1) {
		kvip_change_say(&apply->change, apply->printed_kind,
				json_object_array_get_idx(apply->printed, 0),
				"", NULL);
		return;
	}
	list = json_object_new_object();
	kvip_json_set(list, "apiVersion", "v1");
	json_object_object_add(list, "items", json_object_get(apply->printed));
	kvip_json_set(list, "kind", "List");
	kvip_json_object(list, "metadata");
	kvip_change_say(&apply->change, KVIP_KIND_SERVICE, list, "", NULL);
	json_object_put(list);
}

static int create(struct apply *apply, struct kvip_access *access,
		  const struct kvip_manifest_item *item, struct kvip_err *err)
{
	bool server = apply->change.dry_run == KVIP_DRY_RUN_SERVER;
	struct json_object *result;
	int ret;

	if (apply->change.dry_run == KVIP_DRY_RUN_CLIENT) {
		say(apply, item->kind, item->object, "created");
		return 0;
	}
	ret = kvip_access_create(access, item->kind, item->object, server,
				 &result, err);
	if (ret)
		return ret;
	say(apply, item->kind, result, "created");
	json_object_put(result);
	return 0;
}

/* What must be as it was: whose it is, and which version was looked at. */
static void keep_identity(struct json_object *merged, struct json_object *live)
{
	static const char *const names[] = { "uid", "creationTimestamp",
					     "resourceVersion" };
	struct json_object *meta = kvip_json_object(merged, "metadata");
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!kvip_object_member(meta, names[i]))
			kvip_json_set(meta, names[i],
				      kvip_object_text(metadata(live),
						       names[i]));
}

static void warn_of_strange(struct json_object *live, enum kvip_kind kind)
{
	char name[KVIP_CHANGE_NAME_LEN];
	struct kvip_err text;

	kvip_change_name(kind, kvip_object_name(live), name);
	kvip_err_set(
		&text,
		"warning: %s was not made by apply: what the file leaves out stays as it is",
		name);
	kvip_refused(&text);
}

static int update(struct apply *apply, struct kvip_access *access,
		  const struct kvip_manifest_item *item,
		  struct json_object *live, struct kvip_err *err)
{
	struct json_object *original = kvip_applied_get(live);
	struct json_object *merged, *result = NULL;
	const char *verb = "configured";
	int ret = 0;

	merged = kvip_apply_merge(original, item->object, live);
	keep_identity(merged, live);
	if (json_object_equal(merged, live)) {
		verb = "unchanged";
	} else if (apply->change.dry_run != KVIP_DRY_RUN_CLIENT) {
		bool server = apply->change.dry_run == KVIP_DRY_RUN_SERVER;
		const char *before = kvip_object_version(live);

		ret = kvip_access_update(access, item->kind, merged, server,
					 &result, err);
		/* another way to write the same is no change */
		if (!ret && !server && before && kvip_object_version(result) &&
		    !strcmp(before, kvip_object_version(result)))
			verb = "unchanged";
	}
	if (!ret) {
		if (!original)
			warn_of_strange(live, item->kind);
		say(apply, item->kind, result ? result : merged, verb);
	}
	json_object_put(result);
	json_object_put(merged);
	json_object_put(original);
	return ret;
}

static int apply_once(struct apply *apply, struct kvip_access *access,
		      const struct kvip_manifest_item *item,
		      struct kvip_err *err)
{
	struct json_object *live;
	int ret;

	ret = kvip_access_get(access, item->kind, kvip_object_ns(item->object),
			      kvip_object_name(item->object), &live, err);
	if (ret == KVIP_ACCESS_ABSENT)
		return create(apply, access, item, err);
	if (ret)
		return ret;
	ret = update(apply, access, item, live, err);
	json_object_put(live);
	return ret;
}

/* Look and write, again if somebody else came between. */
static int apply_item(struct apply *apply, struct kvip_access *access,
		      const struct kvip_manifest_item *item,
		      struct kvip_err *err)
{
	/* then a conflict is what was asked for */
	bool pinned = kvip_object_version(item->object);
	unsigned int tries = 0;
	int ret;

	if (item->kind == KVIP_KIND_SERVICE)
		json_object_object_del(item->object, "status");
	kvip_applied_set(item->object);
	do {
		ret = apply_once(apply, access, item, err);
	} while ((ret == KVIP_ACCESS_CONFLICT || ret == KVIP_ACCESS_EXISTS ||
		  ret == KVIP_ACCESS_ABSENT) &&
		 !pinned && ++tries < MAX_TRIES);
	return ret;
}

static int run_apply(struct apply *apply)
{
	struct kvip_change *change = &apply->change;
	struct kvip_manifest *manifest = &apply->manifest;
	struct kvip_access *access;
	struct kvip_err err;
	size_t i;

	access = kvip_access_open(&change->access, kvip_change_flags(change),
				  &err);
	if (!access)
		return kvip_change_refuse(change, &err);
	if (kvip_manifest_within(manifest, change->access.ns,
				 kvip_access_ns(access), &err)) {
		kvip_change_refuse(change, &err);
		return kvip_change_close(change, access);
	}
	for (i = 0; i < manifest->n; i++) {
		if (!apply_item(apply, access, &manifest->items[i], &err))
			continue;
		kvip_manifest_blame(&manifest->items[i], &err);
		kvip_change_refuse(change, &err);
	}
	say_printed(apply);
	return kvip_change_close(change, access);
}

/* An object needs a name to be found by the next time. */
static int check(struct apply *apply, struct kvip_err *err)
{
	size_t i;

	for (i = 0; i < apply->manifest.n; i++) {
		const struct kvip_manifest_item *item =
			&apply->manifest.items[i];

		if (*kvip_object_name(item->object))
			continue;
		kvip_err_set(err,
			     "from %s: cannot use generate name with apply",
			     kvip_object_text(metadata(item->object),
					      "generateName"));
		return kvip_manifest_blame(item, err);
	}
	if (!apply->manifest.n)
		return kvip_err_set(err, "no objects passed to apply");
	return 0;
}

static int parse(struct apply *apply, int argc, char **argv,
		 struct kvip_options *options)
{
	static const struct option longs[] = { { "filename", required_argument,
						 NULL, 'f' },
					       KVIP_CHANGE_LONG,
					       {} };
	bool has_files = false;
	struct kvip_err err;
	int option, ret = 0;

	while ((option = getopt_long(argc, argv, KVIP_CHANGE_SHORT "f:", longs,
				     NULL)) != -1) {
		if (option != 'f') {
			ret = kvip_change_option(&apply->change, option,
						 options);
		} else {
			has_files = true;
			if (kvip_manifest_read(&apply->manifest, optarg, &err))
				ret = kvip_change_refuse(&apply->change, &err);
		}
		if (ret)
			return ret;
	}
	if (optind < argc)
		return kvip_change_usage(&apply->change,
					 "apply: what is \"%s\"? (-f FILE)",
					 argv[optind]);
	if (!has_files)
		return kvip_change_usage(
			&apply->change,
			"apply: -f FILE is missing (- is standard input)");
	return check(apply, &err) ? kvip_change_refuse(&apply->change, &err) :
				    0;
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	struct apply apply = { .change.command = &kvip_cmd_apply };
	int ret;

	apply.printed = json_object_new_array();
	ret = parse(&apply, argc, argv, options);
	if (!ret)
		ret = run_apply(&apply);
	kvip_manifest_free(&apply.manifest);
	json_object_put(apply.printed);
	return ret;
}

const struct kvip_command kvip_cmd_apply = {
	.name = "apply",
	.summary = "make objects as files have them",
	.help = "usage: kvip apply -f FILE... [-n NAMESPACE]\n"
		"Create the objects of files, or change them to what the files say now: what a\n"
		"file said the last time and no longer says is taken out, all else stays, such as\n"
		"a ClusterIP that was given. All files are read before anything is written; what\n"
		"is wrong with one object then keeps no other waiting.\n"
		"\n"
		"  -f, --filename FILE    JSON or YAML, any number of objects; a directory; or -\n" KVIP_CHANGE_HELP,
	.run = run,
};
