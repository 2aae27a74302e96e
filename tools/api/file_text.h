/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small files that are replaced while we run: certificates, keys, tokens. What
 * was read once is kept until there is something newer to read, so that a file
 * which is missing for a moment costs nothing.
 */
#ifndef KVIP_API_FILE_TEXT_H
#define KVIP_API_FILE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "err.h"

/* Bytes of a file at most. */
#define KVIP_FILE_TEXT_MAX (4 << 20)

struct kvip_file_text {
	char *path;
	char *text; /* NUL-terminated; NULL: never read */
	size_t len;
	struct stat stat; /* of what was read */
	double read_at; /* CLOCK_MONOTONIC seconds */
};

/**
 * kvip_file_text_read() - a whole file
 * @path: the file
 * @text: out: its bytes with a NUL behind them; free() them
 * @len: out: how many
 * @err: "PATH: No such file or directory"
 *
 * Return: 0 or -1.
 */
int kvip_file_text_read(const char *path, char **text, size_t *len,
			struct kvip_err *err);

/**
 * kvip_file_text_refresh() - read a file anew if it is another one by now
 * @file: with @path set, all else 0 at first
 * @max_age: seconds after which it is read although its times, size and inode
 *	are the same; 0: read it in any case
 * @changed: set to true if there are other bytes now; else left alone
 * @err: why it can't be read
 *
 * Return: 0, or -1 if it can't be read, is empty, and never was read before.
 */
int kvip_file_text_refresh(struct kvip_file_text *file, double max_age,
			   bool *changed, struct kvip_err *err);

/* kvip_file_text_free() - wipe and give back what @file holds */
void kvip_file_text_free(struct kvip_file_text *file);

#endif /* KVIP_API_FILE_TEXT_H */
