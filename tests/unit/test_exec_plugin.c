// SPDX-License-Identifier: GPL-2.0-or-later
/* Exec plugins: what they are told, how they run and end, what they print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>
#include <json-c/json.h>

#include "exec_plugin.h"
#include "kubeconfig.h"

#define V1 "client.authentication.k8s.io/v1"
#define HEAD \
	"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":"

struct ending {
	struct event_base *base;
	int n;
	char *token;
	double expires;
	struct kvip_err err;
};

static void on_end(void *arg, struct kvip_exec_credential *credential,
		   const struct kvip_err *err)
{
	struct ending *ending = arg;

	ending->n++;
	if (credential) {
		ending->token = credential->token;
		credential->token = NULL;
		ending->expires = credential->expires;
	} else {
		ending->err = *err;
	}
	event_base_loopbreak(ending->base);
}

static char *no_words[1] = { NULL };

static struct kvip_kubeconfig shell(char **args)
{
	struct kvip_kubeconfig config = {
		.server = "https://192.0.2.1:6443",
		.exec = {
			.command = "/bin/sh",
			.args = args,
			.env = no_words,
			.version = V1,
		},
	};

	return config;
}

static struct ending run_config(const struct kvip_kubeconfig *config,
				unsigned int seconds)
{
	struct ending ending = { .base = event_base_new() };
	struct kvip_err err = { "" };

	if (!kvip_exec_plugin_start(ending.base, config, seconds, on_end,
				    &ending, &err))
		fail_msg("%s", err.text);
	assert_int_equal(ending.n, 0);
	event_base_dispatch(ending.base);
	assert_int_equal(ending.n, 1);
	/* nothing waits for it any more */
	assert_int_equal(event_base_get_num_events(ending.base,
						   EVENT_BASE_COUNT_ADDED),
			 0);
	event_base_free(ending.base);
	return ending;
}

static struct ending run(const char *script)
{
	char *args[3] = { "-c", (char *)script, NULL };
	struct kvip_kubeconfig config = shell(args);

	return run_config(&config, 30);
}

static void gives(const char *script, const char *token)
{
	struct ending ending = run(script);

	if (!ending.token)
		fail_msg("%s", ending.err.text);
	assert_string_equal(ending.token, token);
	free(ending.token);
}

static void fails(const char *script, const char *words)
{
	struct ending ending = run(script);

	assert_null(ending.token);
	assert_string_equal(ending.err.text, words);
}

static void test_a_token(void **state)
{
	(void)state;
	gives("echo '" HEAD "{\"token\":\"abc\"}}'", "abc");
}

static void test_output_in_pieces(void **state)
{
	(void)state;
	gives("printf '%s' '{\"kind\":\"ExecCredential\",'; exec 3>&1; "
	      "sh -c 'printf \"%s\" \"\\\"apiVersion\\\":\\\"" V1
	      "\\\",\"' >&3; "
	      "printf '%s' '\"status\":{\"token\":\"abc\"}}'",
	      "abc");
}

static void test_standard_input_is_empty(void **state)
{
	(void)state;
	gives("read x; echo '" HEAD "{\"token\":\"<'\"$x\"'>\"}}'", "<>");
}

static void test_no_descriptor_of_ours(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	gives("for i in 3 4 5 6 7 8 9; do "
	      "(: >&$i) 2>/dev/null && exit 1; done; "
	      "echo '" HEAD "{\"token\":\"abc\"}}'",
	      "abc");
	close(ends[0]);
	close(ends[1]);
}

/* A helper that stays behind holds our pipe; the plugin has ended though. */
static void test_what_it_leaves_behind_is_not_waited_for(void **state)
{
	struct timespec begin, end;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	gives("sleep 20 & echo '" HEAD "{\"token\":\"abc\"}}'", "abc");
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - begin.tv_sec < 15);
}

static void test_variables(void **state)
{
	char *args[3] = { "-c",
			  "echo '" HEAD "{\"token\":\"'\"$A $B $C\"'\"}}'",
			  NULL };
	char *env[3] = { "A=kubeconfig's", "B=new", NULL };
	struct kvip_kubeconfig config = shell(args);
	struct ending ending;

	(void)state;
	config.exec.env = env;
	setenv("A", "ours", 1);
	setenv("C", "kept", 1);
	ending = run_config(&config, 30);
	assert_string_equal(ending.token, "kubeconfig's new kept");
	free(ending.token);
	unsetenv("A");
	unsetenv("C");
}

