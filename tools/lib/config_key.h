/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What config.c and its neighbours share about keys, and the completion of values. */
#ifndef KVIP_LIB_CONFIG_KEY_H
#define KVIP_LIB_CONFIG_KEY_H

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

/* What a key's value is. */
enum kvip_config_type {
	KVIP_CONFIG_TYPE_NODE_PORTS, /* primary, all, none or blocks */
	KVIP_CONFIG_TYPE_BLOCKS,
	KVIP_CONFIG_TYPE_NAMES, /* of devices */
	KVIP_CONFIG_TYPE_CHOICE, /* one of two words */
	KVIP_CONFIG_TYPE_ENTRIES, /* the number of affinity entries */
	KVIP_CONFIG_TYPE_LABEL, /* the value of the label */
};

struct kvip_config_kind {
	const char *name;
	enum kvip_config_type type;
	uint32_t flag; /* KVIP_CONFIG_F_*, or 0 */
	size_t offset; /* of the list in struct kvip_config */
	const char *words[2]; /* without the flag, and with it */
};

extern const struct kvip_config_kind kvip_config_kinds[KVIP_CONFIG_KEYS];

/* kvip_config_blocks() - the list of a key that has one of blocks */
static inline struct kvip_config_blocks *
kvip_config_blocks(const struct kvip_config *config,
		   const struct kvip_config_kind *kind)
{
	return (struct kvip_config_blocks *)((char *)config + kind->offset);
}

/* kvip_config_names() - the list of a key that has one of names */
static inline struct kvip_config_names *
kvip_config_names(const struct kvip_config *config,
		  const struct kvip_config_kind *kind)
{
	return (struct kvip_config_names *)((char *)config + kind->offset);
}

/* kvip_config_is_boolean() - whether the words of a choice are no and yes */
static inline bool kvip_config_is_boolean(const struct kvip_config_kind *kind)
{
	return kind->type == KVIP_CONFIG_TYPE_CHOICE &&
	       !strcmp(kind->words[1], "yes");
}

/* kvip_config_add_block() - unless it is there; false: the list is full */
bool kvip_config_add_block(struct kvip_config_blocks *blocks,
			   const struct kvip_prefix *block);

/* kvip_config_add_name() - likewise */
bool kvip_config_add_name(struct kvip_config_names *names, const char *name);

/* kvip_config_is_all() - whether a list is 0.0.0.0/0 and ::/0 */
bool kvip_config_is_all(const struct kvip_config_blocks *blocks);

/* kvip_config_memory() - a stream into memory, to be freed by the caller */
FILE *kvip_config_memory(char **text, size_t *size);

#endif /* KVIP_LIB_CONFIG_KEY_H */
