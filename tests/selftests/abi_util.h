/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generic netlink by hand, for the abi programs: what libkvip would never
 * send can be sent, and an answer is looked at byte by byte.
 *
 * Attributes are written as text. Their types are plain numbers on purpose: a
 * test must fail when something is renumbered.
 *
 *	4{...}    nest                    2'web'    string with its NUL
 *	4(...)    without NLA_F_NESTED    2'*255'   one of 255 characters
 *	3:2       u8                      1=0a600001  bytes
 *	5#1       u32                     9.        nothing, a flag
 *	2@7       u64                     &60,1     a bare header: length, type
 *	!         before what a refusal must point at
 *	_0000     bytes that are no attribute
 */
#ifndef ABI_UTIL_H
#define ABI_UTIL_H

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/kvip.h>
#include <linux/netlink.h>

/* Each program uses its share of this; tables leave out what is 0. */
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define ALIGN4(n) (((n) + 3) & ~(size_t)3)

struct message {
	size_t len;
	size_t blamed; /* offset of the attribute with a '!' */
	char data[160 * 1024];
};

struct sock {
	int fd;
	uint32_t seq; /* of the last request */
	uint32_t begin; /* of the last begin */
};

/* What the last request got. */
struct answer {
	int error; /* positive; 0: acknowledged */
	char sentence[256];
	bool has_offset, has_cookie, has_generation;
	uint32_t offset;
	uint32_t cookie;
	uint64_t generation;
	char reply[32768]; /* the attributes of a reply */
	size_t reply_len;
};

static struct answer answer;
static struct sock main_sock;
static struct message message;
static const char *test_name = "abi";
static uint16_t family_id;
static uint32_t group_id;
static unsigned int failures;

static void die(const char *what)
{
	printf("not ok %s: %s: %s\n", test_name, what, strerror(errno));
	exit(1);
}

__attribute__((format(printf, 2, 3))) static bool check(bool good,
							const char *what, ...)
{
	va_list args;

	printf("%s %s: ", good ? "ok" : "not ok", test_name);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	failures += !good;
	return good;
}

/* The test itself is wrong. */
#define bug()                                                        \
	do {                                                         \
		fprintf(stderr, "%s: a bug at line %d\n", test_name, \
			__LINE__);                                   \
		abort();                                             \
	} while (0)

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Writing */

static void put_bytes(struct message *m, const void *bytes, size_t len)
{
	if (m->len + len > sizeof(m->data))
		bug();
	if (bytes)
		memcpy(m->data + m->len, bytes, len);
	else
		memset(m->data + m->len, 0, len);
	m->len += len;
}

static size_t attr_begin(struct message *m, unsigned int type)
{
	struct nlattr header = { .nla_type = (uint16_t)type };
	size_t at = m->len;

	put_bytes(m, &header, sizeof(header));
	return at;
}

static void attr_end(struct message *m, size_t at)
{
	size_t len = m->len - at;

	if (len > UINT16_MAX)
		bug();
	((struct nlattr *)(m->data + at))->nla_len = (uint16_t)len;
	put_bytes(m, NULL, ALIGN4(m->len) - m->len);
}

static void put(struct message *m, unsigned int type, const void *bytes,
		size_t len)
{
	size_t at = attr_begin(m, type);

	put_bytes(m, bytes, len);
	attr_end(m, at);
}

static void put_u32(struct message *m, unsigned int type, uint32_t value)
{
	put(m, type, &value, sizeof(value));
}

static const char *put_hex(struct message *m, const char *p)
{
	unsigned int byte;

	for (; isxdigit(p[0]) && isxdigit(p[1]) && sscanf(p, "%2x", &byte) == 1;
	     p += 2) {
		char c = (char)byte;

		put_bytes(m, &c, 1);
	}
	return p;
}

static const char *put_text(struct message *m, const char *p)
{
	size_t n = strcspn(p, "'");
	int many = *p == '*' ? atoi(p + 1) : 0;

	if (!many)
		put_bytes(m, p, n);
	while (many--)
		put_bytes(m, "n", 1);
	put_bytes(m, "", 1);
	return p + n + 1;
}

static const char *put_attrs(struct message *m, const char *p);

