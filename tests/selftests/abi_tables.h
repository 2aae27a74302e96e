/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the abi programs: what dumps and notifications say, decoded, and tables to
 * start from.
 */
#ifndef ABI_TABLES_H
#define ABI_TABLES_H

#include "abi_util.h"

struct end {
	uint8_t addr[16];
	uint16_t port;
	uint32_t flags; /* a frontend's kind */
	uint64_t conns;
	char node[256];
};

struct range {
	uint8_t addr[16];
	uint8_t length;
};

struct service {
	char name[256], group[256];
	uint8_t cmd, family, proto, algorithm;
	uint32_t flags, affinity;
	uint64_t conns, rejects, drops_no_local, drops_ranges, generation;
	size_t n_frontends, n_backends, n_ranges;
	struct end *frontends, *backends;
	struct range *ranges;
};

struct services {
	size_t n;
	struct service *list;
	bool mixed; /* of more than one generation */
	bool malformed;
};

static void *one_more(void *list, size_t n, size_t size)
{
	/* powers of two */
	if (n & (n - 1))
		return list;
	list = realloc(list, (n ? 2 * n : 1) * size);
	if (!list)
		die("memory");
	return list;
}

static void take_ends(struct end **list, size_t *n, const struct nlattr *nest,
		      bool backends)
{
	/* numbers of address and port: a frontend has no padding */
	unsigned int base = backends ? KVIP_BACKEND_A_ADDR :
				       KVIP_FRONTEND_A_ADDR;
	const struct nlattr *item, *attr;
	int left, left_in;

	nla_for_each_attr(item, data_of(nest), len_of(nest), left) {
		struct end *end;

		*list = one_more(*list, *n, sizeof(**list));
		end = *list + (*n)++;
		memset(end, 0, sizeof(*end));
		nla_for_each_attr(attr, data_of(item), len_of(item), left_in) {
			if (type_of(attr) == base)
				memcpy(end->addr, data_of(attr), len_of(attr));
			else if (type_of(attr) == base + 1)
				memcpy(&end->port, data_of(attr), 2);
			else if (type_of(attr) == base + 2)
				end->flags = (uint32_t)number(attr);
			else if (type_of(attr) == KVIP_BACKEND_A_NODE)
				snprintf(end->node, sizeof(end->node), "%s",
					 (const char *)data_of(attr));
			else if (type_of(attr) == KVIP_BACKEND_A_CONNS)
				end->conns = number(attr);
		}
		end->port = ntohs(end->port);
	}
}

static void take_ranges(struct service *service, const struct nlattr *nest)
{
	const struct nlattr *item, *addr, *length;
	struct range *range;
	int left;

	nla_for_each_attr(item, data_of(nest), len_of(nest), left) {
		service->ranges = one_more(service->ranges, service->n_ranges,
					   sizeof(*range));
		range = &service->ranges[service->n_ranges++];
		memset(range, 0, sizeof(*range));
		addr = find(data_of(item), len_of(item), KVIP_PREFIX_A_ADDR);
		length =
			find(data_of(item), len_of(item), KVIP_PREFIX_A_LENGTH);
		if (!addr || !length || len_of(addr) > sizeof(range->addr))
			die("a range");
		memcpy(range->addr, data_of(addr), len_of(addr));
		range->length = (uint8_t)number(length);
	}
}

