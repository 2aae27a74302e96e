// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contract of include/uapi/linux/kvip.h: what the family answers at all, and
 * to whom. To be run by root in a network namespace that is not used for
 * anything else.
 */
#include <grp.h>
#include <sys/wait.h>

#include "abi_tables.h"

static bool has_number(const struct nlattr *nest, unsigned int type,
		       uint64_t wanted)
{
	const struct nlattr *attr = find(data_of(nest), len_of(nest), type);

	return attr && len_of(attr) == 4 && number(attr) == wanted;
}

static bool is_zero_counter(const struct nlattr *nest, unsigned int type)
{
	const struct nlattr *attr = find(data_of(nest), len_of(nest), type);

	return attr && len_of(attr) == 8 && !number(attr);
}

/* Attributes that are not padding, which is number 9 there. */
static unsigned int count_info(const struct nlattr *nest)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int left;

	nla_for_each_attr(attr, data_of(nest), len_of(nest), left)
		n += type_of(attr) != 9;
	return n;
}

static void test_info(void)
{
	const struct nlattr *nest, *version;
	unsigned int i;
	bool good;

	set_baseline();
	generation(&main_sock);
	nest = find(answer.reply, answer.reply_len, KVIP_A_INFO);
	version = find(data_of(nest), len_of(nest), KVIP_INFO_A_VERSION);
	check(version && len_of(version) > 1, "INFO_GET: a version");
	check(has_number(nest, 2, 2), "INFO_GET: the ABI");
	/* bits: frontends of kinds 1 to 4, algorithm 0 */
	check(has_number(nest, 3, 30), "INFO_GET: kinds of frontends");
	check(has_number(nest, 4, 1), "INFO_GET: algorithms");
	check(has_number(nest, KVIP_INFO_A_SERVICES, 3), "INFO_GET: services");
	check(has_number(nest, KVIP_INFO_A_FRONTENDS, 3),
	      "INFO_GET: frontends");
	check(has_number(nest, KVIP_INFO_A_BACKENDS, 4), "INFO_GET: backends");
	check(has_number(nest, KVIP_INFO_A_HOOKS, 3), "INFO_GET: hooks");
	check(has_number(nest, 10, 0), "INFO_GET: affinity entries");
	for (i = 11; i <= 16; i++)
		check(is_zero_counter(nest, i), "INFO_GET: counter %u is 0", i);
	check(count_info(nest) == 15, "INFO_GET: and no more");
	good = call(&main_sock, KVIP_CMD_INFO_GET, "!1.") == EINVAL &&
	       answer.sentence[0] && answer.offset == message.blamed &&
	       call(&main_sock, KVIP_CMD_INFO_GET, "!2@1") == EINVAL &&
	       answer.sentence[0] && answer.offset == message.blamed;
	check(good, "INFO_GET: an attribute is refused");
}

static void test_family(void)
{
	/* 12 is what listeners are sent */
	static const uint8_t unknown[] = { 0, 12, 13, 128, 255 };
	static const uint8_t not_dumped[] = { 1, 2, 3, 4, 5, 6, 8, 9, 10, 11 };
	struct sock s = sock_open();
	struct dump dump;
	unsigned int i;
	bool good;

	for (i = 0; i < sizeof(unknown); i++)
		check(call(&s, unknown[i], "4{}") == EOPNOTSUPP,
		      "command %u is not supported", unknown[i]);
	check(call(&s, KVIP_CMD_SERVICE_GET, "%s", "") == EOPNOTSUPP,
	      "SERVICE_GET without NLM_F_DUMP is not supported");
	for (i = 0; i < sizeof(not_dumped); i++) {
		message_begin(&message, &s, family_id, not_dumped[i],
			      NLM_F_DUMP | NLM_F_ACK);
		check(finish_call(&s) == EOPNOTSUPP,
		      "command %u with NLM_F_DUMP is not supported",
		      not_dumped[i]);
	}

	message_begin(&message, &s, family_id, KVIP_CMD_SERVICE_GET,
		      NLM_F_DUMP | NLM_F_ACK);
	put_attrs(&message, "!2@1");
	good = finish_call(&s) == EINVAL && answer.sentence[0] &&
	       answer.offset == message.blamed;
	check(good, "SERVICE_GET: an attribute is refused");

	/* messages that are too short for the family, or for netlink */
	message_begin(&message, &s, family_id, 0, NLM_F_ACK);
	message.len = NLMSG_HDRLEN;
	check(finish_call(&s) == EINVAL, "a message without a command");
	message_begin(&message, &s, family_id, 0, 0);
	message_end(&message);
	((struct nlmsghdr *)message.data)->nlmsg_len = 3;
	send(s.fd, message.data, message.len, 0);
	send(s.fd, message.data, 0, 0);
	dump = dump_all(&s);
	check(!dump.error && dump.messages == 3,
	      "messages of no length do no harm");
	free(dump.bytes);
	close(s.fd);
}

