// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A writer writes to the file's write-ahead log, which wakes who watches it; then
 * waits for the disk; then makes the commit visible, in shared memory, of which
 * nobody is told; then touches the file, which wakes them again. One that is
 * killed before it touches the file has committed all the same: so after every
 * waking there are a few more, by a timer, later and later.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "alloc.h"
#include "watch.h"

/* Milliseconds between one look and the next. */
static const unsigned int pauses[] = { 1, 5, 20, 100, 500, 2000, 8000, 30000 };

#define N_PAUSES (sizeof(pauses) / sizeof(*pauses))

/* What happens to the file and its log. */
#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB)
/* A log that is made anew is a new file. */
#define FOLDER_EVENTS (IN_CREATE | IN_MOVED_TO)

struct kvip_watch {
	int poll;
	int notify;
	int timer;
	int folder; /* the watch descriptor of the file's folder */
	size_t pause; /* the next one */
	char *path;
	char *log;
	const char *name; /* of the file, in its folder */
	const char *log_name;
};

static const char *name_in_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void set_names(struct kvip_watch *watch, const char *path)
{
	watch->path = kvip_strdup(path);
	if (asprintf(&watch->log, "%s-wal", path) < 0)
		abort();
	watch->name = name_in_folder(watch->path);
	watch->log_name = name_in_folder(watch->log);
}

/* A watch that is there already stays as it is. */
static void watch_files(struct kvip_watch *watch)
{
	inotify_add_watch(watch->notify, watch->path, FILE_EVENTS);
	inotify_add_watch(watch->notify, watch->log, FILE_EVENTS);
}

static int watch_folder(struct kvip_watch *watch)
{
	size_t len = watch->name - watch->path;
	char folder[PATH_MAX];

	if (len >= sizeof(folder))
		return -1;
	/* with its slash, so that / is itself */
	memcpy(folder, watch->path, len);
	folder[len] = '\0';
	watch->folder = inotify_add_watch(watch->notify, len ? folder : ".",
					  FOLDER_EVENTS);
	return watch->folder;
}

static int join(struct kvip_watch *watch, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(watch->poll, EPOLL_CTL_ADD, fd, &event);
}

static void arm(struct kvip_watch *watch)
{
	struct itimerspec when = {};

	if (watch->pause == N_PAUSES)
		return;
	when.it_value.tv_sec = pauses[watch->pause] / 1000;
	when.it_value.tv_nsec = pauses[watch->pause] % 1000 * 1000000L;
	watch->pause++;
	timerfd_settime(watch->timer, 0, &when, NULL);
}

struct kvip_watch *kvip_watch_open(const char *path, struct kvip_err *err)
{
	struct kvip_watch *watch = kvip_alloc(sizeof(*watch));

	set_names(watch, path);
	watch->poll = epoll_create1(EPOLL_CLOEXEC);
	watch->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	watch->timer =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (watch->poll < 0 || watch->notify < 0 || watch->timer < 0 ||
	    watch_folder(watch) < 0 || join(watch, watch->notify) ||
	    join(watch, watch->timer)) {
		kvip_err_set(err, "%s: the store can't be watched: %s", path,
			     strerror(errno));
		kvip_watch_close(watch);
		return NULL;
	}
	watch_files(watch);
	arm(watch);
	return watch;
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

void kvip_watch_close(struct kvip_watch *watch)
{
	if (!watch)
		return;
	close_one(watch->poll);
	close_one(watch->notify);
	close_one(watch->timer);
	free(watch->path);
	free(watch->log);
	free(watch);
}

int kvip_watch_fd(const struct kvip_watch *watch)
{
	return watch->poll;
}

static bool is_ours(const struct kvip_watch *watch,
		    const struct inotify_event *event)
{
	if (event->wd != watch->folder)
		return true;
	return event->len && (!strcmp(event->name, watch->name) ||
			      !strcmp(event->name, watch->log_name));
}

/* Whether any event is ours; those that were lost may have been. */
static bool read_events(struct kvip_watch *watch)
{
	char buffer[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	bool ours = false;
	ssize_t n, at;

	while ((n = read(watch->notify, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < n;) {
			struct inotify_event event;
			const void *start = buffer + at;

			memcpy(&event, start, sizeof(event));
			ours = ours || is_ours(watch, start);
			at += sizeof(event) + event.len;
		}
	}
	return ours;
}

void kvip_watch_acknowledge(struct kvip_watch *watch)
{
	uint64_t times;

	if (read_events(watch)) {
		watch_files(watch);
		watch->pause = 0;
		arm(watch);
	} else if (read(watch->timer, &times, sizeof(times)) > 0) {
		arm(watch);
	}
}

void kvip_watch_ring(const char *path)
{
	utimensat(AT_FDCWD, path, NULL, 0);
}
