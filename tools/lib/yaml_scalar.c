// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "yaml_scalar.h"

/* Longer ones are no numbers of any use. */
#define NUMBER_MAX 64

enum word { NOT_A_WORD, WORD_NULL, WORD_TRUE, WORD_FALSE };

static enum word find_word(const char *text)
{
	static const struct {
		const char *text;
		enum word word;
	} words[] = {
		{ "", WORD_NULL },	 { "~", WORD_NULL },
		{ "null", WORD_NULL },	 { "Null", WORD_NULL },
		{ "NULL", WORD_NULL },	 { "true", WORD_TRUE },
		{ "True", WORD_TRUE },	 { "TRUE", WORD_TRUE },
		{ "yes", WORD_TRUE },	 { "Yes", WORD_TRUE },
		{ "YES", WORD_TRUE },	 { "on", WORD_TRUE },
		{ "On", WORD_TRUE },	 { "ON", WORD_TRUE },
		{ "false", WORD_FALSE }, { "False", WORD_FALSE },
		{ "FALSE", WORD_FALSE }, { "no", WORD_FALSE },
		{ "No", WORD_FALSE },	 { "NO", WORD_FALSE },
		{ "off", WORD_FALSE },	 { "Off", WORD_FALSE },
		{ "OFF", WORD_FALSE },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(text, words[i].text))
			return words[i].word;
	return NOT_A_WORD;
}

/* The base that a prefix tells, which *@digits is moved behind. */
static int find_base(const char **digits)
{
	const char *text = *digits;

	if (text[0] != '0' || !text[1])
		return 10;
	switch (text[1]) {
	case 'x':
	case 'X':
		*digits += 2;
		return 16;
	case 'o':
	case 'O':
		*digits += 2;
		return 8;
	case 'b':
	case 'B':
		*digits += 2;
		return 2;
	}
	*digits += 1;
	return 8;
}

static bool read_integer(const char *text, struct json_object **value)
{
	bool negative = *text == '-';
	const char *digits = text + (*text == '-' || *text == '+');
	int base = find_base(&digits);
	unsigned long long number;
	char *end;

	/* strtoull() would take a blank, a sign, another 0x */
	if (!strspn(digits, "0123456789abcdefABCDEF"))
		return false;
	errno = 0;
	number = strtoull(digits, &end, base);
	if (*end || errno || (base == 16 && strpbrk(digits, "xX")))
		return false;
	if (negative) {
		if (number > (unsigned long long)INT64_MAX)
			return false;
		*value = json_object_new_int64(-(int64_t)number);
	} else if (number <= INT64_MAX) {
		*value = json_object_new_int64((int64_t)number);
	} else {
		*value = json_object_new_uint64(number);
	}
	return true;
}

static const char *skip_digits(const char *text)
{
	return text + strspn(text, "0123456789");
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool looks_like_float(const char *text)
{
	const char *at = text + (*text == '-' || *text == '+');
	const char *begin = at;

	at = skip_digits(at);
	if (at == begin) {
		if (*at != '.' || skip_digits(at + 1) == at + 1)
			return false;
		at = skip_digits(at + 1);
	} else if (*at == '.') {
		at = skip_digits(at + 1);
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '-' || *at == '+';
		begin = at;
		at = skip_digits(at);
		if (at == begin)
			return false;
	}
	return !*at;
}

static bool read_float(const char *text, struct json_object **value)
{
	double number;

	if (!looks_like_float(text))
		return false;
	number = strtod(text, NULL);
	if (!isfinite(number))
		return false;
	if (number > -1e15 && number < 1e15 &&
	    (double)(int64_t)number == number)
		*value = json_object_new_int64((int64_t)number);
	else
		*value = json_object_new_double(number);
	return true;
}

struct json_object *kvip_yaml_plain(const char *text, size_t len)
{
	char number[NUMBER_MAX], *to = number;
	struct json_object *value;
	const char *from;

	/* a NUL can come in by way of !!int "\0" */
	if (strlen(text) != len)
		return json_object_new_string_len(text, (int)len);
	switch (find_word(text)) {
	case WORD_NULL:
		return NULL;
	case WORD_TRUE:
		return json_object_new_boolean(1);
	case WORD_FALSE:
		return json_object_new_boolean(0);
	case NOT_A_WORD:
		break;
	}
	if (len < sizeof(number) && strchr("+-.0123456789", *text)) {
		for (from = text; *from; from++)
			if (*from != '_')
				*to++ = *from;
		*to = '\0';
		if (read_integer(number, &value) || read_float(number, &value))
			return value;
	}
	return json_object_new_string_len(text, (int)len);
}
