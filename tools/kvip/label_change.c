// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json_make.h"
#include "label_change.h"
#include "object.h"
#include "selector.h"

static int parse_set(struct kvip_label_change *change, char *pair,
		     const char *word, struct kvip_err *err)
{
	char *value = strchr(pair, '=');

	*value++ = '\0';
	if (strchr(value, '='))
		return kvip_err_set(err, "invalid label spec: %s", word);
	if (kvip_label_key_check(pair, err))
		return kvip_err_prefix(err, "invalid label key \"%s\": ", pair);
	if (kvip_label_value_check(value, err))
		return kvip_err_prefix(err,
				       "invalid label value: \"%s\": ", word);
	kvip_json_set(change->set, pair, value);
	return 0;
}

static int parse_word(struct kvip_label_change *change, const char *word,
		      struct kvip_err *err)
{
	size_t len = strlen(word);
	char *copy = kvip_strdup(word);
	int ret = 0;

	if (strchr(word, '=')) {
		ret = parse_set(change, copy, word, err);
	} else if (len > 1 && word[len - 1] == '-') {
		copy[len - 1] = '\0';
		json_object_array_add(change->remove,
				      json_object_new_string(copy));
	} else {
		ret = kvip_err_set(err, "unknown label spec: %s", word);
	}
	free(copy);
	return ret;
}

static const char *removed(const struct kvip_label_change *change, size_t i)
{
	return json_object_get_string(
		json_object_array_get_idx(change->remove, i));
}

int kvip_label_change_parse(struct kvip_label_change *change, char **words,
			    size_t n, struct kvip_err *err)
{
	size_t i;

	change->set = json_object_new_object();
	change->remove = json_object_new_array();
	for (i = 0; i < n; i++)
		if (parse_word(change, words[i], err))
			return -1;
	for (i = 0; i < json_object_array_length(change->remove); i++)
		if (json_object_object_get_ex(change->set, removed(change, i),
					      NULL))
			return kvip_err_set(
				err,
				"can not both modify and remove a label in the same command");
	if (!n)
		return kvip_err_set(err,
				    "at least one label update is required");
	return 0;
}

static int check_overwrites(const struct kvip_label_change *change,
			    struct json_object *labels, struct kvip_err *err)
{
	json_object_object_foreach(change->set, name, unused)
	{
		struct json_object *is = kvip_object_member(labels, name);

		(void)unused;
		if (is)
			return kvip_err_set(
				err,
				"'%s' already has a value (%s), and --overwrite is false",
				name, json_object_get_string(is));
	}
	return 0;
}

int kvip_label_change_apply(const struct kvip_label_change *change,
			    struct json_object *object, const char **verb,
			    struct kvip_err *err)
{
	struct json_object *meta = kvip_json_object(object, "metadata");
	struct json_object *before =
		kvip_json_copy(kvip_object_member(meta, "labels"));
	struct json_object *labels;
	size_t i;

	if (!change->overwrite && check_overwrites(change, before, err)) {
		json_object_put(before);
		return -1;
	}
	labels = kvip_json_object(meta, "labels");
	json_object_object_foreach(change->set, name, value)
	{
		json_object_object_add(labels, name, json_object_get(value));
	}
	for (i = 0; i < json_object_array_length(change->remove); i++)
		json_object_object_del(labels, removed(change, i));
	if (json_object_equal(before, labels) ||
	    (!before && !json_object_object_length(labels)))
		*verb = "not labeled";
	else
		*verb = json_object_object_length(change->set) ? "labeled" :
								 "unlabeled";
	if (!json_object_object_length(labels))
		json_object_object_del(meta, "labels");
	json_object_put(before);
	return 0;
}

void kvip_label_change_free(struct kvip_label_change *change)
{
	json_object_put(change->set);
	json_object_put(change->remove);
	change->set = NULL;
	change->remove = NULL;
}
