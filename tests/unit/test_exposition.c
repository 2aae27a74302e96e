// SPDX-License-Identifier: GPL-2.0-or-later
/* Prometheus' text format: escapes, numbers, histograms, and totals. */
#include "cluster.h"

#include <math.h>

#include <event2/buffer.h>

#include "exposition.h"
#include "totals.h"

struct page {
	struct evbuffer *out;
	struct kvip_exposition to;
};

static int start(void **state)
{
	struct page *page = calloc(1, sizeof(*page));

	page->out = evbuffer_new();
	kvip_exposition_begin(&page->to, page->out);
	*state = page;
	return 0;
}

static int stop(void **state)
{
	struct page *page = *state;

	evbuffer_free(page->out);
	free(page);
	return 0;
}

/* All that was written; free() it. */
static char *text_of(struct page *page)
{
	size_t len;
	char *text;

	kvip_exposition_end(&page->to);
	len = evbuffer_get_length(page->out);
	text = calloc(1, len + 1);
	assert_int_equal(evbuffer_remove(page->out, text, len), len);
	return text;
}

static void expect(struct page *page, const char *want)
{
	char *text = text_of(page);

	assert_string_equal(text, want);
	free(text);
}

static void a_family_has_help_and_type_first(void **state)
{
	struct page *page = *state;

	kvip_exposition_family(&page->to, "counter", "a_total", "Some things");
	kvip_exposition_count(&page->to, NULL, 1);
	kvip_exposition_count(&page->to, KVIP_LABELS({ "x", "1" }, { "y", "" }),
			      3);
	expect(page, "# HELP a_total Some things\n# TYPE a_total counter\n"
		     "a_total 1\na_total{x=\"1\",y=\"\"} 3\n");
}

static void what_would_end_a_value_is_escaped(void **state)
{
	struct page *page = *state;

	kvip_exposition_family(&page->to, "gauge", "a",
			       "one\ntwo \\ \"three\"");
	kvip_exposition_count(&page->to,
			      KVIP_LABELS({ "x", "a\"b\\c\nd}e,f=\tg" }), 1);
	expect(page, "# HELP a one\\ntwo \\\\ \"three\"\n# TYPE a gauge\n"
		     "a{x=\"a\\\"b\\\\c\\nd}e,f=\tg\"} 1\n");
}

static void what_is_no_utf8_is_replaced(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7" },
		{ "a\xff", "a\xef\xbf\xbd" },
		{ "\xc3", "\xef\xbf\xbd" },
		{ "\xc3(", "\xef\xbf\xbd(" },
		/* not the shortest form, a surrogate, beyond the last one */
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf4\x90\x80\x80",
		  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
	};
	struct page *page = *state;
	char want[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		page->to.name = "a";
		kvip_exposition_count(&page->to,
				      KVIP_LABELS({ "x", cases[i].in }), 1);
		snprintf(want, sizeof(want), "a{x=\"%s\"} 1\n", cases[i].out);
		expect(page, want);
	}
}

static void numbers_read_back_as_they_were(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0, "a 0\n" },
		{ 0.1, "a 0.1\n" },
		{ 16.384, "a 16.384\n" },
		{ 0.1 + 0.2, "a 0.30000000000000004\n" },
		{ 1795503547.7627182, "a 1795503547.7627182\n" },
		{ -1.5, "a -1.5\n" },
		{ 1e300, "a 1e+300\n" },
		{ INFINITY, "a +Inf\n" },
		{ -INFINITY, "a -Inf\n" },
		{ NAN, "a NaN\n" },
	};
	struct page *page = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		page->to.name = "a";
		kvip_exposition_number(&page->to, NULL, cases[i].value);
		expect(page, cases[i].text);
	}
	page->to.name = "a";
	kvip_exposition_count(&page->to, NULL, UINT64_MAX);
	expect(page, "a 18446744073709551615\n");
}