/* UDP from 127.0.0.1, to an address that nobody has */
#define FLOW "9{1:2 2:17 3=7f000001 5=0a600009 6=0050}"

static bool all_refused(void)
{
	struct sock s = sock_open();
	struct dump dump = dump_all(&s);

	return dump.error == EPERM && !dump.messages && begin(&s) == EPERM &&
	       set(&s, X) == EPERM && del(&s, X) == EPERM &&
	       commit(&s, 0) == EPERM && txn_abort(&s) == EPERM &&
	       config_set(&s, "8{}") == EPERM && config_get(&s) == EPERM &&
	       !answer.reply_len && explain(&s, FLOW) == EPERM &&
	       !answer.reply_len && flows_listen(&s, "%s", "") == EPERM &&
	       !call(&s, KVIP_CMD_INFO_GET, "%s", "") && answer.has_generation;
}

/* The notifications tell what the dump tells. */
static bool cannot_listen(void)
{
	struct sock s = sock_open();

	return setsockopt(s.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group_id,
			  sizeof(group_id)) &&
	       errno == EPERM;
}

static bool as_nobody_listening(void)
{
	return !setresgid(65534, 65534, 65534) &&
	       !setresuid(65534, 65534, 65534) && cannot_listen();
}

static bool as_other_root_listening(void)
{
	return !unshare(CLONE_NEWUSER) && cannot_listen();
}

static bool as_root_of_own_listening(void)
{
	return !unshare(CLONE_NEWUSER | CLONE_NEWNET) && !cannot_listen();
}

static bool as_nobody(void)
{
	return !setgroups(0, NULL) && !setresgid(65534, 65534, 65534) &&
	       !setresuid(65534, 65534, 65534) && all_refused();
}

static bool as_other_root(void)
{
	return !unshare(CLONE_NEWUSER) && all_refused();
}

/* A socket that root opened, in the hands of somebody else. */
static bool as_heir(void)
{
	struct sock s = sock_open();

	return !setresgid(65534, 65534, 65534) &&
	       !setresuid(65534, 65534, 65534) && begin(&s) == EPERM;
}

static bool as_root_of_own(void)
{
	struct sock s;
	char *text;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return false;
	s = sock_open();
	if (generation(&s) != 0 || begin(&s) || set(&s, WEB) ||
	    config_set(&s, "8{1#2}") || commit(&s, 2) ||
	    answer.generation != 1 || config_get(&s) ||
	    !reply_has(8, "1#2 8#131072") || explain(&s, FLOW) ||
	    !answer.reply_len || flows_listen(&s, "%s", ""))
		return false;
	text = tables_text(&s);
	return !strcmp(text, WEB_TEXT);
}

static void in_child(bool (*run)(void), const char *what)
{
	int status = 1;
	pid_t pid = fork();

	if (!pid)
		_exit(!run());
	waitpid(pid, &status, 0);
	check(!status, "%s", what);
}

static void test_permissions(void)
{
	set_baseline();
	in_child(as_nobody, "without CAP_NET_ADMIN: INFO_GET only");
	in_child(as_heir, "a socket of root's does not make root");
	in_child(
		as_other_root,
		"root of a user namespace that does not own this: INFO_GET only");
	in_child(
		as_root_of_own,
		"root of a user namespace in a network namespace of its own: all");
	in_child(as_nobody_listening,
		 "without CAP_NET_ADMIN: no notifications");
	in_child(
		as_other_root_listening,
		"root of a user namespace that does not own this: no notifications");
	in_child(
		as_root_of_own_listening,
		"root of a user namespace in a network namespace of its own: notifications");
	expect_tables("none of it is seen here", API_TEXT WEB_TEXT SIX_TEXT);
}

int main(void)
{
	test_name = "abi_access";
	main_sock = sock_open();
	test_info();
	test_family();
	test_permissions();
	return failures ? 1 : 0;
}
