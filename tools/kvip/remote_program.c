// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "remote_program.h"

#define NAME "kvip-remote"

static char **arguments;

void kvip_remote_remember(char **argv)
{
	arguments = argv;
}

int kvip_remote_become(struct kvip_err *err)
{
	static const char *const places[] = { NAME, "../lib/kvip/" NAME };
	char self[PATH_MAX], path[PATH_MAX + 32];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	size_t i;

	if (len < 0)
		return kvip_err_set(err, "/proc/self/exe: %s", strerror(errno));
	self[len] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", self, places[i]);
		if (arguments)
			execv(path, arguments);
	}
	return kvip_err_set(
		err,
		"%s, which asks API servers, is neither in %s nor in %s/../lib/kvip",
		NAME, self, self);
}
