// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "apply_merge.h"
#include "change.h"
#include "edit_file.h"
#include "json_make.h"
#include "object.h"
#include "targets.h"

/* Who else writes the same object may be faster so often. */
#define MAX_TRIES 20

struct edit {
	struct kvip_change change;
	struct kvip_targets targets;
	struct kvip_access *access;
};

/* An object in the making. */
struct session {
	struct edit *edit;
	enum kvip_kind kind;
	struct json_object *original;
	char *path; /* of the file, as long as it is there */
	char *edited; /* its text, the last time */
	struct kvip_err reason; /* why it has to be edited again */
};

/* enum outcome - of one round of editing */
enum outcome {
	DONE,
	AGAIN,
	FAILED, /* told by then; the file stays */
};

static struct json_object *meta_of(struct json_object *object)
{
	return kvip_json_object(object, "metadata");
}

/* What the editor is not bothered with, and what two versions differ in. */
static void drop(struct json_object *object, const char *name)
{
	json_object_object_del(meta_of(object), name);
}

static bool same_name(struct json_object *a, struct json_object *b)
{
	static const char *const names[] = { "apiVersion", "kind" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *x = kvip_object_text(a, names[i]);
		const char *y = kvip_object_text(b, names[i]);

		if (!x || !y || strcmp(x, y))
			return false;
	}
	return !strcmp(kvip_object_name(a), kvip_object_name(b)) &&
	       !strcmp(kvip_object_ns(a), kvip_object_ns(b));
}

/* Somebody else wrote meanwhile: what was edited is what is changed. */
static int merge_and_write(struct session *session, struct json_object *edited,
			   struct json_object **result, struct kvip_err *err)
{
	struct kvip_access *access = session->edit->access;
	struct json_object *original = kvip_json_copy(session->original);
	struct json_object *modified = kvip_json_copy(edited);
	struct json_object *live, *merged;
	unsigned int tries = 0;
	int ret;

	drop(original, "resourceVersion");
	drop(modified, "resourceVersion");
	do {
		ret = kvip_access_get(access, session->kind,
				      kvip_object_ns(original),
				      kvip_object_name(original), &live, err);
		if (ret)
			break;
		merged = kvip_apply_merge(original, modified, live);
		ret = kvip_access_update(access, session->kind, merged, false,
					 result, err);
		json_object_put(merged);
		json_object_put(live);
	} while (ret == KVIP_ACCESS_CONFLICT && ++tries < MAX_TRIES);
	json_object_put(original);
	json_object_put(modified);
	return ret;
}

static enum outcome write_object(struct session *session,
				 struct json_object *edited)
{
	struct json_object *result = NULL;
	int ret;

	ret = kvip_access_update(session->edit->access, session->kind, edited,
				 false, &result, &session->reason);
	if (ret == KVIP_ACCESS_CONFLICT)
		ret = merge_and_write(session, edited, &result,
				      &session->reason);
	if (ret == KVIP_ACCESS_INVALID)
		return AGAIN;
	if (ret) {
		kvip_change_refuse(&session->edit->change, &session->reason);
		return FAILED;
	}
	kvip_change_say(&session->edit->change, session->kind, result, "edited",
			NULL);
	json_object_put(result);
	return DONE;
}

static enum outcome cancel(const char *why)
{
	fflush(stdout);
	fprintf(stderr, "Edit cancelled, %s.\n", why);
	return DONE;
}

/* What was made of the text. */
static enum outcome take_text(struct session *session)
{
	struct json_object *edited;
	enum outcome outcome;

	if (kvip_edit_is_empty(session->edited))
		return cancel("saved file was empty");
	edited = kvip_edit_parse(session->edited, &session->reason);
	if (!edited) {
		kvip_err_prefix(&session->reason,
				"The edited file had a syntax error: ");
		return AGAIN;
	}
	if (json_object_equal(edited, session->original)) {
		outcome = cancel("no changes made");
	} else if (!same_name(edited, session->original)) {
		kvip_err_set(
			&session->reason,
			"At least one of apiVersion, kind, name and namespace was changed: these have to stay");
		outcome = AGAIN;
	} else {
		outcome = write_object(session, edited);
	}
	json_object_put(edited);
	return outcome;
}

static void remove_file(struct session *session)
{
	if (session->path)
		unlink(session->path);
	free(session->path);
	session->path = NULL;
}

