// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract of include/uapi/linux/kvip.h, kept by the kernel module:
 * transactions, what is refused and how, and what commits do. Who may is
 * abi_access.c's; options and lists of services are abi_service.c's; dumps,
 * notifications and large tables are abi_stream.c's.
 *
 * To be run by root in a network namespace that is not used for anything else,
 * where 10.1.0.1, 10.1.0.2 and 10.96.0.0/16 are routed to the loopback device.
 */
#include "abi_refusal.h"

#define BAD_COUNT "messages of the transaction are missing"
#define NOT_THERE "there is no such service to delete"
#define BACKEND_TWICE "a backend is in the service twice"

static const struct refusal refusals[] = {
	/* the message */
	{ "SET of nothing", { "S" }, EINVAL, "KVIP_A_SERVICE is missing" },
	{ "DEL of nothing", { "D" }, EINVAL, "KVIP_A_SERVICE is missing" },
	{ "an unknown attribute of SET",
	  { "S" X "!7#1" },
	  EINVAL,
	  .by_core = true },
	{ "an unknown attribute of DEL",
	  { "D4{" KEY("web") "} !9#1" },
	  EINVAL,
	  .by_core = true },
	{ "a generation in SET", { "S" X "!2@1" }, EINVAL, .by_core = true },
	{ "padding in SET", { "S" X "!1." }, EINVAL, .by_core = true },
	{ "a count in SET", { "S!6#1" X }, EINVAL, .by_core = true },
	{ "a service that is not flagged as a nest",
	  { "S!4(" KEY("x") ")" },
	  EINVAL,
	  .by_core = true },
	{ "a service longer than its message",
	  { "S&200,4 _00000000" },
	  EINVAL,
	  .by_core = true },
	{ "bytes after the attributes",
	  { "S" X "_00" },
	  EINVAL,
	  .by_core = true },
	{ "an empty service", { "S!4{}" }, EINVAL, "a service needs a name" },

	/* the service */
	{ "no name", { "S!4{3:2 4:6}" }, EINVAL, "a service needs a name" },
	{ "no family", { "S!4{2'x' 4:6}" }, EINVAL, "a service needs a family" },
	{ "no protocol",
	  { "S!4{2'x' 3:2}" },
	  EINVAL,
	  "a service needs a protocol" },
	{ "an empty name", S("!2'' 3:2 4:6"), EINVAL,
	  "a service's name can't be empty" },
	{ "a name of no bytes", S("!2. 3:2 4:6"), EINVAL },
	{ "a name of 256 bytes", S("!2'*256' 3:2 4:6"), EINVAL },
	{ "a name without its end", S("!2=776562 3:2 4:6"), EINVAL },
	{ "bytes after a name's end", S("!2=77656200620a 3:2 4:6"), EINVAL,
	  "a service's name has bytes after its end" },
	{ "a name with two ends", S("!2=7765620000 3:2 4:6"), EINVAL,
	  "a service's name has bytes after its end" },
	{ "family 0", S("2'x' !3:0 4:6"), EINVAL,
	  "a service's family is AF_INET or AF_INET6" },
	{ "family 7", S("2'x' !3:7 4:6"), EINVAL,
	  "a service's family is AF_INET or AF_INET6" },
	{ "a family of two bytes", S("2'x' !3=0200 4:6"), EINVAL },
	{ "protocol 0", S("2'x' 3:2 !4:0"), EINVAL,
	  "a service's protocol is TCP, UDP or SCTP" },
	{ "ICMP", S("2'x' 3:2 !4:1"), EINVAL,
	  "a service's protocol is TCP, UDP or SCTP" },
	{ "unknown flags of a service", S(KEY("x") "!5#128"), EINVAL },
	{ "the highest flag of a service", S(KEY("x") "!5#2147483648"),
	  EINVAL },
	{ "flags of 8 bytes", S(KEY("x") "!5@1"), EINVAL },
	{ "an unknown attribute of a service", S(KEY("x") "!17#1"), EINVAL },
	{ "attribute 0 of a service", S(KEY("x") "!0#1"), EINVAL },
	{ "padding in a service", S(KEY("x") "!1."), EINVAL },
	{ "a counter in a request", S(KEY("x") "!10@1"), EINVAL },
	{ "a flag with a value", S(KEY("x") "!9#1"), ERANGE },
	{ "a list that is not flagged as a nest",
	  S(KEY("x") "!7(" FE("0a600009") ")"), EINVAL },
	{ "a name flagged as a nest", S("!2{3:2} 3:2 4:6"), EINVAL },
	{ "bytes after a service's attributes", S(KEY("x") "_0000"), EINVAL },
	{ "a list longer than its service", S(KEY("x") "&60,7 _00"), EINVAL },

	/* frontends */
	{ "a frontend that is not flagged as a nest",
	  F("!1(1=0a600009 2=0050 3:1)"), EINVAL },
	{ "an empty frontend", F("!1{}"), EINVAL, "a frontend needs a kind" },
	{ "a frontend without a kind", F("!1{1=0a600009 2=0050}"), EINVAL,
	  "a frontend needs a kind" },
	{ "a frontend without an address", F("!1{2=0050 3:1}"), EINVAL,
	  NO_ADDR },
	{ "a frontend without a port", F("!1{1=0a600009 3:1}"), EINVAL,
	  NO_PORT },
	{ "an unknown attribute of a frontend",
	  F("1{1=0a600009 2=0050 3:1 !4#1}"), EINVAL },
	{ "bytes after a frontend's attributes",
	  F("1{1=0a600009 2=0050 3:1 _000000}"), EINVAL },
	{ "a port longer than its frontend", F("1{1=0a600009 3:1 &9,2 _00}"),
	  EINVAL },
	{ "bytes after the frontends",
	  S(KEY("x") "!7{" FE("0a600009") "_000000"
					  "}"),
	  EINVAL, LIST_ENDS },
	{ "a frontend longer than its list",
	  S(KEY("x") "!7{" FE("0a600009") "&60,1 _00"
					  "}"),
	  EINVAL, LIST_ENDS },
	{ "a frontend shorter than its header",
	  S(KEY("x") "!7{"
		     "&3,1" FE("0a600009") "}"),
	  EINVAL, LIST_ENDS },
	{ "a v6 frontend of a v4 service", F("1{!1=" ADDR6("09") "2=0050 3:1}"),
	  EINVAL, BAD_LENGTH },
	{ "a v4 frontend of a v6 service", F6("1{!1=0a600009 2=0050 3:1}"),
	  EINVAL, BAD_LENGTH },
	{ "an address of 3 bytes", F("1{!1=0a6000 2=0050 3:1}"), EINVAL,
	  BAD_LENGTH },
	{ "an address of no bytes", F("1{!1. 2=0050 3:1}"), EINVAL,
	  BAD_LENGTH },
	{ "an address of 17 bytes", F6("1{!1=" ADDR6("09") "00 2=0050 3:1}"),
	  ERANGE },
	{ "frontend 0.0.0.0", F("1{!1=00000000 2=0050 3:1}"), EINVAL,
	  BAD_ADDR },
	{ "frontend 127.0.0.1", F("1{!1=7f000001 2=0050 3:1}"), EINVAL,
	  BAD_ADDR },
	{ "frontend 224.0.0.1", F("1{!1=e0000001 2=0050 3:1}"), EINVAL,
	  BAD_ADDR },
	{ "frontend 255.255.255.255", F("1{!1=ffffffff 2=0050 3:1}"), EINVAL,
	  BAD_ADDR },
	{ "frontend ::", F6("1{!1=00000000000000000000000000000000 2=0050 3:1}"),
	  EINVAL, BAD_ADDR },
	{ "frontend ::1",
	  F6("1{!1=00000000000000000000000000000001 2=0050 3:1}"), EINVAL,
	  BAD_ADDR },
	{ "frontend ff02::1",
	  F6("1{!1=ff020000000000000000000000000001 2=0050 3:1}"), EINVAL,
	  BAD_ADDR },
	{ "frontend ::ffff:10.96.0.9",
	  F6("1{!1=00000000000000000000ffff0a600009 2=0050 3:1}"), EINVAL,
	  BAD_ADDR },
	{ "frontend port 0", F("1{1=0a600009 !2=0000 3:1}"), EINVAL, BAD_PORT },
	{ "a port of 4 bytes", F("1{1=0a600009 !2#80 3:1}"), EINVAL },

	/* backends */
	{ "an empty backend", B("!1{}"), EINVAL, NO_PORT },
	{ "a backend that is not flagged as a nest", B("!1(2=0a010009 3=1f90)"),
	  EINVAL },
	{ "a backend without a port", B("!1{2=0a010009}"), EINVAL, NO_PORT },
	{ "a backend without an address", B("!1{3=1f90 4#1}"), EINVAL,
	  NO_ADDR },
	{ "an unknown attribute of a backend", B("1{2=0a010009 3=1f90 !7#1}"),
	  EINVAL },
	{ "padding in a backend", B("1{!1. 2=0a010009 3=1f90}"), EINVAL },
	{ "a backend's counter in a request", B("1{2=0a010009 3=1f90 !6@1}"),
	  EINVAL },
	{ "unknown flags of a backend", B("1{2=0a010009 3=1f90 !4#64}"),
	  EINVAL },
	{ "bytes after the backends",
	  S(KEY("x") "!8{" BE("0a010009") "_0000"
					  "}"),
	  EINVAL, LIST_ENDS },
	{ "a backend longer than its list",
	  S(KEY("x") "!8{"
		     "&24,1 _02"
		     "}"),
	  EINVAL, LIST_ENDS },
	{ "a node without a name", B("1{2=0a010009 3=1f90 !5''}"), EINVAL,
	  "a node's name can't be empty" },
	{ "a node's name of 256 bytes", B("1{2=0a010009 3=1f90 !5'*256'}"),
	  EINVAL },
	{ "a node's name without its end", B("1{2=0a010009 3=1f90 !5=6161}"),
	  EINVAL },
	{ "bytes after a node's name's end",
	  B("1{2=0a010009 3=1f90 !5=610061}"), EINVAL,
	  "a node's name has bytes after its end" },
	{ "backend port 0", B("1{2=0a010009 !3=0000}"), EINVAL, BAD_PORT },
	{ "backend 0.0.0.0", B("1{!2=00000000 3=1f90}"), EINVAL, BAD_ADDR },
	{ "backend 127.0.0.1", B("1{!2=7f000001 3=1f90}"), EINVAL, BAD_ADDR },
	{ "backend 239.1.1.1", B("1{!2=ef010101 3=1f90}"), EINVAL, BAD_ADDR },
	{ "backend ::1", B6("1{!2=00000000000000000000000000000001 3=1f90}"),
	  EINVAL, BAD_ADDR },
	{ "a v6 backend of a v4 service", B("1{!2=" ADDR6("09") "3=1f90}"),
	  EINVAL, BAD_LENGTH },
	{ "a backend twice, in order",
	  B(BE("0a010001") BE("0a010002") BE("0a010002")), EEXIST,
	  BACKEND_TWICE },
	{ "a backend twice, in no order",
	  B(BE("0a010002") BE("0a010001") BE("0a010002")), EEXIST,
	  BACKEND_TWICE },
	{ "a backend twice, in two messages",
	  { "S4{" KEY("x") "8{" BE("0a010001") "} 9.}",
	    "S4{" KEY("x") "8{" BE("0a010001") "}}" },
	  EEXIST,
	  BACKEND_TWICE },

	/* the order of messages */
	{ "a service twice", { "S" X, "S" X }, EEXIST, TWICE },
	{ "SET and DEL of a service",
	  { "S" WEB, "D4{" KEY("web") "}" },
	  EEXIST,
	  TWICE },
	{ "DEL and SET of a service",
	  { "D4{" KEY("web") "}", "S" WEB },
	  EEXIST,
	  TWICE },
	{ "DEL twice",
	  { "D4{" KEY("web") "}", "D4{" KEY("web") "}" },
	  EEXIST,
	  TWICE },
	{ "DEL with flags", { "D4{" KEY("web") "!5#0}" }, EINVAL, DEL_EXTRA },
	{ "DEL with frontends",
	  { "D4{" KEY("web") "!7{}}" },
	  EINVAL,
	  DEL_EXTRA },
	{ "DEL with more to come",
	  { "D4{" KEY("web") "!9.}" },
	  EINVAL,
	  DEL_EXTRA },
	{ "DEL without a protocol",
	  { "D!4{2'web' 3:2}" },
	  EINVAL,
	  "a service needs a protocol" },
	{ "another service after MORE",
	  { "S4{" KEY("y") "9.}", "S" X },
	  EINVAL,
	  NOT_COMPLETE },
	{ "the same name, another family after MORE",
	  { "S4{" KEY("y") "9.}", "S4{" KEY6("y") "}" },
	  EINVAL,
	  NOT_COMPLETE },
	{ "DEL of another after MORE",
	  { "S4{" KEY("y") "9.}", "D!4{" KEY("web") "}" },
	  EINVAL,
	  NOT_COMPLETE },
	{ "DEL of the same after MORE",
	  { "S4{" KEY("y") "9.}", "D!4{" KEY("y") "}" },
	  EINVAL,
	  NOT_COMPLETE },
	{ "COMMIT after MORE",
	  { "S4{" KEY("y") "9.}", "C" },
	  EINVAL,
	  "the lists of the last service are not complete" },
	{ "flags after MORE",
	  { "S4{" KEY("y") "9.}", "S!4{" KEY("y") "5#0}" },
	  EINVAL,
	  ONLY_LISTS },
	{ "an algorithm after MORE",
	  { "S4{" KEY("y") "9.}", "S!4{" KEY("y") "6:0}" },
	  EINVAL,
	  ONLY_LISTS },

	/* the commit */
	{ "COMMIT without a count",
	  { "S" X, "C-" },
	  EINVAL,
	  "KVIP_A_MESSAGES is missing" },
	{ "COMMIT that counts too few", { "S" X, "C!6#0" }, EINVAL, BAD_COUNT },
	{ "COMMIT that counts too many", { "S" X, "C!6#2" }, EINVAL, BAD_COUNT },
	{ "DEL of what is not there",
	  { "S" X, "D4{" KEY("y") "}", "C" },
	  ENOENT,
	  NOT_THERE,
	  2 },
	{ "DEL of another family",
	  { "D4{" KEY6("api") "}", "S" X, "C" },
	  ENOENT,
	  NOT_THERE,
	  1 },
	{ "DEL of another protocol",
	  { "D4{2'web' 3:2 4:17}", "C" },
	  ENOENT,
	  NOT_THERE,
	  1 },
	{ "a frontend twice in a service",
	  { "S" API, "S" SVC("x", FE("0a600009") FE("0a600009"), ""), "C" },
	  EEXIST,
	  OWN_TWICE,
	  2 },
	{ "a frontend in two services",
	  { "S" X, "S" SVC("y", FE("0a600009"), ""), "C" },
	  EEXIST,
	  OTHERS,
	  2 },
	{ "a frontend of a service that stays",
	  { "S" X, "S" SVC("y", FE("0a600008") FE("0a600001"), ""), "C" },
	  EEXIST,
	  OTHERS,
	  2 },
	{ "a frontend of a service that is set again",
	  { "S" SVC("y", FE("0a600001"), ""), "S" WEB, "C" },
	  EEXIST,
	  OTHERS,
	  2 },
	{ "a frontend of a deleted service, claimed by two",
	  { "D4{" KEY("web") "}", "S" SVC("y", FE("0a600001"), ""),
	    "S" SVC("z", FE("0a600001"), "") "", "C" },
	  EEXIST,
	  OTHERS,
	  3 },
};

