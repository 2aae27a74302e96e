// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVIP_CMD_FLOWS_LISTEN as include/uapi/linux/kvip.h has it. To be run by root in
 * a network namespace that is not used for anything else, where 10.1.0.1,
 * 10.1.0.2 and 10.96.0.0/16 are routed to the loopback device; what is sent on
 * kv1 arrives on kv0, which has 192.0.2.1/24.
 */
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "abi_tables.h"

#define LISTENERS 200

/* Room for all that is sent here, so that only rates leave anything out. */
static struct sock listener(const char *attrs)
{
	struct sock s = sock_open();
	int room = 64 << 20;

	setsockopt(s.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (flows_listen(&s, "%s", attrs))
		die("KVIP_CMD_FLOWS_LISTEN");
	return s;
}

static uint64_t left_out(void)
{
	return info(16, 8);
}

/* To 10.1.0.2 and any port. */
static int bind_any(int fd)
{
	const struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x0a010002),
	};

	return bind(fd, (const struct sockaddr *)&from, sizeof(from));
}

/* A new connection: one datagram from a port that none came from of late. */
static uint16_t connect_to(uint32_t addr, uint16_t port)
{
	static uint16_t last = 1024;
	const uint16_t next = last < UINT16_MAX ? last + 1 : 1025;
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(addr),
	};
	const struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x0a010002),
		.sin_port = htons(next),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&from, sizeof(from)))
		die("a socket");
	/* refused or dropped, an error may come back at once */
	sendto(fd, "?", 1, 0, (const struct sockaddr *)&to, sizeof(to));
	close(fd);
	last = next;
	return next;
}

#define ONE 0x0a600001
#define NONE 0x0a600002
#define AWAY 0x0a600003

static void connect_many(unsigned int n)
{
	while (n--)
		connect_to(ONE, 80);
}

static void set_all(void)
{
	if (replace(&main_sock) || config_set(&main_sock, "8{1#16}") ||
	    set(&main_sock, "4{2'one' 3:2 4:17 5#1 7{" FE("0a600001") "} 8{" BE(
				    "0a010001") "}}") ||
	    set(&main_sock, "4{2'none' 3:2 4:17 7{" FE("0a600002") "}}") ||
	    set(&main_sock, "4{2'away' 3:2 4:17 5#3 7{" FE(
				    "0a600003") "} 8{" BE("0a010001") "}}") ||
	    commit(&main_sock, 4))
		die("services");
}

/* What is told of a connection to "one". */
static char *flow_text(uint16_t from)
{
	char *text;

	if (asprintf(&text,
		     "9{1:2 2:17 3=0a010002 4=%04x 5=0a600001 6=0050 7. 9:1 "
		     "10:0 11:1 12'one' 13#1 15:1 16:2 17:0 18#1 19#0 20#1 "
		     "24:0 23{2=0a010001 3=1f90 4#1}}",
		     from) < 0)
		die("memory");
	return text;
}

static bool heard_one(const struct dump *heard, size_t n, uint16_t from)
{
	char *wanted = flow_text(from);
	bool same = heard_is(heard, n, KVIP_CMD_FLOW, wanted);

	free(wanted);
	return same;
}

static void expect_refused(const char *what, const char *attrs, int error,
			   const char *sentence)
{
	struct sock s = sock_open();
	bool good, lost;
	struct dump heard;

	good = flows_listen(&s, "%s", attrs) == error && answer.sentence[0] &&
	       (!sentence || !strcmp(answer.sentence, sentence)) &&
	       answer.has_offset && answer.offset == message.blamed;
	if (!check(good, "refused: %s", what))
		printf("# %s: %s\n", strerror(answer.error), answer.sentence);
	connect_to(ONE, 80);
	heard = hear(&s, &lost);
	check(!lost && !heard.messages, "nothing comes of it: %s", what);
	free(heard.bytes);
	close(s.fd);
}