static enum outcome fail(struct session *session, const struct kvip_err *err)
{
	kvip_change_refuse(&session->edit->change, err);
	return FAILED;
}

/* Give it to the editor once, and take what comes. */
static enum outcome edit_once(struct session *session)
{
	bool again = session->edited;
	char *text, *path, *edited;
	struct kvip_err err;
	bool same;

	text = kvip_edit_text(again ? NULL : session->original, session->edited,
			      again ? session->reason.text : NULL);
	path = kvip_edit_write(text, &err);
	free(text);
	if (!path)
		return fail(session, &err);
	/* the text is in a new file before the old one goes */
	remove_file(session);
	session->path = path;
	if (kvip_edit_run(path, &err))
		return fail(session, &err);
	edited = kvip_edit_read(path, &err);
	if (!edited)
		return fail(session, &err);
	same = again &&
	       !strcmp(kvip_edit_body(session->edited), kvip_edit_body(edited));
	free(session->edited);
	session->edited = edited;
	if (!same)
		return take_text(session);
	fflush(stdout);
	kvip_refused(&session->reason);
	kvip_err_set(&err, "Edit cancelled, no valid changes were saved.");
	return fail(session, &err);
}

static void edit_object(struct edit *edit, enum kvip_kind kind,
			struct json_object *object)
{
	struct session session = { .edit = edit,
				   .kind = kind,
				   .original = object };
	enum outcome outcome;
	struct kvip_err err;

	drop(object, "managedFields");
	do {
		outcome = edit_once(&session);
	} while (outcome == AGAIN);
	if (outcome == FAILED && session.path) {
		kvip_err_set(&err,
			     "A copy of your changes has been stored to \"%s\"",
			     session.path);
		kvip_refused(&err);
	} else {
		remove_file(&session);
	}
	free(session.path);
	free(session.edited);
}

static int run_edit(struct edit *edit)
{
	struct kvip_change *change = &edit->change;
	struct kvip_err err;
	size_t i;

	edit->access =
		kvip_access_open(&change->access, KVIP_ACCESS_WRITE, &err);
	if (!edit->access)
		return kvip_change_refuse(change, &err);
	for (i = 0; i < edit->targets.n; i++) {
		const struct kvip_target *target = &edit->targets.items[i];
		struct json_object *object;

		if (kvip_access_get(edit->access, target->kind, NULL,
				    target->name, &object, &err)) {
			kvip_change_refuse(change, &err);
			continue;
		}
		edit_object(edit, target->kind, object);
		json_object_put(object);
	}
	return kvip_change_close(change, edit->access);
}

static int parse(struct edit *edit, int argc, char **argv,
		 struct kvip_options *options)
{
	static const struct option longs[] = { KVIP_CHANGE_LONG, {} };
	struct kvip_selection selection = {};
	struct kvip_err err;
	int option, ret;

	while ((option = getopt_long(argc, argv, KVIP_CHANGE_SHORT, longs,
				     NULL)) != -1) {
		ret = kvip_change_option(&edit->change, option, options);
		if (ret)
			return ret;
	}
	if (edit->change.dry_run != KVIP_DRY_RUN_NONE)
		return kvip_change_usage(&edit->change,
					 "edit: --dry-run does not apply");
	selection.words = argv + optind;
	selection.n_words = (size_t)(argc - optind);
	if (kvip_targets_parse(&selection, &edit->targets, &err))
		return kvip_change_usage(&edit->change, "edit: %s", err.text);
	return 0;
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	struct edit edit = { .change.command = &kvip_cmd_edit };
	int ret;

	ret = parse(&edit, argc, argv, options);
	if (!ret)
		ret = run_edit(&edit);
	kvip_targets_free(&edit.targets);
	return ret;
}

const struct kvip_command kvip_cmd_edit = {
	.name = "edit",
	.summary = "change an object with an editor",
	.help = "usage: kvip edit TYPE NAME... | TYPE/NAME...\n"
		"Edit an object as YAML, with $KUBE_EDITOR, $EDITOR or vi. What is refused comes\n"
		"back into the editor with the reason at its head; what can't be saved is kept in\n"
		"a file that is named.\n"
		"\n"
		"  -o, --output FORMAT    json, yaml or name (-j: json): how the outcome is shown\n" KVIP_ACCESS_HELP,
	.run = run,
};