/* What the module says that it does not serve, and numbers that nobody has. */
static void test_not_served(void)
{
	const struct nlattr *info;
	uint32_t kinds, algorithms;
	unsigned int i;

	generation(&main_sock);
	info = find(answer.reply, answer.reply_len, KVIP_A_INFO);
	kinds = (uint32_t)number(
		find(data_of(info), len_of(info), KVIP_INFO_A_FRONTEND_KINDS));
	algorithms = (uint32_t)number(
		find(data_of(info), len_of(info), KVIP_INFO_A_ALGORITHMS));
	check(kinds & 1 << KVIP_FRONTEND_CLUSTER_IP && !(kinds & 1),
	      "cluster addresses are served, kind 0 is not");
	check(algorithms & 1, "random choice is served");

	for (i = 0; i < 256; i += i < 40 ? 1 : 43) {
		char kind[64], algorithm[64];
		const struct refusal k = {
			"a kind that is not served",
			{ kind },
			EINVAL,
			"frontends of this kind are not served by this module"
		};
		const struct refusal a = {
			"an algorithm that is not there",
			{ algorithm },
			EINVAL,
			"this module does not have this algorithm"
		};

		snprintf(kind, sizeof(kind),
			 "S4{" KEY("x") "7{1{1=0a600009 2=0050 !3:%u}}}", i);
		if (i >= 32 || !(kinds & 1U << i))
			test_refusal(&k);
		snprintf(algorithm, sizeof(algorithm), "S4{" KEY("x") "!6:%u}",
			 i);
		if (i >= 32 || !(algorithms & 1U << i))
			test_refusal(&a);
	}
}

