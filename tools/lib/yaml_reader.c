// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * YAML, by the events of libyaml. Scalars become what kubectl makes of them,
 * which goes by YAML 1.1; see yaml_scalar.c. An alias is a reference, so that
 * aliases of aliases cost nothing.
 */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <yaml.h>

#include "alloc.h"
#include "reader.h"
#include "yaml_scalar.h"

#define TAG "tag:yaml.org,2002:"

/* An item that waits for the kind of its list. */
struct waiting {
	struct json_object *item;
	unsigned long line;
};

struct yaml_text {
	struct kvip_reader *reader;
	yaml_parser_t parser;
	struct json_object *anchors; /* by name, of this document */
	struct waiting *waiting;
	size_t n_waiting;
	int depth;
};

/* What a mapping is made of while it is read. */
struct mapping {
	struct json_object *object;
	struct json_object *merges; /* values of "<<", or NULL */
	bool root; /* of a document */
	bool is_list; /* items have been handed out */
};

static unsigned long line_of(yaml_mark_t mark)
{
	return mark.line + 1;
}

/* libyaml counts characters, people's editors and other tools bytes. */
static size_t offset_of(const struct kvip_reader *reader, size_t n_chars)
{
	size_t offset = 0;

	while (offset < reader->len && n_chars--)
		do
			offset++;
		while (offset < reader->len &&
		       (reader->text[offset] & 0xc0) == 0x80);
	return offset;
}

static int fail_at(struct yaml_text *yaml, yaml_mark_t mark, const char *words)
{
	return kvip_reader_fail(
		yaml->reader, offset_of(yaml->reader, mark.index), "%s", words);
}

/* "while parsing a flow sequence" -> "a flow sequence"; else NULL */
static const char *context_noun(const char *context)
{
	static const char *const verbs[] = { "while parsing a",
					     "while scanning a" };
	size_t i;

	for (i = 0; context && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strncmp(context, verbs[i], strlen(verbs[i])))
			return context + strlen(verbs[i]) - 1;
	return NULL;
}

static bool nothing_follows(const struct kvip_reader *reader, size_t offset)
{
	while (offset < reader->len && strchr(" \t\r\n", reader->text[offset]))
		offset++;
	return offset == reader->len;
}

static int fail_parser(struct yaml_text *yaml)
{
	const yaml_parser_t *parser = &yaml->parser;
	const char *noun = context_noun(parser->context);
	const char *problem = parser->problem;
	struct kvip_reader *reader = yaml->reader;
	size_t offset;

	if (parser->error == YAML_MEMORY_ERROR)
		return kvip_err_set(reader->err, "%s: out of memory",
				    reader->file);
	if (!problem)
		problem = "unknown problem";
	if (parser->error == YAML_READER_ERROR) {
		offset = parser->problem_offset;
		if (offset > reader->len)
			offset = reader->len;
		return kvip_reader_fail(reader, offset, "malformed YAML: %s",
					problem);
	}
	offset = offset_of(reader, parser->problem_mark.index);
	if (noun && nothing_follows(reader, offset))
		return kvip_reader_fail(reader, offset,
					"the file ends in the middle of %s: %s",
					noun, problem);
	return kvip_reader_fail(reader, offset, "malformed YAML: %s%s%s",
				problem, parser->context ? " " : "",
				parser->context ? parser->context : "");
}

static int next_event(struct yaml_text *yaml, yaml_event_t *event)
{
	if (yaml_parser_parse(&yaml->parser, event))
		return 0;
	return fail_parser(yaml);
}

static int read_node(struct yaml_text *yaml, yaml_event_t *event,
		     struct json_object **value);

static void set_anchor(struct yaml_text *yaml, const yaml_char_t *anchor,
		       struct json_object *value)
{
	if (anchor)
		json_object_object_add(yaml->anchors, (const char *)anchor,
				       json_object_get(value));
}

static int read_alias(struct yaml_text *yaml, const yaml_event_t *event,
		      struct json_object **value)
{
	const char *name = (const char *)event->data.alias.anchor;

	/* an anchor is set when its node ends: an alias within it finds none */
	if (!json_object_object_get_ex(yaml->anchors, name, value))
		return fail_at(
			yaml, event->start_mark,
			"expected an alias of an anchor that stands before it");
	json_object_get(*value);
	return 0;
}

