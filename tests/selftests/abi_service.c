// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Services as include/uapi/linux/kvip.h has them: session affinity, source
 * ranges, flags, the kinds of frontends, what may be a backend, and counters.
 *
 * To be run by root in a network namespace that is not used for anything else,
 * where 10.1.0.1, 10.1.0.2 and 10.96.0.0/16 are routed to the loopback device.
 */
#include "abi_refusal.h"

#define BAD_AFFINITY "affinity lasts 1 to 86400 seconds"
#define BAD_GROUP \
	"an affinity group's name is empty, or has bytes after its end"
#define NEEDS_BLOCK "an address block needs an address and a length"
#define LONG_BLOCK "the address block is longer than an address"
#define HOST_BITS "the address block has bits beyond its length"
#define LINK_LOCAL "a backend's address can't be link-local"
#define NOT_WILDCARD "the address of a node port is the wildcard"
#define LOOP "a backend of the service is one of its ClusterIPs"

#define ANY6 "00000000000000000000000000000000"
#define NODE_PORT "1{1=00000000 2=7530 3:4}"
#define R(attrs) S(KEY("x") "13{" attrs "}")
#define R6(attrs) S(KEY6("x") "13{" attrs "}")
#define TCP_TEXT(rest) "x v4 6 " rest "\n"

