// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

int kvip_err_set(struct kvip_err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	make_printable(err->text);
	return -1;
}

int kvip_err_prefix(struct kvip_err *err, const char *fmt, ...)
{
	char text[sizeof(err->text)];
	size_t used;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	make_printable(text);

	used = strlen(text);
	snprintf(text + used, sizeof(text) - used, "%s", err->text);
	memcpy(err->text, text, sizeof(text));
	return -1;
}
