/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the abi programs: transactions as lists of messages, those that must be
 * refused and those that must not.
 */
#ifndef ABI_REFUSAL_H
#define ABI_REFUSAL_H

#include "abi_tables.h"

/*
 * A message of a case: S, D, G (the configuration), B or C and its attributes; C
 * alone tells the right count, C- none.
 */
static int say(struct sock *s, const char *text, unsigned int *n)
{
	switch (text[0]) {
	case 'S':
		++*n;
		return set(s, "%s", text + 1);
	case 'D':
		++*n;
		return del(s, "%s", text + 1);
	case 'G':
		++*n;
		return config_set(s, "%s", text + 1);
	case 'B':
		*n = 0;
		return call(s, KVIP_CMD_TXN_BEGIN, "%s", text + 1);
	default:
		if (!text[1])
			return commit(s, *n);
		return call(s, KVIP_CMD_TXN_COMMIT, "%s 7#%u",
			    text[1] == '-' ? "" : text + 1, s->begin);
	}
}

/**
 * struct refusal - a transaction whose last message is refused
 * @what: in words
 * @messages: for say(), after a begin; all but the last are accepted
 * @error: the last one's
 * @sentence: the module's own, or NULL where netlink words it
 * @blamed: which message's number, from 1, the refusal's cookie has
 * @by_core: netlink refuses it before the module sees it, so that only the
 *	commit's count catches it
 */
struct refusal {
	const char *what;
	const char *messages[4];
	int error;
	const char *sentence;
	unsigned int blamed;
	bool by_core;
};

#define S(attrs)                \
	{                       \
		"S4{" attrs "}" \
	}
#define F(attrs) S(KEY("x") "7{" attrs "}")
#define F6(attrs) S(KEY6("x") "7{" attrs "}")
#define B(attrs) S(KEY("x") "8{" attrs "}")
#define B6(attrs) S(KEY6("x") "8{" attrs "}")
#define NOT_COMPLETE "the lists of the service before are not complete"
#define TWICE "the transaction has this service already"
#define NO_ADDR "an address is needed"
#define NO_PORT "a port is needed"
#define BAD_LENGTH "the address is not of the service's family"
#define BAD_ADDR "the address is unspecified, loopback, multicast or broadcast"
#define BAD_PORT "the port can't be 0"
#define DEL_EXTRA "a deletion has name, family and protocol only"
#define ONLY_LISTS "a message that goes on with a service has lists only"
#define LIST_ENDS "a list ends within one of its items"
#define OWN_TWICE "a frontend is in the service twice"
#define OTHERS "a frontend of the service belongs to another service"

static void detail(const struct refusal *r, size_t last)
{
	printf("# wanted: %s, \"%s\", attribute at %zu, message %u\n",
	       strerror(r->error), r->sentence ? r->sentence : "any sentence",
	       last, r->blamed);
	printf("# got: %s, \"%s\", attribute at %u, cookie %s%u\n",
	       answer.error ? strerror(answer.error) : "accepted",
	       answer.sentence, answer.offset, answer.has_cookie ? "" : "none ",
	       answer.cookie);
}

/* The answer to the last request is the refusal. */
static bool as_promised(const struct refusal *r, uint32_t blamed)
{
	if (answer.error != r->error || !answer.sentence[0] ||
	    (r->sentence && strcmp(answer.sentence, r->sentence)))
		return false;
	if (message.blamed &&
	    (!answer.has_offset || answer.offset != message.blamed))
		return false;
	return !r->blamed || (answer.has_cookie && answer.cookie == blamed);
}

/* Whether a refused transaction is good for nothing any more. */
static bool is_dead(struct sock *s, const struct refusal *r, unsigned int n)
{
	if (r->by_core)
		return !set(s, SVC("after", "", "")) &&
		       commit(s, n + 1) == EINVAL && answer.sentence[0] &&
		       set(s, SVC("late", "", "")) == ECANCELED;
	return set(s, SVC("after", "", "")) == ECANCELED &&
	       !strcmp(answer.sentence,
		       "an earlier message of the transaction was refused") &&
	       del(s, "4{" KEY("web") "}") == ECANCELED &&
	       commit(s, n) == ECANCELED && answer.sentence[0];
}

static void test_refusal(const struct refusal *r)
{
	struct sock s = sock_open();
	struct dump before = dump_all(&main_sock), after;
	uint64_t was = generation(&main_sock);
	char *config = config_text(&main_sock);
	uint32_t first = 0, blamed = 0;
	unsigned int n = 0, i;
	bool good = true;

	if (begin(&s))
		die("a transaction");
	first = s.seq;
	for (i = 0; i < 3 && r->messages[i + 1]; i++)
		good &= !say(&s, r->messages[i], &n);
	if (r->blamed)
		blamed = first + r->blamed;
	say(&s, r->messages[i], &n);
	good &= as_promised(r, blamed);
	if (!check(good, "refused: %s", r->what))
		detail(r, message.blamed);

	good = is_dead(&s, r, n);
	good &= !txn_abort(&s);
	after = dump_all(&main_sock);
	good &= same_dump(&before, &after) && generation(&main_sock) == was &&
		config_is(config);
	check(good, "nothing comes of it: %s", r->what);
	free(config);
	free(before.bytes);
	free(after.bytes);
	close(s.fd);
}

#define test_refusals(list)                                                    \
	do {                                                                   \
		for (size_t r_ = 0; r_ < sizeof(list) / sizeof(*(list)); r_++) \
			test_refusal(&(list)[r_]);                             \
	} while (0)

/* The transaction of @messages turns the baseline into @wanted. */
static void expect_change(const char *what, const char *const *messages,
			  const char *wanted)
{
	struct sock s = sock_open();
	unsigned int n = 0;
	bool good;

	set_baseline();
	good = !begin(&s);
	for (; *messages; messages++)
		good &= !say(&s, *messages, &n);
	good &= !say(&s, "C", &n);
	if (!check(good, "accepted: %s", what))
		printf("# %s: %s\n", strerror(answer.error), answer.sentence);
	expect_tables(what, wanted);
	close(s.fd);
}

#define MESSAGES(...) ((const char *const[]){ __VA_ARGS__, NULL })

#endif /* ABI_REFUSAL_H */
