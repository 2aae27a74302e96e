// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "changes.h"

static uint32_t hash_name(const char *ns, const char *name)
{
	return kvip_hash_text(kvip_hash_text(0, ns), name);
}

struct kvip_change *kvip_changes_add(struct kvip_changes *changes,
				     const char *ns, const char *name,
				     double now)
{
	uint32_t hash = hash_name(ns, name);
	struct kvip_hash_link *link;
	struct kvip_change *change;

	link = kvip_hash_find(&changes->set, hash);
	for (; link; link = kvip_hash_again(link)) {
		change = (struct kvip_change *)link;
		if (!strcmp(change->name, name) && !strcmp(change->ns, ns))
			return change;
	}
	change = kvip_alloc(sizeof(*change));
	change->ns = kvip_strdup(ns);
	change->name = kvip_strdup(name);
	change->heard = now;
	kvip_hash_add(&changes->set, &change->link, hash);
	return change;
}

void kvip_change_cause(struct kvip_change *change, double cause)
{
	unsigned int i;

	for (i = 0; i < change->n_causes; i++)
		if (change->causes[i] == cause)
			return;
	if (cause && change->n_causes < KVIP_CHANGE_CAUSES)
		change->causes[change->n_causes++] = cause;
}

struct kvip_change *kvip_changes_next(const struct kvip_changes *changes,
				      const struct kvip_change *change)
{
	return (struct kvip_change *)kvip_hash_next(
		&changes->set, change ? &change->link : NULL);
}

static void free_change(struct kvip_change *change)
{
	free(change->ns);
	free(change->name);
	free(change);
}

void kvip_changes_move(struct kvip_changes *to, struct kvip_changes *from)
{
	struct kvip_change *change = NULL;
	unsigned int i;

	while ((change = kvip_changes_next(from, change))) {
		struct kvip_change *there;

		there = kvip_changes_add(to, change->ns, change->name,
					 change->heard);
		if (change->heard < there->heard)
			there->heard = change->heard;
		for (i = 0; i < change->n_causes; i++)
			kvip_change_cause(there, change->causes[i]);
	}
	kvip_changes_clear(from);
}

void kvip_changes_clear(struct kvip_changes *changes)
{
	struct kvip_change *change, *next;

	for (change = kvip_changes_next(changes, NULL); change; change = next) {
		next = kvip_changes_next(changes, change);
		free_change(change);
	}
	kvip_hash_free(&changes->set);
}
