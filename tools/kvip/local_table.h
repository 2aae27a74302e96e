/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's table, made of the local store. */
#ifndef KVIP_LOCAL_TABLE_H
#define KVIP_LOCAL_TABLE_H

#include <stdint.h>

#include "err.h"

struct kvip_client;
struct kvip_local_config;
struct kvip_model;
struct kvip_store;

/* kvip_local_model() - all objects of a store that tables and zones are made of;
 * @model is empty, and the caller's to free after an error too; 0 or -1
 */
int kvip_local_model(struct kvip_store *store, struct kvip_model *model,
		     uint64_t *version, struct kvip_err *err);

/* kvip_local_table() - see kvip_local_apply(); 0 or -1 */
int kvip_local_table(struct kvip_store *store,
		     const struct kvip_local_config *config,
		     struct kvip_client *client, struct kvip_err *err);

#endif /* KVIP_LOCAL_TABLE_H */
