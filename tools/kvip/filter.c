// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "filter.h"

bool kvip_selected(const char *name, const char *filter)
{
	size_t len = filter ? strlen(filter) : 0;

	if (!len)
		return true;
	if (!name || strncmp(name, filter, len))
		return false;
	return !name[len] || name[len] == ':' || filter[len - 1] == '/';
}
