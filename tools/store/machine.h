/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This machine, as a Node of a cluster that it is alone in. */
#ifndef KVIP_STORE_MACHINE_H
#define KVIP_STORE_MACHINE_H

struct json_object;

/* kvip_machine_node() - a Node named @name, ready, with the addresses that this
 * machine talks to others from; json_object_put() it
 */
struct json_object *kvip_machine_node(const char *name);

#endif /* KVIP_STORE_MACHINE_H */