static void take_service(struct service *service, const struct nlattr *nest,
			 bool *more)
{
	const struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, data_of(nest), len_of(nest), left) {
		switch (type_of(attr)) {
		case KVIP_SERVICE_A_FLAGS:
			service->flags = (uint32_t)number(attr);
			break;
		case KVIP_SERVICE_A_ALGORITHM:
			service->algorithm = (uint8_t)number(attr);
			break;
		case KVIP_SERVICE_A_CONNS:
			service->conns = number(attr);
			break;
		case KVIP_SERVICE_A_REJECTS:
			service->rejects = number(attr);
			break;
		case KVIP_SERVICE_A_DROPS_NO_LOCAL:
			service->drops_no_local = number(attr);
			break;
		case KVIP_SERVICE_A_DROPS_RANGES:
			service->drops_ranges = number(attr);
			break;
		case KVIP_SERVICE_A_AFFINITY:
			service->affinity = (uint32_t)number(attr);
			break;
		case KVIP_SERVICE_A_AFFINITY_GROUP:
			snprintf(service->group, sizeof(service->group), "%s",
				 (const char *)data_of(attr));
			break;
		case KVIP_SERVICE_A_RANGES:
			take_ranges(service, attr);
			break;
		case KVIP_SERVICE_A_FRONTENDS:
			take_ends(&service->frontends, &service->n_frontends,
				  attr, false);
			break;
		case KVIP_SERVICE_A_BACKENDS:
			take_ends(&service->backends, &service->n_backends,
				  attr, true);
			break;
		case KVIP_SERVICE_A_MORE:
			*more = true;
			break;
		}
	}
}

/* Options and counters come once, all in the first message. */
static bool options_are_in(const struct nlattr *nest, bool first)
{
	static const unsigned int always[] = { 5, 6, 10, 14, 15, 16 };
	unsigned int i;

	for (i = 0; i < sizeof(always) / sizeof(*always); i++)
		if (!find(data_of(nest), len_of(nest), always[i]) == first)
			return false;
	return first || (!find(data_of(nest), len_of(nest), 11) &&
			 !find(data_of(nest), len_of(nest), 12));
}

/* Goes on with the last one of @all if @more, and says whether to go on. */
static bool decode_one(struct services *all, const char *bytes, size_t len,
		       bool more)
{
	const struct nlattr *gen, *nest, *name = NULL, *family = NULL;
	const struct nlattr *proto = NULL;
	struct service *service;
	bool goes_on = false;

	gen = find(bytes + GENL_HDRLEN, len - GENL_HDRLEN, KVIP_A_GENERATION);
	nest = find(bytes + GENL_HDRLEN, len - GENL_HDRLEN, KVIP_A_SERVICE);
	if (nest) {
		name = find(data_of(nest), len_of(nest), KVIP_SERVICE_A_NAME);
		family = find(data_of(nest), len_of(nest),
			      KVIP_SERVICE_A_FAMILY);
		proto = find(data_of(nest), len_of(nest), KVIP_SERVICE_A_PROTO);
	}
	if (!gen || (nest && (!name || !family || !proto))) {
		all->malformed = true;
		return false;
	}
	if (!more) {
		all->list = one_more(all->list, all->n, sizeof(*all->list));
		memset(&all->list[all->n++], 0, sizeof(*all->list));
	}
	service = &all->list[all->n - 1];
	if (more && (!nest || strcmp(service->name, data_of(name))))
		all->malformed = true;
	service->cmd = ((const struct genlmsghdr *)bytes)->cmd;
	service->generation = number(gen);
	all->mixed |= service->generation != all->list[0].generation;
	if (!nest)
		return false;
	snprintf(service->name, sizeof(service->name), "%s",
		 (const char *)data_of(name));
	service->family = (uint8_t)number(family);
	service->proto = (uint8_t)number(proto);
	if (service->cmd == KVIP_CMD_SERVICE_SET &&
	    !options_are_in(nest, !more))
		all->malformed = true;
	take_service(service, nest, &goes_on);
	return goes_on;
}

static struct services decode(const struct dump *dump)
{
	struct services all = {};
	bool more = false;
	uint32_t len;
	size_t at;

	for (at = 0; at < dump->len; at += sizeof(len) + len) {
		memcpy(&len, dump->bytes + at, sizeof(len));
		more = decode_one(&all, dump->bytes + at + sizeof(len), len,
				  more);
	}
	all.malformed |= more;
	return all;
}