static int read_scalar(struct yaml_text *yaml, const yaml_event_t *event,
		       struct json_object **value)
{
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;
	size_t len = event->data.scalar.length;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	if (tag && !strcmp(tag, "!"))
		plain = false;
	else if (tag && !strcmp(tag, TAG "str"))
		plain = false;
	else if (tag && (!strcmp(tag, TAG "int") || !strcmp(tag, TAG "float") ||
			 !strcmp(tag, TAG "bool") || !strcmp(tag, TAG "null")))
		plain = true;
	else if (tag)
		return fail_at(
			yaml, event->start_mark,
			"expected a value that JSON has, found one with a tag of its own");

	*value = plain ? kvip_yaml_plain(text, len) :
			 json_object_new_string_len(text, (int)len);
	return 0;
}

static int check_collection(struct yaml_text *yaml, const yaml_event_t *event,
			    const yaml_char_t *tag, const char *expected)
{
	if (tag && strcmp((const char *)tag, "!") &&
	    strcmp((const char *)tag, expected))
		return fail_at(
			yaml, event->start_mark,
			"expected a value that JSON has, found one with a tag of its own");
	if (yaml->depth < KVIP_DOCUMENT_DEPTH)
		return 0;
	return kvip_reader_fail(
		yaml->reader, offset_of(yaml->reader, event->start_mark.index),
		"objects and lists are nested deeper than %d levels",
		KVIP_DOCUMENT_DEPTH);
}

static int read_sequence(struct yaml_text *yaml, const yaml_event_t *start,
			 struct json_object **value)
{
	struct json_object *array, *element;
	yaml_event_t event;
	int ret;

	if (check_collection(yaml, start, start->data.sequence_start.tag,
			     TAG "seq"))
		return -1;
	array = json_object_new_array();
	yaml->depth++;
	for (;;) {
		if (next_event(yaml, &event))
			break;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			yaml->depth--;
			*value = array;
			return 0;
		}
		ret = read_node(yaml, &event, &element);
		yaml_event_delete(&event);
		if (ret)
			break;
		json_object_array_add(array, element);
	}
	json_object_put(array);
	return -1;
}

/* Hand out an item, or keep it until the kind of its list is known. */
static int take_item(struct yaml_text *yaml, struct json_object *list,
		     struct json_object *item, unsigned long line)
{
	struct kvip_list_kind kind = kvip_reader_list_kind(list);

	if ((!kind.kind || !kind.version) &&
	    json_object_is_type(item, json_type_object) &&
	    !json_object_object_get_ex(item, "kind", NULL)) {
		struct waiting *waiting;

		yaml->waiting = kvip_grow(yaml->waiting, yaml->n_waiting,
					  sizeof(*yaml->waiting));
		waiting = &yaml->waiting[yaml->n_waiting++];
		waiting->item = json_object_get(item);
		waiting->line = line;
		return 0;
	}
	return kvip_reader_emit(yaml->reader, item, &kind, line);
}

static int emit_waiting(struct yaml_text *yaml, struct json_object *list)
{
	struct kvip_list_kind kind = kvip_reader_list_kind(list);
	size_t i;

	for (i = 0; i < yaml->n_waiting; i++)
		if (kvip_reader_emit(yaml->reader, yaml->waiting[i].item, &kind,
				     yaml->waiting[i].line))
			return -1;
	return 0;
}

static void drop_waiting(struct yaml_text *yaml)
{
	size_t i;

	for (i = 0; i < yaml->n_waiting; i++)
		json_object_put(yaml->waiting[i].item);
	free(yaml->waiting);
	yaml->waiting = NULL;
	yaml->n_waiting = 0;
}

static int read_items(struct yaml_text *yaml, struct json_object *list)
{
	struct json_object *item;
	yaml_event_t event;
	int ret;

	yaml->depth++;
	for (;;) {
		unsigned long line;

		if (next_event(yaml, &event))
			return -1;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			yaml->depth--;
			return 0;
		}
		line = line_of(event.start_mark);
		ret = read_node(yaml, &event, &item);
		yaml_event_delete(&event);
		if (ret)
			return -1;
		ret = take_item(yaml, list, item, line);
		json_object_put(item);
		if (ret)
			return -1;
	}
}

