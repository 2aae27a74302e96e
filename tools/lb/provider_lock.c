// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "kinds.h"
#include "object.h"
#include "provider_lock.h"

#define RUN "/run/kvip"
#define FOLDER "provider"

/* What an object says may not lead out of the folder. */
static void make_file_name(char *text)
{
	for (; *text; text++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
			    *text))
			*text = '_';
}

char *kvip_provider_lock_path(struct json_object *service)
{
	const char *uid = kvip_object_text(
		kvip_object_member(service, "metadata"), "uid");
	const char *run = getenv("RUNTIME_DIRECTORY");
	char name[160], *path;

	if (uid)
		snprintf(name, sizeof(name), "%s", uid);
	else
		snprintf(name, sizeof(name), "%s_%s", kvip_object_ns(service),
			 kvip_object_name(service));
	make_file_name(name);
	if (!run || !*run)
		run = RUN;
	/* systemd tells several with colons between them */
	if (asprintf(&path, "%.*s/" FOLDER "/%s.lock", (int)strcspn(run, ":"),
		     run, name) < 0)
		abort();
	return path;
}

/* The folder that a path is in, and the one that this is in. */
static int make_folders(const char *path, struct kvip_err *err)
{
	char *copy = kvip_strdup(path), *folder, *slash;
	int ret = 0;

	*strrchr(copy, '/') = '\0';
	folder = kvip_strdup(copy);
	slash = strrchr(copy, '/');
	if (slash && slash != copy) {
		*slash = '\0';
		/* if it can't be made, neither can what is in it */
		mkdir(copy, 0755);
	}
	if (mkdir(folder, 0700) && errno != EEXIST)
		ret = kvip_err_set(err, "%s: %s", folder, strerror(errno));
	free(folder);
	free(copy);
	return ret;
}

/* Whether @fd is still what @path names: who had it before removed it. */
static bool is_there(const char *path, int fd)
{
	struct stat ours, named;

	return !fstat(fd, &ours) && !lstat(path, &named) &&
	       ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

int kvip_provider_lock(const char *path, int *fd, struct kvip_err *err)
{
	int why;

	if (make_folders(path, err))
		return -1;
	while (true) {
		*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			   0600);
		if (*fd < 0)
			return kvip_err_set(err, "%s: %s", path,
					    strerror(errno));
		if (flock(*fd, LOCK_EX | LOCK_NB)) {
			why = errno;
			close(*fd);
			if (why == EWOULDBLOCK || why == EINTR)
				return 0;
			return kvip_err_set(err, "%s: %s", path, strerror(why));
		}
		if (is_there(path, *fd))
			return 1;
		close(*fd);
	}
}

void kvip_provider_unlock(const char *path, int fd)
{
	unlink(path);
	flock(fd, LOCK_UN);
	close(fd);
}
