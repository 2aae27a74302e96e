// SPDX-License-Identifier: GPL-2.0-or-later
/* Bind addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "listen.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static void bind_addresses_are_read(void **state)
{
	static const struct {
		const char *text;
		const char *is;
	} cases[] = {
		{ "none", "none" },
		{ "10256", "0.0.0.0:10256" },
		{ ":10256", "0.0.0.0:10256" },
		{ "0.0.0.0:10256", "0.0.0.0:10256" },
		{ "[::]:10256", "0.0.0.0:10256" },
		{ "127.0.0.1:1", "127.0.0.1:1" },
		{ "[::1]:65535", "[::1]:65535" },
		{ "[fd00::1]:80", "[fd00::1]:80" },
		/* alone, as kube-proxy takes them */
		{ "0.0.0.0", "0.0.0.0:7" },
		{ "::", "0.0.0.0:7" },
		{ "192.0.2.1", "192.0.2.1:7" },
		{ "fd00::1", "[fd00::1]:7" },
		{ "[fd00::1]", "[fd00::1]:7" },
	};
	char text[KVIP_ADDR_PORT_LEN];
	struct kvip_listen listen;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(&listen, 0xff, sizeof(listen));
		if (!kvip_listen_parse(cases[i].text, 7, &listen))
			fail_msg("%s was refused", cases[i].text);
		assert_string_equal(kvip_listen_text(&listen, text),
				    cases[i].is);
	}
}

static void what_is_none_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"x",
		"None",
		":",
		"0",
		":0",
		"65536",
		":65536",
		"99999999",
		"-1",
		":-1",
		"1 ",
		"127.0.0.1:",
		"127.0.0.1:x",
		"127.0.0:80",
		"localhost:80",
		"[127.0.0.1]:80",
		"[::1]80",
		"[::1:80",
		"fd00::1::80",
		"[]:80",
		"[fd00::1]:80:",
		"1:2:3",
		"[fd00:fd00:fd00:fd00:fd00:fd00:fd00:fd00:fd00:fd00]:80",
	};
	struct kvip_listen listen = { .port = 5 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (kvip_listen_parse(texts[i], 7, &listen))
			fail_msg("\"%s\" was taken", texts[i]);
	assert_int_equal(listen.port, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_addresses_are_read),
		cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