/* Transactions */

static void test_changes(void)
{
	expect_change("a new service", MESSAGES("S" X),
		      API_TEXT WEB_TEXT SIX_TEXT
		      "x v4 6 0: 10.96.0.9:80/1 > 10.1.0.9:8080/1\n");
	expect_change("a deletion", MESSAGES("D4{" KEY("api") "}"),
		      WEB_TEXT SIX_TEXT);
	expect_change("a service is replaced whole",
		      MESSAGES("S4{" KEY6("web") "}"),
		      API_TEXT WEB_TEXT "web v6 6 0: >\n");
	expect_change("the same as before", MESSAGES("S" WEB, "S" SIX),
		      API_TEXT WEB_TEXT SIX_TEXT);
	expect_change(
		"backends in no order over three messages",
		MESSAGES("S4{" KEY("x") "7{" FE("0a600009") "} 8{" BE(
				 "0a010003") "} 9.}",
			 "S4{" KEY("x") "8{" BE("0a010001") "} 9.}",
			 "S4{" KEY("x") "8{" BE("0a010002") "}}"),
		API_TEXT WEB_TEXT SIX_TEXT
		"x v4 6 0: 10.96.0.9:80/1 > 10.1.0.1:8080/1 10.1.0.2:8080/1 10.1.0.3:8080/1\n");
	expect_change(
		"one address, three protocols and two ports",
		MESSAGES("S4{2'a' 3:2 4:17 7{" FE("0a600001") "}}",
			 "S4{2'a' 3:2 4:132 7{" FE("0a600001") "}}",
			 "S4{2'a' 3:2 4:6 7{1{1=0a600001 2=0051 3:1}}}"),
		"a v4 132 0: 10.96.0.1:80/1 >\n"
		"a v4 17 0: 10.96.0.1:80/1 >\n"
		"a v4 6 0: 10.96.0.1:81/1 >\n" API_TEXT WEB_TEXT SIX_TEXT);

	/* frontends that move */
#define MOVED API_TEXT SIX_TEXT "y v4 6 0: 10.96.0.1:80/1 >\n"
	expect_change("delete A, then set B with its frontend",
		      MESSAGES("D4{" KEY("web") "}",
			       "S" SVC("y", FE("0a600001"), "")),
		      MOVED);
	expect_change("set B with A's frontend, then delete A",
		      MESSAGES("S" SVC("y", FE("0a600001"), ""),
			       "D4{" KEY("web") "}"),
		      MOVED);
	expect_change("B takes A's frontend, and A another",
		      MESSAGES("S" SVC("y", FE("0a600001"), ""),
			       "S" SVC("web", FE("0a600003"), "")),
		      API_TEXT "web v4 6 0: 10.96.0.3:80/1 >\n" SIX_TEXT
			       "y v4 6 0: 10.96.0.1:80/1 >\n");
#define SWAPPED \
	"api v4 6 0: 10.96.0.1:80/1 >\nweb v4 6 0: 10.96.0.2:80/1 >\n" SIX_TEXT
	expect_change("A and B swap frontends",
		      MESSAGES("S" SVC("web", FE("0a600002"), ""),
			       "S" SVC("api", FE("0a600001"), "")),
		      SWAPPED);
	expect_change("B and A swap frontends",
		      MESSAGES("S" SVC("api", FE("0a600001"), ""),
			       "S" SVC("web", FE("0a600002"), "")),
		      SWAPPED);
}

