/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between configurations and the messages of <linux/kvip.h>. */
#ifndef KVIP_LIB_CONFIG_MESSAGE_H
#define KVIP_LIB_CONFIG_MESSAGE_H

#include <stdint.h>

#include "err.h"

struct kvip_config;
struct nl_msg;
struct nlattr;

/* kvip_config_put() - a KVIP_A_CONFIG attribute */
void kvip_config_put(struct nl_msg *msg, const struct kvip_config *config);

/* kvip_config_get() - read a KVIP_A_CONFIG attribute; 0 or -1 */
int kvip_config_get(struct nlattr *attr, struct kvip_config *config,
		    struct kvip_err *err);

/* kvip_config_attr_at() - the key that the attribute at an offset of a message
 * of KVIP_CMD_CONFIG_SET belongs to, or NULL
 */
const char *kvip_config_attr_at(struct nl_msg *msg, uint32_t offset);

#endif /* KVIP_LIB_CONFIG_MESSAGE_H */
