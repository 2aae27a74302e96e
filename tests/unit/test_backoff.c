// SPDX-License-Identifier: GPL-2.0-or-later
/* Waits between tries: how they grow, how they differ, when they start anew. */
#include "recorded.h"

#include "backoff.h"

static void in_range(double value, double low, double high)
{
	if (value < low || value > high)
		fail_msg("%f is not from %f to %f", value, low, high);
}

static void waits_double_up_to_the_longest(void **state)
{
	static const double most[] = { 1, 2, 4, 8, 16, 30, 30, 30 };
	struct kvip_backoff backoff;
	double now = 1000;
	uint64_t seed;
	size_t i;

	(void)state;
	for (seed = 1; seed < 200; seed++) {
		kvip_backoff_init(&backoff, seed, 1);
		for (i = 0; i < ARRAY_SIZE(most); i++) {
			double wait = kvip_backoff_next(&backoff, now);

			in_range(wait, most[i] / 2, most[i]);
			now += wait + KVIP_BACKOFF_FORGET - 1;
		}
	}
}

static void a_minute_without_failure_starts_anew(void **state)
{
	struct kvip_backoff backoff;
	double now = 0;
	int i;

	(void)state;
	kvip_backoff_init(&backoff, 1, 1);
	/* a clock that just began is no failure */
	in_range(kvip_backoff_next(&backoff, now), 0.5, 1);
	for (i = 0; i < 9; i++)
		now += kvip_backoff_next(&backoff, now);
	in_range(kvip_backoff_next(&backoff, now), 15, 30);
	now = backoff.until + KVIP_BACKOFF_FORGET;
	in_range(kvip_backoff_next(&backoff, now), 0.5, 1);
	in_range(kvip_backoff_next(&backoff, now), 1, 2);
}

static void seeds_spread_the_waits(void **state)
{
	struct kvip_backoff a, b;
	int quarters[4] = { 0 };
	uint64_t seed;
	int i;

	(void)state;
	for (seed = 0; seed < 4000; seed++) {
		kvip_backoff_init(&a, seed * 0x9e3779b97f4a7c15ULL, 1);
		quarters[(int)(kvip_backoff_next(&a, 0) * 8) - 4]++;
	}
	for (i = 0; i < 4; i++)
		in_range(quarters[i], 800, 1200);

	kvip_backoff_init(&a, 42, 1);
	kvip_backoff_init(&b, 42, 1);
	for (i = 0; i < 10; i++)
		assert_true(kvip_backoff_next(&a, i) ==
			    kvip_backoff_next(&b, i));
}

static void a_scale_multiplies_all(void **state)
{
	struct kvip_backoff backoff;
	double now = 0;
	int i;

	(void)state;
	kvip_backoff_init(&backoff, 7, 0.001);
	in_range(kvip_backoff_next(&backoff, now), 0.0005, 0.001);
	for (i = 0; i < 9; i++)
		now += kvip_backoff_next(&backoff, now);
	in_range(kvip_backoff_next(&backoff, now), 0.015, 0.030);
	now = backoff.until + KVIP_BACKOFF_FORGET / 1000;
	in_range(kvip_backoff_next(&backoff, now), 0.0005, 0.001);
}

static void random_stays_within(void **state)
{
	struct kvip_backoff backoff;
	double low = 600, high = 300;
	int i;

	(void)state;
	kvip_backoff_init(&backoff, 1, 0.001);
	for (i = 0; i < 1000; i++) {
		double value = kvip_backoff_random(&backoff, 300, 600);

		in_range(value, 300, 600);
		low = value < low ? value : low;
		high = value > high ? value : high;
	}
	in_range(low, 300, 310);
	in_range(high, 590, 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_up_to_the_longest),
		cmocka_unit_test(a_minute_without_failure_starts_anew),
		cmocka_unit_test(seeds_spread_the_waits),
		cmocka_unit_test(a_scale_multiplies_all),
		cmocka_unit_test(random_stays_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
