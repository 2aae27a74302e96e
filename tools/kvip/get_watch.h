/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kvip get --watch: what there is, then what happens. */
#ifndef KVIP_GET_WATCH_H
#define KVIP_GET_WATCH_H

#include <stdbool.h>

#include "access.h"
#include "get_request.h"
#include "output.h"

/**
 * struct kvip_get_watch - what to watch
 * @access: of which cluster
 * @target: a kind, and names or all
 * @ns: of one namespace; NULL: of all
 * @selector: of labels; NULL: none
 * @only: what there is in the beginning is not shown
 * @output: where to
 */
struct kvip_get_watch {
	struct kvip_access *access;
	const struct kvip_get_target *target;
	const char *ns;
	const char *selector;
	bool only;
	struct kvip_output *output;
};

/**
 * kvip_get_watch() - show it, each thing when it happens
 * @watch: what
 * @err: why it ended: an object that is named is not there, ...
 *
 * Where the thread is lost it is listed again, and what that makes news of is
 * shown as if it happened then.
 *
 * Return: 0 if nobody reads the output any more; else as kvip_access_watch().
 */
int kvip_get_watch(const struct kvip_get_watch *watch, struct kvip_err *err);

#endif /* KVIP_GET_WATCH_H */
