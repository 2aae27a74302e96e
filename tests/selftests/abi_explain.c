// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVIP_CMD_EXPLAIN as include/uapi/linux/kvip.h has it. To be run by root in a
 * network namespace that nothing has been done in yet, with the addresses
 * 10.1.0.1 and 10.1.0.2 on the loopback device, and with a device kv0 that has
 * 192.0.2.1/24 and 2001:db8::1/64.
 */
#include "abi_tables.h"

#define NEEDED "family, protocol, addresses and destination port are needed"
#define BAD_FAMILY "a family is AF_INET or AF_INET6"
#define OTHER_FAMILY "the address is not of that family"
#define NO_DEVICE "there is no such device"
#define NO_ROUTE                                                          \
	"this node has no route to the source; name the device that its " \
	"packets arrive on"

/* From 192.0.2.9 to 10.96.0.1, UDP port 80 */
#define FROM "3=c0000209 "
#define TO "5=0a600001 6=0050 "
#define FLOW "1:2 2:17 " FROM TO

struct refusal {
	const char *what;
	const char *attrs;
	int error;
	const char *sentence;
};

static const struct refusal refusals[] = {
	/* the message */
	{ "nothing", "", EINVAL, "KVIP_A_FLOW is missing" },
	{ "a service", "!4{" KEY("x") "}", EINVAL },
	{ "a flow and a rate", "9{" FLOW "} !10#1", EINVAL },
	{ "a flow that is not flagged as a nest", "!9(" FLOW ")", EINVAL },
	{ "bytes after the flow", "9{" FLOW "} _00", EINVAL },

	/* what is missing */
	{ "an empty flow", "!9{}", EINVAL, NEEDED },
	{ "no family", "!9{2:17 " FROM TO "}", EINVAL, NEEDED },
	{ "no protocol", "!9{1:2 " FROM TO "}", EINVAL, NEEDED },
	{ "no source address", "!9{1:2 2:17 " TO "}", EINVAL, NEEDED },
	{ "no destination address", "!9{1:2 2:17 " FROM "6=0050}", EINVAL,
	  NEEDED },
	{ "no destination port", "!9{1:2 2:17 " FROM "5=0a600001}", EINVAL,
	  NEEDED },

	/* what is wrong */
	{ "family 0", "9{!1:0 2:17 " FROM TO "}", EINVAL, BAD_FAMILY },
	{ "family 7", "9{!1:7 2:17 " FROM TO "}", EINVAL, BAD_FAMILY },
	{ "a family of 4 bytes", "9{!1#2 2:17 " FROM TO "}", EINVAL },
	{ "a protocol of 2 bytes", "9{1:2 !2=0011 " FROM TO "}", EINVAL },
	{ "a v6 source in a v4 flow", "9{1:2 2:17 !3=" ADDR6("01") " " TO "}",
	  EINVAL, OTHER_FAMILY },
	{ "v4 addresses in a v6 flow", "9{1:10 2:17 !" FROM TO "}", EINVAL,
	  OTHER_FAMILY },
	{ "a v6 destination in a v4 flow",
	  "9{1:2 2:17 " FROM "!5=" ADDR6("01") " 6=0050}", EINVAL,
	  OTHER_FAMILY },
	{ "a source of 3 bytes", "9{1:2 2:17 !3=c00002 " TO "}", EINVAL,
	  OTHER_FAMILY },
	{ "a source of no bytes", "9{1:2 2:17 !3. " TO "}", EINVAL,
	  OTHER_FAMILY },
	{ "a destination of 5 bytes",
	  "9{1:2 2:17 " FROM "!5=0a60000100 6=0050}", EINVAL, OTHER_FAMILY },
	{ "a destination of 17 bytes",
	  "9{1:10 2:17 3=" ADDR6("01") " !5=" ADDR6("01") "00 6=0050}",
	  ERANGE },
	{ "a source port of 4 bytes", "9{" FLOW "!4#80}", EINVAL },
	{ "a destination port of 1 byte",
	  "9{1:2 2:17 " FROM "5=0a600001 !6:80}", EINVAL },
	{ "a flag with a value", "9{" FLOW "!7:1}", ERANGE },
	{ "a verdict in a request", "9{" FLOW "!9:1}", EINVAL },
	{ "candidates in a request", "9{" FLOW "!25{}}", EINVAL },
	{ "attribute 0 of a flow", "9{!0:1 " FLOW "}", EINVAL },
	{ "an unknown attribute of a flow", "9{" FLOW "!26:1}", EINVAL },
	{ "bytes after a flow's attributes", "9{" FLOW "_0000}", EINVAL },

	/* where it comes from */
	{ "an unknown device", "9{" FLOW "!8'kv9'}", EINVAL, NO_DEVICE },
	{ "a device without a name", "9{" FLOW "!8''}", EINVAL, NO_DEVICE },
	{ "a device's name of no bytes", "9{" FLOW "!8.}", EINVAL },
	{ "a device's name of 16 bytes", "9{" FLOW "!8'*16'}", EINVAL },
	{ "a device's name without its end", "9{" FLOW "!8=6b7630}", EINVAL },
	{ "bytes after a device's name's end", "9{" FLOW "!8=6b76300061}",
	  EINVAL, NO_DEVICE },
	{ "sent, and arriving", "9{" FLOW "7. !8'kv0'}", EINVAL,
	  "what this node sends does not arrive on a device" },
	{ "sent, and arriving on an unknown device", "9{" FLOW "7. !8'kv9'}",
	  EINVAL, "what this node sends does not arrive on a device" },
	{ "no route to the source", "9{1:2 2:17 !3=cb007101 " TO "}", EINVAL,
	  NO_ROUTE },
	{ "no route to the v6 source",
	  "9{1:10 2:17 !3=" ADDR6("01") " 5=" ADDR6("02") " 6=0050}", EINVAL,
	  NO_ROUTE },
};