static void services_free(struct services *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		free(all->list[i].frontends);
		free(all->list[i].backends);
		free(all->list[i].ranges);
	}
	free(all->list);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_ends(FILE *to, const struct end *list, size_t n,
		       uint8_t family, bool backends)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < n; i++) {
		inet_ntop(family, list[i].addr, text, sizeof(text));
		fprintf(to, family == AF_INET6 ? " [%s]:%u/%u" : " %s:%u/%u",
			text, list[i].port, list[i].flags);
		if (backends && list[i].node[0])
			fprintf(to, "@%s", list[i].node);
		if (backends && list[i].conns)
			fprintf(to, "#%llu", (unsigned long long)list[i].conns);
	}
}

static void print_ranges(FILE *to, const struct service *service)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < service->n_ranges; i++) {
		inet_ntop(service->family, service->ranges[i].addr, text,
			  sizeof(text));
		fprintf(to, "%s%s/%u", i ? " " : " < ", text,
			service->ranges[i].length);
	}
}

static void print_counter(FILE *to, const char *name, uint64_t count)
{
	if (count)
		fprintf(to, " %s=%llu", name, (unsigned long long)count);
}

/*
 * One service in a line: NAME FAMILY PROTO FLAGS [#CONNS] [~SECONDS[,GROUP]]
 * [COUNTER=N]...: FRONTENDS > BACKENDS [< RANGES]
 */
static char *service_text(const struct service *service)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	fprintf(to, "%s %s %u %u", service->name,
		service->family == AF_INET6 ? "v6" : "v4", service->proto,
		service->flags);
	if (service->conns)
		fprintf(to, " #%llu", (unsigned long long)service->conns);
	if (service->affinity)
		fprintf(to, " ~%u", service->affinity);
	if (service->group[0])
		fprintf(to, ",%s", service->group);
	print_counter(to, "rejects", service->rejects);
	print_counter(to, "no-local", service->drops_no_local);
	print_counter(to, "ranges", service->drops_ranges);
	fputc(':', to);
	print_ends(to, service->frontends, service->n_frontends,
		   service->family, false);
	fputs(" >", to);
	print_ends(to, service->backends, service->n_backends, service->family,
		   true);
	print_ranges(to, service);
	fclose(to);
	return text;
}

/* The tables as text, a line a service, sorted. */
static char *tables_text(struct sock *s)
{
	struct dump dump = dump_all(s);
	struct services all = decode(&dump);
	char **lines = calloc(all.n + 1, sizeof(*lines));
	char *text = NULL;
	size_t i, len;
	FILE *to = open_memstream(&text, &len);

	for (i = 0; i < all.n; i++)
		lines[i] = service_text(&all.list[i]);
	qsort(lines, all.n, sizeof(*lines), compare_lines);
	if (all.malformed || all.mixed || dump.interrupted || dump.error)
		fputs("a malformed dump\n", to);
	for (i = 0; i < all.n; i++) {
		fprintf(to, "%s\n", lines[i]);
		free(lines[i]);
	}
	fclose(to);
	free(lines);
	services_free(&all);
	free(dump.bytes);
	return text;
}

/* Tables to start from, and what makes them up */

#define KEY(name) "2'" name "' 3:2 4:6 "
#define KEY6(name) "2'" name "' 3:10 4:6 "
#define FE(addr) "1{1=" addr " 2=0050 3:1}"
#define BE(addr) "1{2=" addr " 3=1f90 4#1}"
#define SVC(name, frontends, backends) \
	"4{" KEY(name) "7{" frontends "} 8{" backends "}}"
#define ADDR6(last) "fd0000000000000000000000000000" last

#define WEB SVC("web", FE("0a600001"), BE("0a010001") BE("0a010002"))
#define API SVC("api", FE("0a600002"), BE("0a010003"))
#define SIX                                                         \
	"4{" KEY6("web") "5#3 7{" FE(ADDR6("01")) "} 8{1{2=" ADDR6( \
		"02") " 3=1f90 4#63 5'node-a'}}}"
#define X SVC("x", FE("0a600009"), BE("0a010009"))

