// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration of a namespace as include/uapi/linux/kvip.h has it. To be
 * run by root in a network namespace that nothing has been done in yet.
 */
#include "abi_refusal.h"

#define DEFAULT_TEXT "1#16 8#131072"
#define NEEDS_BLOCK "an address block needs an address and a length"
#define LONG_BLOCK "the address block is longer than an address"
#define HOST_BITS "the address block has bits beyond its length"
#define BAD_NAME "a device's name has 1 to 15 bytes"
#define BAD_MAX "there may be 1 to 1048576 affinity entries"
#define TWO_CONFIGS "the transaction has a configuration already"
#define NAME_15 "abcdefghijklmno"
#define ANY6 "00000000000000000000000000000000"
#define TEN "1{1=0a000000 2:8}"

#define G(attrs)                \
	{                       \
		"G8{" attrs "}" \
	}

static const struct refusal refusals[] = {
	/* the message */
	{ "CONFIG_SET of nothing", { "G" }, EINVAL, "KVIP_A_CONFIG is missing" },
	{ "a service in CONFIG_SET",
	  { "G8{} !4{" KEY("x") "}" },
	  EINVAL,
	  .by_core = true },
	{ "an unknown attribute of CONFIG_SET",
	  { "G8{} !9{}" },
	  EINVAL,
	  .by_core = true },
	{ "a generation in CONFIG_SET",
	  { "G8{} !2@1" },
	  EINVAL,
	  .by_core = true },
	{ "a configuration in SERVICE_SET",
	  { "S" X "!8{}" },
	  EINVAL,
	  .by_core = true },
	{ "a configuration that is not flagged as a nest",
	  { "G!8(1#0)" },
	  EINVAL,
	  .by_core = true },
	{ "bytes after the configuration",
	  { "G8{} _00" },
	  EINVAL,
	  .by_core = true },

	/* the configuration */
	{ "unknown flags of the configuration", G("!1#128"), EINVAL },
	{ "the highest flag of the configuration", G("!1#2147483648"), EINVAL },
	{ "flags of 8 bytes", G("!1@1"), EINVAL },
	{ "flags of 1 byte", G("!1:1"), EINVAL },
	{ "an unknown attribute of the configuration", G("!10#1"), EINVAL },
	{ "attribute 0 of the configuration", G("!0#1"), EINVAL },
	{ "bytes after the configuration's attributes", G("1#0 _0000"),
	  EINVAL },
	{ "a list that is not flagged as a nest", G("!2(" TEN ")"), EINVAL },
	{ "names that are not flagged as a nest", G("!5(1'eth0')"), EINVAL },
	{ "0 affinity entries", G("!8#0"), ERANGE, BAD_MAX },
	{ "1048577 affinity entries", G("!8#1048577"), ERANGE, BAD_MAX },
	{ "the most affinity entries", G("!8#4294967295"), ERANGE, BAD_MAX },
	{ "affinity entries of 8 bytes", G("!8@1"), EINVAL },
	{ "a proxy name of 256 bytes", G("!9'*256'"), EINVAL },
	{ "a proxy name without its end", G("!9=6161"), EINVAL },
	{ "a proxy name of no bytes", G("!9."), EINVAL },
	{ "bytes after a proxy name's end", G("!9=610061"), EINVAL,
	  "a proxy name has bytes after its end" },

	/* lists */
	{ "a node port address without a length", G("2{!1{1=0a000000}}"),
	  EINVAL, NEEDS_BLOCK },
	{ "a cluster CIDR without an address", G("3{!1{2:8}}"), EINVAL,
	  NEEDS_BLOCK },
	{ "an empty node CIDR", G("4{" TEN "!1{}}"), EINVAL, NEEDS_BLOCK },
	{ "a service CIDR that is not flagged as a nest",
	  G("7{!1(1=0a000000 2:8)}"), EINVAL },
	{ "a node port address of 33 bits", G("2{1{1=0a000000 !2:33}}"), EINVAL,
	  LONG_BLOCK },
	{ "a cluster CIDR of 129 bits", G("3{1{1=" ANY6 " !2:129}}"), EINVAL,
	  LONG_BLOCK },
	{ "a node CIDR with host bits", G("4{1{!1=0a000001 2:24}}"), EINVAL,
	  HOST_BITS },
	{ "a v6 service CIDR with host bits",
	  G("7{1{!1=" ADDR6("01") " 2:112}}"), EINVAL, HOST_BITS },
	{ "a CIDR with an address of 5 bytes", G("3{1{!1=0a00000000 2:8}}"),
	  EINVAL, "an address has 4 or 16 bytes" },
	{ "a CIDR with an address of 17 bytes", G("3{1{!1=" ANY6 "00 2:8}}"),
	  ERANGE },
	{ "an unknown attribute of a CIDR", G("3{1{1=0a000000 2:8 !3:0}}"),
	  EINVAL },
	{ "bytes after the CIDRs", G("!3{" TEN "_000000}"), EINVAL, LIST_ENDS },
	{ "a bridge's name of 16 bytes", G("5{!1'" NAME_15 "p'}"), EINVAL,
	  BAD_NAME },
	{ "a bridge's name of 16 bytes, without its end",
	  G("5{!1=61616161616161616161616161616161}"), EINVAL, BAD_NAME },
	{ "an empty name of a bridge", G("5{1'br0' !1''}"), EINVAL, BAD_NAME },
	{ "a bridge's name of no bytes", G("5{!1.}"), EINVAL, BAD_NAME },
	{ "bytes after a bridge's name's end", G("5{!1=62720062}"), EINVAL,
	  BAD_NAME },
	{ "a prefix of 16 bytes", G("6{!1'" NAME_15 "p'}"), EINVAL, BAD_NAME },
	{ "an empty prefix", G("6{!1''}"), EINVAL, BAD_NAME },
	{ "a prefix of no bytes", G("6{!1.}"), EINVAL, BAD_NAME },
	{ "bytes after a prefix's end", G("6{!1=62720000}"), EINVAL, BAD_NAME },
	{ "bytes after the names", G("!5{1'br0' _000000}"), EINVAL, LIST_ENDS },
	{ "a name longer than its list", G("!6{1'br0' &60,1 _00}"), EINVAL,
	  LIST_ENDS },

	/* the order of messages */
	{ "the configuration twice",
	  { "G8{1#1}", "G!8{1#1}" },
	  EEXIST,
	  TWO_CONFIGS },
	{ "the configuration twice, a service between",
	  { "G8{1#1}", "S" X, "G!8{}" },
	  EEXIST,
	  TWO_CONFIGS },
	{ "the configuration after MORE",
	  { "S4{" KEY("y") "7{" FE("0a600009") "} 9.}", "G!8{1#1}" },
	  EINVAL,
	  NOT_COMPLETE },
	{ "a refused configuration after services",
	  { "S" X, "D4{" KEY("web") "}", "G8{!1#128}" },
	  EINVAL },

	/* the commit */
	{ "COMMIT that does not count the configuration",
	  { "G8{1#1}", "S" X, "C!6#1" },
	  EINVAL,
	  "messages of the transaction are missing" },
	{ "COMMIT that counts more than the configuration",
	  { "G8{1#1}", "C!6#2" },
	  EINVAL,
	  "messages of the transaction are missing" },
	{ "a configuration, and DEL of what is not there",
	  { "G8{1#1}", "D4{" KEY("y") "}", "C" },
	  ENOENT,
	  "there is no such service to delete",
	  2 },
	{ "a configuration, and a frontend in two services",
	  { "G8{1#1}", "S" X, "S" SVC("y", FE("0a600009"), ""), "C" },
	  EEXIST,
	  OTHERS,
	  3 },
};

