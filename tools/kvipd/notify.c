// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"

/* A path, or a name with '@' for the NUL that abstract ones begin with. */
static bool make_address(const char *name, struct sockaddr_un *to,
			 socklen_t *size)
{
	size_t len = strlen(name);

	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	if ((*name != '/' && *name != '@') || len < 2 ||
	    len >= sizeof(to->sun_path))
		return false;
	memcpy(to->sun_path, name, len);
	if (*name == '@')
		to->sun_path[0] = '\0';
	/* without an end: an abstract name is all of its bytes */
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return true;
}

/* 0, or a negative errno */
static int send_text(const char *name, const char *text)
{
	struct sockaddr_un to;
	socklen_t size;
	ssize_t n;
	int fd, ret;

	if (!make_address(name, &to, &size))
		return -EAFNOSUPPORT;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	do {
		n = sendto(fd, text, strlen(text), MSG_NOSIGNAL,
			   (struct sockaddr *)&to, size);
	} while (n < 0 && errno == EINTR);
	ret = n < 0 ? -errno : 0;
	close(fd);
	return ret;
}

void kvip_notify(const char *fmt, ...)
{
	const char *name = getenv("NOTIFY_SOCKET");
	static bool told;
	char text[1024];
	va_list args;
	int ret;

	if (!name || !*name)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ret = send_text(name, text);
	if (!ret || told)
		return;
	/* once: the watchdog would repeat it all day */
	told = true;
	kvip_log(KVIP_LOG_WARNING, "can't tell systemd how the agent is",
		 KVIP_TEXT("socket", name), KVIP_TEXT("error", strerror(-ret)));
}

static bool read_number(const char *text, unsigned long long *number)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return !errno && !*end;
}

double kvip_notify_watchdog(void)
{
	const char *pid = getenv("WATCHDOG_PID");
	unsigned long long number;

	/* it may be meant for the process that started this one */
	if (pid && (!read_number(pid, &number) ||
		    number != (unsigned long long)getpid()))
		return 0;
	if (!read_number(getenv("WATCHDOG_USEC"), &number))
		return 0;
	return (double)number / 2e6;
}
