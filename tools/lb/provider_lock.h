/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One provider program at a time for a Service, whatever process runs it. */
#ifndef KVIP_LB_PROVIDER_LOCK_H
#define KVIP_LB_PROVIDER_LOCK_H

#include "err.h"

struct json_object;

/* kvip_provider_lock_path() - the file of a Service, in the folder "provider" of
 * $RUNTIME_DIRECTORY or /run/kvip; free() it
 */
char *kvip_provider_lock_path(struct json_object *service);

/**
 * kvip_provider_lock() - take it, if nobody has it
 * @path: the file, made with its folder if it is not there
 * @fd: out, on success: what holds it. A program that got it goes on to hold it
 *	when we die, so that no second one runs beside it
 * @err: why not: a folder that can't be made, ...
 *
 * Return: 1; 0 if somebody else has it; or -1.
 */
int kvip_provider_lock(const char *path, int *fd, struct kvip_err *err);

/* kvip_provider_unlock() - for all who have @fd; the file goes, too */
void kvip_provider_unlock(const char *path, int fd);

#endif /* KVIP_LB_PROVIDER_LOCK_H */