static const struct refusal refusals[] = {
	/* affinity */
	{ "affinity of 0 seconds", S(KEY("x") "!11#0"), EINVAL, BAD_AFFINITY },
	{ "affinity of 86401 seconds", S(KEY("x") "!11#86401"), EINVAL,
	  BAD_AFFINITY },
	{ "the longest affinity", S(KEY("x") "!11#4294967295"), EINVAL,
	  BAD_AFFINITY },
	{ "affinity of 8 bytes", S(KEY("x") "!11@30"), EINVAL },
	{ "affinity of 1 byte", S(KEY("x") "!11:30"), EINVAL },
	{ "a group without affinity", S(KEY("x") "!12'g'"), EINVAL,
	  "without affinity there is no affinity group" },
	{ "an empty group", S(KEY("x") "11#30 !12''"), EINVAL, BAD_GROUP },
	{ "a group of no bytes", S(KEY("x") "11#30 !12."), EINVAL },
	{ "a group of 256 bytes", S(KEY("x") "11#30 !12'*256'"), EINVAL },
	{ "a group without its end", S(KEY("x") "11#30 !12=6161"), EINVAL },
	{ "bytes after a group's end", S(KEY("x") "11#30 !12=610061"), EINVAL,
	  BAD_GROUP },
	{ "a group with two ends", S(KEY("x") "11#30 !12=610000"), EINVAL,
	  BAD_GROUP },
	{ "affinity after MORE",
	  { "S4{" KEY("x") "9.}", "S!4{" KEY("x") "11#30}" },
	  EINVAL,
	  ONLY_LISTS },
	{ "a group after MORE",
	  { "S4{" KEY("x") "11#30 9.}", "S!4{" KEY("x") "12'g'}" },
	  EINVAL,
	  ONLY_LISTS },
	{ "flags after MORE and ranges",
	  { "S4{" KEY("x") "13{1{1=0a000000 2:8}} 9.}",
	    "S!4{" KEY("x") "5#0 13{1{1=0b000000 2:8}}}" },
	  EINVAL,
	  ONLY_LISTS },
	{ "DEL with affinity",
	  { "D4{" KEY("web") "!11#30}" },
	  EINVAL,
	  DEL_EXTRA },
	{ "DEL with a group",
	  { "D4{" KEY("web") "!12'g'}" },
	  EINVAL,
	  DEL_EXTRA },
	{ "DEL with ranges", { "D4{" KEY("web") "!13{}}" }, EINVAL, DEL_EXTRA },

	/* ranges */
	{ "ranges that are not flagged as a nest",
	  S(KEY("x") "!13(1{1=0a000000 2:8})"), EINVAL },
	{ "a range that is not flagged as a nest", R("!1(1=0a000000 2:8)"),
	  EINVAL },
	{ "an empty range", R("!1{}"), EINVAL, NEEDS_BLOCK },
	{ "a range without a length", R("!1{1=0a000000}"), EINVAL,
	  NEEDS_BLOCK },
	{ "a range without an address", R("!1{2:8}"), EINVAL, NEEDS_BLOCK },
	{ "a second range without a length", R("1{1=0a000000 2:8} !1{2:8}"),
	  EINVAL, NEEDS_BLOCK },
	{ "a range of 33 bits", R("1{1=0a000000 !2:33}"), EINVAL, LONG_BLOCK },
	{ "a v4 range of 128 bits", R("1{1=0a000000 !2:128}"), EINVAL,
	  LONG_BLOCK },
	{ "a range of 129 bits", R6("1{1=" ANY6 " !2:129}"), EINVAL,
	  LONG_BLOCK },
	{ "a range of 255 bits", R6("1{1=" ANY6 " !2:255}"), EINVAL,
	  LONG_BLOCK },
	{ "10.0.0.1/8", R("1{!1=0a000001 2:8}"), EINVAL, HOST_BITS },
	{ "10.0.0.1/31", R("1{!1=0a000001 2:31}"), EINVAL, HOST_BITS },
	{ "0.0.0.1/0", R("1{!1=00000001 2:0}"), EINVAL, HOST_BITS },
	{ "fd00::1/64", R6("1{!1=" ADDR6("01") " 2:64}"), EINVAL, HOST_BITS },
	{ "fd00::1/127", R6("1{!1=" ADDR6("01") " 2:127}"), EINVAL, HOST_BITS },
	{ "fd00::/7", R6("1{!1=" ADDR6("00") " 2:7}"), EINVAL, HOST_BITS },
	{ "a v6 range of a v4 service", R("1{!1=" ADDR6("00") " 2:8}"), EINVAL,
	  BAD_LENGTH },
	{ "a v4 range of a v6 service", R6("1{!1=0a000000 2:8}"), EINVAL,
	  BAD_LENGTH },
	{ "a range with an address of 3 bytes", R("1{!1=0a0000 2:8}"), EINVAL,
	  "an address has 4 or 16 bytes" },
	{ "a range with an address of no bytes", R("1{!1. 2:8}"), EINVAL,
	  "an address has 4 or 16 bytes" },
	{ "a range with an address of 17 bytes", R6("1{!1=" ANY6 "00 2:8}"),
	  ERANGE },
	{ "a range with a length of 4 bytes", R("1{1=0a000000 !2#8}"), EINVAL },
	{ "an unknown attribute of a range", R("1{1=0a000000 2:8 !3:0}"),
	  EINVAL },
	{ "attribute 0 of a range", R("1{!0:0 1=0a000000 2:8}"), EINVAL },
	{ "bytes after a range's attributes", R("1{1=0a000000 2:8 _000000}"),
	  EINVAL },
	{ "bytes after the ranges",
	  S(KEY("x") "!13{1{1=0a000000 2:8} _000000}"), EINVAL, LIST_ENDS },
	{ "a range longer than its list",
	  S(KEY("x") "!13{1{1=0a000000 2:8} &60,1 _00}"), EINVAL, LIST_ENDS },
	{ "host bits in a message that goes on",
	  { "S4{" KEY("x") "13{1{1=0a000000 2:8}} 9.}",
	    "S4{" KEY("x") "13{1{!1=0a000001 2:8}}}" },
	  EINVAL,
	  HOST_BITS },

	/* what only dumps have */
	{ "rejects in a request", S(KEY("x") "!14@0"), EINVAL },
	{ "drops without a local endpoint in a request", S(KEY("x") "!15@0"),
	  EINVAL },
	{ "drops by ranges in a request", S(KEY("x") "!16@0"), EINVAL },

	/* kinds of frontends */
	{ "the wildcard as an external IP", F("1{!1=00000000 2=0050 3:2}"),
	  EINVAL, BAD_ADDR },
	{ "the wildcard as a load balancer's IP",
	  F("1{!1=00000000 2=0050 3:3}"), EINVAL, BAD_ADDR },
	{ "the v6 wildcard as a load balancer's IP",
	  F6("1{!1=" ANY6 " 2=0050 3:3}"), EINVAL, BAD_ADDR },
	{ "a loopback address as an external IP",
	  F("1{!1=7f000001 2=0050 3:2}"), EINVAL, BAD_ADDR },
	{ "a node port at an address", F("1{!1=0a600009 2=7530 3:4}"), EINVAL,
	  NOT_WILDCARD },
	{ "a node port at 127.0.0.1", F("1{!1=7f000001 2=7530 3:4}"), EINVAL,
	  NOT_WILDCARD },
	{ "a v6 node port at an address",
	  F6("1{!1=" ADDR6("09") " 2=7530 3:4}"), EINVAL, NOT_WILDCARD },
	{ "a node port at ::1",
	  F6("1{!1=00000000000000000000000000000001 2=7530 3:4}"), EINVAL,
	  NOT_WILDCARD },
	{ "a v4 node port of a v6 service", F6("1{!1=00000000 2=7530 3:4}"),
	  EINVAL, BAD_LENGTH },
	{ "a v6 node port of a v4 service", F("1{!1=" ANY6 " 2=7530 3:4}"),
	  EINVAL, BAD_LENGTH },
	{ "a node port without an address", F("!1{2=7530 3:4}"), EINVAL,
	  NO_ADDR },
	{ "a node port without a port", F("!1{1=00000000 3:4}"), EINVAL,
	  NO_PORT },
	{ "node port 0", F("1{1=00000000 !2=0000 3:4}"), EINVAL, BAD_PORT },
	{ "a node port twice in a service",
	  { "S" SVC("x", NODE_PORT NODE_PORT, ""), "C" },
	  EEXIST,
	  OWN_TWICE,
	  1 },
	{ "a node port in two services",
	  { "S" SVC("x", NODE_PORT, ""), "S" SVC("y", NODE_PORT, ""), "C" },
	  EEXIST,
	  OTHERS,
	  2 },
	{ "one address and port as two kinds in a service",
	  { "S" SVC("x", FE("0a600009") "1{1=0a600009 2=0050 3:3}", ""), "C" },
	  EEXIST,
	  OWN_TWICE,
	  1 },
	{ "one address and port as two kinds in two services",
	  { "S" SVC("y", "1{1=0a600001 2=0050 3:2}", ""), "C" },
	  EEXIST,
	  OTHERS,
	  1 },

	/* backends */
	{ "backend 169.254.0.0", B("1{!2=a9fe0000 3=1f90}"), EINVAL,
	  LINK_LOCAL },
	{ "backend 169.254.1.1", B("1{!2=a9fe0101 3=1f90}"), EINVAL,
	  LINK_LOCAL },
	{ "backend 169.254.255.255", B("1{!2=a9feffff 3=1f90}"), EINVAL,
	  LINK_LOCAL },
	{ "backend fe80::1",
	  B6("1{!2=fe800000000000000000000000000001 3=1f90}"), EINVAL,
	  LINK_LOCAL },
	{ "backend febf::1",
	  B6("1{!2=febf0000000000000000000000000001 3=1f90}"), EINVAL,
	  LINK_LOCAL },
	{ "a backend that is a ClusterIP of its service",
	  { "S" SVC("x", FE("0a600009"),
		    BE("0a010001") "1{2=0a600009 3=0050}") },
	  EINVAL,
	  LOOP },
	{ "the second ClusterIP as a backend",
	  { "S" SVC("x", FE("0a600009") "1{1=0a600009 2=1f90 3:1}",
		    BE("0a600009") BE("0a010001")) },
	  EINVAL,
	  LOOP },
	{ "a v6 backend that is a frontend of its service",
	  { "S4{" KEY6("x") "7{" FE(ADDR6("09")) "} 8{1{2=" ADDR6(
		  "09") " 3=0050}}}" },
	  EINVAL,
	  LOOP },
	{ "a frontend, and itself as a backend in the next message",
	  { "S4{" KEY("x") "7{" FE("0a600009") "} 9.}",
	    "S4{" KEY("x") "8{1{2=0a600009 3=0050}}}" },
	  EINVAL,
	  LOOP },
};

