// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A configuration as JSON. Lists are lists and choices of yes and no are
 * booleans; the values within go through the parser of kvip.conf.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_key.h"
#include "field.h"

static const char resolved_name[] = "resolved";

static struct json_object *blocks_json(const struct kvip_config_blocks *blocks)
{
	struct json_object *list = json_object_new_array();
	char text[KVIP_PREFIX_LEN];
	size_t i;

	for (i = 0; i < blocks->n; i++)
		json_object_array_add(list,
				      json_object_new_string(kvip_prefix_text(
					      &blocks->items[i], text)));
	return list;
}

static struct json_object *names_json(const struct kvip_config_names *names)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < names->n; i++)
		json_object_array_add(list,
				      json_object_new_string(names->items[i]));
	return list;
}

static struct json_object *value_json(const struct kvip_config *config,
				      enum kvip_config_key key)
{
	const struct kvip_config_kind *kind = &kvip_config_kinds[key];
	struct json_object *json;
	char *text;

	if (kind->type == KVIP_CONFIG_TYPE_BLOCKS)
		return blocks_json(kvip_config_blocks(config, kind));
	if (kind->type == KVIP_CONFIG_TYPE_NAMES)
		return names_json(kvip_config_names(config, kind));
	if (kind->type == KVIP_CONFIG_TYPE_ENTRIES)
		return json_object_new_int64(config->affinity_max);
	if (kvip_config_is_boolean(kind))
		return json_object_new_boolean(!!(config->flags & kind->flag));
	text = kvip_config_text(config, key);
	/* 10.0.0.0/8,...: the blocks as a list */
	json = strchr(text, '/') && kind->type == KVIP_CONFIG_TYPE_NODE_PORTS ?
		       blocks_json(kvip_config_blocks(config, kind)) :
		       json_object_new_string(text);
	free(text);
	return json;
}

struct json_object *kvip_config_json(const struct kvip_config *config)
{
	struct json_object *json = json_object_new_object(), *resolved;
	unsigned int key;

	resolved = json_object_new_object();
	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		const struct kvip_config_blocks *blocks;

		json_object_object_add(json, kvip_config_key_name(key),
				       value_json(config, key));
		blocks = kvip_config_resolved(config, key);
		if (blocks)
			json_object_object_add(resolved,
					       kvip_config_key_name(key),
					       blocks_json(blocks));
	}
	json_object_object_add(json, resolved_name, resolved);
	return json;
}

static int fail_item(const struct kvip_field *item, struct kvip_err *err)
{
	return kvip_field_expected(item, "an item of a list, as a string", err);
}

/* A list of strings as kvip.conf has it. */
static int put_list(const struct kvip_field *list,
		    const struct kvip_config_kind *kind, FILE *to,
		    struct kvip_err *err)
{
	size_t i, n = json_object_array_length(list->value);

	for (i = 0; i < n; i++) {
		struct kvip_field item = kvip_field_element(list, i);
		struct kvip_prefix block;
		const char *word;

		if (kvip_field_text(&item, &word, err))
			return -1;
		/* a comma within would make two items of one */
		if (!word || !*word || strchr(word, ','))
			return fail_item(&item, err);
		/* nor are words that stand for a list an item of one */
		if (kind->type == KVIP_CONFIG_TYPE_NODE_PORTS &&
		    kvip_field_prefix(&item, &block, err))
			return -1;
		fprintf(to, "%s%s", i ? "," : "", word);
	}
	if (!n && kind->type == KVIP_CONFIG_TYPE_NODE_PORTS)
		fputs("none", to);
	return 0;
}

/* The value of a key that is there, as kvip.conf has it. */
static int put_value(const struct kvip_field *field,
		     const struct kvip_config_kind *kind, FILE *to,
		     struct kvip_err *err)
{
	bool is_list = json_object_is_type(field->value, json_type_array);
	int64_t number = 0;
	const char *text;
	bool told, yes;