/* What CONFIG_GET tells is @wanted, at the generation that INFO_GET tells. */
static void expect_config(const char *what, const char *wanted)
{
	uint64_t now_at = generation(&main_sock);
	bool good;

	good = !config_get(&main_sock) && answer.has_generation &&
	       answer.generation == now_at &&
	       count_attrs(answer.reply, answer.reply_len) == 2 &&
	       reply_has(8, wanted);
	check(good, "%s", what);
}

/* A transaction of one configuration, and what it is then. */
static void expect_set(const char *what, const char *attrs, const char *wanted)
{
	uint64_t was = generation(&main_sock);
	bool good;

	good = !begin(&main_sock) && !config_set(&main_sock, "8{%s}", attrs) &&
	       !commit(&main_sock, 1) && answer.generation == was + 1;
	if (!check(good, "accepted: %s", what))
		printf("# %s: %s\n", strerror(answer.error), answer.sentence);
	expect_config(what, wanted);
}

static void test_default(void)
{
	bool good;

	check(generation(&main_sock) == 0, "nothing has been set here");
	expect_config("before the first CONFIG_SET", DEFAULT_TEXT);
	good = call(&main_sock, KVIP_CMD_CONFIG_GET, "!1.") == EINVAL &&
	       answer.sentence[0] && answer.offset == message.blamed &&
	       call(&main_sock, KVIP_CMD_CONFIG_GET, "!8{}") == EINVAL &&
	       answer.sentence[0] && answer.offset == message.blamed;
	check(good, "CONFIG_GET: an attribute is refused");
	good = config_set(&main_sock, "8{}") == ENOENT &&
	       !strcmp(answer.sentence, "this socket has no transaction open");
	check(good, "CONFIG_SET needs a transaction");
	expect_config("and changes nothing without", DEFAULT_TEXT);
}

