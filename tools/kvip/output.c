// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "json_keys.h"
#include "object.h"
#include "output.h"
#include "output_json.h"
#include "yaml_writer.h"

/* Blanks before the items of a List in JSON. */
#define ITEM_INDENT 8

bool kvip_output_format(const char *word, enum kvip_output_format *format)
{
	static const char *const words[] = {
		[KVIP_OUTPUT_WIDE] = "wide",
		[KVIP_OUTPUT_JSON] = "json",
		[KVIP_OUTPUT_YAML] = "yaml",
		[KVIP_OUTPUT_NAME] = "name",
	};
	size_t i;

	for (i = KVIP_OUTPUT_WIDE; i <= KVIP_OUTPUT_NAME; i++) {
		if (strcmp(word, words[i]))
			continue;
		*format = (enum kvip_output_format)i;
		return true;
	}
	return false;
}

static void begin_yaml(struct kvip_output *output)
{
	output->yaml = kvip_yaml_writer_new(output->to);
	if (!output->list)
		return;
	kvip_yaml_writer_begin(output->yaml);
	kvip_yaml_writer_open(output->yaml, '{');
	kvip_yaml_writer_key(output->yaml, "apiVersion");
	kvip_yaml_writer_key(output->yaml, "v1");
	kvip_yaml_writer_key(output->yaml, "items");
	kvip_yaml_writer_open(output->yaml, '[');
}

void kvip_output_begin(struct kvip_output *output, FILE *to,
		       enum kvip_output_format format, bool list,
		       const struct kvip_table_look *look)
{
	struct kvip_table_look whole = *look;

	memset(output, 0, sizeof(*output));
	output->to = to;
	output->format = format;
	output->list = list;
	whole.wide = format == KVIP_OUTPUT_WIDE;
	kvip_output_table_init(&output->table, to, &whole);
	if (format == KVIP_OUTPUT_YAML)
		begin_yaml(output);
	else if (format == KVIP_OUTPUT_JSON && list)
		fputs("{\n    \"apiVersion\": \"v1\",\n    \"items\": [", to);
}

void kvip_output_kind(struct kvip_output *output, const struct kvip_rows *rows)
{
	output->rows = rows;
	kvip_output_table_kind(&output->table, rows);
}

/* A copy of the outermost level without a member. */
static struct json_object *without(struct json_object *object, const char *name)
{
	struct json_object *made = json_object_new_object();
	struct kvip_json_member *members;
	size_t i, n;

	members = kvip_json_members(object, &n);
	for (i = 0; i < n; i++)
		if (strcmp(members[i].key, name))
			json_object_object_add(
				made, members[i].key,
				json_object_get(members[i].value));
	free(members);
	return made;
}

/* Without what nobody wants to read; the object stays as it is. */
static struct json_object *readable(struct json_object *object)
{
	struct json_object *meta = kvip_object_member(object, "metadata");
	struct json_object *made;

	if (!kvip_object_member(meta, "managedFields"))
		return json_object_get(object);
	made = without(object, "metadata");
	json_object_object_add(made, "metadata",
			       without(meta, "managedFields"));
	return made;
}

static void add_json(struct kvip_output *output, struct json_object *object)
{
	if (!output->list) {
		kvip_output_json(output->to, object, 0);
		putc('\n', output->to);
		return;
	}
	fprintf(output->to, "%s\n%*s", output->n ? "," : "", ITEM_INDENT, "");
	kvip_output_json(output->to, object, ITEM_INDENT);
}

static void add_yaml(struct kvip_output *output, struct json_object *object)
{
	if (!output->list)
		kvip_yaml_writer_begin(output->yaml);
	kvip_yaml_writer_value(output->yaml, object);
	if (!output->list)
		kvip_yaml_writer_end(output->yaml);
}

static void add_name(struct kvip_output *output, struct json_object *object)
{
	char *name = kvip_printable(kvip_object_name(object));

	fprintf(output->to, "%s/%s\n", output->rows->name, name);
	free(name);
}

void kvip_output_add(struct kvip_output *output, struct json_object *object,
		     double now)
{
	struct json_object *shown;

	switch (output->format) {
	case KVIP_OUTPUT_JSON:
		shown = readable(object);
		add_json(output, shown);
		json_object_put(shown);
		break;
	case KVIP_OUTPUT_YAML:
		shown = readable(object);
		add_yaml(output, shown);
		json_object_put(shown);
		break;
	case KVIP_OUTPUT_NAME:
		add_name(output, object);
		break;
	default:
		kvip_output_table_add(&output->table, object, now);
	}
	output->n++;
}

void kvip_output_flush(struct kvip_output *output)
{
	kvip_output_table_flush(&output->table);
}

static void end_list(struct kvip_output *output)
{
	if (output->format == KVIP_OUTPUT_YAML) {
		kvip_yaml_writer_close(output->yaml, ']');
		kvip_yaml_writer_key(output->yaml, "kind");
		kvip_yaml_writer_key(output->yaml, "List");
		kvip_yaml_writer_key(output->yaml, "metadata");
		kvip_yaml_writer_open(output->yaml, '{');
		kvip_yaml_writer_key(output->yaml, "resourceVersion");
		kvip_yaml_writer_key(output->yaml, "");
		kvip_yaml_writer_close(output->yaml, '}');
		kvip_yaml_writer_close(output->yaml, '}');
		kvip_yaml_writer_end(output->yaml);
	} else if (output->format == KVIP_OUTPUT_JSON) {
		fprintf(output->to,
			"%s],\n    \"kind\": \"List\",\n"
			"    \"metadata\": {\n"
			"        \"resourceVersion\": \"\"\n    }\n}\n",
			output->n ? "\n    " : "");
	}
}

void kvip_output_end(struct kvip_output *output)
{
	if (output->list)
		end_list(output);
	kvip_output_flush(output);
	kvip_output_drop(output);
}

void kvip_output_drop(struct kvip_output *output)
{
	kvip_output_table_free(&output->table);
	kvip_yaml_writer_free(output->yaml);
	output->yaml = NULL;
}

void kvip_output_none(const char *ns)
{
	char *name;

	if (!ns) {
		fputs("No resources found\n", stderr);
		return;
	}
	name = kvip_printable(ns);
	fprintf(stderr, "No resources found in %s namespace.\n", name);
	free(name);
}