static void test_long_names(void)
{
	struct dump dump;
	struct services all;
	bool good;

	good = !replace(&main_sock) &&
	       !set(&main_sock, "4{2'*255' 3:2 4:6 8{1{2=0a010001 3=1f90 "
				"5'*255'}}}") &&
	       !commit(&main_sock, 1);
	check(good, "names of 255 bytes are taken");
	dump = dump_all(&main_sock);
	all = decode(&dump);
	good = all.n == 1 && strlen(all.list[0].name) == 255 &&
	       all.list[0].n_backends == 1 &&
	       strlen(all.list[0].backends[0].node) == 255;
	check(good, "and given back");
	services_free(&all);
	free(dump.bytes);
}

static void test_transactions(void)
{
	struct sock a = sock_open(), b = sock_open();
	uint64_t was;
	bool good;
	int i;

	set_baseline();
	was = generation(&main_sock);
	good = !begin(&a) && !set(&a, X) && !commit(&a, 1) &&
	       answer.has_generation && answer.generation == was + 1 &&
	       generation(&b) == was + 1;
	check(good, "a commit raises the generation by one, and tells it");
	check(commit(&a, 0) == ENOENT && answer.sentence[0],
	      "a second commit has no transaction");
	good = set(&a, X) == ENOENT && answer.sentence[0] &&
	       del(&a, "4{" KEY("x") "}") == ENOENT && answer.sentence[0];
	check(good, "SET and DEL need a transaction");
	check(txn_abort(&a) == ENOENT && answer.sentence[0], "so does ABORT");
	check(!begin(&a) && !commit(&a, 0) && answer.generation == was + 1,
	      "an empty commit changes no generation");
	good = !begin(&a) && !del(&a, "4{" KEY("x") "}") && !txn_abort(&a) &&
	       commit(&a, 1) == ENOENT && generation(&b) == was + 1;
	check(good, "nothing comes of what is aborted");

	/* who gets the port number of a socket that went gets nothing else */
	good = true;
	for (i = 0; i < 3; i++) {
		struct sock c = sock_open_at(4000000000U);

		good = good && set(&c, X) == ENOENT && !begin(&c) &&
		       !set(&c, X);
		close(c.fd);
	}
	check(good, "a transaction ends with its socket");

	set_baseline();
	was = generation(&b);
	good = !begin(&a) && !set(&a, X) && !replace(&a) && !begin(&a) &&
	       !set(&a, SVC("y", "", "")) && !commit(&a, 1);
	check(good, "a begin drops the transaction before it");
	expect_tables("with its messages and its flags",
		      API_TEXT WEB_TEXT SIX_TEXT "y v4 6 0: >\n");

	set_baseline();
	was = generation(&b);
	good = !begin(&a) && !begin(&b) && !set(&a, X) &&
	       !del(&b, "4{" KEY("web") "}") && generation(&b) == was &&
	       !commit(&a, 1) && !commit(&b, 1) && answer.generation == was + 2;
	check(good, "two sockets have a transaction each");
	expect_tables("and both are carried out", API_TEXT SIX_TEXT
		      "x v4 6 0: 10.96.0.9:80/1 > 10.1.0.9:8080/1\n");

	set_baseline();
	was = generation(&b);
	check(!begin(&a) && !replace(&b) && !txn_abort(&b) && !set(&a, X),
	      "one socket's abort is not the other's");
	close(a.fd);
	a = sock_open();
	good = set(&a, X) == ENOENT && commit(&a, 1) == ENOENT &&
	       generation(&b) == was;
	check(good, "a socket's end is its transaction's");
	expect_tables("and leaves nothing", API_TEXT WEB_TEXT SIX_TEXT);

	/* generations */
	good = call(&a, KVIP_CMD_TXN_BEGIN, "!2@%llu",
		    (unsigned long long)was - 1) == ESTALE &&
	       answer.sentence[0] && answer.has_offset &&
	       answer.offset == message.blamed && set(&a, X) == ECANCELED &&
	       commit(&a, 0) == ECANCELED;
	check(good, "a stale begin is refused, and all that follows it");
	good = !call(&a, KVIP_CMD_TXN_BEGIN, "2@%llu",
		     (unsigned long long)was) &&
	       !set(&a, X) && !begin(&b) && !set(&b, SVC("y", "", "")) &&
	       !commit(&b, 1) && commit(&a, 1) == ESTALE &&
	       answer.sentence[0] && !answer.has_cookie &&
	       commit(&a, 1) == ECANCELED;
	check(good, "who is overtaken is refused by the commit");
	expect_tables("and changes nothing",
		      API_TEXT WEB_TEXT SIX_TEXT "y v4 6 0: >\n");
	was = generation(&b);
	good = !call(&a, KVIP_CMD_TXN_BEGIN, "2@%llu",
		     (unsigned long long)was) &&
	       !set(&a, X) && !begin(&b) && !set(&b, X) && !txn_abort(&b) &&
	       !begin(&b) && !commit(&b, 0) && !commit(&a, 1) &&
	       answer.generation == was + 1;
	check(good, "an abort and an empty commit overtake nobody");

	/* a begin that netlink itself refuses */
	good = call(&a, KVIP_CMD_TXN_BEGIN, "!3#2") == EINVAL &&
	       answer.sentence[0] && answer.offset == message.blamed &&
	       set(&a, X) == ENOENT;
	check(good, "unknown flags of a transaction are refused");
	good = call(&a, KVIP_CMD_TXN_BEGIN, "!6#0") == EINVAL &&
	       call(&a, KVIP_CMD_TXN_BEGIN, "!7#0") == EINVAL &&
	       answer.sentence[0] && commit(&a, 0) == ENOENT;
	check(good, "unknown attributes of BEGIN are refused");
	good = !begin(&a) &&
	       call(&a, KVIP_CMD_TXN_COMMIT, "6#0 7#0 !8#0") == EINVAL &&
	       answer.sentence[0] &&
	       call(&a, KVIP_CMD_TXN_ABORT, "!6#0") == EINVAL &&
	       answer.sentence[0] && !txn_abort(&a);
	check(good, "unknown attributes of COMMIT and ABORT are refused");

	/* ... leaves the module with the transaction that it should have ended */
	set_baseline();
	was = generation(&b);
	good = !replace(&a) && call(&a, KVIP_CMD_TXN_BEGIN, "!3#2") == EINVAL &&
	       !set(&a, X) && commit(&a, 1) == EINVAL && answer.sentence[0] &&
	       answer.offset && generation(&b) == was;
	check(good, "a commit of a begin that was refused is refused");
	good = !begin(&a) && call(&a, KVIP_CMD_TXN_COMMIT, "6#0") == EINVAL &&
	       !strcmp(answer.sentence, "KVIP_A_BEGIN is missing");
	check(good, "a commit must name its begin");
	expect_tables("and nothing has changed", API_TEXT WEB_TEXT SIX_TEXT);
	close(a.fd);
	close(b.fd);
}