#define BASELINE API_TEXT WEB_TEXT SIX_TEXT

static void test_options(void)
{
	char *longest, *message_text;

	expect_change("affinity of a second", MESSAGES("S4{" KEY("x") "11#1}"),
		      BASELINE TCP_TEXT("0 ~1: >"));
	expect_change("affinity of a day", MESSAGES("S4{" KEY("x") "11#86400}"),
		      BASELINE TCP_TEXT("0 ~86400: >"));
	expect_change("an affinity group",
		      MESSAGES("S4{" KEY("x") "12'g' 11#30}",
			       "S4{2'y' 3:2 4:17 11#40 12'g'}"),
		      BASELINE TCP_TEXT("0 ~30,g: >") "y v4 17 0 ~40,g: >\n");
	/* 255 digits */
	if (asprintf(&message_text, "S4{" KEY("x") "11#30 12'%0255d'}", 0) <
		    0 ||
	    asprintf(&longest, "%sx v4 6 0 ~30,%0255d: >\n", BASELINE, 0) < 0)
		die("memory");
	expect_change("a group of 255 bytes", MESSAGES(message_text), longest);
	free(message_text);
	free(longest);
	expect_change("affinity goes when it is not named again",
		      MESSAGES("S4{" KEY("x") "11#30 12'g'}", "C", "B",
			       "S4{" KEY("x") "}"),
		      BASELINE TCP_TEXT("0: >"));
	expect_change("a group goes, affinity stays",
		      MESSAGES("S4{" KEY("x") "11#30 12'g'}", "C", "B",
			       "S4{" KEY("x") "11#30}"),
		      BASELINE TCP_TEXT("0 ~30: >"));
	expect_change("a service with a group goes",
		      MESSAGES("S4{" KEY("x") "11#30 12'g'}", "C", "B",
			       "D4{" KEY("x") "}"),
		      BASELINE);
	expect_change("all flags", MESSAGES("S4{" KEY("x") "5#127}"),
		      BASELINE TCP_TEXT("127: >"));
	expect_change("each flag",
		      MESSAGES("S4{2'x1' 3:2 4:6 5#1}", "S4{2'x2' 3:2 4:6 5#2}",
			       "S4{2'x3' 3:2 4:6 5#4}", "S4{2'x4' 3:2 4:6 5#8}",
			       "S4{2'x5' 3:2 4:6 5#16}",
			       "S4{2'x6' 3:2 4:6 5#32}",
			       "S4{2'x7' 3:2 4:6 5#64}"),
		      BASELINE "x1 v4 6 1: >\nx2 v4 6 2: >\nx3 v4 6 4: >\n"
			       "x4 v4 6 8: >\nx5 v4 6 16: >\nx6 v4 6 32: >\n"
			       "x7 v4 6 64: >\n");
}

