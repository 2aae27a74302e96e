// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "dns_name.h"
#include "object.h"
#include "selector.h"

#define NAME_MAX_LEN 63

/* What ends a word of a selector. */
#define SPECIAL " \t\r\n=!(),<>"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define ALNUM LETTERS "0123456789"

enum operation {
	IN,
	NOT_IN,
	EXISTS,
	EXISTS_NOT,
};

struct requirement {
	char *key;
	enum operation operation;
	char **values;
	size_t n;
};

struct kvip_selector {
	struct requirement *items;
	size_t n;
	bool nothing; /* of a map without members: unlike of an empty text */
};

/* Where a parser is: the token ahead of it, and the text behind that. */
struct parser {
	const char *token;
	size_t len;
	const char *rest;
	struct kvip_err *err;
};

static void advance(struct parser *parser)
{
	const char *text = parser->rest + strspn(parser->rest, " \t\r\n");

	parser->token = text;
	if (!strncmp(text, "==", 2) || !strncmp(text, "!=", 2))
		parser->len = 2;
	else if (*text && strchr(SPECIAL, *text))
		parser->len = 1;
	else
		parser->len = strcspn(text, SPECIAL);
	parser->rest = text + parser->len;
}

static bool ahead(const struct parser *parser, const char *word)
{
	return parser->len == strlen(word) &&
	       !strncmp(parser->token, word, parser->len);
}

static bool take(struct parser *parser, const char *word)
{
	if (!ahead(parser, word))
		return false;
	advance(parser);
	return true;
}

static bool word_ahead(const struct parser *parser)
{
	return parser->len && !strchr(SPECIAL, *parser->token);
}

/* What the API server says, too. */
static int unexpected(const struct parser *parser, const char *expected)
{
	return kvip_err_set(
		parser->err,
		"unable to parse requirement: found '%.*s', expected: %s",
		(int)(parser->len > NAME_MAX_LEN ? NAME_MAX_LEN : parser->len),
		parser->token, expected);
}

static char *take_word(struct parser *parser)
{
	char *word = kvip_alloc(parser->len + 1);

	memcpy(word, parser->token, parser->len);
	advance(parser);
	return word;
}

static int add_value(struct requirement *item, char *value,
		     struct kvip_err *err)
{
	item->values = kvip_grow(item->values, item->n, sizeof(*item->values));
	item->values[item->n++] = value;
	if (!kvip_label_value_check(value, err))
		return 0;
	return kvip_err_prefix(err, "unable to parse requirement: ");
}

static int parse_set(struct parser *parser, struct requirement *item)
{
	if (!take(parser, "("))
		return unexpected(parser, "'('");
	while (true) {
		/* "a in (,b)" has an empty value */
		char *value = word_ahead(parser) ? take_word(parser) :
						   kvip_strdup("");

		if (add_value(item, value, parser->err))
			return -1;
		if (take(parser, ")"))
			return 0;
		if (!take(parser, ","))
			return unexpected(parser, "',' or ')'");
	}
}

static int parse_values(struct parser *parser, struct requirement *item)
{
	if (take(parser, "=") || take(parser, "==")) {
		item->operation = IN;
	} else if (take(parser, "!=")) {
		item->operation = NOT_IN;
	} else if (take(parser, "in")) {
		item->operation = IN;
		return parse_set(parser, item);
	} else if (take(parser, "notin")) {
		item->operation = NOT_IN;
		return parse_set(parser, item);
	} else {
		return unexpected(parser, "in, notin, =, ==, !=");
	}
	if (!word_ahead(parser) && parser->len && !ahead(parser, ","))
		return unexpected(parser, "identifier");
	return add_value(
		item, word_ahead(parser) ? take_word(parser) : kvip_strdup(""),
		parser->err);
}

static int parse_requirement(struct parser *parser, struct requirement *item)
{
	item->operation = take(parser, "!") ? EXISTS_NOT : EXISTS;
	if (!word_ahead(parser) || ahead(parser, "in") ||
	    ahead(parser, "notin"))
		return unexpected(parser, "identifier");
	item->key = take_word(parser);
	if (kvip_label_key_check(item->key, parser->err))
		return kvip_err_prefix(parser->err,
				       "unable to parse requirement: ");
	if (!parser->len || ahead(parser, ","))
		return 0;
	if (item->operation == EXISTS_NOT)
		return unexpected(parser, "',' or 'end of string'");
	return parse_values(parser, item);
}

static struct requirement *new_requirement(struct kvip_selector *selector)
{
	selector->items = kvip_grow(selector->items, selector->n,
				    sizeof(*selector->items));
	return &selector->items[selector->n++];
}