static void test_requests(void)
{
	struct sock s = sock_open();
	struct dump heard;
	bool good, lost;
	uint16_t from;

	expect_refused("a rate of 0", "!10#0", ERANGE, NULL);
	expect_refused("a rate of 10001", "!10#10001", ERANGE, NULL);
	expect_refused("the highest rate", "!10#4294967295", ERANGE, NULL);
	expect_refused("a rate of 8 bytes", "!10@100", EINVAL, NULL);
	expect_refused("a rate of 1 byte", "!10:100", EINVAL, NULL);
	expect_refused("a flow", "!9{1:2}", EINVAL, NULL);
	expect_refused("an unknown attribute", "10#100 !11#1", EINVAL, NULL);

	good = !flows_listen(&s, "10#10000") &&
	       flows_listen(&s, "10#1") == EALREADY &&
	       !strcmp(answer.sentence, "this socket listens already") &&
	       flows_listen(&s, "%s", "") == EALREADY;
	check(good, "who listens can't begin to");
	connect_to(ONE, 80);
	connect_to(ONE, 80);
	from = connect_to(ONE, 80);
	heard = hear(&s, &lost);
	check(!lost && heard.messages == 3 && heard_one(&heard, 2, from),
	      "and goes on as before");
	free(heard.bytes);
	close(s.fd);
}

static void test_messages(void)
{
	struct sock a = listener(""), b = listener("10#10000"), c = sock_open();
	struct dump heard, other;
	uint16_t one, none, away;
	bool lost, lost_b;
	char wanted[512];

	one = connect_to(ONE, 80);
	heard = hear(&a, &lost);
	check(!lost && heard.messages == 1 && heard_one(&heard, 0, one),
	      "a connection is told of");
	free(heard.bytes);
	none = connect_to(NONE, 80);
	away = connect_to(AWAY, 80);
	connect_to(0x0a010001, 9999);
	heard = hear(&a, &lost);
	other = hear(&b, &lost_b);
	snprintf(wanted, sizeof(wanted),
		 "9{1:2 2:17 3=0a010002 4=%04x 5=0a600002 6=0050 7. 9:2 10:3 "
		 "11:1 12'none' 13#0 15:1 16:2 17:0 18#0 19#0 20#0}",
		 none);
	check(!lost && heard_is(&heard, 0, KVIP_CMD_FLOW, wanted),
	      "a refused connection is told of");
	snprintf(wanted, sizeof(wanted),
		 "9{1:2 2:17 3=0a010002 4=%04x 5=0a600003 6=0050 7. 9:3 10:5 "
		 "11:1 12'away' 13#3 15:1 16:2 17:1 18#0 19#0 20#1}",
		 away);
	check(heard_is(&heard, 1, KVIP_CMD_FLOW, wanted),
	      "a dropped connection is told of");
	check(heard.messages == 2, "one that is not for a frontend is not");
	check(!lost_b && other.messages == 3 && heard_one(&other, 0, one),
	      "two listeners hear the same");
	free(heard.bytes);
	free(other.bytes);
	other = hear(&c, &lost);
	check(!lost && !other.messages, "who does not listen hears nothing");
	free(other.bytes);
	close(a.fd);
	close(b.fd);
	close(c.fd);
}

static uint16_t checksum(const void *bytes, size_t len)
{
	const uint16_t *words = bytes;
	uint32_t sum = 0;

	for (; len; len -= 2)
		sum += *words++;
	sum = (sum & 0xffff) + (sum >> 16);
	return 0xffff ^ (uint16_t)(sum + (sum >> 16));
}

/* A datagram from 192.0.2.9, port 7777, to "one". */
static void arrive_on_kv0(void)
{
	struct {
		struct ether_header ether;
		struct iphdr ip;
		struct udphdr udp;
	} __attribute__((packed)) frame = {
		.ether = { .ether_type = htons(ETHERTYPE_IP) },
		.udp = { .source = htons(7777),
			 .dest = htons(80),
			 .len = htons(sizeof(struct udphdr)) },
	};
	const struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(sizeof(struct iphdr) + sizeof(struct udphdr)),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(0xc0000209),
		.daddr = htonl(ONE),
	};
	struct ifreq kv0 = { .ifr_name = "kv0" };
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex("kv1"),
		.sll_halen = ETH_ALEN,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &kv0))
		die("kv0");
	memcpy(frame.ether.ether_dhost, kv0.ifr_hwaddr.sa_data, ETH_ALEN);
	frame.ip = ip;
	frame.ip.check = checksum(&ip, sizeof(ip));
	if (sendto(fd, &frame, sizeof(frame), 0, (const struct sockaddr *)&to,
		   sizeof(to)) != sizeof(frame))
		die("a frame on kv1");
	close(fd);
}

