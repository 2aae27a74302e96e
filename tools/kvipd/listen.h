/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a server listens. */
#ifndef KVIPD_LISTEN_H
#define KVIPD_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

/**
 * struct kvip_listen - an address and a port
 * @addr: 0.0.0.0: everywhere, in both families; family 0: nowhere
 * @port: from 1, if it is somewhere
 */
struct kvip_listen {
	struct kvip_addr addr;
	uint16_t port;
};

/**
 * kvip_listen_parse() - read a bind address
 * @text: "none", "10256" or ":10256" (everywhere), "127.0.0.1:10256",
 *	"[::1]:10256"; or an address alone
 * @port: of an address alone
 * @listen: filled in on success; [::] is everywhere too
 *
 * Return: whether @text is a bind address.
 */
bool kvip_listen_parse(const char *text, uint16_t port,
		       struct kvip_listen *listen);

/* kvip_listen_text() - "none", "0.0.0.0:10256"; returns @buf */
const char *kvip_listen_text(const struct kvip_listen *listen,
			     char buf[KVIP_ADDR_PORT_LEN]);

#endif /* KVIPD_LISTEN_H */
