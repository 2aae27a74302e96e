// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "alloc.h"
#include "event_object.h"
#include "timestamp.h"

#define EVENTS "events.k8s.io/v1"

/* Who an Event is from: the kind of program, and the one on this node. */
#define CONTROLLER "kvipd"

/* A copy of at most @most bytes, that ends with a whole character. */
static char *copy_up_to(const char *text, size_t most)
{
	size_t len = strlen(text);
	char *copy;

	if (len > most) {
		len = most;
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	copy = kvip_alloc(len + 1);
	memcpy(copy, text, len);
	return copy;
}

void kvip_event_init(struct kvip_event *event,
		     const struct kvip_event_subject *subject, bool warning,
		     const char *reason, const char *action, const char *note)
{
	*event = (struct kvip_event){
		.subject = {
			.kind = kvip_strdup(subject->kind),
			.ns = kvip_strdup(subject->ns),
			.name = kvip_strdup(subject->name),
			.uid = kvip_strdup(subject->uid),
		},
		.warning = warning,
		.reason = copy_up_to(reason, KVIP_EVENT_WORD_MAX),
		.action = copy_up_to(action, KVIP_EVENT_WORD_MAX),
		.note = copy_up_to(note, KVIP_EVENT_NOTE_MAX),
	};
}

void kvip_event_free(struct kvip_event *event)
{
	free((char *)event->subject.kind);
	free((char *)event->subject.ns);
	free((char *)event->subject.name);
	free((char *)event->subject.uid);
	free(event->reason);
	free(event->action);
	free(event->note);
	free(event->name);
}

bool kvip_event_same(const struct kvip_event *a, const struct kvip_event *b)
{
	return a->warning == b->warning &&
	       !strcmp(a->subject.name, b->subject.name) &&
	       !strcmp(a->subject.ns, b->subject.ns) &&
	       !strcmp(a->subject.kind, b->subject.kind) &&
	       !strcmp(a->subject.uid, b->subject.uid) &&
	       !strcmp(a->reason, b->reason) && !strcmp(a->action, b->action) &&
	       !strcmp(a->note, b->note);
}

void kvip_event_set_name(struct kvip_event *event, uint64_t number)
{
	char tail[24], *name;
	size_t most, len;

	snprintf(tail, sizeof(tail), ".%llx", (unsigned long long)number);
	most = KVIP_EVENT_NAME_MAX - strlen(tail);
	len = strlen(event->subject.name);
	if (len > most)
		len = most;
	/* a part of a DNS name ends with a letter or a digit */
	while (len && !isalnum((unsigned char)event->subject.name[len - 1]))
		len--;
	name = kvip_alloc(len + strlen(tail) + 1);
	memcpy(name, event->subject.name, len);
	strcpy(name + len, tail);
	free(event->name);
	event->name = name;
}

/* Events of what has no namespace are there. */
static const char *ns_of(const struct kvip_event *event)
{
	return *event->subject.ns ? event->subject.ns : "default";
}

char *kvip_event_path(const struct kvip_event *event, bool named)
{
	char *path = NULL;
	size_t len;
	FILE *out = open_memstream(&path, &len);

	fprintf(out, "/apis/" EVENTS "/namespaces/%s/events", ns_of(event));
	if (named)
		fprintf(out, "/%s", event->name);
	fclose(out);
	return path;
}

static void add_text(struct json_object *object, const char *name,
		     const char *text)
{
	if (*text)
		json_object_object_add(object, name,
				       json_object_new_string(text));
}

static void add_time(struct json_object *object, const char *name,
		     double seconds)
{
	char text[KVIP_TIMESTAMP_LEN];

	add_text(object, name, kvip_timestamp_text(seconds, text));
}

static char *text_and_put(struct json_object *object)
{
	char *text = kvip_strdup(json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));

	json_object_put(object);
	return text;
}

static struct json_object *metadata(const struct kvip_event *event)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "name", event->name);
	add_text(object, "namespace", ns_of(event));
	return object;
}

static struct json_object *regarding(const struct kvip_event *event)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "kind", event->subject.kind);
	add_text(object, "apiVersion", "v1");
	add_text(object, "namespace", event->subject.ns);
	add_text(object, "name", event->subject.name);
	add_text(object, "uid", event->subject.uid);
	return object;
}

char *kvip_event_body(const struct kvip_event *event, const char *node)
{
	char instance[KVIP_EVENT_WORD_MAX + 1];
	struct json_object *object = json_object_new_object();

	snprintf(instance, sizeof(instance), CONTROLLER "-%s", node);
	add_text(object, "kind", "Event");
	add_text(object, "apiVersion", EVENTS);
	json_object_object_add(object, "metadata", metadata(event));
	add_time(object, "eventTime", event->first);
	add_text(object, "reportingController", CONTROLLER);
	add_text(object, "reportingInstance", instance);
	add_text(object, "action", event->action);
	add_text(object, "reason", event->reason);
	json_object_object_add(object, "regarding", regarding(event));
	add_text(object, "note", event->note);
	add_text(object, "type", event->warning ? "Warning" : "Normal");
	return text_and_put(object);
}

char *kvip_event_series(unsigned int count, double last)
{
	struct json_object *object = json_object_new_object();
	struct json_object *series = json_object_new_object();

	json_object_object_add(series, "count", json_object_new_int64(count));
	add_time(series, "lastObservedTime", last);
	json_object_object_add(object, "series", series);
	return text_and_put(object);
}