#define WEB_TEXT \
	"web v4 6 0: 10.96.0.1:80/1 > 10.1.0.1:8080/1 10.1.0.2:8080/1\n"
#define API_TEXT "api v4 6 0: 10.96.0.2:80/1 > 10.1.0.3:8080/1\n"
#define SIX_TEXT "web v6 6 3: [fd00::1]:80/1 > [fd00::2]:8080/63@node-a\n"

static void set_baseline(void)
{
	if (replace(&main_sock) || set(&main_sock, WEB) ||
	    set(&main_sock, API) || set(&main_sock, SIX) ||
	    commit(&main_sock, 3))
		die("the baseline");
}

static void expect_tables(const char *what, const char *wanted)
{
	char *got = tables_text(&main_sock);

	if (!check(!strcmp(got, wanted), "%s", what))
		printf("# wanted:\n%s# got:\n%s", wanted, got);
	free(got);
}

/* Notifications */

static void listen_to(struct sock *s)
{
	if (setsockopt(s->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group_id,
		       sizeof(group_id)))
		die("joining the group");
}

/* All that is there. Commits have said all before they are acknowledged. */
static struct dump hear(struct sock *s, bool *lost)
{
	static char buffer[65536];
	struct dump heard = {};
	ssize_t len;

	*lost = false;
	for (;;) {
		len = recv(s->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (len < 0 && errno == ENOBUFS) {
			*lost = true;
			continue;
		}
		if (len < 0)
			return heard;
		keep(&heard, (struct nlmsghdr *)buffer);
	}
}

/* Message number @n, from 0, that was heard; NULL if there are not so many. */
static const struct genlmsghdr *heard_at(const struct dump *heard, size_t n,
					 size_t *len)
{
	size_t at;
	uint32_t size;

	for (at = 0; at < heard->len; at += sizeof(size) + size) {
		memcpy(&size, heard->bytes + at, sizeof(size));
		if (n--)
			continue;
		*len = size - GENL_HDRLEN;
		return (const struct genlmsghdr *)(heard->bytes + at +
						   sizeof(size));
	}
	return NULL;
}

/* Whether it is such a command, with exactly those attributes. */
static bool heard_is(const struct dump *heard, size_t n, uint8_t cmd,
		     const char *wanted)
{
	const struct genlmsghdr *genl;
	size_t len;

	genl = heard_at(heard, n, &len);
	return genl && genl->cmd == cmd &&
	       attrs_are((const char *)genl + GENL_HDRLEN, len, wanted);
}

static char *events_text(const struct services *events, uint64_t since)
{
	char *text = NULL, *service;
	size_t i, len;
	FILE *to = open_memstream(&text, &len);

	if (events->malformed)
		fputs("malformed\n", to);
	for (i = 0; i < events->n; i++) {
		const struct service *event = &events->list[i];

		service = service_text(event);
		fprintf(to, "+%llu ",
			(unsigned long long)(event->generation - since));
		if (event->cmd == KVIP_CMD_SERVICE_SET)
			fprintf(to, "SET %s\n", service);
		else if (event->cmd == KVIP_CMD_SERVICE_DEL)
			fprintf(to, "DEL %s\n", service);
		else if (event->cmd == KVIP_CMD_TXN_COMMIT)
			fputs("COMMIT\n", to);
		else if (event->cmd == KVIP_CMD_CONFIG_SET)
			fputs("CONFIG\n", to);
		else
			fprintf(to, "command %u\n", event->cmd);
		free(service);
	}
	fclose(to);
	return text;
}

static void expect_events(struct sock *s, const char *what, uint64_t since,
			  const char *wanted)
{
	bool lost;
	struct dump heard = hear(s, &lost);
	struct services events = decode(&heard);
	char *got = events_text(&events, since);

	if (!check(!lost && !strcmp(got, wanted), "heard: %s", what))
		printf("# wanted:\n%s# got:\n%s", wanted, got);
	free(got);
	services_free(&events);
	free(heard.bytes);
}

#endif /* ABI_TABLES_H */