#define ALL                                                                 \
	"1#127 2{1{1=c0000200 2:24} 1{1=" ANY6 " 2:0}} 3{" TEN "}"          \
	"4{1{1=0af40100 2:24}} 5{1'br0' 1'cni0'} 6{1'veth' 1'" NAME_15 "'}" \
	"7{1{1=0a600000 2:16} 1{1=" ADDR6("00") " 2:112}} 8#4096 9'mine'"

static void test_values(void)
{
	static const char *const bits[] = {
		"1", "2", "4", "8", "16", "32", "64"
	};
	char *name, attrs[1024];
	unsigned int i;

	expect_set("an empty configuration", "", "1#0 8#131072");
	expect_set("everything", ALL, ALL);
	for (i = 0; i < sizeof(bits) / sizeof(*bits); i++) {
		char flag[16], wanted[32];

		snprintf(flag, sizeof(flag), "1#%s", bits[i]);
		snprintf(wanted, sizeof(wanted), "1#%s 8#131072", bits[i]);
		expect_set("one flag, and all else is gone", flag, wanted);
	}
	expect_set("one affinity entry", "8#1", "1#0 8#1");
	expect_set("the most affinity entries", "8#1048576", "1#0 8#1048576");
	expect_set("empty lists", "2{} 3{} 4{} 5{} 6{} 7{}", "1#0 8#131072");
	expect_set("an empty proxy name", "9''", "1#0 8#131072");
	/* 255 digits */
	if (asprintf(&name, "%0255d", 0) < 0)
		die("memory");
	snprintf(attrs, sizeof(attrs), "9'%s' 1#0 8#131072", name);
	expect_set("a proxy name of 255 bytes", attrs, attrs);
	free(name);
	expect_set("names of 15 bytes", "5{1'" NAME_15 "'} 6{1'" NAME_15 "'}",
		   "1#0 8#131072 5{1'" NAME_15 "'} 6{1'" NAME_15 "'}");
	expect_set("names without their ends", "5{1=627230} 6{1=76}",
		   "1#0 8#131072 5{1'br0'} 6{1'v'}");
	expect_set("items of other types",
		   "3{7{1=0a000000 2:8} 300{1=0b000000 2:8}} 5{0'br0' 99'x'}",
		   "1#0 8#131072 3{" TEN "1{1=0b000000 2:8}} 5{1'br0' 1'x'}");
	expect_set("all addresses, one address",
		   "2{1{1=00000000 2:0}"
		   "1{1=ffffffff 2:32} 1{1=" ADDR6("01") " 2:128}}",
		   "1#0 8#131072 2{1{1=00000000 2:0} 1{1=ffffffff 2:32}"
		   "1{1=" ADDR6("01") " 2:128}}");
}

