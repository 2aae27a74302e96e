// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

static void *there(void *memory)
{
	if (!memory) {
		fputs("kvip: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

void *kvip_alloc(size_t size)
{
	return there(calloc(1, size ? size : 1));
}

char *kvip_strdup(const char *text)
{
	return there(strdup(text));
}

void *kvip_grow(void *array, size_t n, size_t size)
{
	/* full when n is 0 or a power of two */
	if (!(n & (n - 1)))
		array = there(reallocarray(array, n ? n * 2 : 1, size));
	memset((char *)array + n * size, 0, size);
	return array;
}