static const char *put_value(struct message *m, const char *p, char kind)
{
	uint64_t u64 = kind == '\'' || kind == '=' ? 0 : strtoull(p, NULL, 0);
	uint32_t u32 = (uint32_t)u64;
	uint8_t u8 = (uint8_t)u64;

	switch (kind) {
	case '{':
	case '(':
		return put_attrs(m, p) + 1;
	case '\'':
		return put_text(m, p);
	case '=':
		return put_hex(m, p);
	case ':':
		put_bytes(m, &u8, sizeof(u8));
		break;
	case '#':
		put_bytes(m, &u32, sizeof(u32));
		break;
	case '@':
		put_bytes(m, &u64, sizeof(u64));
		break;
	case '.':
		return p;
	default:
		bug();
	}
	return p + strspn(p, "0123456789abcdefx");
}

static const char *put_attrs(struct message *m, const char *p)
{
	for (;;) {
		unsigned int len, type;
		size_t at = m->len;
		char *end;

		p += strspn(p, " ");
		if (!*p || *p == '}' || *p == ')')
			return p;
		if (*p == '!') {
			m->blamed = at;
			p++;
		}
		if (sscanf(p, "&%u,%u", &len, &type) == 2) {
			attr_begin(m, type);
			((struct nlattr *)(m->data + at))->nla_len =
				(uint16_t)len;
			p += strspn(p, "&0123456789,");
			continue;
		}
		if (*p == '_') {
			p = put_hex(m, p + 1);
			continue;
		}
		type = (unsigned int)strtoul(p, &end, 10);
		attr_begin(m, *end == '{' ? type | NLA_F_NESTED : type);
		p = put_value(m, end + 1, *end);
		attr_end(m, at);
	}
}

/* A request without attributes, to be finished by message_end(). */
static void message_begin(struct message *m, struct sock *s, uint16_t type,
			  uint8_t cmd, int flags)
{
	const struct nlmsghdr header = {
		.nlmsg_type = type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		.nlmsg_seq = ++s->seq,
	};
	const struct genlmsghdr genl = { .cmd = cmd, .version = 1 };

	m->len = 0;
	m->blamed = 0;
	put_bytes(m, &header, sizeof(header));
	put_bytes(m, &genl, sizeof(genl));
}

static void message_end(struct message *m)
{
	((struct nlmsghdr *)m->data)->nlmsg_len = (uint32_t)m->len;
}

static void message_send(struct sock *s, struct message *m)
{
	message_end(m);
	if (send(s->fd, m->data, m->len, 0) != (ssize_t)m->len)
		die("send");
}

/* Reading */

#define nla_for_each_attr(attr, from, bytes, left)                          \
	for ((attr) = (const struct nlattr *)(from), (left) = (int)(bytes); \
	     (left) >= NLA_HDRLEN && (attr)->nla_len >= NLA_HDRLEN &&       \
	     (int)(attr)->nla_len <= (left);                                \
	     (left) -= (int)NLA_ALIGN((attr)->nla_len),                     \
	    (attr) = (const struct nlattr *)((const char *)(attr) +         \
					     NLA_ALIGN((attr)->nla_len)))