static void test_ranges(void)
{
	expect_change("ranges, in the order that they came in",
		      MESSAGES("S4{" KEY(
			      "x") "13{1{1=0a000000 2:8}"
				   "1{1=00000000 2:0} 7{2:32 1=c0000201}"
				   "1{1=ffffffff 2:32} 1{1=0a000000 2:8}}}"),
		      BASELINE TCP_TEXT(
			      "0: > < 10.0.0.0/8 0.0.0.0/0 192.0.2.1/32 "
			      "255.255.255.255/32 10.0.0.0/8"));
	expect_change(
		"v6 ranges",
		MESSAGES("S4{" KEY6(
			"x") "13{1{1=" ANY6 " 2:0}"
			     "1{1=" ADDR6(
				     "01") " 2:128}"
					   "1{1=fe000000000000000000000000000000 2:7}}}"),
		BASELINE "x v6 6 0: > < ::/0 fd00::1/128 fe00::/7\n");
	expect_change("an empty list of ranges",
		      MESSAGES("S4{" KEY("x") "13{}}"),
		      BASELINE TCP_TEXT("0: >"));
	expect_change("ranges that go on in other messages",
		      MESSAGES("S4{" KEY("x") "13{1{1=0a000000 2:8}} 9.}",
			       "S4{" KEY("x") "8{" BE("0a010001") "} 9.}",
			       "S4{" KEY("x") "7{" FE(
				       "0a600009") "}"
						   "13{1{1=0b000000 2:8}}}"),
		      BASELINE TCP_TEXT("0: 10.96.0.9:80/1 > 10.1.0.1:8080/1 < "
					"10.0.0.0/8 11.0.0.0/8"));
	expect_change("ranges go when they are not named again",
		      MESSAGES("S4{" KEY("x") "13{1{1=0a000000 2:8}}}", "C",
			       "B", "S4{" KEY("x") "}"),
		      BASELINE TCP_TEXT("0: >"));
}

