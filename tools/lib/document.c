// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "alloc.h"
#include "reader.h"

#define FIRST_READ 65536

unsigned long kvip_reader_line(struct kvip_reader *reader, size_t offset)
{
	const char *at, *end = reader->text + offset;

	if (offset < reader->n_counted) {
		reader->n_counted = 0;
		reader->n_lines = 0;
	}
	at = reader->text + reader->n_counted;
	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		reader->n_lines++;
		at++;
	}
	reader->n_counted = offset;
	return reader->n_lines + 1;
}

int kvip_reader_fail(struct kvip_reader *reader, size_t offset, const char *fmt,
		     ...)
{
	char words[sizeof(reader->err->text)];
	size_t begin = offset;
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);

	while (begin && reader->text[begin - 1] != '\n')
		begin--;
	return kvip_err_set(reader->err, "%s:%lu:%zu: %s", reader->file,
			    kvip_reader_line(reader, offset),
			    offset - begin + 1, words);
}

static const char *string_member(struct json_object *object, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

struct kvip_list_kind kvip_reader_list_kind(struct json_object *list)
{
	struct kvip_list_kind kind = {
		string_member(list, "kind"),
		string_member(list, "apiVersion"),
	};

	return kind;
}

static bool is_list_kind(const char *kind)
{
	size_t len = strlen(kind);

	return len >= 4 && !strcmp(kind + len - 4, "List");
}

static int refuse_kindless(struct json_object *object, struct kvip_err *err)
{
	struct json_object *inner;

	if (string_member(object, "type") &&
	    json_object_object_get_ex(object, "object", &inner))
		return kvip_err_set(
			err,
			"this is an event of a watch; kvip reads objects, as kubectl get -o json prints them without --watch");
	if (json_object_object_get_ex(object, "kind", &inner))
		return kvip_err_set(
			err, "the \"kind\" of an object is not a string");
	return kvip_err_set(
		err,
		"expected a Kubernetes object, found one without a \"kind\"");
}

/* The items of a ServiceList are Services; those of a List tell themselves. */
static void take_kind_of_list(struct json_object *object,
			      const struct kvip_list_kind *list)
{
	int len;

	if (!list->kind || !is_list_kind(list->kind))
		return;
	len = (int)strlen(list->kind) - 4;
	if (!len)
		return;
	json_object_object_add(object, "kind",
			       json_object_new_string_len(list->kind, len));
	if (list->version && !string_member(object, "apiVersion"))
		json_object_object_add(object, "apiVersion",
				       json_object_new_string(list->version));
}

static int check_object(struct json_object *object,
			const struct kvip_list_kind *list, struct kvip_err *err)
{
	if (!json_object_is_type(object, json_type_object))
		return kvip_err_set(
			err,
			"expected a Kubernetes object, found something else");
	if (list && !json_object_object_get_ex(object, "kind", NULL))
		take_kind_of_list(object, list);
	if (!string_member(object, "kind"))
		return refuse_kindless(object, err);
	if (!string_member(object, "apiVersion"))
		return kvip_err_set(
			err,
			"expected a Kubernetes object, found one without an \"apiVersion\"");
	return 0;
}

int kvip_reader_emit(struct kvip_reader *reader, struct json_object *object,
		     const struct kvip_list_kind *list, unsigned long line)
{
	struct kvip_origin origin = { reader->file, line };

	reader->n_objects++;
	if (!check_object(object, list, reader->err) &&
	    !reader->fn(object, &origin, reader->ctx, reader->err))
		return 0;
	return kvip_err_prefix(reader->err, "%s:%lu: ", reader->file, line);
}

int kvip_reader_end_list(struct kvip_reader *reader, struct json_object *list,
			 unsigned long line)
{
	const char *kind = string_member(list, "kind");

	reader->n_objects++;
	if (kind && is_list_kind(kind)) {
		if (!reader->list_fn ||
		    !reader->list_fn(list, reader->ctx, reader->err))
			return 0;
	} else if (kind) {
		kvip_err_set(reader->err,
			     "kind %s has \"items\" but is no List", kind);
	} else {
		refuse_kindless(list, reader->err);
	}
	return kvip_err_prefix(reader->err, "%s:%lu: ", reader->file, line);
}

/*
 * The length of the character at @s, of which @len bytes are there, or 0 if it
 * is none: overlong forms, surrogates and what lies beyond U+10FFFF are none.
 */
static size_t utf8_char(const unsigned char *s, size_t len)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n, i;

	if (*s < 0x80)
		return 1;
	if (*s < 0xc2 || *s > 0xf4)
		return 0;
	n = *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
	if (*s == 0xe0)
		low = 0xa0;
	else if (*s == 0xed)
		high = 0x9f;
	else if (*s == 0xf0)
		low = 0x90;
	else if (*s == 0xf4)
		high = 0x8f;
	for (i = 1; i < n; i++) {
		if (i >= len || s[i] < low || s[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

static int check_text(struct kvip_reader *reader)
{
	const unsigned char *text = (const unsigned char *)reader->text;
	size_t i = 0;

	while (i < reader->len) {
		size_t n;

		/* nearly all of it is ASCII, which goes eight at a time */
		if (i + 8 <= reader->len) {
			uint64_t eight;

			memcpy(&eight, text + i, 8);
			if (!((eight | (eight - 0x0101010101010101U)) &
			      0x8080808080808080U)) {
				i += 8;
				continue;
			}
		}
		if (!text[i])
			return kvip_reader_fail(
				reader, i, "expected text, found a NUL byte");
		n = utf8_char(text + i, reader->len - i);
		if (!n)
			return kvip_reader_fail(
				reader, i,
				"expected text in UTF-8, found the byte 0x%02x",
				text[i]);
		i += n;
	}
	return 0;
}

/* What is to be done with what is read. */
struct taker {
	kvip_object_fn fn;
	kvip_list_fn list_fn;
	void *ctx;
};

static int parse(const char *name, const char *text, size_t len,
		 const struct taker *taker, struct kvip_err *err)
{
	struct kvip_reader reader = {
		.file = name,
		.text = text,
		.len = len,
		.fn = taker->fn,
		.list_fn = taker->list_fn,
		.ctx = taker->ctx,
		.err = err,
	};
	size_t blank = 0;
	int ret;

	if (!len)
		return kvip_err_set(err, "%s: the file is empty", name);
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		reader.text += 3;
		reader.len -= 3;
	}
	if (check_text(&reader))
		return -1;

	while (blank < reader.len && strchr(" \t\r\n", reader.text[blank]))
		blank++;
	if (blank == reader.len)
		ret = 0;
	else if (strchr("{[", reader.text[blank]))
		ret = kvip_json_read(&reader);
	else
		ret = kvip_yaml_read(&reader);
	if (!ret && !reader.n_objects)
		return kvip_err_set(err, "%s: there is no object in it", name);
	return ret;
}

int kvip_document_parse(const char *name, const char *text, size_t len,
			kvip_object_fn fn, void *ctx, struct kvip_err *err)
{
	const struct taker taker = { fn, NULL, ctx };

	return parse(name, text, len, &taker, err);
}

static int read_all(int fd, const char *name, char **text, size_t *len,
		    struct kvip_err *err)
{
	struct stat st;
	size_t room = FIRST_READ;
	ssize_t n;

	/* one byte more than a file has, to see its end without growing */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0)
		room = (size_t)st.st_size + 1;
	*text = kvip_alloc(room);
	*len = 0;
	for (;;) {
		n = read(fd, *text + *len, room - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*len += (size_t)n;
		if (*len == room) {
			char *more = realloc(*text, room * 2);

			if (!more) {
				errno = ENOMEM;
				n = -1;
				break;
			}
			*text = more;
			room *= 2;
		}
	}
	if (!n)
		return 0;
	kvip_err_set(err, "%s: %s", name, strerror(errno));
	free(*text);
	return -1;
}

static int read_fd(int fd, const char *name, const struct taker *taker,
		   struct kvip_err *err)
{
	size_t len;
	char *text;
	int ret;

	if (read_all(fd, name, &text, &len, err))
		return -1;
	ret = parse(name, text, len, taker, err);
	free(text);
	return ret;
}

static int read_file(const char *path, const struct taker *taker,
		     struct kvip_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return kvip_err_set(err, "%s: %s", path, strerror(errno));
	ret = read_fd(fd, path, taker, err);
	close(fd);
	return ret;
}

static int wanted(const struct dirent *entry)
{
	static const char *const suffixes[] = { ".json", ".yaml", ".yml" };
	const char *suffix = strrchr(entry->d_name, '.');
	size_t i;

	if (entry->d_name[0] == '.' || !suffix)
		return 0;
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (!strcmp(suffix, suffixes[i]))
			return 1;
	return 0;
}

/* Not alphasort(), whose order depends on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static char *join(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = kvip_alloc(size);
	const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/";

	snprintf(path, size, "%s%s%s", dir, slash, name);
	return path;
}

static int read_directory(const char *dir, const struct taker *taker,
			  struct kvip_err *err)
{
	struct dirent **entries;
	int i, n, ret = 0, n_files = 0;

	n = scandir(dir, &entries, wanted, by_name);
	if (n < 0)
		return kvip_err_set(err, "%s: %s", dir, strerror(errno));
	for (i = 0; i < n; i++) {
		char *path = join(dir, entries[i]->d_name);
		struct stat st;

		if (!ret && (stat(path, &st) || !S_ISDIR(st.st_mode))) {
			n_files++;
			ret = read_file(path, taker, err);
		}
		free(path);
		free(entries[i]);
	}
	free(entries);
	if (!n_files)
		return kvip_err_set(
			err,
			"%s: there is no *.json, *.yaml or *.yml file in this directory",
			dir);
	return ret;
}

int kvip_documents_read_lists(const char *path, kvip_object_fn fn,
			      kvip_list_fn list_fn, void *ctx,
			      struct kvip_err *err)
{
	const struct taker taker = { fn, list_fn, ctx };
	struct stat st;

	if (!strcmp(path, "-"))
		return read_fd(STDIN_FILENO, "standard input", &taker, err);
	if (*path && !stat(path, &st) && S_ISDIR(st.st_mode))
		return read_directory(path, &taker, err);
	return read_file(path, &taker, err);
}

int kvip_documents_read(const char *path, kvip_object_fn fn, void *ctx,
			struct kvip_err *err)
{
	return kvip_documents_read_lists(path, fn, NULL, ctx, err);
}
