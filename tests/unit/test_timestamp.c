// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster.h"

#include "timestamp.h"

static void times_are_read(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} times[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-24T06:33:27Z", 1795502007 },
		{ "2026-11-24T06:33:27.5Z", 1795502007.5 },
		{ "2026-11-24T07:33:27.250000000+01:00", 1795502007.25 },
		{ "2026-11-24T05:03:27-01:30", 1795502007 },
		{ "2024-02-29t23:59:60z", 1709251200 },
	};
	double seconds;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		assert_true(kvip_timestamp_parse(times[i].text, &seconds));
		assert_float_equal(seconds, times[i].seconds, 0.000001);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"2026",
		"2026-11-24",
		"2026-11-24T06:33:27",
		"2026-11-24 06:33:27Z",
		"2026-13-24T06:33:27Z",
		"2026-00-24T06:33:27Z",
		"2026-11-32T06:33:27Z",
		"2026-11-24T24:33:27Z",
		"2026-11-24T06:33:27.Z",
		"2026-11-24T06:33:27ZZ",
		"2026-11-24T06:33:27+1:00",
		"2026-11-24T06:33:27+25:00",
		"-026-11-24T06:33:27Z",
	};
	double seconds;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(kvip_timestamp_parse(texts[i], &seconds));
}

static void times_are_written(void **state)
{
	char text[KVIP_TIMESTAMP_LEN];

	(void)state;
	assert_string_equal(kvip_timestamp_text(1795502007.25, text),
			    "2026-11-24T06:33:27.250000Z");
	assert_string_equal(kvip_timestamp_text(0, text),
			    "1970-01-01T00:00:00.000000Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(times_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