static void test_replace(void)
{
	uint64_t was;
	bool good;

	set_baseline();
	was = generation(&main_sock);
	good = !replace(&main_sock) && !set(&main_sock, WEB) &&
	       !del(&main_sock, "4{" KEY("api") "}") &&
	       !commit(&main_sock, 2) && answer.generation == was + 1;
	check(good, "a replacing transaction takes deletions too");
	expect_tables("and deletes what it does not set", WEB_TEXT);
	good = !replace(&main_sock) && !commit(&main_sock, 0) &&
	       answer.generation == was + 2;
	check(good, "replacing with nothing is one commit");
	expect_tables("and empties the tables", "");
	good = !replace(&main_sock) && !commit(&main_sock, 0) &&
	       answer.generation == was + 2;
	check(good, "replacing nothing with nothing is no change");
	good = !replace(&main_sock) &&
	       !set(&main_sock, SVC("x", FE("0a600009") FE("0a600009"), "")) &&
	       commit(&main_sock, 1) == EEXIST &&
	       generation(&main_sock) == was + 2;
	check(good, "a replacement is refused whole");
}

static void one_datagram(void)
{
	const struct sockaddr_in server = {
		.sin_family = AF_INET, .sin_port = htons(8080),
		.sin_addr.s_addr = htonl(0x0a010001),
	}, vip = {
		.sin_family = AF_INET, .sin_port = htons(80),
		.sin_addr.s_addr = htonl(0x0a600001),
	};
	struct timeval patience = { .tv_sec = 10 };
	int to = socket(AF_INET, SOCK_DGRAM, 0);
	int from = socket(AF_INET, SOCK_DGRAM, 0);
	char byte;

	setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (bind(to, (const struct sockaddr *)&server, sizeof(server)) ||
	    connect(from, (const struct sockaddr *)&vip, sizeof(vip)) ||
	    send(from, "?", 1, 0) != 1 || recv(to, &byte, 1, 0) != 1)
		die("a datagram to the VIP");
	close(to);
	close(from);
}