static void test_arriving(void)
{
	struct sock ear = listener("");
	struct dump heard = {};
	char buffer[4096];

	arrive_on_kv0();
	if (recv(ear.fd, buffer, sizeof(buffer), 0) < 0)
		die("a flow");
	keep(&heard, (const struct nlmsghdr *)buffer);
	check(heard_is(&heard, 0, KVIP_CMD_FLOW,
		       "9{1:2 2:17 3=c0000209 4=1e61 5=0a600001 6=0050 8'kv0' "
		       "9:1 10:0 11:1 12'one' 13#1 15:0 16:0 17:0 18#1 19#0 "
		       "20#1 24:0 23{2=0a010001 3=1f90 4#1}}"),
	      "a connection that arrives on a device is told of");
	free(heard.bytes);
	close(ear.fd);
}

/* A connection is told of once, however many packets it has. */
static void test_once(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(80),
		.sin_addr.s_addr = htonl(ONE),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sock ear = listener("");
	struct dump heard;
	unsigned int i;
	bool lost;

	if (fd < 0 || bind_any(fd))
		die("a socket");
	for (i = 0; i < 20; i++)
		sendto(fd, "?", 1, 0, (const struct sockaddr *)&to, sizeof(to));
	heard = hear(&ear, &lost);
	check(!lost && heard.messages == 1, "20 datagrams are one connection");
	free(heard.bytes);
	close(fd);
	close(ear.fd);
}

static void test_rate(const char *attrs, unsigned int rate, unsigned int n)
{
	struct sock ear = listener(attrs);
	uint64_t was = left_out(), left;
	double start = now(), most;
	struct dump heard;
	bool lost;

	connect_many(n);
	/* seconds are the clock's, not ours */
	most = ((double)(unsigned int)(now() - start) + 2) * rate;
	heard = hear(&ear, &lost);
	left = left_out() - was;
	check(!lost && heard.messages + left == n,
	      "of %u connections, %u are told and %llu counted as left out", n,
	      heard.messages, (unsigned long long)left);
	check(heard.messages >= rate && heard.messages <= most,
	      "%u in a second are told", rate);
	free(heard.bytes);
	close(ear.fd);
}

