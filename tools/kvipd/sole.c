// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "sole.h"

#define NAME "kvipd"

/* Who may ask at a time. */
#define BACKLOG 16

/* Who listens at @name; false if nobody does. */
static bool find_holder(const struct sockaddr_un *name, socklen_t len,
			struct ucred *holder)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	socklen_t size = sizeof(*holder);
	bool found;

	found = fd >= 0 && !connect(fd, (const struct sockaddr *)name, len) &&
		!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, holder, &size);
	if (fd >= 0)
		close(fd);
	return found;
}

static int judge(const struct sockaddr_un *name, socklen_t len,
		 struct kvip_err *err)
{
	struct ucred holder;

	if (!find_holder(name, len, &holder)) {
		kvip_log(
			KVIP_LOG_WARNING,
			"the name of this network namespace's agent is taken, by no agent");
		return 0;
	}
	if (holder.uid == geteuid() || !holder.uid)
		return kvip_err_set(
			err,
			"another kvipd runs in this network namespace, process %d",
			(int)holder.pid);
	kvip_log(
		KVIP_LOG_WARNING,
		"another user's process says to be this network namespace's agent",
		KVIP_NUMBER("process", holder.pid),
		KVIP_NUMBER("user", holder.uid));
	return 0;
}

int kvip_sole_claim(int *claim, struct kvip_err *err)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof(NAME);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);

	*claim = -1;
	/* behind a NUL, and without one at its end */
	memcpy(name.sun_path + 1, NAME, sizeof(NAME) - 1);
	/* it stays open until the process ends */
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&name, len) &&
	    !listen(fd, BACKLOG)) {
		*claim = fd;
		return 0;
	}
	if (errno == EADDRINUSE) {
		close(fd);
		return judge(&name, len, err);
	}
	return kvip_err_set(err, "can't claim this network namespace: %s",
			    strerror(errno));
}

void kvip_sole_answer(int fd)
{
	int asker = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (asker >= 0)
		close(asker);
}