#define UDP(frontends, backends) \
	"4{2'u' 3:2 4:17 7{" frontends "} 8{" backends "}}"

static void test_counters(void)
{
	bool good;

	if (replace(&main_sock) ||
	    set(&main_sock, UDP(FE("0a600001"), BE("0a010001"))) ||
	    commit(&main_sock, 1))
		die("a service");
	one_datagram();
	one_datagram();
	expect_tables("connections are counted",
		      "u v4 17 0 #2: 10.96.0.1:80/1 > 10.1.0.1:8080/1#2\n");
	good = !replace(&main_sock) &&
	       !set(&main_sock,
		    UDP(FE("0a600002"),
			BE("0a010002") "1{2=0a010001 3=1f90 4#5 5'n'}")) &&
	       !commit(&main_sock, 1);
	check(good, "a replacement that keeps a backend");
	expect_tables(
		"keeps its counter, and the service's",
		"u v4 17 0 #2: 10.96.0.2:80/1 > 10.1.0.1:8080/5@n#2 10.1.0.2:8080/1\n");
	good = !begin(&main_sock) && !set(&main_sock, UDP("", "")) &&
	       !commit(&main_sock, 1) && !begin(&main_sock) &&
	       !set(&main_sock, UDP("", BE("0a010001"))) &&
	       !commit(&main_sock, 1);
	check(good, "a backend goes and comes again");
	expect_tables("and counts from 0", "u v4 17 0 #2: > 10.1.0.1:8080/1\n");
}

int main(void)
{
	main_sock = sock_open();
	set_baseline();
	test_transactions();
	test_changes();
	test_long_names();
	test_replace();
	test_counters();
	set_baseline();
	test_refusals(refusals);
	test_not_served();
	replace(&main_sock);
	check(!commit(&main_sock, 0), "the end is empty");
	return failures ? 1 : 0;
}