static void a_histogram_is_cumulative(void **state)
{
	static const double bounds[] = { 0.5, 1, 2.5 };
	struct kvip_histogram values = { .bounds = bounds, .n_bounds = 3 };
	struct page *page = *state;

	kvip_histogram_observe(&values, 0.25);
	kvip_histogram_observe(&values, 0.5); /* a bound belongs to it */
	kvip_histogram_observe(&values, 2);
	kvip_histogram_observe(&values, 100);
	kvip_histogram_observe(&values, NAN); /* would spoil the sum */
	kvip_histogram_observe(&values, INFINITY);
	kvip_exposition_family(&page->to, "histogram", "a", "Some times");
	kvip_exposition_histogram(&page->to, KVIP_LABELS({ "x", "1" }),
				  &values);
	expect(page, "# HELP a Some times\n# TYPE a histogram\n"
		     "a_bucket{x=\"1\",le=\"0.5\"} 2\n"
		     "a_bucket{x=\"1\",le=\"1\"} 2\n"
		     "a_bucket{x=\"1\",le=\"2.5\"} 3\n"
		     "a_bucket{x=\"1\",le=\"+Inf\"} 4\n"
		     "a_sum{x=\"1\"} 102.75\na_count{x=\"1\"} 4\n");
}

static void a_histogram_without_bounds_has_one_bucket(void **state)
{
	struct kvip_histogram values = { 0 };
	struct page *page = *state;

	kvip_histogram_observe(&values, 3);
	page->to.name = "a";
	kvip_exposition_histogram(&page->to, NULL, &values);
	expect(page, "a_bucket{le=\"+Inf\"} 1\na_sum 3\na_count 1\n");
}

static void the_bounds_are_kube_proxys(void **unused)
{
	static const double sync[] = { 0.001, 0.002, 0.004, 0.008, 0.016,
				       0.032, 0.064, 0.128, 0.256, 0.512,
				       1.024, 2.048, 4.096, 8.192, 16.384 };
	struct kvip_stats stats;
	const double *at;
	int i;

	(void)unused;
	kvip_stats_init(&stats);
	assert_int_equal(stats.sync_duration.n_bounds, ARRAY_SIZE(sync));
	assert_memory_equal(stats.sync_duration.bounds, sync, sizeof(sync));
	assert_ptr_equal(stats.sync_full_duration.bounds,
			 stats.sync_duration.bounds);
	assert_ptr_equal(stats.sync_partial_duration.bounds,
			 stats.sync_duration.bounds);

	at = stats.programming_duration.bounds;
	assert_true(*at++ == 0.25 && *at++ == 0.5);
	for (i = 1; i < 60; i++)
		assert_true(*at++ == i);
	for (i = 60; i <= 115; i += 5)
		assert_true(*at++ == i);
	for (i = 120; i <= 300; i += 30)
		assert_true(*at++ == i);
	assert_int_equal(at - stats.programming_duration.bounds,
			 stats.programming_duration.n_bounds);
	assert_true(stats.event_duration.bounds[0] == 0.0001);
}

static void text_longer_than_a_piece_is_whole(void **state)
{
	struct page *page = *state;
	size_t len = KVIP_EXPOSITION_CHUNK * 2 + 7, i;
	char *value = calloc(1, len + 1), *text;

	memset(value, 'v', len);
	kvip_exposition_family(&page->to, "gauge", "a", "Some things");
	for (i = 0; i < 3; i++) {
		char number[8];

		snprintf(number, sizeof(number), "%zu", i);
		kvip_exposition_count(
			&page->to, KVIP_LABELS({ "n", number }, { "x", value }),
			i);
	}
	text = text_of(page);
	assert_int_equal(strlen(text),
			 strlen("# HELP a Some things\n# TYPE a gauge\n") +
				 3 * (strlen("a{n=\"0\",x=\"\"} 0\n") + len));
	free(text);
	free(value);
}

