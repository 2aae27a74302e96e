// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "base64.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* Digits of @text up to its padding, which must be what their number asks. */
static bool decode(const char *text, char *bytes, size_t *len)
{
	size_t n = 0, pads = 0;
	uint32_t bits = 0;

	for (*len = 0; *text; text++) {
		int digit = digit_of(*text);

		if (*text == '\n' || *text == '\r')
			continue;
		if (*text == '=') {
			pads++;
			continue;
		}
		if (digit < 0 || pads)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		if (n++ % 4)
			bytes[(*len)++] =
				(char)(bits >> (6 - 2 * ((n - 1) % 4)));
	}
	return (n + pads) % 4 == 0 && pads <= 2;
}

char *kvip_base64_decode(const char *text, size_t *len)
{
	char *bytes = kvip_alloc(strlen(text) / 4 * 3 + 4);

	if (decode(text, bytes, len)) {
		bytes[*len] = '\0';
		return bytes;
	}
	free(bytes);
	return NULL;
}

char *kvip_base64_encode(const char *bytes, size_t len)
{
	char *text = kvip_alloc((len + 2) / 3 * 4 + 1), *out = text;
	size_t i, j;

	for (i = 0; i < len; i += 3) {
		uint32_t bits = 0;

		for (j = 0; j < 3; j++)
			bits = bits << 8 |
			       (i + j < len ? (unsigned char)bytes[i + j] : 0);
		for (j = 0; j < 4; j++)
			*out++ = i + j <= len ?
					 alphabet[bits >> (18 - 6 * j) & 63] :
					 '=';
	}
	return text;
}
