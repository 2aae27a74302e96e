/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How programs are started here. */
#ifndef KVIP_LIB_SPAWN_H
#define KVIP_LIB_SPAWN_H

#include <spawn.h>

/* kvip_spawn_attr() - in a group of its own, to be killed with what it begins, and
 * with signals as a shell would give them; posix_spawnattr_destroy() it
 */
void kvip_spawn_attr(posix_spawnattr_t *attr);

#endif /* KVIP_LIB_SPAWN_H */
