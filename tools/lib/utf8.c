// SPDX-License-Identifier: GPL-2.0-or-later
#include "utf8.h"

/* How many bytes follow one that begins a character, and what it holds of it. */
static int begin(unsigned char byte, uint32_t *code)
{
	if (byte < 0x80) {
		*code = byte;
		return 0;
	}
	if (byte >= 0xc2 && byte <= 0xdf) {
		*code = byte & 0x1f;
		return 1;
	}
	if (byte >= 0xe0 && byte <= 0xef) {
		*code = byte & 0xf;
		return 2;
	}
	if (byte >= 0xf0 && byte <= 0xf4) {
		*code = byte & 7;
		return 3;
	}
	return -1;
}

size_t kvip_utf8_next(const char *text, size_t len, uint32_t *code)
{
	/* the smallest that needs so many bytes behind the first */
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint32_t value = 0;
	int n = begin((unsigned char)*text, &value), i;

	*code = KVIP_UTF8_BAD;
	if (n < 0 || (size_t)n >= len)
		return 1;
	for (i = 1; i <= n; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (byte & 0x3f);
	}
	if (value < least[n] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 1;
	*code = value;
	return (size_t)n + 1;
}

size_t kvip_utf8_put(char *text, uint32_t code)
{
	if (code < 0x80) {
		text[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		text[0] = (char)(0xc0 | code >> 6);
		text[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		text[0] = (char)(0xe0 | code >> 12);
		text[1] = (char)(0x80 | (code >> 6 & 0x3f));
		text[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	text[0] = (char)(0xf0 | code >> 18);
	text[1] = (char)(0x80 | (code >> 12 & 0x3f));
	text[2] = (char)(0x80 | (code >> 6 & 0x3f));
	text[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

bool kvip_utf8_is_control(uint32_t code)
{
	return code < ' ' || (code >= 0x7f && code < 0xa0);
}
