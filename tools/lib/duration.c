// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"

static const struct {
	const char *name;
	double seconds;
} units[] = {
	{ "h", 3600 },
	{ "ms", 0.001 }, /* before m, which it begins with */
	{ "m", 60 },
	{ "s", 1 },
	{ "us", 0.000001 },
	{ "\xc2\xb5s", 0.000001 }, /* the micro sign */
	{ "\xce\xbcs", 0.000001 }, /* the Greek letter */
	{ "ns", 0.000000001 },
};

/* int64_t nanoseconds, as Go has them */
#define MAX_SECONDS 9223372036.0

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with a point among them or not; strtod() would take 0x1p3 and inf. */
static bool read_number(const char **text, double *number)
{
	const char *at = *text;
	double scale = 1;
	bool any = false;

	*number = 0;
	for (; is_digit(*at); at++) {
		*number = *number * 10 + (*at - '0');
		any = true;
	}
	if (*at == '.') {
		for (at++; is_digit(*at); at++) {
			scale /= 10;
			*number += (*at - '0') * scale;
			any = true;
		}
	}
	*text = at;
	return any;
}

static bool read_unit(const char **text, double *seconds)
{
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i].name);

		if (strncmp(*text, units[i].name, len))
			continue;
		*text += len;
		*seconds = units[i].seconds;
		return true;
	}
	return false;
}

bool kvip_duration_parse(const char *text, double *seconds)
{
	double sum = 0, number, unit;

	if (!strcmp(text, "0")) {
		*seconds = 0;
		return true;
	}
	if (!*text)
		return false;
	while (*text) {
		if (!read_number(&text, &number) || !read_unit(&text, &unit))
			return false;
		sum += number * unit;
		if (!(sum <= MAX_SECONDS))
			return false;
	}
	*seconds = sum;
	return true;
}

/* "1.5" of 1500 with three places, 9 at most; without the zeros at the end. */
static void put_fraction(char *buf, size_t size, uint64_t value, int places,
			 const char *unit)
{
	char digits[] = ".123456789";
	int i;

	digits[places + 1] = '\0';
	for (i = places; i > 0; i--) {
		digits[i] = (char)('0' + value % 10);
		value /= 10;
	}
	for (i = places; i >= 0 && (!i || digits[i] == '0'); i--)
		digits[i] = '\0';
	snprintf(buf, size, "%" PRIu64 "%s%s", value, digits, unit);
}

const char *kvip_duration_text(double seconds, char buf[KVIP_DURATION_LEN])
{
	uint64_t ns = (uint64_t)llround(seconds * 1e9);
	uint64_t minutes = ns / 60000000000U, hours = minutes / 60;
	int used = 0;

	if (ns && ns < 1000) {
		put_fraction(buf, KVIP_DURATION_LEN, ns, 0, "ns");
	} else if (ns && ns < 1000000) {
		put_fraction(buf, KVIP_DURATION_LEN, ns, 3, "us");
	} else if (ns && ns < 1000000000) {
		put_fraction(buf, KVIP_DURATION_LEN, ns, 6, "ms");
	} else {
		ns -= minutes * 60000000000U;
		minutes %= 60;
		if (hours)
			used += snprintf(buf, KVIP_DURATION_LEN, "%" PRIu64 "h",
					 hours);
		if (minutes)
			used += snprintf(buf + used,
					 KVIP_DURATION_LEN - (size_t)used,
					 "%" PRIu64 "m", minutes);
		if (ns || !used)
			put_fraction(buf + used,
				     KVIP_DURATION_LEN - (size_t)used, ns, 9,
				     "s");
	}
	return buf;
}
