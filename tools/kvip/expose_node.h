/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On which node an address is. */
#ifndef KVIP_EXPOSE_NODE_H
#define KVIP_EXPOSE_NODE_H

#include "err.h"

struct kvip_access;
struct kvip_access_options;
struct kvip_told_endpoints;

/**
 * kvip_expose_nodes() - tell endpoints their nodes
 * @access: in a store, those with an address of this network namespace are on this
 *	machine's Node; with a server, those with an address of a Node are there
 * @options: that it was opened with
 * @endpoints: changed
 * @err: why not
 *
 * Return: 0 or -1.
 */
int kvip_expose_nodes(struct kvip_access *access,
		      const struct kvip_access_options *options,
		      struct kvip_told_endpoints *endpoints,
		      struct kvip_err *err);

#endif /* KVIP_EXPOSE_NODE_H */