static void test_frontends(void)
{
	expect_change(
		"every kind of frontend",
		MESSAGES("S" SVC("x1", FE("0a600009"), ""),
			 "S" SVC("x2", "1{1=c0000209 2=0050 3:2}", ""),
			 "S" SVC("x3", "1{1=c6336409 2=0050 3:3}", ""),
			 "S" SVC("x4", NODE_PORT, ""),
			 "S4{" KEY6("x5") "7{1{1=" ANY6 " 2=7530 3:4}}}"),
		BASELINE
		"x1 v4 6 0: 10.96.0.9:80/1 >\nx2 v4 6 0: 192.0.2.9:80/2 >\n"
		"x3 v4 6 0: 198.51.100.9:80/3 >\n"
		"x4 v4 6 0: 0.0.0.0:30000/4 >\nx5 v6 6 0: [::]:30000/4 >\n");
#define THREE                                         \
	"S4{2'n' 3:2 4:6 7{" NODE_PORT "}}",          \
		"S4{2'n' 3:2 4:17 7{" NODE_PORT "}}", \
		"S4{2'n' 3:2 4:132 7{" NODE_PORT "}}"
	expect_change("S22: a node port of three protocols", MESSAGES(THREE),
		      API_TEXT
		      "n v4 132 0: 0.0.0.0:30000/4 >\n"
		      "n v4 17 0: 0.0.0.0:30000/4 >\n"
		      "n v4 6 0: 0.0.0.0:30000/4 >\n" WEB_TEXT SIX_TEXT);
	expect_change("S22: one of them goes",
		      MESSAGES(THREE, "C", "B", "D4{2'n' 3:2 4:17}"),
		      API_TEXT
		      "n v4 132 0: 0.0.0.0:30000/4 >\n"
		      "n v4 6 0: 0.0.0.0:30000/4 >\n" WEB_TEXT SIX_TEXT);
	expect_change("a node port moves to another service",
		      MESSAGES("S" SVC("x", NODE_PORT, ""), "C", "B",
			       "S" SVC("y", NODE_PORT, ""), "D4{" KEY("x") "}"),
		      BASELINE "y v4 6 0: 0.0.0.0:30000/4 >\n");
	expect_change("a frontend changes its kind",
		      MESSAGES("S" SVC("web", "1{1=0a600001 2=0050 3:3}", "")),
		      API_TEXT "web v4 6 0: 10.96.0.1:80/3 >\n" SIX_TEXT);
	expect_change("and changes it again",
		      MESSAGES("S" SVC("web", "1{1=0a600001 2=0050 3:3}", ""),
			       "C", "B", "S" SVC("web", FE("0a600001"), "")),
		      API_TEXT "web v4 6 0: 10.96.0.1:80/1 >\n" SIX_TEXT);
}