/* A service in @table that counted so many. */
static void add(struct kvip_table *table, const char *name, uint64_t rejects,
		uint64_t no_local, uint64_t ranges)
{
	struct kvip_service *service =
		kvip_table_add(table, name, AF_INET, IPPROTO_TCP);

	service->rejects = rejects;
	service->drops_no_local = no_local;
	service->drops_ranges = ranges;
}

static void expect_totals(const struct kvip_totals *totals, uint64_t rejects,
			  uint64_t no_local, uint64_t ranges)
{
	assert_int_equal(totals->rejects, rejects);
	assert_int_equal(totals->drops_no_local, no_local);
	assert_int_equal(totals->drops_ranges, ranges);
}

static void totals_only_grow(void **unused)
{
	struct kvip_totals totals = { 0 };
	struct kvip_table table;

	(void)unused;
	kvip_table_init(&table);
	add(&table, "d/a", 100, 20, 3);
	add(&table, "d/b", 1, 0, 0);
	add(&table, "d/c", 0, 0, 0);
	/* what was before is nobody's to tell when */
	kvip_totals_take(&totals, &table);
	expect_totals(&totals, 0, 0, 0);
	kvip_table_truncate(&table, 0);

	add(&table, "d/a", 105, 21, 3);
	add(&table, "d/b", 1, 0, 2);
	add(&table, "d/c", 7, 0, 0);
	kvip_totals_take(&totals, &table);
	expect_totals(&totals, 12, 1, 2);
	kvip_totals_take(&totals, &table);
	expect_totals(&totals, 12, 1, 2);
	kvip_table_truncate(&table, 0);

	/* gone */
	add(&table, "d/c", 7, 0, 0);
	kvip_totals_take(&totals, &table);
	expect_totals(&totals, 12, 1, 2);
	kvip_table_truncate(&table, 0);

	/* of the same names, but others; one of them in another way */
	add(&table, "d/a", 2, 0, 0);
	add(&table, "d/c", 3, 0, 0);
	kvip_totals_take(&totals, &table);
	expect_totals(&totals, 17, 1, 2);
	kvip_table_free(&table);
	kvip_totals_free(&totals);
	expect_totals(&totals, 0, 0, 0);
}

static void totals_tell_families_and_protocols_apart(void **unused)
{
	struct kvip_totals totals = { 0 };
	struct kvip_table table;
	size_t i;

	(void)unused;
	kvip_table_init(&table);
	kvip_totals_take(&totals, &table);
	kvip_table_add(&table, "d/a", AF_INET, IPPROTO_TCP)->rejects = 1;
	kvip_table_add(&table, "d/a", AF_INET6, IPPROTO_TCP)->rejects = 10;
	kvip_table_add(&table, "d/a", AF_INET, IPPROTO_UDP)->rejects = 100;
	kvip_totals_take(&totals, &table);
	expect_totals(&totals, 111, 0, 0);
	for (i = 0; i < table.n_services; i++)
		table.services[i].rejects++;
	kvip_totals_take(&totals, &table);
	expect_totals(&totals, 114, 0, 0);
	kvip_table_free(&table);
	kvip_totals_free(&totals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_PAGE(test) cmocka_unit_test_setup_teardown(test, start, stop)
		WITH_PAGE(a_family_has_help_and_type_first),
		WITH_PAGE(what_would_end_a_value_is_escaped),
		WITH_PAGE(what_is_no_utf8_is_replaced),
		WITH_PAGE(numbers_read_back_as_they_were),
		WITH_PAGE(a_histogram_is_cumulative),
		WITH_PAGE(a_histogram_without_bounds_has_one_bucket),
		WITH_PAGE(text_longer_than_a_piece_is_whole),
		cmocka_unit_test(the_bounds_are_kube_proxys),
		cmocka_unit_test(totals_only_grow),
		cmocka_unit_test(totals_tell_families_and_protocols_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
