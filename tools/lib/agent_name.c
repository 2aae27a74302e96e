// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "agent_name.h"

socklen_t kvip_agent_address(const char *name, struct sockaddr_un *address)
{
	size_t len = strlen(name);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	/* behind a NUL, and without one at its end */
	memcpy(address->sun_path + 1, name, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
}

bool kvip_agent_find(const char *name, struct ucred *holder)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	struct sockaddr_un address;
	socklen_t len = kvip_agent_address(name, &address);
	socklen_t size = sizeof(*holder);
	bool found;

	found = fd >= 0 && !connect(fd, (struct sockaddr *)&address, len) &&
		!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, holder, &size);
	if (fd >= 0)
		close(fd);
	return found;
}

bool kvip_agent_runs(const char *name)
{
	struct ucred holder;

	return kvip_agent_find(name, &holder) &&
	       (!holder.uid || holder.uid == geteuid());
}
