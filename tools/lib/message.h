/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between tables and the messages of <linux/kvip.h>. */
#ifndef KVIP_LIB_MESSAGE_H
#define KVIP_LIB_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct kvip_info;
struct kvip_service;
struct kvip_table;
struct nl_msg;
struct nlattr;

/* How much of a service earlier messages have told. */
struct kvip_message_at {
	size_t ranges;
	size_t frontends;
	size_t backends;
	bool begun;
};

/**
 * kvip_message_put_service() - a service, or as much of it as a message takes
 * @msg: of KVIP_CMD_SERVICE_SET, made by kvip_message_new()
 * @service: the service
 * @at: where to go on; moved forward
 *
 * Return: whether there is more, for a further message.
 */
bool kvip_message_put_service(struct nl_msg *msg,
			      const struct kvip_service *service,
			      struct kvip_message_at *at);

/* kvip_message_put_key() - what identifies a service, for a deletion */
void kvip_message_put_key(struct nl_msg *msg,
			  const struct kvip_service *service);

/* kvip_message_new() - an empty message with a family's header; never NULL */
struct nl_msg *kvip_message_new(int family, uint8_t cmd, int flags,
				uint32_t seq);

/**
 * kvip_message_get_service() - read a part of a service
 * @attr: the KVIP_A_SERVICE attribute
 * @table: the service is added to it, or gets more lists if it is its last one
 * @more: whether a further message goes on with it
 * @err: what is wrong with it
 *
 * Return: 0 or -1.
 */
int kvip_message_get_service(struct nlattr *attr, struct kvip_table *table,
			     bool *more, struct kvip_err *err);

/* kvip_message_get_info() - read a KVIP_A_INFO attribute; 0 or -1 */
int kvip_message_get_info(struct nlattr *attr, struct kvip_info *info,
			  struct kvip_err *err);

#endif /* KVIP_LIB_MESSAGE_H */