static int parse(struct parser *parser, struct kvip_selector *selector)
{
	advance(parser);
	if (!parser->len)
		return 0;
	while (true) {
		if (parse_requirement(parser, new_requirement(selector)))
			return -1;
		if (!parser->len)
			return 0;
		if (!take(parser, ","))
			return unexpected(parser, "',' or 'end of string'");
		if (!word_ahead(parser) && !ahead(parser, "!"))
			return unexpected(parser, "identifier after ','");
	}
}

struct kvip_selector *kvip_selector_parse(const char *text,
					  struct kvip_err *err)
{
	struct kvip_selector *selector = kvip_alloc(sizeof(*selector));
	struct parser parser = { .rest = text, .err = err };

	if (!parse(&parser, selector))
		return selector;
	kvip_selector_free(selector);
	return NULL;
}

struct kvip_selector *kvip_selector_of(struct json_object *map)
{
	struct kvip_selector *selector = kvip_alloc(sizeof(*selector));

	if (!json_object_is_type(map, json_type_object) ||
	    !json_object_object_length(map)) {
		selector->nothing = true;
		return selector;
	}
	json_object_object_foreach(map, key, value)
	{
		struct requirement *item = new_requirement(selector);

		item->key = kvip_strdup(key);
		item->operation = IN;
		item->values = kvip_grow(NULL, 0, sizeof(*item->values));
		/* null is an empty string, to Go */
		item->values[item->n++] =
			kvip_strdup(value ? json_object_get_string(value) : "");
	}
	return selector;
}

static bool listed(const struct requirement *item, const char *value)
{
	size_t i;

	for (i = 0; i < item->n; i++)
		if (!strcmp(item->values[i], value))
			return true;
	return false;
}

static bool meets(const struct requirement *item, struct json_object *labels)
{
	struct json_object *label = NULL;
	bool there = json_object_is_type(labels, json_type_object) &&
		     json_object_object_get_ex(labels, item->key, &label);
	const char *value = label ? json_object_get_string(label) : "";

	switch (item->operation) {
	case IN:
		return there && listed(item, value);
	case NOT_IN:
		return !there || !listed(item, value);
	case EXISTS:
		return there;
	case EXISTS_NOT:
		return !there;
	}
	return false;
}

bool kvip_selector_matches(const struct kvip_selector *selector,
			   struct json_object *labels)
{
	size_t i;

	if (selector->nothing)
		return false;
	for (i = 0; i < selector->n; i++)
		if (!meets(&selector->items[i], labels))
			return false;
	return true;
}

void kvip_selector_free(struct kvip_selector *selector)
{
	size_t i, j;

	if (!selector)
		return;
	for (i = 0; i < selector->n; i++) {
		for (j = 0; j < selector->items[i].n; j++)
			free(selector->items[i].values[j]);
		free(selector->items[i].values);
		free(selector->items[i].key);
	}
	free(selector->items);
	free(selector);
}

/* Letters and digits, and "-_." between them. */
static bool is_name(const char *text)
{
	size_t len = strlen(text);

	return len && !text[strspn(text, ALNUM "-_.")] &&
	       strchr(ALNUM, text[0]) && strchr(ALNUM, text[len - 1]);
}

static int bad_key(const char *key, const char *part, const char *why,
		   struct kvip_err *err)
{
	return kvip_err_set(err, "Invalid value: \"%.*s\": %s%s", 320, key,
			    part, why);
}

static int check_prefix(const char *key, size_t len, struct kvip_err *err)
{
	char prefix[KVIP_DNS_NAME_MAX + 2];
	const char *fault;

	if (!len)
		return bad_key(key, "", "prefix part must be non-empty", err);
	if (len >= sizeof(prefix))
		len = sizeof(prefix) - 1;
	memcpy(prefix, key, len);
	prefix[len] = '\0';
	fault = kvip_dns_subdomain_fault(prefix);
	return fault ? bad_key(key, "prefix part ", fault, err) : 0;
}

int kvip_label_key_check(const char *key, struct kvip_err *err)
{
	const char *slash = strchr(key, '/');
	const char *name = slash ? slash + 1 : key;

	if (strchr(name, '/'))
		return bad_key(
			key, "",
			"a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character, with an optional DNS subdomain prefix and '/'",
			err);
	if (slash && check_prefix(key, (size_t)(slash - key), err))
		return -1;
	if (!*name)
		return bad_key(key, "", "name part must be non-empty", err);
	if (strlen(name) > NAME_MAX_LEN)
		return bad_key(key, "",
			       "name part must be no more than 63 characters",
			       err);
	if (is_name(name))
		return 0;
	return bad_key(
		key, "",
		"name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
		err);
}

int kvip_label_value_check(const char *value, struct kvip_err *err)
{
	if (strlen(value) > NAME_MAX_LEN)
		return bad_key(value, "", "must be no more than 63 characters",
			       err);
	if (!*value || is_name(value))
		return 0;
	return bad_key(
		value, "",
		"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
		err);
}