static void test_no_room(void)
{
	struct sock ear = sock_open();
	uint64_t was = left_out(), left;
	struct dump heard;
	uint16_t from;
	int least = 1;
	bool lost;

	setsockopt(ear.fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	if (flows_listen(&ear, "10#10000"))
		die("KVIP_CMD_FLOWS_LISTEN");
	connect_many(100);
	heard = hear(&ear, &lost);
	left = left_out() - was;
	check(heard.messages && left && heard.messages + left == 100,
	      "without room, %u of 100 are told and %llu counted as left out",
	      heard.messages, (unsigned long long)left);
	check(lost, "and the listener gets to know it");
	free(heard.bytes);
	from = connect_to(ONE, 80);
	heard = hear(&ear, &lost);
	check(heard.messages == 1 && heard_one(&heard, 0, from),
	      "and hears the next one");
	free(heard.bytes);
	close(ear.fd);
}

static void test_ends(void)
{
	struct sock ears[LISTENERS], ear;
	struct dump heard;
	bool good = true, lost;
	unsigned int i;
	uint64_t was;
	uint16_t from;

	/* who gets the port number of a listener that went is none */
	for (i = 0; i < LISTENERS; i++) {
		ear = sock_open_at(4000000001U);
		connect_to(ONE, 80);
		heard = hear(&ear, &lost);
		good = good && !lost && !heard.messages &&
		       !flows_listen(&ear, "%s", "");
		free(heard.bytes);
		close(ear.fd);
	}
	check(good, "a listener ends with its socket, %u times", LISTENERS);

	was = left_out();
	for (i = 0; i < LISTENERS; i++)
		ears[i] = listener("");
	from = connect_to(ONE, 80);
	for (i = 0; i < LISTENERS; i++) {
		heard = hear(&ears[i], &lost);
		good = good && !lost && heard.messages == 1 &&
		       heard_one(&heard, 0, from);
		free(heard.bytes);
		if (i % 2)
			close(ears[i].fd);
	}
	check(good, "%u listeners at once", LISTENERS);
	from = connect_to(ONE, 80);
	for (i = 0; i < LISTENERS; i += 2) {
		heard = hear(&ears[i], &lost);
		good = good && !lost && heard.messages == 1 &&
		       heard_one(&heard, 0, from);
		free(heard.bytes);
		close(ears[i].fd);
	}
	check(good, "half of them go, half go on");
	connect_to(ONE, 80);
	check(left_out() == was, "and then there is none");
}

/*
 * Connections without end, in a process of its own: some hundred in a second, so
 * that conntrack has forgotten a port before its turn comes again.
 */
static pid_t flood(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	pid_t pid = fork();

	if (pid)
		return pid;
	for (;;) {
		connect_to(ONE, 80);
		nanosleep(&pause, NULL);
	}
}

/* Any source port, so that what is told is known but for that. */
static bool is_of_flood(const struct genlmsghdr *genl, size_t len)
{
	const char *attrs = (const char *)genl + GENL_HDRLEN;
	const struct nlattr *flow = find(attrs, len, 9), *port = NULL;
	uint16_t from;
	char *wanted;
	bool same;

	if (flow)
		port = find(data_of(flow), len_of(flow), 4);
	if (genl->cmd != KVIP_CMD_FLOW || !port || len_of(port) != 2)
		return false;
	memcpy(&from, data_of(port), sizeof(from));
	wanted = flow_text(ntohs(from));
	same = attrs_are(attrs, len, wanted);
	free(wanted);
	return same;
}

static void test_under_load(void)
{
	static char buffer[65536];
	const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
	unsigned int i, told = 0;
	pid_t pid = flood();
	bool good = true;
	uint64_t was;

	for (i = 0; i < LISTENERS; i++) {
		struct sock ear = listener("");
		ssize_t len;

		/* the first one is waited for, so there is a flood */
		len = recv(ear.fd, buffer, sizeof(buffer), 0);
		while (len > 0) {
			good = good &&
			       is_of_flood((const struct genlmsghdr
						    *)(buffer + NLMSG_HDRLEN),
					   header->nlmsg_len - NLMSG_HDRLEN -
						   GENL_HDRLEN);
			told++;
			len = recv(ear.fd, buffer, sizeof(buffer),
				   MSG_DONTWAIT);
		}
		close(ear.fd);
	}
	check(good && told >= LISTENERS,
	      "%u listeners come and go while datagrams flow, and hear %u",
	      LISTENERS, told);
	was = left_out();
	connect_many(10);
	check(left_out() == was, "and none is left");
	check(!waitpid(pid, NULL, WNOHANG), "the datagrams still flow");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_namespaces(void)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct sock there;
	struct dump heard;
	uint64_t was = left_out();
	bool lost;

	if (here < 0 || unshare(CLONE_NEWNET))
		die("a network namespace");
	there = listener("");
	if (setns(here, CLONE_NEWNET))
		die("back");
	connect_many(10);
	heard = hear(&there, &lost);
	check(!lost && !heard.messages && left_out() == was,
	      "a listener of another namespace hears nothing");
	free(heard.bytes);
	close(here);
	close(there.fd);
}

int main(void)
{
	test_name = "abi_flow";
	main_sock = sock_open();
	set_all();
	check(left_out() == 0, "nothing has been left out");
	test_requests();
	test_messages();
	test_arriving();
	test_once();
	test_rate("10#1", 1, 20);
	test_rate("10#50", 50, 500);
	test_rate("", 1000, 5000);
	test_no_room();
	test_ends();
	test_under_load();
	test_namespaces();
	replace(&main_sock);
	check(!commit(&main_sock, 0), "the end is empty");
	return failures ? 1 : 0;
}
