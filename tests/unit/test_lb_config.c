// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections [load-balancer] and [pool NAME] of kvip.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lb_config.h"

#define FILE_NAME "/tmp/kvip-test-lb-config-XXXXXX"

/* 0 or -1; @err without the file's name. */
static int read_text(const char *text, struct kvip_lb_config *config,
		     struct kvip_err *err)
{
	struct kvip_config_section sections[3] = {};
	char path[] = FILE_NAME;
	struct kvip_config kernel;
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	kvip_config_init(&kernel);
	kvip_lb_config_init(config);
	kvip_lb_config_sections(config, sections);
	err->text[0] = '\0';
	ret = kvip_config_read_more(path, &kernel, NULL, sections, err);
	unlink(path);
	if (!ret)
		return kvip_lb_config_check(config, err);
	memmove(err->text, err->text + strlen(path) + 1,
		strlen(err->text + strlen(path) + 1) + 1);
	return ret;
}

static struct kvip_lb_config taken(const char *text)
{
	struct kvip_lb_config config;
	struct kvip_err err;

	if (read_text(text, &config, &err))
		fail_msg("%s", err.text);
	return config;
}

static void refused(const char *text, const char *words)
{
	struct kvip_lb_config config;
	struct kvip_err err;

	assert_int_equal(read_text(text, &config, &err), -1);
	assert_string_equal(err.text, words);
	kvip_lb_config_free(&config);
}

/* The line of one pool's addresses, refused. */
static void refused_addresses(const char *value, const char *words)
{
	char text[512], whole[512];

	snprintf(text, sizeof(text), "[pool p]\naddresses = %s\n", value);
	snprintf(whole, sizeof(whole), "2: pool p: addresses: %s", words);
	refused(text, whole);
}

static const char *pool_of(const struct kvip_lb_config *config,
			   const char *text)
{
	const struct kvip_pool *pool;
	struct kvip_addr addr;

	assert_true(kvip_addr_parse(text, &addr));
	pool = kvip_lb_config_pool(config, &addr);
	return pool ? pool->name : "";
}

static void test_defaults(void **state)
{
	struct kvip_lb_config config = taken("");

	(void)state;
	assert_int_equal(config.n_pools, 0);
	assert_null(config.class);
	assert_null(config.provider);
	assert_true(config.provider_seconds == 60);
	kvip_lb_config_free(&config);
}

static void test_pools(void **state)
{
	struct kvip_lb_config config =
		taken("[load-balancer]\n"
		      "class = example.com/lb\n"
		      "[pool public]\n"
		      "addresses = 203.0.113.0/30, 2001:db8::10 - 2001:db8::1f,"
		      " 198.51.100.7\n"
		      "interface = eth0\n"
		      "[pool inside]\n"
		      "automatic = no\n"
		      "addresses = 203.0.113.4-203.0.113.9\n");
	char text[KVIP_RANGE_LEN];

	(void)state;
	assert_string_equal(config.class, "example.com/lb");
	assert_int_equal(config.n_pools, 2);
	assert_string_equal(config.pools[0].name, "public");
	assert_true(config.pools[0].automatic);
	assert_string_equal(config.pools[0].interface, "eth0");
	assert_int_equal(config.pools[0].n_ranges, 3);
	assert_string_equal(kvip_range_text(&config.pools[0].ranges[0], text),
			    "203.0.113.0-203.0.113.3");
	assert_string_equal(kvip_range_text(&config.pools[0].ranges[1], text),
			    "2001:db8::10-2001:db8::1f");
	assert_string_equal(kvip_range_text(&config.pools[0].ranges[2], text),
			    "198.51.100.7");
	assert_false(config.pools[1].automatic);
	assert_string_equal(config.pools[1].interface, "");

	/* the first and the last address of a block are given out, too */
	assert_string_equal(pool_of(&config, "203.0.113.0"), "public");
	assert_string_equal(pool_of(&config, "203.0.113.3"), "public");
	assert_string_equal(pool_of(&config, "203.0.113.4"), "inside");
	assert_string_equal(pool_of(&config, "203.0.113.9"), "inside");
	assert_string_equal(pool_of(&config, "203.0.113.10"), "");
	assert_string_equal(pool_of(&config, "2001:db8::f"), "");
	assert_string_equal(pool_of(&config, "2001:db8::1f"), "public");
	assert_string_equal(pool_of(&config, "2001:db8::20"), "");
	kvip_lb_config_free(&config);
}

