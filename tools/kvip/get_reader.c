// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "get_reader.h"

static void *wait_for_end(void *arg)
{
	/* no events are asked for: that the other end is closed is told anyway */
	struct pollfd wait = { .fd = (int)(intptr_t)arg };

	while (poll(&wait, 1, -1) <= 0)
		;
	kill(getpid(), SIGPIPE);
	/* it may be ignored, as some parents have it */
	_exit(KVIP_EXIT_REFUSED);
}

void kvip_get_end_with_reader(int fd)
{
	pthread_t thread;
	struct stat stat;
	sigset_t all, old;

	if (fstat(fd, &stat) ||
	    !(S_ISFIFO(stat.st_mode) || S_ISSOCK(stat.st_mode)))
		return;
	/* signals are the main thread's */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (!pthread_create(&thread, NULL, wait_for_end, (void *)(intptr_t)fd))
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}