static void test_backends(void)
{
	expect_change(
		"backends just beside what is link-local",
		MESSAGES("S" SVC("x", "", BE("a9fdffff") BE("a9ff0000")),
			 "S4{" KEY6("x") "8{" BE(
				 "fec00000000000000000000000000001")
				 BE("fe7f0000000000000000000000000001") "}}"),
		BASELINE TCP_TEXT(
			"0: > 169.253.255.255:8080/1 169.255.0.0:8080/1") "x v6 6 0: > [fe7f::1]:8080/1 [fec0::1]:8080/1\n");
	expect_change(
		"another port of the frontend's address as a backend",
		MESSAGES("S" SVC("x", FE("0a600009"), BE("0a600009"))),
		BASELINE TCP_TEXT("0: 10.96.0.9:80/1 > 10.96.0.9:8080/1"));
	expect_change("the frontend of another service as a backend",
		      MESSAGES("S" SVC("x", "", "1{2=0a600001 3=0050}")),
		      BASELINE TCP_TEXT("0: > 10.96.0.1:80/0"));
	expect_change("what was the service's frontend as a backend",
		      MESSAGES("S" SVC("web", FE("0a600003"),
				       "1{2=0a600001 3=0050}")),
		      API_TEXT
		      "web v4 6 0: 10.96.0.3:80/1 > 10.96.0.1:80/0\n" SIX_TEXT);
}

/* @n ranges from 16.0.0.0/32 on, as text. */
static char *ranges_text(unsigned int first, unsigned int n)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	for (; n--; first++)
		fprintf(to, "1{1=%08x 2:32}", 0x10000000 + first);
	fclose(to);
	return text;
}

/* A service with so many ranges in messages of up to 2000 of them. */
static int set_ranges(struct sock *s, unsigned int of, unsigned int *n)
{
	unsigned int first, some;
	int err = 0;

	for (first = 0; first < of && !err; first += some) {
		char *text;

		some = of - first < 2000 ? of - first : 2000;
		text = ranges_text(first, some);
		err = set(s, "!4{" KEY("x") "13{%s}%s%s}", text,
			  first ? "" :
				  "7{" FE("0a600009") "}8{" BE("0a010001") "}",
			  first + some < of ? "9." : "");
		free(text);
		++*n;
	}
	return err;
}

static bool has_ranges(const struct services *all, unsigned int n)
{
	const struct service *service = all->list;
	uint32_t addr;
	unsigned int i;

	if (all->malformed || all->mixed || all->n != 1 ||
	    service->n_ranges != n || service->n_frontends != 1 ||
	    service->n_backends != 1)
		return false;
	for (i = 0; i < n; i++) {
		memcpy(&addr, service->ranges[i].addr, sizeof(addr));
		if (ntohl(addr) != 0x10000000 + i ||
		    service->ranges[i].length != 32)
			return false;
	}
	return true;
}

static void test_most_ranges(void)
{
	struct services all, some;
	struct sock s = sock_open(); /* that has never read more at once */
	struct dump dump, small;
	unsigned int n = 0;
	bool good;

	good = !replace(&main_sock) && !set_ranges(&main_sock, 4096, &n) &&
	       !commit(&main_sock, n);
	check(good, "4096 ranges are taken, in %u messages", n);
	dump = dump_all(&main_sock);
	all = decode(&dump);
	check(has_ranges(&all, 4096) && dump.messages > 1,
	      "and given back, in %u messages", dump.messages);
	dump_begin(&s, &small);
	dump_rest(&s, &small, 8192);
	some = decode(&small);
	check(has_ranges(&some, 4096), "and in small reads, %u messages",
	      small.messages);
	services_free(&all);
	services_free(&some);
	free(dump.bytes);
	free(small.bytes);
	close(s.fd);
}

