/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table as JSON, for scripts (kvip show -j) and for files (kvip save). The
 * keys are part of the interface: they are added to, never renamed.
 */
#ifndef KVIP_LIB_TABLE_JSON_H
#define KVIP_LIB_TABLE_JSON_H

#include <stdbool.h>

#include "err.h"

struct json_object;
struct kvip_backend;
struct kvip_config;
struct kvip_frontend;
struct kvip_service;
struct kvip_table;

/* What a saved table is, in its "apiVersion" and "kind". */
#define KVIP_TABLE_VERSION "kvip/v1"
#define KVIP_TABLE_KIND "KvipServiceList"

/* kvip_frontend_json() - {"address", "port", "kind"} */
struct json_object *kvip_frontend_json(const struct kvip_frontend *frontend);

/* kvip_backend_json() - {"address", "port", "node", "ready", ...} */
struct json_object *kvip_backend_json(const struct kvip_backend *backend,
				      bool counters);

/* kvip_service_json() - {"name", "family", "protocol", ..., lists of both} */
struct json_object *kvip_service_json(const struct kvip_service *service,
				      bool counters);

/* kvip_frontend_kind_text() - "cluster-ip", "node-port" and so on, or "?" */
const char *kvip_frontend_kind_text(unsigned int kind);

/* kvip_algorithm_text() - "random" and so on, or "?" */
const char *kvip_algorithm_text(unsigned int algorithm);

/**
 * kvip_saved_read() - read a saved table, and the configuration saved with it
 * @path: a file, or "-" for standard input
 * @table: an empty table; filled in and sorted
 * @config: filled in if the file has a configuration
 * @has_config: whether it has
 * @err: file, line, and what is wrong there
 *
 * Return: 0 or -1.
 */
int kvip_saved_read(const char *path, struct kvip_table *table,
		    struct kvip_config *config, bool *has_config,
		    struct kvip_err *err);

#endif /* KVIP_LIB_TABLE_JSON_H */