static void test_a_block_is_cleared_of_host_bits(void **state)
{
	struct kvip_lb_config config =
		taken("[pool p]\naddresses = 203.0.113.77/28, fd00::7/125\n");
	char text[KVIP_RANGE_LEN];

	(void)state;
	assert_string_equal(kvip_range_text(&config.pools[0].ranges[0], text),
			    "203.0.113.64-203.0.113.79");
	assert_string_equal(kvip_range_text(&config.pools[0].ranges[1], text),
			    "fd00::-fd00::7");
	kvip_lb_config_free(&config);
}

static void test_provider(void **state)
{
	struct kvip_lb_config config =
		taken("[load-balancer]\nprovider = /usr/lib/kvip/cloud\n"
		      "provider-timeout = 1m30s\n");

	(void)state;
	assert_string_equal(config.provider, "/usr/lib/kvip/cloud");
	assert_true(config.provider_seconds == 90);
	kvip_lb_config_free(&config);
	refused("[load-balancer]\nprovider = cloud\n",
		"2: provider is the whole path of a program, not \"cloud\"");
	refused("[load-balancer]\nprovider-timeout = 90\n",
		"2: provider-timeout is a time from 1s to 1h, such as 1m30s, not \"90\"");
	refused("[load-balancer]\nprovider-timeout = 999ms\n",
		"2: provider-timeout is a time from 1s to 1h, such as 1m30s, not \"999ms\"");
	refused("[load-balancer]\nprovider-timeout = 61m\n",
		"2: provider-timeout is a time from 1s to 1h, such as 1m30s, not \"61m\"");
	refused("[load-balancer]\nprovider = /bin/true\n"
		"[pool a]\naddresses = 192.0.2.1\n",
		"there are a provider and pool a, and only one of them can give out addresses");
}

static void test_class(void **state)
{
	(void)state;
	refused("[load-balancer]\nclass = a b\n",
		"2: class is a name such as example.com/lb, not \"a b\"");
	refused("[load-balancer]\nclass = example.com/lb/x\n",
		"2: class is a name such as example.com/lb, not \"example.com/lb/x\"");
}

static void test_addresses_that_are_none(void **state)
{
	static const char *const items[] = {
		"web",
		"203.0.113",
		"203.0.113.0/33",
		"10.0.0.1-",
		"-10.0.0.1",
		"10.0.0.1-10.0.0.5-10.0.0.9",
		"fd00::/129",
		"10.0.0.0/24-10.0.0.9",
	};
	char words[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		snprintf(
			words, sizeof(words),
			"\"%s\" is not an address, a block such as 192.0.2.0/24, or a range such as 192.0.2.1-192.0.2.9",
			items[i]);
		refused_addresses(items[i], words);
	}
	refused_addresses("", "the pool has none");
	refused_addresses("10.0.0.1,,10.0.0.2", "an item of the list is empty");
	refused_addresses("10.0.0.1,", "an item of the list is empty");
	refused_addresses("10.0.0.9-10.0.0.1",
			  "the range 10.0.0.9-10.0.0.1 ends before it begins");
	refused_addresses(
		"10.0.0.1-fd00::1",
		"the range 10.0.0.1-fd00::1 has addresses of both families");
}

static void test_addresses_that_no_service_can_have(void **state)
{
	(void)state;
	refused_addresses("127.0.0.1", "127.0.0.1 is a loopback address");
	refused_addresses("126.0.0.0/7",
			  "126.0.0.0/7 has 127.0.0.0, a loopback address");
	refused_addresses("0.0.0.0/0",
			  "0.0.0.0/0 has 0.0.0.0, the unspecified address");
	refused_addresses("0.0.0.9", "0.0.0.9 is an address of 0.0.0.0/8");
	refused_addresses(
		"169.254.3.0/24",
		"169.254.3.0/24 has 169.254.3.0, a link-local address");
	refused_addresses(
		"223.255.255.255-224.0.0.1",
		"223.255.255.255-224.0.0.1 has 224.0.0.0, a multicast address");
	refused_addresses("255.255.255.255",
			  "255.255.255.255 is the broadcast address");
	refused_addresses("::", ":: is the unspecified address");
	refused_addresses("::1", "::1 is a loopback address");
	refused_addresses("fe80::1", "fe80::1 is a link-local address");
	refused_addresses("ff02::1", "ff02::1 is a multicast address");
	refused_addresses("::2-ffff::",
			  "::2-ffff:: has fe80::, a link-local address");
}

