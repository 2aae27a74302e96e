// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent_name.h"
#include "log.h"
#include "sole.h"

/* Who may ask at a time. */
#define BACKLOG 16

static int judge(const char *name, struct kvip_err *err)
{
	struct ucred holder;

	if (!kvip_agent_find(name, &holder)) {
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

int kvip_sole_claim(const char *name, int *claim, struct kvip_err *err)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	struct sockaddr_un address;
	socklen_t len = kvip_agent_address(name, &address);
	int why;

	*claim = -1;
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, len) &&
	    !listen(fd, BACKLOG)) {
		*claim = fd;
		return 0;
	}
	why = errno;
	if (fd >= 0)
		close(fd);
	if (why == EADDRINUSE)
		return judge(name, err);
	return kvip_err_set(err, "can't claim this network namespace: %s",
			    strerror(why));
}

void kvip_sole_answer(int fd)
{
	int asker = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (asker >= 0)
		close(asker);
}
