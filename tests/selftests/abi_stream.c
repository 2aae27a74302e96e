// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps and notifications as include/uapi/linux/kvip.h promises them, lists over
 * many messages, and tables as large as they get. To be run by root in a network
 * namespace that is not used for anything else.
 *
 * "abi_stream transaction" begins a transaction, "abi_stream dump" a dump, says
 * "ready" and leaves it open until its standard input ends or it is killed.
 * "abi_stream refused" has a commit refused that would have brought frontends.
 */
#include "abi_tables.h"

#define VIPS 0x0a600000U /* 10.96.0.0 */
#define ENDPOINTS 0x0a400000U /* 10.64.0.0 */

/* Many requests in one send(), without acknowledgements. */
static struct {
	size_t len;
	unsigned int n;
	char data[256 * 1024];
} batch;

static void batch_send(struct sock *s)
{
	if (batch.len && send(s->fd, batch.data, batch.len, 0) < 0)
		die("send");
	batch.len = 0;
}

static void batch_add(struct sock *s, const struct message *m)
{
	if (batch.len + m->len > 128 * 1024)
		batch_send(s);
	memcpy(batch.data + batch.len, m->data, m->len);
	batch.len += m->len;
	batch.n++;
}

static void put_key(struct message *m, const char *name)
{
	const uint8_t inet = AF_INET, tcp = IPPROTO_TCP;

	put(m, KVIP_SERVICE_A_NAME, name, strlen(name) + 1);
	put(m, KVIP_SERVICE_A_FAMILY, &inet, 1);
	put(m, KVIP_SERVICE_A_PROTO, &tcp, 1);
}

static void put_frontends(struct message *m, uint32_t first, unsigned int n)
{
	size_t list = attr_begin(m, KVIP_SERVICE_A_FRONTENDS | NLA_F_NESTED);
	const uint8_t kind = KVIP_FRONTEND_CLUSTER_IP;
	const uint16_t port = htons(80);

	while (n--) {
		size_t item = attr_begin(m, 1 | NLA_F_NESTED);
		uint32_t addr = htonl(VIPS + first++);

		put(m, KVIP_FRONTEND_A_ADDR, &addr, sizeof(addr));
		put(m, KVIP_FRONTEND_A_PORT, &port, sizeof(port));
		put(m, KVIP_FRONTEND_A_KIND, &kind, sizeof(kind));
		attr_end(m, item);
	}
	attr_end(m, list);
}

static void put_backend(struct message *m, uint32_t number)
{
	size_t item = attr_begin(m, 1 | NLA_F_NESTED);
	uint32_t addr = htonl(ENDPOINTS + number);
	const uint16_t port = htons(8080);

	put(m, KVIP_BACKEND_A_ADDR, &addr, sizeof(addr));
	put(m, KVIP_BACKEND_A_PORT, &port, sizeof(port));
	put_u32(m, KVIP_BACKEND_A_FLAGS, KVIP_BACKEND_F_CLUSTER);
	attr_end(m, item);
}

/* A service sN with frontend number N and so many backends, into the batch. */
static void add_service(struct sock *s, unsigned int number, unsigned int n)
{
	static struct message m;
	size_t nest, list;
	char name[16];

	snprintf(name, sizeof(name), "s%u", number);
	message_begin(&m, s, family_id, KVIP_CMD_SERVICE_SET, 0);
	nest = attr_begin(&m, KVIP_A_SERVICE | NLA_F_NESTED);
	put_key(&m, name);
	put_frontends(&m, number, 1);
	list = attr_begin(&m, KVIP_SERVICE_A_BACKENDS | NLA_F_NESTED);
	while (n--)
		put_backend(&m, n);
	attr_end(&m, list);
	attr_end(&m, nest);
	message_end(&m);
	batch_add(s, &m);
}

/* Services s0 and so on are all that there is. */
static void set_services(unsigned int n_services, unsigned int n_backends)
{
	unsigned int i;

	batch.n = 0;
	if (replace(&main_sock))
		die("begin");
	for (i = 0; i < n_services; i++)
		add_service(&main_sock, i, n_backends);
	batch_send(&main_sock);
	if (commit(&main_sock, n_services)) {
		printf("# %s: %s\n", strerror(answer.error), answer.sentence);
		die("commit");
	}
}

static void empty(void)
{
	set_services(0, 0);
}

