// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "get_seen.h"
#include "kinds.h"

/* An object is kept as text, which takes a tenth of the memory. */
struct entry {
	struct kvip_hash_link link;
	char *ns;
	char *name;
	char *text;
	unsigned int round; /* when it was last listed */
};

static uint32_t hash_of(const char *ns, const char *name)
{
	return kvip_hash_text(kvip_hash_text(0, ns), name);
}

static struct entry *find(const struct kvip_get_seen *seen, const char *ns,
			  const char *name)
{
	struct kvip_hash_link *link;

	for (link = kvip_hash_find(&seen->objects, hash_of(ns, name)); link;
	     link = kvip_hash_again(link)) {
		struct entry *entry = (struct entry *)link;

		if (!strcmp(entry->ns, ns) && !strcmp(entry->name, name))
			return entry;
	}
	return NULL;
}

static void drop(struct entry *entry)
{
	free(entry->ns);
	free(entry->name);
	free(entry->text);
	free(entry);
}

bool kvip_get_seen_put(struct kvip_get_seen *seen, struct json_object *object)
{
	const char *ns = kvip_object_ns(object);
	const char *name = kvip_object_name(object);
	struct entry *entry = find(seen, ns, name);
	const char *text;

	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	if (!entry) {
		entry = kvip_alloc(sizeof(*entry));
		entry->ns = kvip_strdup(ns);
		entry->name = kvip_strdup(name);
		kvip_hash_add(&seen->objects, &entry->link, hash_of(ns, name));
	}
	entry->round = seen->round;
	if (entry->text && !strcmp(entry->text, text))
		return false;
	free(entry->text);
	entry->text = kvip_strdup(text);
	return true;
}

bool kvip_get_seen_has(const struct kvip_get_seen *seen, const char *ns,
		       const char *name)
{
	return find(seen, ns, name);
}

struct json_object *kvip_get_seen_gone(struct kvip_get_seen *seen,
				       const char *ns, const char *name)
{
	struct entry *entry = find(seen, ns, name);
	struct json_object *object;

	if (!entry)
		return NULL;
	object = json_tokener_parse(entry->text);
	kvip_hash_del(&seen->objects, &entry->link);
	drop(entry);
	return object;
}

void kvip_get_seen_list(struct kvip_get_seen *seen)
{
	seen->round++;
}

void kvip_get_seen_missing(struct kvip_get_seen *seen,
			   void (*fn)(struct json_object *object, void *ctx),
			   void *ctx)
{
	struct kvip_hash_link *link, *next;

	for (link = kvip_hash_next(&seen->objects, NULL); link; link = next) {
		struct entry *entry = (struct entry *)link;
		struct json_object *object;

		next = kvip_hash_next(&seen->objects, link);
		if (entry->round == seen->round)
			continue;
		object = json_tokener_parse(entry->text);
		kvip_hash_del(&seen->objects, link);
		drop(entry);
		fn(object, ctx);
		json_object_put(object);
	}
}

void kvip_get_seen_free(struct kvip_get_seen *seen)
{
	struct kvip_hash_link *link, *next;

	for (link = kvip_hash_next(&seen->objects, NULL); link; link = next) {
		next = kvip_hash_next(&seen->objects, link);
		drop((struct entry *)link);
	}
	kvip_hash_free(&seen->objects);
}
