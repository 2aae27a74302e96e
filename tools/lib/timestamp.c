// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "timestamp.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* @n digits at *@at, which moves behind them and then behind @after. */
static bool number(const char **at, int n, char after, int *value)
{
	*value = 0;
	for (; n; n--, (*at)++) {
		if (!is_digit(**at))
			return false;
		*value = *value * 10 + (**at - '0');
	}
	if (!after)
		return true;
	return *(*at)++ == after;
}

static bool parse_offset(const char *at, int *seconds)
{
	int hours, minutes, sign = *at == '-' ? -1 : 1;

	*seconds = 0;
	if (*at == 'Z' || *at == 'z')
		return !at[1];
	if (*at != '+' && *at != '-')
		return false;
	at++;
	if (!number(&at, 2, ':', &hours) || !number(&at, 2, 0, &minutes))
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return !*at && hours < 24 && minutes < 60;
}

bool kvip_timestamp_parse(const char *text, double *seconds)
{
	double fraction = 0, digit = 0.1;
	struct tm tm = {};
	int offset;

	if (!number(&text, 4, '-', &tm.tm_year) ||
	    !number(&text, 2, '-', &tm.tm_mon) ||
	    !number(&text, 2, 0, &tm.tm_mday) ||
	    (*text != 'T' && *text != 't') || !text++ ||
	    !number(&text, 2, ':', &tm.tm_hour) ||
	    !number(&text, 2, ':', &tm.tm_min) ||
	    !number(&text, 2, 0, &tm.tm_sec))
		return false;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return false;
	if (*text == '.') {
		if (!is_digit(*++text))
			return false;
		for (; is_digit(*text); text++, digit /= 10)
			fraction += (*text - '0') * digit;
	}
	if (!parse_offset(text, &offset))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*seconds = (double)(timegm(&tm) - offset) + fraction;
	return true;
}

char *kvip_timestamp_text(double seconds, char text[KVIP_TIMESTAMP_LEN])
{
	time_t time = (time_t)seconds;
	int micros = (int)((seconds - (double)time) * 1e6);
	struct tm tm;
	char date[24];

	gmtime_r(&time, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, KVIP_TIMESTAMP_LEN, "%s.%06dZ", date, micros);
	return text;
}
