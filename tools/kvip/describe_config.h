/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for configurations, shared by config and sync. */
#ifndef KVIP_DESCRIBE_CONFIG_H
#define KVIP_DESCRIBE_CONFIG_H

#include <stdio.h>

struct json_object;
struct kvip_config;

/* kvip_print_config() - as a file that kvip config set -f takes */
void kvip_print_config(FILE *to, const struct kvip_config *config);

/* kvip_print_config_changes() - a line for each key that changes */
void kvip_print_config_changes(FILE *to, const struct kvip_config *have,
			       const struct kvip_config *want);

/* kvip_config_changes_json() - a list of the keys that change */
struct json_object *kvip_config_changes_json(const struct kvip_config *have,
					     const struct kvip_config *want);

#endif /* KVIP_DESCRIBE_CONFIG_H */
