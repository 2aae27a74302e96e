/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Being told that another process has changed the store's file. */
#ifndef KVIP_STORE_WATCH_H
#define KVIP_STORE_WATCH_H

#include "err.h"

struct kvip_watch;

/* kvip_watch_open() - of the store's file, which must be there; NULL: why not */
struct kvip_watch *kvip_watch_open(const char *path, struct kvip_err *err);

/* kvip_watch_close() - NULL is ok */
void kvip_watch_close(struct kvip_watch *watch);

/* kvip_watch_fd() - readable when there may be something new */
int kvip_watch_fd(const struct kvip_watch *watch);

/* kvip_watch_acknowledge() - no longer readable */
void kvip_watch_acknowledge(struct kvip_watch *watch);

/* kvip_watch_ring() - wake those who watch: a commit is there to be seen */
void kvip_watch_ring(const char *path);

#endif /* KVIP_STORE_WATCH_H */
