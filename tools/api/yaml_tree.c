// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "alloc.h"
#include "yaml_tree.h"
#include "yaml_scalar.h"

/* A node of libyaml's and what was made of it. */
struct made {
	struct json_object *value;
	bool begun;
	bool done;
};

struct document {
	yaml_document_t yaml;
	struct made *made; /* by a node's number less 1 */
	int depth;
	struct kvip_err *err;
};

static int make(struct document *document, int number,
		struct json_object **value);

static int fail_at(const struct document *document, const yaml_node_t *node,
		   const char *words)
{
	return kvip_err_set(document->err, "%zu:%zu: %s",
			    node->start_mark.line + 1,
			    node->start_mark.column + 1, words);
}

static int make_scalar(struct document *document, const yaml_node_t *node,
		       struct json_object **value)
{
	const char *text = (const char *)node->data.scalar.value;
	const char *tag = (const char *)node->tag;
	size_t len = node->data.scalar.length;

	/* libyaml gives what has no tag that of a string */
	if (tag && strcmp(tag, YAML_STR_TAG))
		return fail_at(document, node,
			       "expected a value without a tag");
	*value = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ?
			 kvip_yaml_plain(text, len) :
			 json_object_new_string_len(text, (int)len);
	return 0;
}

static int make_sequence(struct document *document, const yaml_node_t *node,
			 struct json_object **value)
{
	struct json_object *array = json_object_new_array(), *element;
	const yaml_node_item_t *item = node->data.sequence.items.start;

	for (; item < node->data.sequence.items.top; item++) {
		if (make(document, *item, &element)) {
			json_object_put(array);
			return -1;
		}
		json_object_array_add(array, element);
	}
	*value = array;
	return 0;
}

static int make_pair(struct document *document, const yaml_node_pair_t *pair,
		     struct json_object *object)
{
	const yaml_node_t *key;
	struct json_object *value;
	const char *name;

	key = yaml_document_get_node(&document->yaml, pair->key);
	if (key->type != YAML_SCALAR_NODE)
		return fail_at(document, key,
			       "expected a key that is a string");
	name = (const char *)key->data.scalar.value;
	if (json_object_object_get_ex(object, name, NULL))
		return fail_at(document, key, "this key is there twice");
	if (make(document, pair->value, &value))
		return -1;
	json_object_object_add(object, name, value);
	return 0;
}

static int make_mapping(struct document *document, const yaml_node_t *node,
			struct json_object **value)
{
	struct json_object *object = json_object_new_object();
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;

	for (; pair < node->data.mapping.pairs.top; pair++)
		if (make_pair(document, pair, object)) {
			json_object_put(object);
			return -1;
		}
	*value = object;
	return 0;
}

static int make_new(struct document *document, const yaml_node_t *node,
		    struct json_object **value)
{
	*value = NULL;
	switch (node->type) {
	case YAML_SCALAR_NODE:
		return make_scalar(document, node, value);
	case YAML_SEQUENCE_NODE:
		return make_sequence(document, node, value);
	default:
		return make_mapping(document, node, value);
	}
}

static int make(struct document *document, int number,
		struct json_object **value)
{
	const yaml_node_t *node;
	struct made *made = &document->made[number - 1];
	int ret;

	node = yaml_document_get_node(&document->yaml, number);
	if (!made->done) {
		if (made->begun)
			return fail_at(document, node,
				       "an alias within what it stands for");
		if (document->depth == KVIP_YAML_DEPTH)
			return fail_at(document, node, "nested too deep");
		made->begun = true;
		document->depth++;
		ret = make_new(document, node, &made->value);
		document->depth--;
		if (ret)
			return -1;
		made->done = true;
	}
	*value = json_object_get(made->value);
	return 0;
}

static struct json_object *make_root(struct document *document)
{
	const yaml_node_t *root = yaml_document_get_root_node(&document->yaml);
	size_t i, n = (size_t)(document->yaml.nodes.top -
			       document->yaml.nodes.start);
	struct json_object *value = NULL;

	if (!root) {
		kvip_err_set(document->err, "there is nothing in it");
		return NULL;
	}
	document->made = kvip_alloc(n * sizeof(*document->made));
	if (!make(document, 1, &value) &&
	    !json_object_is_type(value, json_type_object)) {
		fail_at(document, root, "expected a mapping");
		json_object_put(value);
		value = NULL;
	}
	for (i = 0; i < n; i++)
		json_object_put(document->made[i].value);
	free(document->made);
	return value;
}

struct json_object *kvip_yaml_tree_parse(const char *text, size_t len,
					 struct kvip_err *err)
{
	struct document document = { .err = err };
	struct json_object *value = NULL;
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser)) {
		kvip_err_set(err, "out of memory");
		return NULL;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &document.yaml)) {
		value = make_root(&document);
		yaml_document_delete(&document.yaml);
	} else {
		kvip_err_set(err, "%zu:%zu: malformed YAML: %s",
			     parser.problem_mark.line + 1,
			     parser.problem_mark.column + 1,
			     parser.problem ? parser.problem :
					      "unknown problem");
	}
	yaml_parser_delete(&parser);
	return value;
}