static void test_refusal(const struct refusal *r)
{
	struct sock s = sock_open();
	int error = explain(&s, "%s", r->attrs);
	size_t blamed = message.blamed;
	bool good;

	good = error == r->error && answer.sentence[0] &&
	       (!r->sentence || !strcmp(answer.sentence, r->sentence)) &&
	       (!blamed || (answer.has_offset && answer.offset == blamed)) &&
	       !answer.reply_len;
	if (!check(good, "refused: %s", r->what))
		printf("# wanted: %s, \"%s\", attribute at %zu\n"
		       "# got: %s, \"%s\", attribute at %u\n",
		       strerror(r->error), r->sentence ? r->sentence : "any",
		       blamed, error ? strerror(error) : "accepted",
		       answer.sentence, answer.offset);
	close(s.fd);
}

/* The answer to the flow @asked is the flow @wanted, and nothing else. */
static void expect_flow(const char *what, const char *asked, const char *wanted)
{
	uint64_t now_at = generation(&main_sock);
	bool good;

	good = !explain(&main_sock, "9{%s}", asked) && answer.has_generation &&
	       answer.generation == now_at &&
	       count_attrs(answer.reply, answer.reply_len) == 2 &&
	       reply_has(9, wanted);
	if (!check(good, "%s", what) && answer.error)
		printf("# %s: %s\n", strerror(answer.error), answer.sentence);
}

static void must(int error)
{
	if (!error)
		return;
	printf("# %s: %s\n", strerror(error), answer.sentence);
	die("a transaction");
}

static void set_config(const char *attrs)
{
	must(begin(&main_sock));
	must(config_set(&main_sock, "8{%s}", attrs));
	must(commit(&main_sock, 1));
}

#define T "1:2 2:17 3=c0000209 4=0000 5=0a600001 6=0050 "
#define T_TO(addr, port) "1:2 2:17 3=c0000209 4=0000 5=" addr " 6=" port " "
#define F_TO(addr, port) "1:2 2:17 " FROM "5=" addr " 6=" port " "
#define KV0 "8'kv0' "
#define AWAY "2=0a090909 3=1f90 4#1"
#define ONE(source) "9:1 10:0 11:1 12'one' 13#1 " source " 17:0 18#1 19#0 20#1 "
#define CHOSEN "23{" AWAY "} 25{1{" AWAY " 5'n' 6@0}} "

static void test_before(void)
{
	check(generation(&main_sock) == 0, "nothing has been set here");
	expect_flow("before the first transaction, a flow that arrives", FLOW,
		    T KV0 "9:0 10:0");
	expect_flow("before the first transaction, a flow that is sent",
		    FLOW "7.", T "7. 9:0 10:0");
	expect_flow("before the first transaction, IPv6",
		    "1:10 2:6 3=20010db8000000000000000000000009 4=1234 "
		    "5=" ADDR6("01") " 6=0050",
		    "1:10 2:6 3=20010db8000000000000000000000009 4=1234 "
		    "5=" ADDR6("01") " 6=0050 8'kv0' 9:0 10:0");
}

#define UDP(name, flags, rest) "4{2'" name "' 3:2 4:17 5#" flags " " rest "}"