static void test_too_many_ranges(unsigned int of)
{
	struct sock s = sock_open();
	unsigned int n = 0;
	bool good;

	good = !begin(&s) && set_ranges(&s, of, &n) == E2BIG &&
	       !strcmp(answer.sentence,
		       "a service has at most 4096 source ranges") &&
	       commit(&s, n) == ECANCELED;
	check(good, "%u ranges are too many", of);
	expect_tables("and nothing comes of them", BASELINE);
	close(s.fd);
}

/* A datagram from 10.1.0.2, whatever becomes of it. */
static void send_to(uint32_t addr)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(80),
		.sin_addr.s_addr = htonl(addr),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("a socket");
	sendto(fd, "?", 1, 0, (const struct sockaddr *)&to, sizeof(to));
	close(fd);
}

#define EMPTY "4{2'e' 3:2 4:17 7{" FE("0a600001") "}}"
#define AWAY                                             \
	"4{2'l' 3:2 4:17 5#3 7{" FE("0a600002") "} 8{1{" \
						"2=0a010001 3=1f90 4#13}}}"
#define GUARDED                                       \
	"4{2'r' 3:2 4:17 13{1{1=c0000200 2:24}} 7{1{" \
	"1=0a600003 2=0050 3:3}} 8{" BE("0a010001") "}}"

static void test_counters(void)
{
	struct dump dump;
	char wanted[256];
	bool good;

	if (replace(&main_sock) || set(&main_sock, EMPTY) ||
	    set(&main_sock, AWAY) || set(&main_sock, GUARDED) ||
	    commit(&main_sock, 3))
		die("services");
	send_to(0x0a600001);
	send_to(0x0a600002);
	send_to(0x0a600002);
	send_to(0x0a600003);
	send_to(0x0a600003);
	send_to(0x0a600003);
	expect_tables(
		"refusals and drops are counted",
		"e v4 17 0 rejects=1: 10.96.0.1:80/1 >\n"
		"l v4 17 3 no-local=2: 10.96.0.2:80/1 > 10.1.0.1:8080/13\n"
		"r v4 17 0 ranges=3: 10.96.0.3:80/3 > 10.1.0.1:8080/1"
		" < 192.0.2.0/24\n");
	good = !replace(&main_sock) &&
	       !set(&main_sock, "4{2'e' 3:2 4:17 11#5 12'g'}") &&
	       !commit(&main_sock, 1);
	check(good, "a replacement that keeps a service");
	snprintf(
		wanted, sizeof(wanted),
		"2@%llu 4{2'e' 3:2 4:17 5#0 6:0 10@0 11#5 12'g' 14@1 15@0 16@0}",
		(unsigned long long)answer.generation);
	dump = dump_all(&main_sock);
	good = dump.messages == 1 &&
	       attrs_are(dump.bytes + 4 + GENL_HDRLEN,
			 dump.len - 4 - GENL_HDRLEN, wanted);
	check(good, "keeps its counters, and a dump has nothing else");
	free(dump.bytes);
	good = !replace(&main_sock) && !commit(&main_sock, 0) &&
	       !begin(&main_sock) && !set(&main_sock, EMPTY) &&
	       !commit(&main_sock, 1);
	check(good, "a service goes and comes again");
	expect_tables("and counts from 0", "e v4 17 0: 10.96.0.1:80/1 >\n");
}

int main(void)
{
	test_name = "abi_service";
	main_sock = sock_open();
	test_options();
	test_ranges();
	test_frontends();
	test_backends();
	test_counters();
	test_most_ranges();
	set_baseline();
	test_too_many_ranges(4097);
	test_too_many_ranges(5000);
	test_refusals(refusals);
	replace(&main_sock);
	check(!commit(&main_sock, 0), "the end is empty");
	return failures ? 1 : 0;
}