static void test_info_is_handed_over(void **state)
{
	char *args[3] = {
		"-c",
		"case $KUBERNETES_EXEC_INFO in '{\"kind\":\"ExecCredential\"'*) "
		"echo '" HEAD "{\"token\":\"abc\"}}';; esac",
		NULL
	};
	struct kvip_kubeconfig config = shell(args);
	struct ending ending;

	(void)state;
	setenv("KUBERNETES_EXEC_INFO", "of an outer plugin", 1);
	ending = run_config(&config, 30);
	assert_string_equal(ending.token, "abc");
	free(ending.token);
	unsetenv("KUBERNETES_EXEC_INFO");
}

static void test_it_fails(void **state)
{
	(void)state;
	fails("exit 3", "the exec plugin /bin/sh ended with status 3");
	fails("echo first >&2; echo 'log in first' >&2; echo >&2; exit 1",
	      "the exec plugin /bin/sh ended with status 1: log in first");
	fails("kill -9 $$", "the exec plugin /bin/sh was killed by signal 9");
	fails("echo abc",
	      "the exec plugin /bin/sh printed nonsense: expected an ExecCredential in JSON");
	fails("exec >&-",
	      "the exec plugin /bin/sh printed nonsense: expected an ExecCredential in JSON");
}

static void test_long_complaints_keep_their_end(void **state)
{
	struct ending ending;

	(void)state;
	ending = run("i=0; while [ $i -lt 3000 ]; do echo line $i >&2; "
		     "i=$((i + 1)); done; exit 1");
	assert_string_equal(
		ending.err.text,
		"the exec plugin /bin/sh ended with status 1: line 2999");
}

static void test_too_much_output(void **state)
{
	(void)state;
	fails("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
	      "the exec plugin /bin/sh printed more than 1048576 bytes");
}

static void test_one_that_does_not_end_is_killed(void **state)
{
	char *args[3] = { "-c", "trap '' TERM; while :; do sleep 1; done",
			  NULL };
	struct kvip_kubeconfig config = shell(args);
	struct ending ending;

	(void)state;
	ending = run_config(&config, 1);
	assert_string_equal(
		ending.err.text,
		"the exec plugin /bin/sh did not end within 1 seconds");
}

static void test_cancel(void **state)
{
	char *args[3] = { "-c", "exec sleep 100", NULL };
	struct kvip_kubeconfig config = shell(args);
	struct ending ending = { .base = event_base_new() };
	struct kvip_exec_plugin *plugin;
	struct kvip_err err;

	(void)state;
	plugin = kvip_exec_plugin_start(ending.base, &config, 30, on_end,
					&ending, &err);
	assert_non_null(plugin);
	kvip_exec_plugin_cancel(plugin);
	kvip_exec_plugin_cancel(NULL);
	/* returns, as nothing is waited for */
	event_base_dispatch(ending.base);
	assert_int_equal(ending.n, 0);
	event_base_free(ending.base);
}

static void test_not_there(void **state)
{
	struct kvip_kubeconfig config = shell(no_words);
	struct event_base *base = event_base_new();
	struct kvip_err err;

	(void)state;
	config.exec.command = "kvip-no-such-command";
	assert_null(
		kvip_exec_plugin_start(base, &config, 30, on_end, NULL, &err));
	assert_string_equal(
		err.text,
		"the exec plugin kvip-no-such-command cannot be run: No such file or directory");
	config.exec.hint = "install it";
	assert_null(
		kvip_exec_plugin_start(base, &config, 30, on_end, NULL, &err));
	assert_string_equal(
		err.text,
		"the exec plugin kvip-no-such-command cannot be run: No such file or directory; install it");
	config.exec.command = "/dev/null";
	assert_null(
		kvip_exec_plugin_start(base, &config, 30, on_end, NULL, &err));
	assert_string_equal(
		err.text,
		"the exec plugin /dev/null cannot be run: Permission denied");
	event_base_free(base);
}

static struct kvip_exec_credential parsed(const char *status)
{
	struct kvip_exec_credential credential;
	struct kvip_err err;
	char text[1024];

	snprintf(text, sizeof(text), HEAD "%s}", status);
	if (kvip_exec_credential_parse(text, strlen(text), V1, &credential,
				       &err))
		fail_msg("%s", err.text);
	return credential;
}

static void refused(const char *text, const char *words)
{
	struct kvip_exec_credential credential;
	struct kvip_err err;

	assert_int_equal(kvip_exec_credential_parse(text, strlen(text), V1,
						    &credential, &err),
			 -1);
	assert_string_equal(err.text, words);
}

