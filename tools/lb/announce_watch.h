/* SPDX-License-Identifier: GPL-2.0-or-later */
/* To hear of it when an interface changes, or an address of ours goes. */
#ifndef KVIP_LB_ANNOUNCE_WATCH_H
#define KVIP_LB_ANNOUNCE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "announce_link.h"
#include "err.h"

struct kvip_announce_watch;

/* kvip_announce_watch_open() - from now on; NULL: why not */
struct kvip_announce_watch *kvip_announce_watch_open(struct kvip_err *err);

/* kvip_announce_watch_close() - NULL is ok */
void kvip_announce_watch_close(struct kvip_announce_watch *watch);

/* kvip_announce_watch_fd() - readable when kvip_announce_watch_read() is due */
int kvip_announce_watch_fd(const struct kvip_announce_watch *watch);

/**
 * kvip_announce_watch_read() - take what has come; does not wait
 * @watch: as opened
 * @links: those that matter, by their names
 * @n: how many
 *
 * Return: whether one of them changed, or an address of ours went somewhere; or
 * so much came that some of it was lost.
 */
bool kvip_announce_watch_read(struct kvip_announce_watch *watch,
			      const struct kvip_announce_link *links, size_t n);

#endif /* KVIP_LB_ANNOUNCE_WATCH_H */