/* @n items for the list of that type, with as long names as there are. */
static void put_list(FILE *to, unsigned int type, unsigned int n)
{
	unsigned int i;

	fprintf(to, "%u{", type);
	for (i = 0; i < n; i++) {
		if (type == 5 || type == 6)
			fprintf(to, "1'%015u'", i);
		else
			fprintf(to, "1{1=fd%030x 2:128}", i);
	}
	fputs("} ", to);
}

static char *lists_text(unsigned int first, unsigned int last, unsigned int n)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	for (; first <= last; first++)
		put_list(to, first, n);
	fclose(to);
	return text;
}

static void test_long_lists(void)
{
	static const char too_many[] =
		"a list of the configuration has at most 64 items";
	char *lists = lists_text(2, 7, 64), *all;
	unsigned int type;

	/* the longest that there is: 255 digits */
	if (asprintf(&all, "1#127 8#1048576 9'%0255d' %s", 0, lists) < 0)
		die("memory");
	expect_set("64 items in each list", all, all);
	free(all);
	free(lists);

	for (type = 2; type <= 7; type++) {
		struct refusal r = { "65 items in a list", .error = E2BIG,
				     .sentence = too_many };

		lists = lists_text(type, type, 65);
		if (asprintf(&all, "G8{!%s}", lists) < 0)
			die("memory");
		r.messages[0] = all;
		test_refusal(&r);
		free(all);
		free(lists);
	}
}

/* What leaves the configuration alone, and what does not. */
static void test_transactions(void)
{
	struct sock s = sock_open();
	uint64_t was;
	bool good;

	set_baseline();
	expect_set("a configuration among services", "1#3 9'p'",
		   "1#3 8#131072 9'p'");
	expect_tables("which stay", API_TEXT WEB_TEXT SIX_TEXT);
	was = generation(&main_sock);
	good = !begin(&s) && !config_set(&s, "8{}") && !txn_abort(&s) &&
	       generation(&main_sock) == was;
	check(good, "an aborted configuration");
	expect_config("leaves the old one", "1#3 8#131072 9'p'");
	good = !begin(&s) && !config_set(&s, "8{}") && !begin(&s) &&
	       !commit(&s, 0) && generation(&main_sock) == was;
	check(good, "a configuration before another begin");
	expect_config("leaves the old one", "1#3 8#131072 9'p'");
	good = !begin(&s) && !config_set(&s, "8{}");
	close(s.fd);
	s = sock_open();
	check(good && generation(&main_sock) == was,
	      "a configuration whose socket is closed");
	expect_config("leaves the old one", "1#3 8#131072 9'p'");

	good = !replace(&s) && !commit(&s, 0) && answer.generation == was + 1;
	check(good, "replacing all services with nothing");
	expect_config("leaves the configuration", "1#3 8#131072 9'p'");
	good = !replace(&s) && !config_set(&s, "8{1#8}") && !set(&s, WEB) &&
	       !commit(&s, 2) && answer.generation == was + 2;
	check(good, "replacing all services and the configuration");
	expect_config("sets it", "1#8 8#131072");
	expect_tables("and them", WEB_TEXT);
	good = !begin(&s) && !set(&s, API) && !config_set(&s, "8{1#4}") &&
	       !del(&s, "4{" KEY("web") "}") && !commit(&s, 3) &&
	       answer.generation == was + 3;
	check(good, "a configuration between services");
	expect_config("sets it", "1#4 8#131072");
	expect_tables("and them", API_TEXT);

	/* who has read the tables has read the configuration */
	was = generation(&main_sock);
	good = !call(&s, KVIP_CMD_TXN_BEGIN, "2@%llu",
		     (unsigned long long)was) &&
	       !set(&s, X) && !begin(&main_sock) &&
	       !config_set(&main_sock, "8{1#2}") && !commit(&main_sock, 1) &&
	       commit(&s, 1) == ESTALE && answer.sentence[0];
	check(good, "a configuration overtakes who set services");
	expect_config("and stays", "1#2 8#131072");
	expect_tables("where they do not come", API_TEXT);
	close(s.fd);
}

