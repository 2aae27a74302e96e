// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "domain.h"
#include "zone_lines.h"

/* The longest line: an owner, a type, some numbers, an escaped name. */
#define LINE_MAX_LEN (KVIP_DOMAIN_MAX + 64 + KVIP_DOMAIN_TEXT_LEN)

static void make_room(struct kvip_zone_lines *lines)
{
	char *text;

	if (lines->n == lines->n_room) {
		lines->starts = kvip_grow(lines->starts, lines->n,
					  sizeof(*lines->starts));
		lines->n_room = lines->n ? lines->n * 2 : 1;
	}
	if (lines->room - lines->len >= LINE_MAX_LEN)
		return;
	lines->room = 2 * lines->room + LINE_MAX_LEN;
	text = kvip_alloc(lines->room);
	if (lines->len)
		memcpy(text, lines->text, lines->len);
	free(lines->text);
	lines->text = text;
}

void kvip_zone_lines_add(struct kvip_zone_lines *lines, const char *owner,
			 const char *fmt, ...)
{
	va_list args;
	char *line;
	int len;

	make_room(lines);
	line = lines->text + lines->len;
	len = sprintf(line, "%s\t", owner);
	va_start(args, fmt);
	len += vsnprintf(line + len, LINE_MAX_LEN - (size_t)len, fmt, args);
	va_end(args);
	lines->starts[lines->n++] = lines->len;
	lines->len += (size_t)len + 1;
}

bool kvip_zone_lines_owns(const struct kvip_zone_lines *lines,
			  const char *owner)
{
	size_t len = strlen(owner), i;

	for (i = 0; i < lines->n; i++) {
		const char *line = lines->text + lines->starts[i];

		if (!strncmp(line, owner, len) && line[len] == '\t')
			return true;
	}
	return false;
}

static int cmp_line(const void *va, const void *vb)
{
	const char *const *a = va, *const *b = vb;

	return strcmp(*a, *b);
}

char *kvip_zone_lines_take(struct kvip_zone_lines *lines, size_t *len,
			   size_t *n)
{
	const char **sorted = kvip_alloc((lines->n + 1) * sizeof(*sorted));
	char *text = kvip_alloc(lines->len + 1), *at = text;
	size_t i;

	for (i = 0; i < lines->n; i++)
		sorted[i] = lines->text + lines->starts[i];
	qsort(sorted, lines->n, sizeof(*sorted), cmp_line);
	*n = 0;
	for (i = 0; i < lines->n; i++) {
		if (i && !strcmp(sorted[i - 1], sorted[i]))
			continue;
		at = stpcpy(at, sorted[i]);
		*at++ = '\n';
		++*n;
	}
	*at = '\0';
	*len = (size_t)(at - text);
	free(sorted);
	free(lines->text);
	free(lines->starts);
	memset(lines, 0, sizeof(*lines));
	return text;
}