static int read_key(struct yaml_text *yaml, const yaml_event_t *event,
		    struct json_object **key, bool *merge)
{
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;

	*merge = false;
	if (event->type == YAML_ALIAS_EVENT) {
		if (read_alias(yaml, event, key))
			return -1;
		if (json_object_is_type(*key, json_type_string))
			return 0;
		json_object_put(*key);
	} else if (event->type == YAML_SCALAR_EVENT) {
		*merge = !strcmp(text, "<<") &&
			 (tag ? !strcmp(tag, TAG "merge") :
				event->data.scalar.style ==
					  YAML_PLAIN_SCALAR_STYLE);
		/* a key is a string, whatever it looks like */
		*key = json_object_new_string_len(
			text, (int)event->data.scalar.length);
		set_anchor(yaml, event->data.scalar.anchor, *key);
		return 0;
	}
	return fail_at(yaml, event->start_mark,
		       "expected a key that is a string");
}

static int add_merge(struct yaml_text *yaml, yaml_mark_t mark,
		     struct mapping *mapping, struct json_object *value)
{
	size_t i, n = 1;
	bool many = json_object_is_type(value, json_type_array);

	if (!mapping->merges)
		mapping->merges = json_object_new_array();
	if (many)
		n = json_object_array_length(value);
	for (i = 0; i < n; i++) {
		struct json_object *one = value;

		if (many)
			one = json_object_array_get_idx(value, i);
		if (!json_object_is_type(one, json_type_object))
			return fail_at(
				yaml, mark,
				"expected a mapping, or a list of them, to merge");
		json_object_array_add(mapping->merges, json_object_get(one));
	}
	return 0;
}

/* What is there stays; of several merged mappings, the first one's value. */
static void merge(struct mapping *mapping)
{
	size_t i, n = json_object_array_length(mapping->merges);

	for (i = 0; i < n; i++) {
		struct json_object *from;

		from = json_object_array_get_idx(mapping->merges, i);
		json_object_object_foreach(from, key, value)
		{
			if (json_object_object_get_ex(mapping->object, key,
						      NULL))
				continue;
			json_object_object_add(mapping->object, key,
					       json_object_get(value));
		}
	}
}

static int read_value_of(struct yaml_text *yaml, struct mapping *mapping,
			 const char *key, bool is_merge)
{
	struct json_object *value = NULL;
	yaml_event_t event;
	int ret;

	if (next_event(yaml, &event))
		return -1;
	if (mapping->root && !strcmp(key, "items") &&
	    event.type == YAML_SEQUENCE_START_EVENT &&
	    !event.data.sequence_start.anchor) {
		mapping->is_list = true;
		ret = read_items(yaml, mapping->object);
	} else {
		ret = read_node(yaml, &event, &value);
	}
	if (!ret && is_merge) {
		ret = add_merge(yaml, event.start_mark, mapping, value);
		json_object_put(value);
	} else if (!ret) {
		json_object_object_add(mapping->object, key, value);
	}
	yaml_event_delete(&event);
	return ret;
}

static int read_pair(struct yaml_text *yaml, const yaml_event_t *event,
		     struct mapping *mapping)
{
	struct json_object *key;
	const char *text;
	bool is_merge;
	int ret;

	if (read_key(yaml, event, &key, &is_merge))
		return -1;
	text = json_object_get_string(key);
	if (!is_merge && json_object_object_get_ex(mapping->object, text, NULL))
		ret = kvip_reader_fail(yaml->reader,
				       offset_of(yaml->reader,
						 event->start_mark.index),
				       "the key \"%s\" is there twice", text);
	else
		ret = read_value_of(yaml, mapping, text, is_merge);
	json_object_put(key);
	return ret;
}

static int read_mapping(struct yaml_text *yaml, const yaml_event_t *start,
			struct mapping *mapping)
{
	yaml_event_t event;
	int ret = -1;

	if (check_collection(yaml, start, start->data.mapping_start.tag,
			     TAG "map"))
		return -1;
	mapping->object = json_object_new_object();
	yaml->depth++;
	while (!next_event(yaml, &event)) {
		bool end = event.type == YAML_MAPPING_END_EVENT;

		ret = end ? 0 : read_pair(yaml, &event, mapping);
		yaml_event_delete(&event);
		if (ret)
			break;
		if (end) {
			if (mapping->merges)
				merge(mapping);
			json_object_put(mapping->merges);
			yaml->depth--;
			return 0;
		}
	}
	json_object_put(mapping->merges);
	json_object_put(mapping->object);
	return -1;
}

