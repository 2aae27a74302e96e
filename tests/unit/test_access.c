// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the cluster is, as a command line tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "access.h"
#include "access_backend.h"
#include "access_remote.h"

/* As kvip-remote: with what asks servers. */
__attribute__((used)) static int (*const with_remote)(
	struct kvip_access *, struct kvip_err *) = kvip_access_remote_open;

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SERVER "https://192.0.2.1:6443"

static char path[40];

static int write_kubeconfig(void **state)
{
	static const char text[] =
		"apiVersion: v1\n"
		"kind: Config\n"
		"current-context: a\n"
		"contexts:\n"
		"- {name: a, context: {cluster: c, user: u, namespace: shop}}\n"
		"- {name: b, context: {cluster: c, user: u}}\n"
		"clusters:\n"
		"- name: c\n"
		"  cluster:\n"
		"    server: https://192.0.2.9:6443\n"
		"    tls-server-name: kubernetes\n"
		"    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==\n"
		"users:\n"
		"- {name: u, user: {token: t}}\n";
	FILE *file;
	int fd;

	(void)state;
	strcpy(path, "/tmp/kvip-access-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	file = fdopen(fd, "w");
	fputs(text, file);
	return fclose(file);
}

static int remove_kubeconfig(void **state)
{
	(void)state;
	return unlink(path);
}

static void options_are_taken(void **state)
{
	static const struct option options[] = {
		KVIP_ACCESS_LONG,
		{ "other", no_argument, NULL, KVIP_ACCESS_OPT_END },
		{ NULL, 0, NULL, 0 },
	};
	char *const argv[] = { "kvip",
			       "--store=S",
			       "--config=C",
			       "--server=U",
			       "--kubeconfig=K",
			       "--context=X",
			       "--token-file=T",
			       "--certificate-authority=A",
			       "--insecure-skip-tls-verify",
			       "--no-commit",
			       "-n",
			       "first",
			       "--namespace=shop",
			       "--other",
			       NULL };
	struct kvip_access_options taken = {};
	int option, n_others = 0;

	(void)state;
	optind = 0;
	while ((option = getopt_long((int)ARRAY_SIZE(argv) - 1, argv,
				     KVIP_ACCESS_SHORT, options, NULL)) != -1)
		if (!kvip_access_option(&taken, option))
			n_others++;
	assert_int_equal(n_others, 1);
	assert_string_equal(taken.store, "S");
	assert_string_equal(taken.config, "C");
	assert_string_equal(taken.server, "U");
	assert_string_equal(taken.kubeconfig, "K");
	assert_string_equal(taken.context, "X");
	assert_string_equal(taken.token_file, "T");
	assert_string_equal(taken.ca_file, "A");
	assert_string_equal(taken.ns, "shop");
	assert_true(taken.insecure);
	assert_true(taken.no_commit);
}

static void contradictions_are_refused(void **state)
{
	static const struct {
		struct kvip_access_options options;
		const char *words;
	} cases[] = {
		{ { .store = "S", .server = SERVER },
		  "--store is not for a server (--server)" },
		{ { .store = "S", .kubeconfig = path },
		  "--store is not for a server (--kubeconfig)" },
		{ { .config = "C", .server = SERVER },
		  "--config tells of the local store, not of a server (--server)" },
		{ { .no_commit = true, .server = SERVER },
		  "--no-commit is for the local store: what a server gets does not go into this kernel's table" },
		{ { .context = "b" },
		  "--context is one of a kubeconfig, and --kubeconfig is not there" },
		{ { .context = "b", .server = SERVER },
		  "--context is one of a kubeconfig, and --kubeconfig is not there" },
		{ { .token_file = "T" }, "--token-file needs --server" },
		{ { .ca_file = "A", .kubeconfig = path },
		  "--certificate-authority needs --server" },
		{ { .insecure = true },
		  "--insecure-skip-tls-verify needs --server" },
		{ { .insecure = true, .ca_file = "A", .server = SERVER },
		  "--certificate-authority and --insecure-skip-tls-verify contradict each other" },
		{ { .server = "192.0.2.1:6443" },
		  "--server: expected a URL such as https://192.0.2.1:6443, found \"192.0.2.1:6443\"" },
		{ { .server = "ftp://192.0.2.1" },
		  "--server: expected a URL such as https://192.0.2.1:6443, found \"ftp://192.0.2.1\"" },
		{ { .server = "https://me@192.0.2.1" },
		  "--server: expected a URL such as https://192.0.2.1:6443, found \"https://me@192.0.2.1\"" },
		{ { .server = "https://192.0.2.1/?a=b" },
		  "--server: expected a URL such as https://192.0.2.1:6443, found \"https://192.0.2.1/?a=b\"" },
		{ { .kubeconfig = "/nonexistent" },
		  "/nonexistent: No such file or directory" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kvip_err err = { "" };

		assert_null(kvip_access_open(&cases[i].options, 0, &err));
		assert_string_equal(err.text, cases[i].words);
	}
}

static void a_namespace_must_be_a_name(void **state)
{
	const struct kvip_access_options options = { .server = SERVER,
						     .ns = "a/b" };
	struct kvip_err err = { "" };

	(void)state;
	assert_null(kvip_access_open(&options, 0, &err));
	assert_non_null(strstr(err.text, "Invalid value: \"a/b\": "));
}

static const char *ns_of(const struct kvip_access_options *options, char *ns)
{
	struct kvip_access *access;
	struct kvip_err err;

	access = kvip_access_open(options, 0, &err);
	if (!access)
		fail_msg("%s", err.text);
	strcpy(ns, kvip_access_ns(access));
	assert_int_equal(kvip_access_close(access, &err), 0);
	return ns;
}

static void a_namespace_is_where_it_is_told(void **state)
{
	static const struct {
		struct kvip_access_options options;
		const char *ns;
	} cases[] = {
		{ { .kubeconfig = path }, "shop" },
		{ { .kubeconfig = path, .context = "b" }, "default" },
		{ { .kubeconfig = path, .ns = "n" }, "n" },
		{ { .server = SERVER }, "default" },
		{ { .server = SERVER, .ns = "n" }, "n" },
	};
	char ns[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(ns_of(&cases[i].options, ns), cases[i].ns);
}

static void a_server_is_as_the_command_line_has_it(void **state)
{
	const struct kvip_access_options options = {
		.server = SERVER "/prefix//", .token_file = "T", .ca_file = "A"
	};
	struct kvip_kubeconfig config;
	struct kvip_err err;

	(void)state;
	assert_int_equal(kvip_access_server_config(&options, &config, &err), 0);
	assert_string_equal(config.server, SERVER "/prefix");
	assert_string_equal(config.token_file, "T");
	assert_string_equal(config.ca.file, "A");
	assert_false(config.insecure);
	assert_string_equal(config.ns, "default");
	kvip_kubeconfig_free(&config);
}

static void another_server_than_the_kubeconfigs(void **state)
{
	struct kvip_access_options options = { .kubeconfig = path,
					       .server = SERVER };
	struct kvip_kubeconfig config;
	struct kvip_err err;

	(void)state;
	assert_int_equal(kvip_access_server_config(&options, &config, &err), 0);
	assert_string_equal(config.server, SERVER);
	assert_string_equal(config.token, "t");
	assert_non_null(config.ca.data);
	/* it was that server's */
	assert_null(config.tls_name);
	kvip_kubeconfig_free(&config);

	options.insecure = true;
	assert_int_equal(kvip_access_server_config(&options, &config, &err), 0);
	assert_true(config.insecure);
	assert_null(config.ca.data);
	assert_null(config.ca.file);
	kvip_kubeconfig_free(&config);

	options.server = NULL;
	options.insecure = false;
	assert_int_equal(kvip_access_server_config(&options, &config, &err), 0);
	assert_string_equal(config.server, "https://192.0.2.9:6443");
	assert_string_equal(config.tls_name, "kubernetes");
	kvip_kubeconfig_free(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_taken),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(a_namespace_must_be_a_name),
		cmocka_unit_test(a_namespace_is_where_it_is_told),
		cmocka_unit_test(a_server_is_as_the_command_line_has_it),
		cmocka_unit_test(another_server_than_the_kubeconfigs),
	};

	return cmocka_run_group_tests(tests, write_kubeconfig,
				      remove_kubeconfig);
}
