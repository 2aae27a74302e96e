// SPDX-License-Identifier: GPL-2.0
#include <linux/init.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include <linux/kvip.h>

#include "address.h"
#include "affinity.h"
#include "backend.h"
#include "frontend.h"
#include "garbage.h"
#include "hooks.h"
#include "netlink.h"
#include "table.h"

static int __init kvip_init(void)
{
	int err;

	err = kvip_backend_init();
	if (err)
		return err;
	err = kvip_frontend_init();
	if (err)
		goto err_backend;
	err = kvip_address_init();
	if (err)
		goto err_frontend;
	err = kvip_affinity_init();
	if (err)
		goto err_address;
	err = kvip_garbage_init();
	if (err)
		goto err_affinity;
	err = kvip_hooks_init();
	if (err)
		goto err_garbage;
	err = kvip_table_init();
	if (err)
		goto err_hooks;
	err = kvip_netlink_init();
	if (err)
		goto err_table;
	return 0;

err_table:
	kvip_table_exit();
err_hooks:
	kvip_hooks_exit();
err_garbage:
	kvip_garbage_exit();
err_affinity:
	kvip_affinity_exit();
err_address:
	kvip_address_exit();
err_frontend:
	kvip_frontend_exit();
err_backend:
	kvip_backend_exit();
	return err;
}

static void __exit kvip_exit(void)
{
	/* No more commands, then no more packets, then nobody who reads. */
	kvip_netlink_exit();
	kvip_table_exit();
	kvip_hooks_exit();
	kvip_garbage_exit();
	kvip_affinity_exit();
	kvip_address_exit();
	kvip_frontend_exit();
	kvip_backend_exit();
}

module_init(kvip_init);
module_exit(kvip_exit);

MODULE_DESCRIPTION("Kubernetes Service VIPs");
MODULE_LICENSE("GPL");
MODULE_VERSION(KVIP_VERSION);
MODULE_ALIAS_GENL_FAMILY(KVIP_GENL_NAME);