static void set_all(void)
{
	must(replace(&main_sock));
	must(config_set(&main_sock, "8{1#16}"));
	must(set(&main_sock,
		 UDP("one", "1", "7{" FE("0a600001") "} 8{1{" AWAY " 5'n'}}")));
	must(set(&main_sock, UDP("none", "0", "7{" FE("0a600002") "}")));
	must(set(&main_sock,
		 UDP("away", "3", "7{" FE("0a600003") "} 8{1{" AWAY "}}")));
	must(set(&main_sock, UDP("lb", "5",
				 "13{1{1=c0000200 2:24}} 7{1{1=cb007109 2=0050 "
				 "3:3}} 8{1{2=0a090909 3=1f90 4#3 5'n'}}")));
	must(set(&main_sock,
		 UDP("np", "1", "7{1{1=00000000 2=7530 3:4}} 8{1{" AWAY "}}")));
	must(set(&main_sock, UDP("empty", "0", "7{1{1=00000000 2=7531 3:4}}")));
	must(set(&main_sock,
		 UDP("sticky", "1",
		     "11#1000 7{" FE("0a600004") "} 8{" BE("0a010001") "}")));
	must(set(&main_sock, "4{2'six' 3:10 4:6 5#1 7{" FE(
				     ADDR6("01")) "} 8{" BE(ADDR6("02")) "}}"));
	must(commit(&main_sock, 9));
}

static void test_verdicts(void)
{
	expect_flow("a ClusterIP", FLOW, T KV0 ONE("15:0 16:0") "24:0 " CHOSEN);
	expect_flow("the source port is given back", FLOW "4=d431",
		    "1:2 2:17 3=c0000209 4=d431 5=0a600001 6=0050 " KV0 ONE(
			    "15:0 16:0") "24:0 " CHOSEN);
	expect_flow("it is sent", FLOW "7.",
		    T "7. " ONE("15:1 16:2") "24:0 " CHOSEN);
	expect_flow("it arrives on a device that is named", FLOW "8'lo'",
		    T "8'lo' " ONE("15:0 16:0") "24:0 " CHOSEN);
	expect_flow("a source of this node's: it is sent",
		    "1:2 2:17 3=0a010001 " TO,
		    "1:2 2:17 3=0a010001 4=0000 " TO
		    "7. " ONE("15:1 16:2") "24:0 " CHOSEN);
	expect_flow("127.0.0.1: it is sent, and hidden",
		    "1:2 2:17 3=7f000001 " TO,
		    "1:2 2:17 3=7f000001 4=0000 " TO
		    "7. " ONE("15:1 16:2") "24:7 " CHOSEN);
	expect_flow("a source of this node's that arrives",
		    "1:2 2:17 3=0a010001 8'kv0' " TO,
		    "1:2 2:17 3=0a010001 4=0000 " TO KV0 ONE(
			    "15:1 16:3") "24:0 " CHOSEN);
	expect_flow("S31: the backend is the client",
		    "1:2 2:17 3=0a090909 8'kv0' " TO,
		    "1:2 2:17 3=0a090909 4=0000 " TO KV0 ONE(
			    "15:0 16:0") "24:5 " CHOSEN);
	expect_flow("a port that the ClusterIP does not have",
		    F_TO("0a600001", "0051"),
		    T_TO("0a600001", "0051") KV0 "9:2 10:4");
	expect_flow("a protocol that it does not have", "1:2 2:132 " FROM TO,
		    "1:2 2:132 3=c0000209 4=0000 " TO KV0 "9:2 10:4");
	expect_flow("an address that is no service's", F_TO("0a600009", "0050"),
		    T_TO("0a600009", "0050") KV0 "9:0 10:0");
	expect_flow("no endpoint", F_TO("0a600002", "0050"),
		    T_TO("0a600002", "0050") KV0
		    "9:2 10:3 11:1 12'none' 13#0 15:0 16:0 17:0 "
		    "18#0 19#0 20#0");
	expect_flow("no local endpoint", F_TO("0a600003", "0050"),
		    T_TO("0a600003", "0050") KV0
		    "9:3 10:5 11:1 12'away' 13#3 15:0 16:0 17:1 "
		    "18#0 19#0 20#1");
	expect_flow("a load balancer's IP, and the range that has the source",
		    F_TO("cb007109", "0050"),
		    T_TO("cb007109", "0050") KV0
		    "9:1 10:0 11:3 12'lb' 13#5 15:0 16:0 17:3 "
		    "14{1=c0000200 2:24} 18#1 19#1 20#1 24:0 "
		    "23{2=0a090909 3=1f90 4#3} "
		    "25{1{2=0a090909 3=1f90 4#3 5'n' 6@0}}");
	expect_flow("S38: no range has the source",
		    "1:2 2:17 3=c6336401 8'kv0' 5=cb007109 6=0050",
		    "1:2 2:17 3=c6336401 4=0000 5=cb007109 6=0050 " KV0
		    "9:3 10:6 11:3 12'lb' 13#5 15:0 16:0 19#1 20#1");
	expect_flow("a node port at an address that has none",
		    F_TO("c0000201", "7530"),
		    T_TO("c0000201", "7530") KV0 "9:0 10:1");
	expect_flow(
		"IPv6",
		"1:10 2:6 3=20010db8000000000000000000000009 5=" ADDR6(
			"01") " 6=0050",
		"1:10 2:6 3=20010db8000000000000000000000009 4=0000 5=" ADDR6(
			"01") " 6=0050 " KV0
			      "9:1 10:0 11:1 12'six' 13#1 15:0 16:0 17:0 18#1 19#0 20#1 "
			      "24:0 23{2=" ADDR6(
				      "02") " 3=1f90 4#1} "
					    "25{1{2=" ADDR6(
						    "02") " 3=1f90 4#1 6@0}}");
}

