// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Announcing addresses, as far as it needs no kernel: the frames, and what is to
 * be done to which address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "announce_frame.h"
#include "announce_plan.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define FOR_GOOD KVIP_PLACED_FOR_GOOD

static const uint8_t mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0x0a, 0x0b };

static struct kvip_addr addr(const char *text)
{
	struct kvip_addr parsed;

	assert_true(kvip_addr_parse(text, &parsed));
	return parsed;
}

static void a_gratuitous_arp_in_both_forms(void **state)
{
	static const uint8_t request[] = {
		0,   1, 8,   0,	 6, 4, 0, 1, 2, 0, 0,	0, 0x0a, 0x0b,
		203, 0, 113, 10, 0, 0, 0, 0, 0, 0, 203, 0, 113,	 10,
	};
	static const uint8_t reply[] = {
		0,   1, 8,   0,	 6, 4, 0, 2, 2,	   0,	 0,   0, 0x0a, 0x0b,
		203, 0, 113, 10, 2, 0, 0, 0, 0x0a, 0x0b, 203, 0, 113,  10,
	};
	const struct kvip_addr vip = addr("203.0.113.10");
	struct kvip_frame frame;
	size_t i;

	(void)state;
	kvip_frame_arp(&frame, &vip, mac, false);
	assert_int_equal(frame.type, 0x0806);
	for (i = 0; i < ETH_ALEN; i++)
		assert_int_equal(frame.to[i], 0xff);
	assert_int_equal(frame.len, sizeof(request));
	assert_memory_equal(frame.bytes, request, sizeof(request));

	kvip_frame_arp(&frame, &vip, mac, true);
	assert_int_equal(frame.len, sizeof(reply));
	assert_memory_equal(frame.bytes, reply, sizeof(reply));
}

