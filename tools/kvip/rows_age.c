// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "rows_age.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

/* As @big units, and of what is left @small ones if there are any. */
static void two(char *text, int64_t seconds, int64_t big, char big_name,
		int64_t small, char small_name)
{
	int64_t rest = seconds % big / small;

	if (rest)
		snprintf(text, KVIP_AGE_LEN, "%" PRId64 "%c%" PRId64 "%c",
			 seconds / big, big_name, rest, small_name);
	else
		snprintf(text, KVIP_AGE_LEN, "%" PRId64 "%c", seconds / big,
			 big_name);
}

static void one(char *text, int64_t seconds, int64_t unit, char name)
{
	snprintf(text, KVIP_AGE_LEN, "%" PRId64 "%c", seconds / unit, name);
}

const char *kvip_age_text(double seconds, char text[KVIP_AGE_LEN])
{
	int64_t age;

	if (!(fabs(seconds) < 1e15) || seconds <= -2) {
		snprintf(text, KVIP_AGE_LEN, "<invalid>");
		return text;
	}
	age = seconds < 0 ? 0 : (int64_t)seconds;
	if (age < 2 * MINUTE)
		one(text, age, 1, 's');
	else if (age < 10 * MINUTE)
		two(text, age, MINUTE, 'm', 1, 's');
	else if (age < 3 * HOUR)
		one(text, age, MINUTE, 'm');
	else if (age < 8 * HOUR)
		two(text, age, HOUR, 'h', MINUTE, 'm');
	else if (age < 2 * DAY)
		one(text, age, HOUR, 'h');
	else if (age < 8 * DAY)
		two(text, age, DAY, 'd', HOUR, 'h');
	else if (age < 2 * (int64_t)YEAR)
		one(text, age, DAY, 'd');
	else if (age < 8 * (int64_t)YEAR)
		two(text, age, YEAR, 'y', DAY, 'd');
	else
		one(text, age, YEAR, 'y');
	return text;
}
