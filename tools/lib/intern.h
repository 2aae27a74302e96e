/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings that are held once and counted. Equal strings of one set have equal
 * pointers, so that a quarter of a million node names cost a pointer each and
 * compare as fast. The set shrinks as the last user of a string goes: an agent
 * runs for months while names come and go.
 */
#ifndef KVIP_LIB_INTERN_H
#define KVIP_LIB_INTERN_H

#include "hash.h"

struct kvip_intern {
	struct kvip_hash strings;
};

/* kvip_intern_get() - the set's copy of @text, to be given back; never NULL */
const char *kvip_intern_get(struct kvip_intern *set, const char *text);

/* kvip_intern_put() - give back what kvip_intern_get() returned, or NULL */
void kvip_intern_put(struct kvip_intern *set, const char *text);

/* kvip_intern_find() - the set's copy of @text if it has one, not counted */
const char *kvip_intern_find(const struct kvip_intern *set, const char *text);

/* kvip_intern_free() - the end of a set of which everything was given back */
void kvip_intern_free(struct kvip_intern *set);

#endif /* KVIP_LIB_INTERN_H */