static void test_overlaps(void **state)
{
	(void)state;
	refused_addresses(
		"10.0.0.0/24, 10.0.0.9",
		"10.0.0.9 overlaps with 10.0.0.0-10.0.0.255 of pool p");
	refused("[pool a]\naddresses = 10.0.0.8-10.0.0.20\n"
		"[pool b]\naddresses = 10.0.0.0/29, 10.0.0.16/28\n",
		"4: pool b: addresses: 10.0.0.16/28 overlaps with 10.0.0.8-10.0.0.20 of pool a");
	/* one within the other, seen from either side */
	refused("[pool a]\naddresses = fd00::5\n"
		"[pool b]\naddresses = fd00::/120\n",
		"4: pool b: addresses: fd00::/120 overlaps with fd00::5 of pool a");
}

static void test_keys(void **state)
{
	(void)state;
	refused("[pool p]\naddress = 10.0.0.1\n",
		"2: pool p: there is no key \"address\"");
	refused("[load-balancer]\naddresses = 10.0.0.1\n",
		"2: there is no key \"addresses\"");
	refused("[pool p]\nclass = a\n",
		"2: pool p: there is no key \"class\"");
	refused("[pool p]\naddresses = 10.0.0.1\naddresses = 10.0.0.2\n",
		"3: pool p: the key addresses is there twice");
	refused("[load-balancer]\nclass = a\n[load-balancer]\nclass = a\n",
		"4: the key class is there twice");
	refused("[pool p]\naddresses = 10.0.0.1\nautomatic = maybe\n",
		"3: pool p: automatic is yes or no, not \"maybe\"");
	refused("[pool p]\ninterface = eth0/1\n",
		"2: pool p: interface: \"eth0/1\" can't be an interface's name");
	refused("[pool p]\ninterface = sixteen-bytes-16\n",
		"2: pool p: interface: \"sixteen-bytes-16\" can't be an interface's name");
}

static void test_pools_without(void **state)
{
	(void)state;
	refused("[pool p]\nautomatic = yes\n", "pool p has no addresses");
	refused("[pool p]\naddresses = 10.0.0.1\n[pool p]\naddresses = 10.0.0.2\n",
		"3: pool p is there twice");
	refused("[pool a b]\n",
		"1: \"a b\" can't be a pool's name, which has at most 63 bytes and no blanks or commas");
}

static void test_print_and_compare(void **state)
{
	static const char *const text =
		"[load-balancer]\n"
		"class = a.example/b\n"
		"provider =\n"
		"provider-timeout = 1m30s\n"
		"[pool one]\n"
		"addresses = 10.0.0.0-10.0.0.3, fd00::1\n"
		"automatic = no\n"
		"interface = eth0\n"
		"[pool two]\n"
		"addresses = 10.0.0.9\n"
		"automatic = yes\n"
		"interface =\n";
	struct kvip_lb_config a = taken(text), b = taken(text);
	char *printed;
	size_t size;
	FILE *to = open_memstream(&printed, &size);

	(void)state;
	kvip_lb_config_print(to, &a);
	fclose(to);
	assert_string_equal(printed, text);
	free(printed);
	assert_true(kvip_lb_config_equal(&a, &b));
	b.pools[1].ranges[0].last.bytes[3]++;
	assert_false(kvip_lb_config_equal(&a, &b));
	b.pools[1].ranges[0].last.bytes[3]--;
	b.provider_seconds = 1;
	assert_false(kvip_lb_config_equal(&a, &b));
	b.provider_seconds = 90;
	b.pools[0].automatic = true;
	assert_false(kvip_lb_config_equal(&a, &b));
	kvip_lb_config_free(&a);
	kvip_lb_config_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_pools),
		cmocka_unit_test(test_a_block_is_cleared_of_host_bits),
		cmocka_unit_test(test_provider),
		cmocka_unit_test(test_class),
		cmocka_unit_test(test_addresses_that_are_none),
		cmocka_unit_test(test_addresses_that_no_service_can_have),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_pools_without),
		cmocka_unit_test(test_print_and_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