/* The sum that a receiver makes, with the pseudo header: right if it is 0xffff. */
static uint32_t sum_of(const struct kvip_frame *frame)
{
	uint32_t sum = 32 + 58; /* length, and next header */
	size_t i;

	for (i = 8; i < frame->len; i += 2)
		sum += (uint32_t)frame->bytes[i] << 8 | frame->bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void an_unsolicited_advertisement(void **state)
{
	static const uint8_t to[] = { 0x33, 0x33, 0, 0, 0, 1 };
	/* up to the checksum, and behind it */
	static const uint8_t head[] = {
		0x60, 0, 0, 0, 0, 32, 58, 255, 0x20, 0x01, 0x0d, 0xb8, 0,   0,
		0,    0, 0, 0, 0, 0,  0,  0,   0,    0x10, 0xff, 2,    0,   0,
		0,    0, 0, 0, 0, 0,  0,  0,   0,    0,	   0,	 1,    136, 0,
	};
	static const uint8_t rest[] = {
		0x20, 0, 0, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0,	 0,
		0,    0, 0, 0, 0,    0x10, 2,	 1,    2, 0, 0, 0, 0x0a, 0x0b,
	};
	const struct kvip_addr vip = addr("2001:db8::10");
	struct kvip_frame frame;

	(void)state;
	kvip_frame_advert(&frame, &vip, mac, false);
	assert_int_equal(frame.type, 0x86dd);
	assert_memory_equal(frame.to, to, sizeof(to));
	assert_int_equal(frame.len, 72);
	assert_memory_equal(frame.bytes, head, sizeof(head));
	assert_memory_equal(frame.bytes + 44, rest, sizeof(rest));
	assert_int_equal(sum_of(&frame), 0xffff);

	kvip_frame_advert(&frame, &vip, mac, true);
	assert_int_equal(frame.bytes[44], 0xa0);
	assert_int_equal(sum_of(&frame), 0xffff);
}

/* What is there, and what is done to it: 'r' removed, '-' left. */
struct there {
	const char *addr;
	unsigned int index;
	uint8_t length;
	bool ours;
	uint32_t seconds;
	char done;
};

struct wanted {
	const char *addr;
	unsigned int index;
	uint32_t seconds;
	bool only_kept;
	enum kvip_announce_step step;
};

static void check(const struct wanted *wanted, size_t n,
		  const struct there *there, size_t n_there)
{
	struct kvip_announce_want want[8] = {};
	struct kvip_placed placed[8] = {};
	bool remove[8];
	size_t i, k;

	for (i = 0; i < n; i++) {
		want[i].addr = addr(wanted[i].addr);
		want[i].index = wanted[i].index;
		want[i].seconds = wanted[i].seconds;
		want[i].only_kept = wanted[i].only_kept;
	}
	for (i = 0; i < n_there; i++) {
		placed[i].addr = addr(there[i].addr);
		placed[i].index = there[i].index;
		placed[i].length = there[i].length;
		placed[i].ours = there[i].ours;
		placed[i].seconds = there[i].seconds;
	}
	kvip_announce_plan(want, n, placed, n_there, remove);
	for (i = 0; i < n; i++)
		if (want[i].step != wanted[i].step)
			fail_msg("%s: step %d", wanted[i].addr, want[i].step);
	for (i = 0; i < n_there; i++) {
		struct kvip_addr vip = addr(there[i].addr);

		for (k = 0; k < n_there; k++)
			if (!kvip_addr_cmp(&placed[k].addr, &vip) &&
			    placed[k].index == there[i].index &&
			    placed[k].length == there[i].length)
				break;
		assert_true(k < n_there);
		if (remove[k] != (there[i].done == 'r'))
			fail_msg("%s/%u on %u: %d", there[i].addr,
				 there[i].length, there[i].index, remove[k]);
	}
}

static void only_ours_are_taken_away(void **state)
{
	static const struct there there[] = {
		{ "192.0.2.1", 2, 24, false, FOR_GOOD, '-' },
		{ "203.0.113.11", 2, 32, true, FOR_GOOD, 'r' },
		{ "203.0.113.11", 3, 32, false, FOR_GOOD, '-' },
		{ "2001:db8::10", 2, 128, true, 7, 'r' },
		{ "fe80::1", 2, 64, false, FOR_GOOD, '-' },
	};

	(void)state;
	check(NULL, 0, there, ARRAY_SIZE(there));
	check(NULL, 0, NULL, 0);
}

static void what_is_right_is_left(void **state)
{
	static const struct wanted wanted[] = {
		{ "203.0.113.10", 2, FOR_GOOD, false, KVIP_STEP_NONE },
		{ "2001:db8::10", 2, FOR_GOOD, false, KVIP_STEP_NONE },
		{ "203.0.113.12", 3, FOR_GOOD, false, KVIP_STEP_ADD },
		{ "2001:db8::12", 0, FOR_GOOD, false, KVIP_STEP_ADD },
	};
	static const struct there there[] = {
		{ "203.0.113.10", 2, 32, true, FOR_GOOD, '-' },
		{ "2001:db8::10", 2, 128, true, FOR_GOOD, '-' },
		/* it moves to another interface */
		{ "203.0.113.12", 2, 32, true, FOR_GOOD, 'r' },
	};

	(void)state;
	check(wanted, ARRAY_SIZE(wanted), there, ARRAY_SIZE(there));
}

static void what_somebody_else_put_there_is_not_ours(void **state)
{
	static const struct wanted wanted[] = {
		{ "203.0.113.10", 2, FOR_GOOD, false, KVIP_STEP_FOREIGN },
		{ "203.0.113.11", 2, FOR_GOOD, false, KVIP_STEP_NONE },
		{ "203.0.113.12", 2, FOR_GOOD, false, KVIP_STEP_ADD },
		{ "203.0.113.13", 2, 10, true, KVIP_STEP_FOREIGN },
	};
	static const struct there there[] = {
		{ "203.0.113.10", 2, 24, false, FOR_GOOD, '-' },
		{ "203.0.113.10", 3, 32, false, FOR_GOOD, '-' },
		/* both have it */
		{ "203.0.113.11", 2, 24, false, FOR_GOOD, '-' },
		{ "203.0.113.11", 2, 32, true, FOR_GOOD, '-' },
		/* marked as ours, but we never put such a thing */
		{ "203.0.113.12", 2, 24, true, FOR_GOOD, 'r' },
		{ "203.0.113.13", 2, 32, false, FOR_GOOD, '-' },
	};

	(void)state;
	check(wanted, ARRAY_SIZE(wanted), there, ARRAY_SIZE(there));
}

static void times_are_made_longer_and_never_shorter(void **state)
{
	static const struct wanted wanted[] = {
		{ "203.0.113.10", 2, 12, false, KVIP_STEP_RENEW },
		{ "203.0.113.11", 2, 12, false, KVIP_STEP_NONE },
		{ "203.0.113.12", 2, 12, false, KVIP_STEP_NONE },
		{ "203.0.113.13", 2, 12, false, KVIP_STEP_RENEW },
		{ "203.0.113.14", 2, FOR_GOOD, false, KVIP_STEP_RENEW },
	};
	static const struct there there[] = {
		{ "203.0.113.10", 2, 32, true, 11, '-' },
		{ "203.0.113.11", 2, 32, true, 12, '-' },
		{ "203.0.113.12", 2, 32, true, 13, '-' },
		/* but one that is there for good gets an end, and the reverse */
		{ "203.0.113.13", 2, 32, true, FOR_GOOD, '-' },
		{ "203.0.113.14", 2, 32, true, 12, '-' },
	};

	(void)state;
	check(wanted, ARRAY_SIZE(wanted), there, ARRAY_SIZE(there));
}

static void what_is_only_kept_has_an_end(void **state)
{
	static const struct wanted wanted[] = {
		{ "203.0.113.10", 2, FOR_GOOD, true, KVIP_STEP_NONE },
		{ "203.0.113.11", 2, FOR_GOOD, true, KVIP_STEP_ABSENT },
		{ "203.0.113.12", 2, FOR_GOOD, true, KVIP_STEP_ABSENT },
	};
	static const struct there there[] = {
		{ "203.0.113.10", 2, 32, true, 1, '-' },
		/* nothing would ever take it away */
		{ "203.0.113.11", 2, 32, true, FOR_GOOD, 'r' },
	};

	(void)state;
	check(wanted, ARRAY_SIZE(wanted), there, ARRAY_SIZE(there));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gratuitous_arp_in_both_forms),
		cmocka_unit_test(an_unsolicited_advertisement),
		cmocka_unit_test(only_ours_are_taken_away),
		cmocka_unit_test(what_is_right_is_left),
		cmocka_unit_test(what_somebody_else_put_there_is_not_ours),
		cmocka_unit_test(times_are_made_longer_and_never_shorter),
		cmocka_unit_test(what_is_only_kept_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
