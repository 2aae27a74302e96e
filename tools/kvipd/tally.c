// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "tally.h"

struct entry {
	struct kvip_hash_link link;
	char *ns;
	char *name;
	uint64_t figures[KVIP_TALLY_FIGURES];
};

static struct entry *find(const struct kvip_tally *tally, const char *ns,
			  const char *name, uint32_t hash)
{
	struct kvip_hash_link *link = kvip_hash_find(&tally->entries, hash);

	for (; link; link = kvip_hash_again(link)) {
		struct entry *entry = (struct entry *)link;

		if (!strcmp(entry->name, name) && !strcmp(entry->ns, ns))
			return entry;
	}
	return NULL;
}

static void free_entry(struct entry *entry)
{
	free(entry->ns);
	free(entry->name);
	free(entry);
}

void kvip_tally_set(struct kvip_tally *tally, const char *ns, const char *name,
		    const uint64_t figures[KVIP_TALLY_FIGURES])
{
	uint32_t hash = kvip_hash_text(kvip_hash_text(0, ns), name);
	struct entry *entry = find(tally, ns, name, hash);
	bool any = false;
	size_t i;

	for (i = 0; i < KVIP_TALLY_FIGURES; i++) {
		any |= figures[i];
		tally->sums[i] += figures[i] - (entry ? entry->figures[i] : 0);
	}
	if (!any && entry) {
		kvip_hash_del(&tally->entries, &entry->link);
		free_entry(entry);
		return;
	}
	if (!any)
		return;
	if (!entry) {
		entry = kvip_alloc(sizeof(*entry));
		entry->ns = kvip_strdup(ns);
		entry->name = kvip_strdup(name);
		kvip_hash_add(&tally->entries, &entry->link, hash);
	}
	memcpy(entry->figures, figures, sizeof(entry->figures));
}

void kvip_tally_clear(struct kvip_tally *tally)
{
	struct kvip_hash_link *link, *next;

	for (link = kvip_hash_next(&tally->entries, NULL); link; link = next) {
		next = kvip_hash_next(&tally->entries, link);
		free_entry((struct entry *)link);
	}
	kvip_hash_free(&tally->entries);
	memset(tally, 0, sizeof(*tally));
}
