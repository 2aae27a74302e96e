// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "field.h"
#include "json_error.h"
#include "kinds.h"
#include "object.h"
#include "provider_answer.h"

/* How deep lists and objects of an answer may be within each other. */
#define DEPTH 16

static int fail_json(enum json_tokener_error why, struct kvip_err *err)
{
	if (why == json_tokener_continue)
		return kvip_err_set(err, "the JSON ends in its middle");
	if (why == json_tokener_error_depth)
		return kvip_err_set(err, "the JSON is nested too deep");
	if (why == json_tokener_error_parse_utf8_string)
		return kvip_err_set(err, "the JSON is not in UTF-8");
	return kvip_err_set(err, "expected %s of JSON",
			    kvip_json_expected(why, '\0'));
}

/* One object and nothing behind it. */
static int parse(const char *text, size_t len, struct json_object **root,
		 struct kvip_err *err)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
	char *copy = kvip_alloc(len + 1);
	enum json_tokener_error why;
	size_t end;

	if (!tokener)
		abort();
	memcpy(copy, text, len);
	json_tokener_set_flags(
		tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
				 JSON_TOKENER_ALLOW_TRAILING_CHARS);
	/* a number at the very end ends by the NUL */
	*root = json_tokener_parse_ex(tokener, copy, (int)len + 1);
	why = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	if (why != json_tokener_success && end >= len)
		why = json_tokener_continue;
	json_tokener_free(tokener);
	while (end < len && strchr(" \t\r\n", copy[end]) && copy[end])
		end++;
	free(copy);
	if (why != json_tokener_success)
		return fail_json(why, err);
	if (!json_object_is_type(*root, json_type_object))
		return kvip_err_set(err, "expected an object in JSON");
	if (end < len)
		return kvip_err_set(err, "there is more behind the object");
	return 0;
}

static void add_text(struct json_object *to, const char *name, const char *text)
{
	json_object_object_add(to, name, json_object_new_string(text));
}

static int take_ip(const struct kvip_field *from, struct json_object *to,
		   struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(from, "ip");
	char text[INET6_ADDRSTRLEN];
	struct kvip_addr addr;

	if (!field.value)
		return 0;
	if (kvip_field_addr(&field, &addr, err))
		return -1;
	kvip_addr_text(&addr, text);
	if (kvip_addr_special(&addr))
		return kvip_field_fail(&field, err, "%s is %s", text,
				       kvip_addr_special(&addr));
	add_text(to, "ip", text);
	return 0;
}

static int take_hostname(const struct kvip_field *from, struct json_object *to,
			 struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(from, "hostname");
	struct kvip_addr addr;
	struct kvip_err why;
	const char *text;

	if (kvip_field_text(&field, &text, err))
		return -1;
	if (!text || !*text)
		return 0;
	/* any kind's name but a Service's has the syntax of a host's name */
	if (kvip_addr_parse(text, &addr) ||
	    kvip_name_check(KVIP_KIND_NODE, text, &why))
		return kvip_field_expected(&field, "the name of a host", err);
	add_text(to, "hostname", text);
	return 0;
}

static int take_mode(const struct kvip_field *from, struct json_object *to,
		     struct kvip_err *err)
{
	static const char *const modes[] = { "VIP", "Proxy", NULL };
	struct kvip_field field = kvip_field_member(from, "ipMode");
	unsigned int mode;

	if (!field.value)
		return 0;
	if (!kvip_object_member(to, "ip"))
		return kvip_field_fail(&field, err,
				       "it goes with an ip, and there is none");
	if (kvip_field_choice(&field, modes, &mode, err))
		return -1;
	add_text(to, "ipMode", modes[mode]);
	return 0;
}

/* The state of a port, of which the API knows port, protocol and error. */
static int take_port(const struct kvip_field *from, struct json_object *list,
		     struct kvip_err *err)
{
	struct kvip_field port = kvip_field_member(from, "port");
	struct kvip_field proto = kvip_field_member(from, "protocol");
	struct kvip_field error = kvip_field_member(from, "error");
	struct json_object *item;
	const char *text;
	int64_t number = 0;
	uint8_t value;

	if (kvip_field_need_object(from, err) ||
	    kvip_field_number(&port, 1, UINT16_MAX, &number, err) ||
	    kvip_field_proto(&proto, &value, err) ||
	    kvip_field_text(&error, &text, err))
		return -1;
	if (!port.value)
		return kvip_field_expected(&port, "a port", err);
	item = json_object_new_object();
	json_object_object_add(item, "port", json_object_new_int64(number));
	add_text(item, "protocol", kvip_proto_text(value));
	if (text && *text)
		add_text(item, "error", text);
	json_object_array_add(list, item);
	return 0;
}

