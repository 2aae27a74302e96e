// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "file_text.h"

/* Up to @size bytes of @fd; -1: errno tells. */
static ssize_t read_up_to(int fd, char *text, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int read_fd(int fd, const char *path, char **text, size_t *len,
		   struct kvip_err *err)
{
	struct stat st;
	size_t room;
	ssize_t n;

	if (fstat(fd, &st))
		return kvip_err_set(err, "%s: %s", path, strerror(errno));
	if (st.st_size > KVIP_FILE_TEXT_MAX)
		return kvip_err_set(err, "%s: larger than %d MiB", path,
				    KVIP_FILE_TEXT_MAX >> 20);
	/* what is no regular file does not tell its size */
	room = S_ISREG(st.st_mode) ? (size_t)st.st_size : KVIP_FILE_TEXT_MAX;
	*text = kvip_alloc(room + 1);
	n = read_up_to(fd, *text, room);
	if (n < 0) {
		kvip_err_set(err, "%s: %s", path, strerror(errno));
		free(*text);
		return -1;
	}
	*len = (size_t)n;
	(*text)[n] = '\0';
	return 0;
}

int kvip_file_text_read(const char *path, char **text, size_t *len,
			struct kvip_err *err)
{
	/* a pipe without a writer must not hold us up */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	if (fd < 0)
		return kvip_err_set(err, "%s: %s", path, strerror(errno));
	ret = read_fd(fd, path, text, len, err);
	close(fd);
	return ret;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void wipe(char *text, size_t len)
{
	if (text)
		explicit_bzero(text, len);
	free(text);
}

int kvip_file_text_refresh(struct kvip_file_text *file, double max_age,
			   bool *changed, struct kvip_err *err)
{
	double now = kvip_clock_monotonic();
	struct stat st;
	size_t len;
	char *text;

	/* looked at before it is read: what comes in between is seen later */
	if (stat(file->path, &st)) {
		if (file->text)
			return 0;
		return kvip_err_set(err, "%s: %s", file->path, strerror(errno));
	}
	if (file->text && same_file(&st, &file->stat) &&
	    now < file->read_at + max_age)
		return 0;
	if (kvip_file_text_read(file->path, &text, &len, err))
		return file->text ? 0 : -1;
	if (!len) {
		free(text);
		if (file->text)
			return 0;
		return kvip_err_set(err, "%s: the file is empty", file->path);
	}
	if (!file->text || len != file->len || memcmp(text, file->text, len))
		*changed = true;
	wipe(file->text, file->len);
	file->text = text;
	file->len = len;
	file->stat = st;
	file->read_at = now;
	return 0;
}

void kvip_file_text_free(struct kvip_file_text *file)
{
	wipe(file->text, file->len);
	free(file->path);
	memset(file, 0, sizeof(*file));
}