static const void *data_of(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static size_t len_of(const struct nlattr *attr)
{
	return attr->nla_len - (size_t)NLA_HDRLEN;
}

static unsigned int type_of(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

/* A number of any size, in the host's order. */
static uint64_t number(const struct nlattr *attr)
{
	uint64_t u64;
	uint32_t u32;

	switch (len_of(attr)) {
	case 1:
		return *(const uint8_t *)data_of(attr);
	case 4:
		memcpy(&u32, data_of(attr), sizeof(u32));
		return u32;
	case 8:
		memcpy(&u64, data_of(attr), sizeof(u64));
		return u64;
	}
	bug();
}

static const struct nlattr *find(const void *from, size_t len,
				 unsigned int type)
{
	const struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, from, len, left)
		if (type_of(attr) == type)
			return attr;
	return NULL;
}

/* Some architectures have 64-bit attributes padded. */
static bool is_padding(const struct nlattr *attr)
{
	return type_of(attr) == 1 && !len_of(attr);
}

static size_t count_attrs(const void *from, size_t len)
{
	const struct nlattr *attr;
	size_t n = 0;
	int left;

	nla_for_each_attr(attr, from, len, left)
		n += !is_padding(attr);
	return n;
}

/* Attribute number @n, from 0, of those of its type. */
static const struct nlattr *find_nth(const void *from, size_t len,
				     unsigned int type, size_t n)
{
	const struct nlattr *attr;
	int left;

	nla_for_each_attr(attr, from, len, left)
		if (type_of(attr) == type && !is_padding(attr) && !n--)
			return attr;
	return NULL;
}

/* In any order, but for those of one type. */
static bool same_attrs(const void *a, size_t len_a, const void *b, size_t len_b)
{
	const struct nlattr *attr, *before, *other;
	int left, left_before;

	if (count_attrs(a, len_a) != count_attrs(b, len_b))
		return false;
	nla_for_each_attr(attr, a, len_a, left) {
		size_t n = 0;

		if (is_padding(attr))
			continue;
		nla_for_each_attr(before, a,
				  (const char *)attr - (const char *)a,
				  left_before)
			n += type_of(before) == type_of(attr) &&
			     !is_padding(before);
		other = find_nth(b, len_b, type_of(attr), n);
		if (!other || other->nla_type != attr->nla_type)
			return false;
		if (attr->nla_type & NLA_F_NESTED) {
			if (!same_attrs(data_of(attr), len_of(attr),
					data_of(other), len_of(other)))
				return false;
		} else if (len_of(attr) != len_of(other) ||
			   memcmp(data_of(attr), data_of(other),
				  len_of(attr))) {
			return false;
		}
	}
	return true;
}

static void print_attrs(FILE *to, const void *from, size_t len)
{
	const struct nlattr *attr;
	size_t i;
	int left;

	nla_for_each_attr(attr, from, len, left) {
		if (is_padding(attr))
			continue;
		if (attr->nla_type & NLA_F_NESTED) {
			fprintf(to, "%u{", type_of(attr));
			print_attrs(to, data_of(attr), len_of(attr));
			fputs("} ", to);
			continue;
		}
		fprintf(to, "%u%c", type_of(attr), len_of(attr) ? '=' : '.');
		for (i = 0; i < len_of(attr); i++)
			fprintf(to, "%02x",
				((const uint8_t *)data_of(attr))[i]);
		fputc(' ', to);
	}
}

/* The attributes are what @text, in the text above, would write. */
static bool attrs_are(const void *from, size_t len, const char *text)
{
	static struct message wanted;

	wanted.len = 0;
	put_attrs(&wanted, text);
	if (same_attrs(from, len, wanted.data, wanted.len))
		return true;
	printf("# wanted: ");
	print_attrs(stdout, wanted.data, wanted.len);
	printf("\n# got: ");
	print_attrs(stdout, from, len);
	putchar('\n');
	return false;
}

/* The same of what is within the reply's nest of type @type. */
static bool reply_has(unsigned int type, const char *text)
{
	const struct nlattr *nest = find(answer.reply, answer.reply_len, type);

	return nest && attrs_are(data_of(nest), len_of(nest), text);
}

static void take_error(const struct nlmsghdr *header)
{
	const struct nlmsgerr *error;
	const struct nlattr *attr;
	size_t skip = NLMSG_HDRLEN + sizeof(*error);
	int left;

	error = (const struct nlmsgerr *)((const char *)header + NLMSG_HDRLEN);
	answer.error = -error->error;
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += ALIGN4(error->msg.nlmsg_len) - NLMSG_HDRLEN;
	nla_for_each_attr(attr, (const char *)header + skip,
			  header->nlmsg_len - skip, left) {
		switch (type_of(attr)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(answer.sentence, sizeof(answer.sentence), "%s",
				 (const char *)data_of(attr));
			break;
		case NLMSGERR_ATTR_OFFS:
			answer.has_offset = true;
			answer.offset = (uint32_t)number(attr);
			break;
		case NLMSGERR_ATTR_COOKIE:
			answer.has_cookie = true;
			memcpy(&answer.cookie, data_of(attr),
			       sizeof(answer.cookie));
			break;
		}
	}
}

static void take_reply(const struct nlmsghdr *header)
{
	const struct nlattr *attr;

	answer.reply_len = header->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	if (answer.reply_len > sizeof(answer.reply))
		bug();
	memcpy(answer.reply, (const char *)header + NLMSG_HDRLEN + GENL_HDRLEN,
	       answer.reply_len);
	attr = find(answer.reply, answer.reply_len, KVIP_A_GENERATION);
	/* nlctrl's attribute of this number is a string */
	answer.has_generation = attr && len_of(attr) == sizeof(uint64_t);
	if (answer.has_generation)
		answer.generation = number(attr);
}

/* Until what acknowledges or refuses the request @seq. */
static void receive(struct sock *s, uint32_t seq)
{
	static char buffer[65536];
	const struct nlmsghdr *header;
	ssize_t len;

	for (;;) {
		len = recv(s->fd, buffer, sizeof(buffer), 0);
		if (len < 0)
			die("recv");
		for (header = (struct nlmsghdr *)buffer;
		     NLMSG_OK(header, (size_t)len);
		     header = NLMSG_NEXT(header, len)) {
			if (header->nlmsg_seq != seq)
				continue;
			if (header->nlmsg_type == NLMSG_ERROR) {
				take_error(header);
				return;
			}
			take_reply(header);
		}
	}
}

static int finish_call(struct sock *s)
{
	message_send(s, &message);
	memset(&answer, 0, sizeof(answer));
	receive(s, s->seq);
	return answer.error;
}

/* A request with attributes in the text above; 0 or the error. */
__attribute__((format(printf, 3, 4))) static int
call(struct sock *s, uint8_t cmd, const char *attrs, ...)
{
	static char text[65536];
	va_list args;
	int len;

	va_start(args, attrs);
	len = vsnprintf(text, sizeof(text), attrs, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text))
		bug();
	message_begin(&message, s, family_id, cmd, NLM_F_ACK);
	if (cmd == KVIP_CMD_TXN_BEGIN)
		s->begin = s->seq;
	put_attrs(&message, text);
	return finish_call(s);
}