static int take_ports(const struct kvip_field *from, struct json_object *to,
		      struct kvip_err *err)
{
	struct json_object *list;
	struct kvip_field ports;
	uint32_t n, i;

	if (kvip_field_list(from, "ports", &ports, &n, err))
		return -1;
	if (!n)
		return 0;
	list = json_object_new_array();
	json_object_object_add(to, "ports", list);
	for (i = 0; i < n; i++) {
		struct kvip_field port = kvip_field_element(&ports, i);

		if (take_port(&port, list, err))
			return -1;
	}
	return 0;
}

static bool is_among(struct json_object *list, struct json_object *item)
{
	size_t i, n = json_object_array_length(list);

	for (i = 0; i < n; i++)
		if (json_object_equal(json_object_array_get_idx(list, i), item))
			return true;
	return false;
}

static int take_item(const struct kvip_field *from, struct json_object *list,
		     struct kvip_err *err)
{
	struct json_object *item = json_object_new_object();
	int ret;

	ret = kvip_field_need_object(from, err) || take_ip(from, item, err) ||
	      take_hostname(from, item, err) || take_mode(from, item, err) ||
	      take_ports(from, item, err);
	if (!ret && !json_object_object_length(item))
		ret = kvip_field_fail(from, err,
				      "there is no ip and no hostname");
	if (!ret && is_among(list, item))
		ret = kvip_field_fail(from, err, "it is there twice");
	if (!ret) {
		json_object_array_add(list, item);
		return 0;
	}
	json_object_put(item);
	return -1;
}

static int take_ingress(const struct kvip_field *root,
			enum kvip_provider_action action,
			struct json_object **ingress, struct kvip_err *err)
{
	struct kvip_field list;
	uint32_t n, i;

	if (kvip_field_list(root, "ingress", &list, &n, err))
		return -1;
	if (action == KVIP_PROVIDER_DELETE)
		n = 0;
	else if (!list.value)
		return kvip_field_expected(&list, "a list", err);
	if (n > KVIP_PROVIDER_INGRESS_MAX)
		return kvip_field_fail(&list, err,
				       "there are %u items, and %d are most", n,
				       KVIP_PROVIDER_INGRESS_MAX);
	*ingress = json_object_new_array();
	for (i = 0; i < n; i++) {
		struct kvip_field item = kvip_field_element(&list, i);

		if (take_item(&item, *ingress, err))
			return -1;
	}
	return 0;
}

static int take_retry(const struct kvip_field *root, double *seconds,
		      struct kvip_err *err)
{
	struct kvip_field field = kvip_field_member(root, "retryAfterSeconds");
	double value = json_object_get_double(field.value);

	*seconds = 0;
	if (!field.value)
		return 0;
	if ((json_object_is_type(field.value, json_type_int) ||
	     json_object_is_type(field.value, json_type_double)) &&
	    value >= KVIP_PROVIDER_RETRY_MIN &&
	    value <= KVIP_PROVIDER_RETRY_MAX) {
		*seconds = value;
		return 0;
	}
	return kvip_field_expected(&field, "seconds from 1 to 86400", err);
}

static int take(const struct kvip_field *root, enum kvip_provider_action action,
		struct kvip_provider_answer *answer, struct kvip_err *err)
{
	struct kvip_field error = kvip_field_member(root, "error");
	const char *text;

	if (take_retry(root, &answer->retry_seconds, err) ||
	    kvip_field_text(&error, &text, err))
		return -1;
	if (!text || !*text)
		return take_ingress(root, action, &answer->ingress, err);
	if (kvip_object_member(root->value, "ingress"))
		return kvip_field_fail(&error, err,
				       "there are an error and an ingress");
	kvip_err_set(&answer->error, "%s", text);
	return 0;
}

int kvip_provider_answer_read(const char *text, size_t len,
			      enum kvip_provider_action action,
			      struct kvip_provider_answer *answer,
			      struct kvip_err *err)
{
	struct kvip_field root = {};
	int ret;

	memset(answer, 0, sizeof(*answer));
	if (!len)
		return kvip_err_set(err, "printed nothing");
	ret = parse(text, len, &root.value, err);
	if (!ret)
		ret = take(&root, action, answer, err);
	json_object_put(root.value);
	if (!ret)
		return 0;
	json_object_put(answer->ingress);
	memset(answer, 0, sizeof(*answer));
	return kvip_err_prefix(err, "printed nonsense: ");
}