static void test_certificate_and_expiry(void **state)
{
	struct kvip_exec_credential credential;

	(void)state;
	credential =
		parsed("{\"clientCertificateData\":\"c\","
		       "\"clientKeyData\":\"k\","
		       "\"expirationTimestamp\":\"2026-01-02T03:04:05Z\"}");
	assert_null(credential.token);
	assert_string_equal(credential.cert, "c");
	assert_string_equal(credential.key, "k");
	assert_true(credential.expires == 1767323045);
	kvip_exec_credential_free(&credential);
	credential = parsed(
		"{\"token\":\"t\",\"expirationTimestamp\":\"2026-01-02T05:34:05.123+02:30\"}");
	assert_true(credential.expires == 1767323045);
	kvip_exec_credential_free(&credential);
	credential = parsed(
		"{\"token\":\"t\",\"expirationTimestamp\":\"2026-01-01T23:04:05-04:00\"}");
	assert_true(credential.expires == 1767323045);
	kvip_exec_credential_free(&credential);
	credential = parsed("{\"token\":\"t\"}");
	assert_true(credential.expires == 0);
	kvip_exec_credential_free(&credential);
}

static void test_bad_credentials(void **state)
{
	static const char *const times[] = { "now",
					     "2026-01-02",
					     "2026-01-02T03:04:05",
					     "2026-01-02T03:04:05.Z",
					     "2026-01-02T03:04:05+0100",
					     "2026-01-02T03:04:05Zx",
					     "2026-13-02T03:04:05Z" };
	char text[512], words[256];
	size_t i;

	(void)state;
	refused("", "expected an ExecCredential in JSON");
	refused("[]", "expected an ExecCredential in JSON");
	refused("{}", "kind: expected ExecCredential, found nothing");
	refused("{\"kind\":\"Config\"}",
		"kind: expected ExecCredential, found \"Config\"");
	refused("{\"kind\":\"ExecCredential\",\"apiVersion\":\"v1\"}",
		"apiVersion: expected " V1 ", found \"v1\"");
	refused(HEAD "null}", "status: expected an object, found nothing");
	refused(HEAD "{}}", "status: there is no token and no certificate");
	refused(HEAD "{\"token\":1}}",
		"status.token: expected a string, found 1");
	refused(HEAD "{\"token\":\"t\",\"clientKeyData\":\"k\"}}",
		"status: there is one of clientCertificateData and clientKeyData without the other");
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		snprintf(text, sizeof(text),
			 HEAD
			 "{\"token\":\"t\",\"expirationTimestamp\":\"%s\"}}",
			 times[i]);
		snprintf(
			words, sizeof(words),
			"status.expirationTimestamp: expected a time such as 2026-01-02T15:04:05Z, found \"%s\"",
			times[i]);
		refused(text, words);
	}
}

static void test_info(void **state)
{
	struct kvip_kubeconfig config = shell(no_words);
	char *text;

	(void)state;
	text = kvip_exec_plugin_info(&config);
	assert_string_equal(text,
			    "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
			    "\",\"spec\":{\"interactive\":false}}");
	free(text);
	config.exec.cluster_info = true;
	config.exec.cluster_config = "{\"a\":[1]}";
	config.tls_name = "kubernetes";
	config.ca.data = "foo";
	config.ca.len = 3;
	text = kvip_exec_plugin_info(&config);
	assert_string_equal(
		text,
		"{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
		"\",\"spec\":{\"cluster\":{\"server\":\"https://192.0.2.1:6443\","
		"\"tls-server-name\":\"kubernetes\","
		"\"certificate-authority-data\":\"Zm9v\","
		"\"config\":{\"a\":[1]}},\"interactive\":false}}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token),
		cmocka_unit_test(test_output_in_pieces),
		cmocka_unit_test(test_standard_input_is_empty),
		cmocka_unit_test(test_no_descriptor_of_ours),
		cmocka_unit_test(test_what_it_leaves_behind_is_not_waited_for),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_info_is_handed_over),
		cmocka_unit_test(test_it_fails),
		cmocka_unit_test(test_long_complaints_keep_their_end),
		cmocka_unit_test(test_too_much_output),
		cmocka_unit_test(test_one_that_does_not_end_is_killed),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_certificate_and_expiry),
		cmocka_unit_test(test_bad_credentials),
		cmocka_unit_test(test_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