/* The node that @event begins. *@value is NULL for null. */
static int read_node(struct yaml_text *yaml, yaml_event_t *event,
		     struct json_object **value)
{
	struct mapping mapping = { NULL, NULL, false, false };

	*value = NULL;
	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return read_alias(yaml, event, value);
	case YAML_SCALAR_EVENT:
		if (read_scalar(yaml, event, value))
			return -1;
		set_anchor(yaml, event->data.scalar.anchor, *value);
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		if (read_sequence(yaml, event, value))
			return -1;
		set_anchor(yaml, event->data.sequence_start.anchor, *value);
		return 0;
	case YAML_MAPPING_START_EVENT:
		if (read_mapping(yaml, event, &mapping))
			return -1;
		*value = mapping.object;
		set_anchor(yaml, event->data.mapping_start.anchor, *value);
		return 0;
	default:
		return fail_at(yaml, event->start_mark, "expected a value");
	}
}

/* items that were not read one by one: an alias, an anchor, a merge, null */
static int emit_items(struct yaml_text *yaml, struct json_object *list,
		      struct json_object *items, unsigned long line)
{
	struct kvip_list_kind kind = kvip_reader_list_kind(list);
	size_t i, n = items ? json_object_array_length(items) : 0;

	for (i = 0; i < n; i++)
		if (kvip_reader_emit(yaml->reader,
				     json_object_array_get_idx(items, i), &kind,
				     line))
			return -1;
	return 0;
}

static int read_root_mapping(struct yaml_text *yaml, const yaml_event_t *event)
{
	struct mapping mapping = { .root = true };
	unsigned long line = line_of(event->start_mark);
	struct json_object *items;
	int ret;

	ret = read_mapping(yaml, event, &mapping);
	if (ret)
		return ret;
	if (mapping.is_list) {
		ret = emit_waiting(yaml, mapping.object);
	} else if (json_object_object_get_ex(mapping.object, "items", &items) &&
		   (!items || json_object_is_type(items, json_type_array))) {
		mapping.is_list = true;
		ret = emit_items(yaml, mapping.object, items, line);
	}
	if (!ret && mapping.is_list)
		ret = kvip_reader_end_list(yaml->reader, mapping.object, line);
	else if (!ret)
		ret = kvip_reader_emit(yaml->reader, mapping.object, NULL,
				       line);
	json_object_put(mapping.object);
	return ret;
}

static int read_document(struct yaml_text *yaml)
{
	struct json_object *value;
	yaml_event_t event;
	int ret;

	if (next_event(yaml, &event))
		return -1;
	if (event.type == YAML_MAPPING_START_EVENT) {
		ret = read_root_mapping(yaml, &event);
	} else {
		ret = read_node(yaml, &event, &value);
		/* null is what stands between two "---" */
		if (!ret && value) {
			json_object_put(value);
			ret = fail_at(
				yaml, event.start_mark,
				"expected a Kubernetes object, found something else");
		}
	}
	yaml_event_delete(&event);
	return ret;
}

static int read_stream(struct yaml_text *yaml)
{
	for (;;) {
		yaml_event_type_t type;
		yaml_event_t event;
		int ret = 0;

		if (next_event(yaml, &event))
			return -1;
		type = event.type;
		yaml_event_delete(&event);
		if (type == YAML_STREAM_END_EVENT)
			return 0;
		if (type != YAML_DOCUMENT_START_EVENT)
			continue;
		yaml->anchors = json_object_new_object();
		ret = read_document(yaml);
		json_object_put(yaml->anchors);
		drop_waiting(yaml);
		if (ret)
			return ret;
	}
}

int kvip_yaml_read(struct kvip_reader *reader)
{
	struct yaml_text yaml = { .reader = reader };
	int ret;

	if (!yaml_parser_initialize(&yaml.parser))
		return kvip_err_set(reader->err, "%s: out of memory",
				    reader->file);
	yaml_parser_set_encoding(&yaml.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&yaml.parser, (const unsigned char *)reader->text, reader->len);
	ret = read_stream(&yaml);
	yaml_parser_delete(&yaml.parser);
	return ret;
}
