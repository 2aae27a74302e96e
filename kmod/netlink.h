/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family "kvip"; see <linux/kvip.h>. */
#ifndef KVIP_NETLINK_H
#define KVIP_NETLINK_H

struct genl_family;

extern struct genl_family kvip_genl_family;

int kvip_netlink_init(void);
void kvip_netlink_exit(void);

#endif /* KVIP_NETLINK_H */