#define NP_FLOW F_TO("c0000201", "7530")
#define NP T_TO("c0000201", "7530") KV0

static void test_config(void)
{
	set_config("3{1{1=c0000200 2:24}}");
	expect_flow("a pod by a cluster CIDR", FLOW,
		    T KV0 ONE("15:2 16:4") "24:0 " CHOSEN);
	set_config("4{1{1=c0000200 2:24}}");
	expect_flow("a pod by a node CIDR", FLOW,
		    T KV0 ONE("15:2 16:5") "24:0 " CHOSEN);
	set_config("5{1'kv0'}");
	expect_flow("a pod by a bridge", FLOW,
		    T KV0 ONE("15:2 16:6") "24:0 " CHOSEN);
	set_config("6{1'kv'}");
	expect_flow("a pod by a prefix", FLOW,
		    T KV0 ONE("15:2 16:7") "24:0 " CHOSEN);
	set_config("5{1'kv'} 6{1'kv1'}");
	expect_flow("no pod, and hidden", FLOW,
		    T KV0 ONE("15:0 16:1") "24:2 " CHOSEN);
	set_config("1#1");
	expect_flow("all are hidden", FLOW,
		    T KV0 ONE("15:0 16:0") "24:1 " CHOSEN);
	set_config("7{1{1=0a600000 2:16}}");
	expect_flow("an address for services that none has",
		    F_TO("0a600009", "0050"),
		    T_TO("0a600009", "0050") KV0 "9:3 10:7");
	set_config("2{1{1=c0000201 2:32}}");
	expect_flow("a node port", NP_FLOW,
		    NP "9:1 10:0 11:4 12'np' 13#1 15:0 16:0 17:2 18#1 19#0 "
		       "20#1 24:3 23{" AWAY "} 25{1{" AWAY " 6@0}}");
	expect_flow("a node port without an endpoint", F_TO("c0000201", "7531"),
		    T_TO("c0000201", "7531") KV0
		    "9:2 10:3 11:4 12'empty' 13#0 15:0 16:0 17:2 "
		    "18#0 19#0 20#0");
	set_config("1#4 2{1{1=c0000201 2:32}}");
	expect_flow("a node port without an endpoint, left to the host",
		    F_TO("c0000201", "7531"),
		    T_TO("c0000201", "7531") KV0
		    "9:0 10:2 11:4 12'empty' 13#0 15:0 16:0 17:2 "
		    "18#0 19#0 20#0");
	set_config("");
}

/* One datagram from 10.1.0.2 to 10.96.0.4. */
static void use_sticky(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(80),
		.sin_addr.s_addr = htonl(0x0a600004),
	}, from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x0a010002),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) ||
	    sendto(fd, "?", 1, 0, (const struct sockaddr *)&to, sizeof(to)) !=
		    1)
		die("a datagram");
	close(fd);
}

#define STICKY "1:2 2:17 3=0a010002 5=0a600004 6=0050"
#define STUCK                                                            \
	"1:2 2:17 3=0a010002 4=0000 5=0a600004 6=0050 7. 9:1 10:0 11:1 " \
	"12'sticky' 13#1 15:1 16:2 17:0 18#1 19#0 20#1 24:0 "

/* The seconds left of 1000, which it may take a moment to come to ask. */
static uint32_t affinity_left(void)
{
	const struct nlattr *flow, *left = NULL;

	if (!explain(&main_sock, "9{" STICKY "}")) {
		flow = find(answer.reply, answer.reply_len, 9);
		left = find(data_of(flow), len_of(flow), 22);
	}
	return left ? (uint32_t)number(left) : 0;
}