/* One message of a long list, acknowledged. */
static int set_part(struct sock *s, const char *name, uint32_t first,
		    unsigned int n, unsigned int of, bool frontends)
{
	size_t nest, list;
	unsigned int i;

	message_begin(&message, s, family_id, KVIP_CMD_SERVICE_SET, NLM_F_ACK);
	nest = attr_begin(&message, KVIP_A_SERVICE | NLA_F_NESTED);
	put_key(&message, name);
	if (frontends) {
		put_frontends(&message, first, n);
	} else {
		list = attr_begin(&message,
				  KVIP_SERVICE_A_BACKENDS | NLA_F_NESTED);
		/* each number once, in no order: 1000003 is a prime */
		for (i = first; i < first + n; i++)
			put_backend(&message, (uint32_t)(i * 1000003ULL % of));
		attr_end(&message, list);
	}
	if (first + n < of)
		put(&message, KVIP_SERVICE_A_MORE, NULL, 0);
	attr_end(&message, nest);
	return finish_call(s);
}

/* A service with @of items in one of its lists; @n counts the messages. */
static int set_long(struct sock *s, const char *name, unsigned int of,
		    bool frontends, unsigned int *n)
{
	unsigned int first, some;
	int err = 0;

	for (first = 0; first < of && !err; first += some) {
		some = of - first < 2000 ? of - first : 2000;
		err = set_part(s, name, first, some, of, frontends);
		++*n;
	}
	return err;
}

static bool is_sequence(const struct service *service, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && i < service->n_backends; i++) {
		uint32_t addr;

		memcpy(&addr, service->backends[i].addr, sizeof(addr));
		if (ntohl(addr) != ENDPOINTS + i ||
		    service->backends[i].port != 8080 ||
		    service->backends[i].flags != KVIP_BACKEND_F_CLUSTER)
			return false;
	}
	return service->n_backends == n;
}

/* KiB of slab and vmalloc memory in use */
static long memory_now(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long sum = 0, value;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %ld", &value) == 1 ||
		    sscanf(line, "VmallocUsed: %ld", &value) == 1)
			sum += value;
	if (file)
		fclose(file);
	return sum;
}

/*
 * The same, once what was there before is freed, which takes a grace period and
 * then some; only a figure, so a minute of waiting is the most it is worth.
 */
static long kernel_memory(void)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	double end = now() + 60;
	long last, least = memory_now();
	int calm = 0;

	while (calm < 5 && now() < end) {
		nanosleep(&pause, NULL);
		last = memory_now();
		calm = last < least ? 0 : calm + 1;
		least = last < least ? last : least;
	}
	return least;
}

/* A list of @n backends makes the way there and back. */
static void test_long_list(unsigned int n)
{
	double start, set_time, commit_time;
	unsigned int messages = 0;
	struct services all;
	struct dump dump;
	bool good;
	long before;

	empty();
	before = kernel_memory();
	start = now();
	good = !replace(&main_sock) &&
	       !set_long(&main_sock, "long", n, false, &messages);
	set_time = now() - start;
	good = good && !commit(&main_sock, messages);
	commit_time = now() - start - set_time;
	check(good, "%u backends in no order, in %u messages", n, messages);
	printf("# %u backends: %.2f s to send, %.2f s to commit, %ld bytes each\n",
	       n, set_time, commit_time,
	       (kernel_memory() - before) * 1024 / (long)n);

	start = now();
	dump = dump_all(&main_sock);
	printf("# %u backends: %.2f s to dump, in %u messages\n", n,
	       now() - start, dump.messages);
	all = decode(&dump);
	good = !all.malformed && !all.mixed && all.n == 1 &&
	       is_sequence(&all.list[0], n);
	check(good, "a dump has all %u, sorted", n);
	services_free(&all);
	free(dump.bytes);
}

static void test_too_long(const char *what, unsigned int max, bool frontends)
{
	struct sock s = sock_open();
	unsigned int n = 0;
	char limit[16];
	bool good;

	snprintf(limit, sizeof(limit), "%u", max);
	good = !begin(&s) &&
	       set_long(&s, "much", max + 1, frontends, &n) == E2BIG &&
	       strstr(answer.sentence, limit) && commit(&s, n) == ECANCELED;
	check(good, "%u %s are too many", max + 1, what);
	close(s.fd);
}

