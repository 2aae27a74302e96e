/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the unit tests: what an API server said, out of tests/data. */
#ifndef KVIP_TESTS_RECORDED_H
#define KVIP_TESTS_RECORDED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The text of tests/data/@name, NUL-terminated; free() it. */
static inline char *recorded(const char *name, size_t *len)
{
	char path[256], *text = NULL;
	FILE *file, *out;
	int c;

	snprintf(path, sizeof(path), "tests/data/%s", name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s cannot be opened", path);
	out = open_memstream(&text, len);
	while ((c = getc(file)) != EOF)
		putc(c, out);
	fclose(file);
	fclose(out);
	return text;
}

#endif /* KVIP_TESTS_RECORDED_H */
