// SPDX-License-Identifier: GPL-2.0-or-later
/* Go's durations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "duration.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} cases[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "0h0m0s", 0 },
		{ "1s", 1 },
		{ "100ms", 0.1 },
		{ "1m30s", 90 },
		{ "15m0s", 900 },
		{ "24h0m0s", 86400 },
		{ "1.5h", 5400 },
		{ ".5s", 0.5 },
		{ "2.s", 2 },
		{ "1h1ms", 3600.001 },
		{ "250us", 0.00025 },
		{ "250\xc2\xb5s", 0.00025 },
		{ "250\xce\xbcs", 0.00025 },
		{ "10ns", 0.00000001 },
		{ "1s1m", 61 },
		{ "2562047h", 9223369200 },
	};
	double seconds;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		seconds = -1;
		if (!kvip_duration_parse(cases[i].text, &seconds))
			fail_msg("%s was refused", cases[i].text);
		if (fabs(seconds - cases[i].seconds) > 0.000000001)
			fail_msg("%s is %g", cases[i].text, seconds);
	}
}

static void what_is_none_is_refused(void **state)
{
	static const char *const texts[] = {
		"",	    "1",
		"00",	    "s",
		".s",	    "1 s",
		" 1s",	    "1s ",
		"-1s",	    "+1s",
		"1d",	    "1S",
		"1sec",	    "0x1s",
		"1e3s",	    "infs",
		"nans",	    "1.2.3s",
		"1,5s",	    "1m30",
		"2562048h", "999999999999999999999999999999s",
	};
	double seconds = 5;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (kvip_duration_parse(texts[i], &seconds))
			fail_msg("\"%s\" was taken", texts[i]);
	assert_true(seconds == 5);
}

static void they_are_written_as_go_does(void **state)
{
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {
		{ 0, "0s" },
		{ 1, "1s" },
		{ 0.001, "1ms" },
		{ 0.1, "100ms" },
		{ 90, "1m30s" },
		{ 900, "15m" },
		{ 3600, "1h" },
		{ 5400.5, "1h30m0.5s" },
		{ 0.0015, "1.5ms" },
		{ 1.25, "1.25s" },
		{ 0.00000025, "250ns" },
		{ 0.000025, "25us" },
	};
	char text[KVIP_DURATION_LEN];
	double again;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		kvip_duration_text(cases[i].seconds, text);
		assert_string_equal(text, cases[i].text);
		assert_true(kvip_duration_parse(text, &again));
		assert_true(fabs(again - cases[i].seconds) < 0.000000001);
	}
	/* the longest one fits */
	kvip_duration_text(9223372035.999999, text);
	assert_true(strlen(text) < KVIP_DURATION_LEN - 1);
	assert_true(kvip_duration_parse(text, &again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(they_are_written_as_go_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