	switch (kind->type) {
	case KVIP_CONFIG_TYPE_BLOCKS:
	case KVIP_CONFIG_TYPE_NAMES:
		return is_list ? put_list(field, kind, to, err) :
				 kvip_field_expected(field, "a list", err);
	case KVIP_CONFIG_TYPE_NODE_PORTS:
		if (is_list)
			return put_list(field, kind, to, err);
		break;
	case KVIP_CONFIG_TYPE_ENTRIES:
		if (kvip_field_number(field, 1, KVIP_AFFINITY_ENTRIES_MAX,
				      &number, err))
			return -1;
		fprintf(to, "%lld", (long long)number);
		return 0;
	case KVIP_CONFIG_TYPE_CHOICE:
		if (!kvip_config_is_boolean(kind))
			break;
		if (kvip_field_bool(field, &told, &yes, err))
			return -1;
		fputs(kind->words[yes], to);
		return 0;
	case KVIP_CONFIG_TYPE_LABEL:
		break;
	}
	if (kvip_field_text(field, &text, err))
		return -1;
	fputs(text, to);
	return 0;
}

static int get_key(struct kvip_config *config, uint32_t *seen,
		   const struct kvip_field *field, struct kvip_err *err)
{
	enum kvip_config_key key;
	char *value;
	size_t size;
	FILE *to;
	int ret;

	if (!kvip_config_key_find(field->name, &key))
		return kvip_field_fail(field, err, "there is no such key");
	if (!field->value)
		return 0;
	to = kvip_config_memory(&value, &size);
	ret = put_value(field, &kvip_config_kinds[key], to, err);
	fclose(to);
	if (!ret && kvip_config_set(config, seen, field->name, value, err))
		ret = kvip_err_prefix(err, "%s: ", field->parent->name);
	free(value);
	return ret;
}

static int get_resolved_list(const struct kvip_field *resolved,
			     enum kvip_config_key key,
			     struct kvip_config_blocks *blocks,
			     struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t i, n;

	if (kvip_field_list(resolved, kvip_config_key_name(key), &list, &n,
			    err))
		return -1;
	if (list.value)
		blocks->n = 0;
	for (i = 0; i < n; i++) {
		struct kvip_field item = kvip_field_element(&list, i);
		struct kvip_prefix block;

		if (kvip_field_prefix(&item, &block, err))
			return -1;
		if (!kvip_config_add_block(blocks, &block))
			return kvip_field_fail(
				&list, err, "the list has more than %d items",
				KVIP_CONFIG_LIST_MAX);
	}
	return 0;
}

static int get_resolved(struct kvip_config *config,
			const struct kvip_field *resolved, struct kvip_err *err)
{
	if (kvip_field_need_object(resolved, err))
		return -1;
	if (config->flags & KVIP_CONFIG_F_NODE_PORT_PRIMARY &&
	    get_resolved_list(resolved, KVIP_CONFIG_NODE_PORT_ADDRESSES,
			      &config->node_port_addrs, err))
		return -1;
	return get_resolved_list(resolved, KVIP_CONFIG_NODE_CIDRS,
				 &config->node_cidrs, err);
}

int kvip_config_from_json(const struct kvip_field *field,
			  struct kvip_config *config, struct kvip_err *err)
{
	struct kvip_config parsed;
	struct kvip_field member;
	uint32_t seen = 0;

	if (kvip_field_need_object(field, err))
		return -1;
	kvip_config_init(&parsed);
	json_object_object_foreach(field->value, name, value)
	{
		(void)value;
		if (!strcmp(name, resolved_name))
			continue;
		member = kvip_field_member(field, name);
		if (get_key(&parsed, &seen, &member, err))
			return -1;
	}
	member = kvip_field_member(field, resolved_name);
	if (member.value && get_resolved(&parsed, &member, err))
		return -1;
	*config = parsed;
	return 0;
}
