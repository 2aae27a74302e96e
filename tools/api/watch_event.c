// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <string.h>

#include <json-c/json.h>

#include "object.h"
#include "watch_event.h"

int kvip_watch_check_kind(struct json_object *object, const char *kind,
			  struct kvip_err *err)
{
	const char *found = kvip_object_text(object, "kind");

	if (found && !strcmp(found, kind))
		return 0;
	return kvip_err_set(err, "an object of kind \"%s\", not \"%s\"",
			    found ? found : "", kind);
}

static bool is_initial_end(struct json_object *object)
{
	struct json_object *metadata = kvip_object_member(object, "metadata");
	const char *end =
		kvip_object_text(kvip_object_member(metadata, "annotations"),
				 "k8s.io/initial-events-end");

	return end && !strcmp(end, "true");
}

static int read_type(const char *text, struct kvip_watch_event *event,
		     struct kvip_err *err)
{
	static const struct {
		const char *text;
		enum kvip_watch_type type;
	} types[] = {
		{ "ADDED", KVIP_WATCH_PUT },
		{ "MODIFIED", KVIP_WATCH_PUT },
		{ "DELETED", KVIP_WATCH_GONE },
		{ "BOOKMARK", KVIP_WATCH_BOOKMARK },
		{ "ERROR", KVIP_WATCH_ERROR },
	};
	size_t i;

	if (!text)
		return kvip_err_set(err, "an event without a type");
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(text, types[i].text)) {
			event->type = types[i].type;
			return 0;
		}
	}
	return kvip_err_set(err, "an event of the type \"%s\"", text);
}

int kvip_watch_event_read(struct json_object *json, const char *kind,
			  struct kvip_watch_event *event, struct kvip_err *err)
{
	event->object = kvip_object_member(json, "object");
	event->version = kvip_object_version(event->object);
	if (read_type(kvip_object_text(json, "type"), event, err))
		return -1;
	if (!json_object_is_type(event->object, json_type_object))
		return kvip_err_set(err, "an event without an object");
	if (event->type == KVIP_WATCH_ERROR) {
		event->version = NULL;
		return 0;
	}
	if (kvip_watch_check_kind(event->object, kind, err))
		return -1;
	if (!event->version)
		return kvip_err_set(err, "an object without a resourceVersion");
	if (event->type == KVIP_WATCH_BOOKMARK && is_initial_end(event->object))
		event->type = KVIP_WATCH_INITIAL_END;
	return 0;
}