#define begin(s) call(s, KVIP_CMD_TXN_BEGIN, "%s", "")
#define replace(s) call(s, KVIP_CMD_TXN_BEGIN, "3#1")
#define set(s, ...) call(s, KVIP_CMD_SERVICE_SET, __VA_ARGS__)
#define del(s, ...) call(s, KVIP_CMD_SERVICE_DEL, __VA_ARGS__)
#define commit(s, n) \
	call(s, KVIP_CMD_TXN_COMMIT, "6#%u 7#%u", (unsigned int)(n), (s)->begin)
#define config_set(s, ...) call(s, KVIP_CMD_CONFIG_SET, __VA_ARGS__)
#define config_get(s) call(s, KVIP_CMD_CONFIG_GET, "%s", "")
#define explain(s, ...) call(s, KVIP_CMD_EXPLAIN, __VA_ARGS__)
#define flows_listen(s, ...) call(s, KVIP_CMD_FLOWS_LISTEN, __VA_ARGS__)
#define txn_abort(s) call(s, KVIP_CMD_TXN_ABORT, "%s", "")

static void find_family(struct sock *s)
{
	const struct nlattr *attr, *group, *part;
	int left;

	message_begin(&message, s, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	put(&message, CTRL_ATTR_FAMILY_NAME, "kvip", 5);
	if (finish_call(s)) {
		errno = answer.error;
		die("the family kvip");
	}
	attr = find(answer.reply, answer.reply_len, CTRL_ATTR_FAMILY_ID);
	memcpy(&family_id, data_of(attr), sizeof(family_id));
	attr = find(answer.reply, answer.reply_len, CTRL_ATTR_MCAST_GROUPS);
	nla_for_each_attr(group, data_of(attr), len_of(attr), left) {
		part = find(data_of(group), len_of(group),
			    CTRL_ATTR_MCAST_GRP_NAME);
		if (part && !strcmp(data_of(part), "changes"))
			group_id = (uint32_t)number(
				find(data_of(group), len_of(group),
				     CTRL_ATTR_MCAST_GRP_ID));
	}
}

/* A socket with the port number @portid, or with any if that is 0. */
static struct sock sock_open_at(uint32_t portid)
{
	struct sock s = { .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
				       NETLINK_GENERIC),
			  .seq = 1000 };
	struct sockaddr_nl self = { .nl_family = AF_NETLINK, .nl_pid = portid };
	struct timeval patience = { .tv_sec = 300 };
	int on = 1;

	if (s.fd < 0 || bind(s.fd, (struct sockaddr *)&self, sizeof(self)) ||
	    setsockopt(s.fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(s.fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) ||
	    setsockopt(s.fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		die("a netlink socket");
	if (!family_id)
		find_family(&s);
	return s;
}

static struct sock sock_open(void)
{
	return sock_open_at(0);
}

static uint64_t generation(struct sock *s)
{
	if (call(s, KVIP_CMD_INFO_GET, "%s", ""))
		die("KVIP_CMD_INFO_GET");
	return answer.generation;
}

/* A number of KVIP_CMD_INFO_GET's reply, of so many bytes. */
static uint64_t info(unsigned int type, size_t size)
{
	const struct nlattr *nest, *attr;

	generation(&main_sock);
	nest = find(answer.reply, answer.reply_len, KVIP_A_INFO);
	attr = find(data_of(nest), len_of(nest), type);
	if (!attr || len_of(attr) != size)
		die("an attribute of KVIP_CMD_INFO_GET");
	return number(attr);
}

/* The configuration, as text to be compared. */
static char *config_text(struct sock *s)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	const struct nlattr *nest;

	if (config_get(s))
		die("KVIP_CMD_CONFIG_GET");
	nest = find(answer.reply, answer.reply_len, KVIP_A_CONFIG);
	print_attrs(to, data_of(nest), len_of(nest));
	fclose(to);
	return text;
}

static bool config_is(const char *text)
{
	char *is = config_text(&main_sock);
	bool same = !strcmp(is, text);

	free(is);
	return same;
}

/* Dumps */

struct dump {
	uint32_t seq;
	bool done;
	bool interrupted;
	int error;
	unsigned int messages;
	char *bytes; /* each a length, then the attributes */
	size_t len, room;
};

static void keep(struct dump *dump, const struct nlmsghdr *header)
{
	uint32_t len = header->nlmsg_len - NLMSG_HDRLEN;

	if (dump->len + sizeof(len) + len > dump->room) {
		dump->room = 2 * dump->room + sizeof(len) + len + 65536;
		dump->bytes = realloc(dump->bytes, dump->room);
		if (!dump->bytes)
			die("memory");
	}
	memcpy(dump->bytes + dump->len, &len, sizeof(len));
	memcpy(dump->bytes + dump->len + sizeof(len),
	       (const char *)header + NLMSG_HDRLEN, len);
	dump->len += sizeof(len) + len;
	dump->messages++;
}

static void dump_begin(struct sock *s, struct dump *dump)
{
	static struct message m;

	memset(dump, 0, sizeof(*dump));
	message_begin(&m, s, family_id, KVIP_CMD_SERVICE_GET, NLM_F_DUMP);
	message_send(s, &m);
	dump->seq = s->seq;
}

/* One read of @size bytes; whether there is more to read. */
static bool dump_next(struct sock *s, struct dump *dump, size_t size)
{
	static char buffer[65536];
	const struct nlmsghdr *header;
	ssize_t len = recv(s->fd, buffer, size, MSG_TRUNC);

	if (len < 0 || (size_t)len > size)
		die("reading a dump");
	for (header = (struct nlmsghdr *)buffer; NLMSG_OK(header, (size_t)len);
	     header = NLMSG_NEXT(header, len)) {
		if (header->nlmsg_seq != dump->seq)
			continue;
		dump->interrupted |= !!(header->nlmsg_flags & NLM_F_DUMP_INTR);
		if (header->nlmsg_type == NLMSG_DONE) {
			dump->done = true;
		} else if (header->nlmsg_type == NLMSG_ERROR) {
			memset(&answer, 0, sizeof(answer));
			take_error(header);
			dump->error = answer.error;
			dump->done = true;
		} else {
			keep(dump, header);
		}
	}
	return !dump->done;
}

static void dump_rest(struct sock *s, struct dump *dump, size_t size)
{
	while (dump_next(s, dump, size))
		;
}

static struct dump dump_all(struct sock *s)
{
	struct dump dump;

	dump_begin(s, &dump);
	dump_rest(s, &dump, 32768);
	return dump;
}

static bool same_dump(const struct dump *a, const struct dump *b)
{
	return a->len == b->len &&
	       (!a->len || !memcmp(a->bytes, b->bytes, a->len));
}

#endif /* ABI_UTIL_H */