static void expect_stuck(const char *what, unsigned int state,
			 const char *backend, unsigned int conns)
{
	uint32_t left = affinity_left();
	char wanted[512];

	check(left > 900 && left <= 1000, "%s: %u s are left", what, left);
	snprintf(wanted, sizeof(wanted),
		 STUCK "21:%u 22#%u 23{%s} 25{1{%s 6@%u}}", state, left,
		 backend, backend, conns);
	expect_flow(what, STICKY, wanted);
}

static void test_affinity(void)
{
	expect_flow("affinity, without an entry", STICKY,
		    STUCK "21:0 23{2=0a010001 3=1f90 4#1} "
			  "25{1{2=0a010001 3=1f90 4#1 6@0}}");
	check(info(10, 4) == 0, "makes no entry");
	use_sticky();
	check(info(10, 4) == 1, "a connection makes one");
	expect_stuck("an entry whose backend is there", 1,
		     "2=0a010001 3=1f90 4#1", 1);
	must(begin(&main_sock));
	must(set(&main_sock,
		 UDP("sticky", "1",
		     "11#1000 7{" FE("0a600004") "} 8{1{" AWAY "}}")));
	must(commit(&main_sock, 1));
	expect_stuck("an entry whose backend is gone", 2,
		     "2=0a090909 3=1f90 4#1", 0);
	check(info(10, 4) == 1, "and the entry stays");
}

static void test_many(void)
{
	const struct nlattr *flow, *list = NULL, *size = NULL, *item, *node;
	char *text = NULL;
	unsigned int i, n = 0;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	bool good = true;
	int left;

	fputs("4{2'many' 3:10 4:17 5#1 7{" FE(ADDR6("10")) "} 8{", to);
	for (i = 0; i < 100; i++)
		fprintf(to, "1{2=fd%030x 3=1f90 4#1 5'*255'}", 256 + i);
	fputs("}}", to);
	fclose(to);
	must(begin(&main_sock));
	must(set(&main_sock, "%s", text));
	must(commit(&main_sock, 1));
	free(text);

	must(explain(&main_sock, "9{1:10 2:17 3=%s 5=" ADDR6("10") " 6=0050}",
		     "20010db8000000000000000000000009"));
	flow = find(answer.reply, answer.reply_len, 9);
	if (flow) {
		size = find(data_of(flow), len_of(flow), 18);
		list = find(data_of(flow), len_of(flow), 25);
	}
	check(size && number(size) == 100, "a list of 100 backends");
	if (!list)
		die("candidates");
	nla_for_each_attr(item, data_of(list), len_of(list), left) {
		node = find(data_of(item), len_of(item), 5);
		good = good && node && len_of(node) == 256;
		n++;
	}
	check(good && n == 64, "64 of them are candidates, whole");
}

/* The tables and what INFO_GET tells, as text. */
static char *state_text(void)
{
	char *tables = tables_text(&main_sock), *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	generation(&main_sock);
	print_attrs(to, answer.reply, answer.reply_len);
	fprintf(to, "\n%s", tables);
	fclose(to);
	free(tables);
	return text;
}

static void test_no_change(void)
{
	char *before = state_text(), *after;
	unsigned int i;
	bool good = true;

	for (i = 0; i < 1000; i++) {
		good = good && !explain(&main_sock, "9{" FLOW "4=%04x}", i) &&
		       !explain(&main_sock, "9{" STICKY "}") &&
		       !explain(&main_sock,
				"9{1:2 2:17 3=c00002%02x 5=0a600004 "
				"6=0050}",
				i % 256) &&
		       !explain(&main_sock,
				"9{" F_TO("0a600002", "0050") "}") &&
		       !explain(&main_sock, "9{" F_TO("0a600001", "0051") "}");
	}
	after = state_text();
	if (!check(good && !strcmp(before, after),
		   "5000 explanations change nothing"))
		printf("# before:\n%s# after:\n%s", before, after);
	free(before);
	free(after);
}

int main(void)
{
	unsigned int i;
	char *before, *after;

	test_name = "abi_explain";
	main_sock = sock_open();
	test_before();
	set_all();
	test_verdicts();
	test_config();
	test_affinity();
	test_many();
	test_no_change();
	before = state_text();
	for (i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
		test_refusal(&refusals[i]);
	after = state_text();
	check(!strcmp(before, after), "refused explanations change nothing");
	free(before);
	free(after);
	replace(&main_sock);
	check(!commit(&main_sock, 0), "the end is empty");
	return failures ? 1 : 0;
}