static void test_most_frontends(void)
{
	unsigned int n = 0;
	struct services all;
	struct dump dump;
	bool good;

	good = !replace(&main_sock) &&
	       !set_long(&main_sock, "most", KVIP_FRONTENDS_MAX, true, &n) &&
	       !commit(&main_sock, n);
	check(good, "%u frontends are taken", KVIP_FRONTENDS_MAX);
	dump = dump_all(&main_sock);
	all = decode(&dump);
	good = all.n == 1 && all.list[0].n_frontends == KVIP_FRONTENDS_MAX &&
	       !all.malformed;
	check(good, "and given back");
	services_free(&all);
	free(dump.bytes);
}

/* Dumps */

static struct sock small_sock(void)
{
	struct sock s = sock_open();
	int least = 1;

	setsockopt(s.fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	return s;
}

#define SMALL 4096

static bool same_services(const struct services *a, const struct services *b)
{
	bool same = a->n == b->n && !a->malformed && !b->malformed;
	size_t i;

	for (i = 0; i < a->n && same; i++) {
		char *ta = service_text(&a->list[i]);
		char *tb = service_text(&b->list[i]);

		same = !strcmp(ta, tb);
		free(ta);
		free(tb);
	}
	return same;
}

static void test_small_reads(void)
{
	struct sock a = small_sock(), b = small_sock();
	struct dump whole, left, right;
	struct services all, some;
	bool good;

	set_services(100, 300);
	whole = dump_all(&main_sock);
	all = decode(&whole);
	good = all.n == 100 && !all.malformed && !all.mixed &&
	       !whole.interrupted &&
	       all.list[0].generation == generation(&main_sock) &&
	       is_sequence(&all.list[0], 300) &&
	       is_sequence(&all.list[99], 300);
	check(good,
	      "a dump has every service, and the generation in every message");

	dump_begin(&a, &left);
	dump_begin(&b, &right);
	while (!left.done || !right.done) {
		if (!left.done)
			dump_next(&a, &left, SMALL);
		if (!right.done)
			dump_next(&b, &right, SMALL);
	}
	some = decode(&left);
	check(same_services(&all, &some) && left.messages > whole.messages,
	      "small reads get the same, in %u messages rather than %u",
	      left.messages, whole.messages);
	check(same_dump(&left, &right), "two dumps at once get the same");
	check(!left.interrupted && !right.interrupted,
	      "neither is interrupted");
	services_free(&some);
	services_free(&all);
	free(whole.bytes);
	free(left.bytes);
	free(right.bytes);
	close(a.fd);
	close(b.fd);
}

static void other_writer(const char *what)
{
	struct sock s = sock_open();
	unsigned int n = 0;
	bool good;

	if (!strcmp(what, "abort")) {
		good = !begin(&s) && !del(&s, "4{2's0' 3:2 4:6}") &&
		       !txn_abort(&s);
	} else if (!strcmp(what, "empty")) {
		good = !replace(&s) && !commit(&s, 0);
	} else {
		good = !begin(&s);
		if (strcmp(what, "new"))
			good = good && !del(&s, "4{2'long' 3:2 4:6}");
		if (!strcmp(what, "reuse"))
			good = good && !commit(&s, 1) && !begin(&s);
		if (strcmp(what, "delete"))
			good = good && !set_long(&s, "new", 5000, false, &n);
		good = good &&
		       !commit(&s,
			       strcmp(what, "delete") && strcmp(what, "swap") ?
				       n :
				       n + 1);
	}
	if (!good)
		die(what);
	close(s.fd);
}

/* A commit of another writer's after two reads of a dump of one long list. */
static void test_overlapped(const char *what, const char *change,
			    bool interrupts)
{
	struct sock s = small_sock();
	struct services all;
	unsigned int n = 0;
	struct dump dump;
	bool early;
	bool good;

	if (replace(&main_sock) ||
	    set_long(&main_sock, "long", 5000, false, &n) ||
	    commit(&main_sock, n))
		die("a service");
	dump_begin(&s, &dump);
	dump_next(&s, &dump, SMALL);
	dump_next(&s, &dump, SMALL);
	early = dump.interrupted;
	other_writer(change);
	dump_rest(&s, &dump, SMALL);
	check(!dump.error && !early && dump.interrupted == interrupts,
	      "a dump %s %s NLM_F_DUMP_INTR", what,
	      interrupts ? "has" : "does not have");
	all = decode(&dump);
	good = all.n && (interrupts || (all.n == 1 && !all.malformed &&
					is_sequence(&all.list[0], 5000)));
	check(good, "a dump %s comes to its end", what);
	services_free(&all);
	free(dump.bytes);
	close(s.fd);
}

static void test_last_moment(void)
{
	struct sock s = small_sock();
	struct dump dump;

	set_services(1, 1);
	/* The kernel fills the first buffer at once, and then only on reads. */
	dump_begin(&s, &dump);
	set_services(1, 2);
	dump_rest(&s, &dump, SMALL);
	check(dump.messages == 1 && dump.interrupted,
	      "a commit before the end of a dump that has said all");
	free(dump.bytes);
	close(s.fd);
}

static void test_given_up(void)
{
	struct dump dump;
	unsigned int i;

	set_services(100, 100);
	for (i = 0; i < 100; i++) {
		struct sock s = small_sock();

		dump_begin(&s, &dump);
		dump_next(&s, &dump, SMALL);
		free(dump.bytes);
		close(s.fd);
	}
	dump = dump_all(&main_sock);
	check(!dump.interrupted && !dump.error, "100 dumps are given up");
	free(dump.bytes);
}

/* Notifications */

#define A                                                \
	"4{2'a' 3:2 4:6 5#1 7{1{1=0a600001 2=0050 3:1}}" \
	"8{1{2=0a010002 3=1f90 4#1}1{2=0a010001 3=1f90 4#1 5'n'}}}"
#define A_TEXT \
	"SET a v4 6 1: 10.96.0.1:80/1 > 10.1.0.1:8080/1@n 10.1.0.2:8080/1\n"
#define B "4{2'b' 3:10 4:17}"
#define C "4{2'c' 3:2 4:132}"

static void test_notifications(void)
{
	struct sock ear = sock_open(), other_ear;
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	uint64_t was;
	bool good;

	empty();
	was = generation(&main_sock);
	listen_to(&ear);
	if (here < 0 || unshare(CLONE_NEWNET))
		die("a network namespace");
	other_ear = sock_open();
	listen_to(&other_ear);
	if (setns(here, CLONE_NEWNET))
		die("back");

	good = !begin(&main_sock) && !set(&main_sock, B) &&
	       !set(&main_sock, C) && !commit(&main_sock, 2);
	check(good, "two services");
	expect_events(&ear, "both, and the commit", was,
		      "+1 SET b v6 17 0: >\n+1 SET c v4 132 0: >\n+1 COMMIT\n");
	good = !begin(&main_sock) && !del(&main_sock, C) &&
	       !set(&main_sock, A) && !del(&main_sock, B) &&
	       !commit(&main_sock, 3);
	check(good, "DEL, SET, DEL");
	expect_events(&ear, "in the order of the messages", was,
		      "+2 DEL c v4 132 0: >\n+2 " A_TEXT
		      "+2 DEL b v6 17 0: >\n+2 COMMIT\n");
	good = !replace(&main_sock) && !set(&main_sock, B) &&
	       !commit(&main_sock, 1);
	check(good, "a replacement");
	expect_events(&ear, "what it deletes", was,
		      "+3 SET b v6 17 0: >\n+3 DEL a v4 6 0: >\n+3 COMMIT\n");

	good = !begin(&main_sock) && !set(&main_sock, A) &&
	       !txn_abort(&main_sock);
	check(good, "an abort");
	expect_events(&ear, "nothing of it", was, "");
	good = !begin(&main_sock) && !set(&main_sock, A) &&
	       !del(&main_sock, C) && commit(&main_sock, 2) == ENOENT;
	check(good, "a refused commit");
	expect_events(&ear, "nothing of it", was, "");
	check(!begin(&main_sock) && !commit(&main_sock, 0), "an empty commit");
	expect_events(&ear, "nothing of it", was, "");
	expect_events(&other_ear, "nothing in another namespace", was, "");
	close(here);
	close(ear.fd);
	close(other_ear.fd);
}

static void test_long_notification(void)
{
	struct sock ear = sock_open();
	int room = 64 << 20;
	struct services events;
	unsigned int n = 0;
	struct dump heard;
	bool lost;
	bool good;

	setsockopt(ear.fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	empty();
	listen_to(&ear);
	if (begin(&main_sock) ||
	    set_long(&main_sock, "long", 20000, false, &n) ||
	    commit(&main_sock, n))
		die("a long list");
	heard = hear(&ear, &lost);
	events = decode(&heard);
	good = !lost && !events.malformed && !events.mixed && events.n == 2 &&
	       is_sequence(&events.list[0], 20000) &&
	       events.list[1].cmd == KVIP_CMD_TXN_COMMIT;
	check(good, "heard: 20000 backends in %u messages", heard.messages - 1);
	services_free(&events);
	free(heard.bytes);
	close(ear.fd);
}

static void test_slow_listener(void)
{
	struct sock ear = small_sock();
	struct services events;
	struct dump heard;
	uint64_t was;
	size_t i;
	bool lost, good;

	empty();
	listen_to(&ear);
	set_services(500, 20);
	heard = hear(&ear, &lost);
	events = decode(&heard);
	good = lost && !events.malformed && !events.mixed && events.n < 500;
	for (i = 0; i < events.n && good; i++)
		good = atoi(events.list[i].name + 1) == (int)i &&
		       is_sequence(&events.list[i], 20);
	check(good, "a slow listener hears %zu of 500, then ENOBUFS", events.n);
	services_free(&events);
	free(heard.bytes);

	was = generation(&main_sock);
	good = !begin(&main_sock) && !set(&main_sock, B) &&
	       !commit(&main_sock, 1);
	check(good, "and once it has read what there was,");
	expect_events(&ear, "the next commit", was,
		      "+1 SET b v6 17 0: >\n+1 COMMIT\n");
	close(ear.fd);
}

/* A cluster of the largest size */

static void test_scale(unsigned int n)
{
	long before = kernel_memory();
	double start = now(), time;
	struct services all;
	struct dump dump;
	uint64_t was = generation(&main_sock);
	bool good;

	set_services(n, 1);
	time = now() - start;
	check(generation(&main_sock) == was + 1, "%u services in one commit",
	      n);
	printf("# %u services with a frontend and a backend: %.2f s, %ld bytes each\n",
	       n, time, (kernel_memory() - before) * 1024 / (long)n);

	start = now();
	dump = dump_all(&main_sock);
	time = now() - start;
	all = decode(&dump);
	check(all.n == n && !all.malformed && !all.mixed,
	      "a dump has them all");
	printf("# %u services: %.2f s to dump\n", n, time);
	services_free(&all);
	free(dump.bytes);

	start = now();
	good = !begin(&main_sock) && !set(&main_sock, B) &&
	       !commit(&main_sock, 1) && answer.generation == was + 2;
	check(good, "one more service");
	printf("# one more service: %.4f s\n", now() - start);
	start = now();
	good = !replace(&main_sock) && !commit(&main_sock, 0) &&
	       answer.generation == was + 3;
	check(good, "and all of them go");
	printf("# %u services: %.2f s to delete\n", n, now() - start);
	dump = dump_all(&main_sock);
	check(!dump.messages, "and none is left");
	free(dump.bytes);
}

static int refused(void)
{
	struct sock s = sock_open();

	return !(!begin(&s) && !set(&s, A) && !del(&s, C) &&
		 commit(&s, 2) == ENOENT);
}

static int hold(const char *what)
{
	struct dump dump;
	struct sock s;
	char byte;

	main_sock = sock_open();
	s = small_sock();
	if (!strcmp(what, "dump")) {
		/* more than the kernel has ready before it is asked */
		set_services(100, 100);
		dump_begin(&s, &dump);
		dump_next(&s, &dump, SMALL);
		free(dump.bytes);
	} else if (begin(&s) || set(&s, A) || set(&s, B)) {
		die(what);
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	test_name = "abi_stream";
	if (argc > 1)
		return strcmp(argv[1], "refused") ? hold(argv[1]) : refused();
	main_sock = sock_open();
	/* the figures of memory first, before there is anything to be freed */
	test_scale(100000);
	test_long_list(20000);
	test_long_list(KVIP_BACKENDS_MAX);
	test_too_long("backends", KVIP_BACKENDS_MAX, false);
	test_most_frontends();
	test_too_long("frontends", KVIP_FRONTENDS_MAX, true);
	test_small_reads();
	test_overlapped("that no one overlaps", "abort", false);
	test_overlapped("that a new service overlaps", "new", true);
	test_overlapped("whose service is deleted", "delete", true);
	test_overlapped("whose service makes place for another", "swap", true);
	test_overlapped("whose service's identifier is used again", "reuse",
			true);
	test_overlapped("while everything is deleted", "empty", true);
	test_last_moment();
	test_given_up();
	test_notifications();
	test_long_notification();
	test_slow_listener();
	empty();
	return failures ? 1 : 0;
}