static void test_notifications(void)
{
	struct sock ear = sock_open();
	struct dump heard;
	uint64_t was;
	bool good, lost;
	char *all, *lists;
	char wanted[256];

	set_baseline();
	was = generation(&main_sock);
	listen_to(&ear);
	good = !begin(&main_sock) && !del(&main_sock, "4{" KEY("web") "}") &&
	       !config_set(&main_sock, "8{1#1}") &&
	       !set(&main_sock, "4{" KEY6("web") "}") && !commit(&main_sock, 3);
	check(good, "DEL, CONFIG_SET, SET");
	expect_events(&ear, "the configuration before the services", was,
		      "+1 CONFIG\n+1 DEL web v4 6 0: >\n+1 SET web v6 6 0: >\n"
		      "+1 COMMIT\n");
	good = !begin(&main_sock) && !config_set(&main_sock, "8{}") &&
	       !txn_abort(&main_sock);
	check(good, "an abort");
	expect_events(&ear, "nothing of it", was, "");
	good = !begin(&main_sock) && !config_set(&main_sock, "8{}") &&
	       !del(&main_sock, "4{" KEY("y") "}") &&
	       commit(&main_sock, 2) == ENOENT;
	check(good, "a refused commit");
	expect_events(&ear, "nothing of it", was, "");

	/* byte by byte */
	good = !begin(&main_sock) && !config_set(&main_sock, "8{5{1'br0'}}") &&
	       !commit(&main_sock, 1);
	snprintf(wanted, sizeof(wanted), "2@%llu 8{1#0 8#131072 5{1'br0'}}",
		 (unsigned long long)was + 2);
	heard = hear(&ear, &lost);
	good = good && !lost && heard.messages == 2 &&
	       heard_is(&heard, 0, KVIP_CMD_CONFIG_SET, wanted);
	check(good, "heard: what the configuration is");
	free(heard.bytes);

	lists = lists_text(2, 7, 64);
	if (asprintf(&all, "8{1#127 8#1048576 9'%0255d' %s}", 0, lists) < 0)
		die("memory");
	good = !begin(&main_sock) && !config_set(&main_sock, "%s", all) &&
	       !commit(&main_sock, 1);
	free(lists);
	if (asprintf(&lists, "2@%llu %s", (unsigned long long)was + 3, all) < 0)
		die("memory");
	heard = hear(&ear, &lost);
	good = good && !lost && heard.messages == 2 &&
	       heard_is(&heard, 0, KVIP_CMD_CONFIG_SET, lists);
	check(good, "heard: the longest configuration");
	free(heard.bytes);
	free(lists);
	free(all);
	close(ear.fd);
}

static void test_namespaces(void)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct sock there;
	bool good;

	expect_set("a configuration here", "1#5", "1#5 8#131072");
	if (here < 0 || unshare(CLONE_NEWNET))
		die("a network namespace");
	there = sock_open();
	if (setns(here, CLONE_NEWNET))
		die("back");
	good = !config_get(&there) && answer.generation == 0 &&
	       reply_has(8, DEFAULT_TEXT);
	check(good, "is not another namespace's");
	good = !begin(&there) && !config_set(&there, "8{1#2}") &&
	       !commit(&there, 1) && answer.generation == 1 &&
	       !config_get(&there) && reply_has(8, "1#2 8#131072");
	check(good, "which has its own");
	expect_config("and leaves ours", "1#5 8#131072");
	close(here);
	close(there.fd);
}

int main(void)
{
	test_name = "abi_config";
	main_sock = sock_open();
	test_default();
	test_values();
	test_transactions();
	test_long_lists();
	test_notifications();
	test_namespaces();
	set_baseline();
	expect_set("a configuration to be left as it is", ALL, ALL);
	test_refusals(refusals);
	replace(&main_sock);
	check(!commit(&main_sock, 0), "the end is empty");
	return failures ? 1 : 0;
}
