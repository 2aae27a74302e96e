// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "intern.h"

struct interned {
	struct kvip_hash_link link;
	uint32_t users;
	char text[];
};

static struct interned *find(const struct kvip_intern *set, const char *text,
			     uint32_t hash)
{
	struct kvip_hash_link *link = kvip_hash_find(&set->strings, hash);

	for (; link; link = kvip_hash_again(link)) {
		struct interned *string = (struct interned *)link;

		if (!strcmp(string->text, text))
			return string;
	}
	return NULL;
}

const char *kvip_intern_get(struct kvip_intern *set, const char *text)
{
	uint32_t hash = kvip_hash_text(0, text);
	struct interned *string = find(set, text, hash);

	if (!string) {
		size_t size = strlen(text) + 1;

		string = kvip_alloc(sizeof(*string) + size);
		memcpy(string->text, text, size);
		kvip_hash_add(&set->strings, &string->link, hash);
	}
	string->users++;
	return string->text;
}

void kvip_intern_put(struct kvip_intern *set, const char *text)
{
	struct interned *string;

	if (!text)
		return;
	string = (struct interned *)(text - offsetof(struct interned, text));
	if (--string->users)
		return;
	kvip_hash_del(&set->strings, &string->link);
	free(string);
}

const char *kvip_intern_find(const struct kvip_intern *set, const char *text)
{
	struct interned *string = find(set, text, kvip_hash_text(0, text));

	return string ? string->text : NULL;
}

void kvip_intern_free(struct kvip_intern *set)
{
	kvip_hash_free(&set->strings);
}
