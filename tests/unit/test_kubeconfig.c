// SPDX-License-Identifier: GPL-2.0-or-later
/* What a kubeconfig and a pod's file system say, and what they must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base64.h"
#include "file_text.h"
#include "kubeconfig.h"

/* "-----BEGIN CERTIFICATE-----\n" in base64 */
#define PEM64 "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="

static char folder[40];
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/kvip-kubeconfig-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/config", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void read_text(const char *text, const char *context,
		      struct kvip_kubeconfig *config)
{
	struct kvip_err err = { "" };

	write_file(path, text);
	if (kvip_kubeconfig_read(path, context, config, &err))
		fail_msg("%s", err.text);
}

/* The text is refused for the reason @words, behind the file's name. */
static void refuse(const char *text, const char *context, const char *words)
{
	struct kvip_kubeconfig config;
	struct kvip_err err = { "" };

	write_file(path, text);
	assert_int_equal(kvip_kubeconfig_read(path, context, &config, &err),
			 -1);
	assert_memory_equal(err.text, path, strlen(path));
	assert_memory_equal(err.text + strlen(path), ": ", 2);
	assert_string_equal(err.text + strlen(path) + 2, words);
}

/* A kubeconfig of one cluster and one user, whose fields are given. */
static const char *one(const char *cluster, const char *user)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		 "current-context: c\n"
		 "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
		 "clusters: [{name: k, cluster: {%s}}]\n"
		 "users: [{name: u, user: {%s}}]\n",
		 cluster, user);
	return text;
}

#define SERVER "server: 'https://192.0.2.1:6443'"

static const char two_contexts[] =
	"apiVersion: v1\n"
	"kind: Config\n"
	"preferences: {}\n"
	"current-context: second\n"
	"clusters:\n"
	"- name: east\n"
	"  cluster:\n"
	"    server: https://east.example:6443/\n"
	"    certificate-authority: pki/ca.crt\n"
	"    tls-server-name: kubernetes\n"
	"    proxy-url: http://proxy.example:3128\n"
	"- name: west\n"
	"  cluster:\n"
	"    server: https://[2001:db8::1]:6443/prefix/\n"
	"    insecure-skip-tls-verify: true\n"
	"- name: west\n"
	"  cluster:\n"
	"    server: https://another.example\n"
	"users:\n"
	"- name: admin\n"
	"  user:\n"
	"    client-certificate: admin.crt\n"
	"    client-key: /etc/keys/admin.key\n"
	"    unknown-field: 1\n"
	"- name: robot\n"
	"  user: {token: abc, tokenFile: token}\n"
	"contexts:\n"
	"- name: first\n"
	"  context: {cluster: east, user: admin, namespace: kube-system}\n"
	"- name: second\n"
	"  context: {cluster: west, user: robot}\n";

static void test_current_context(void **state)
{
	struct kvip_kubeconfig config;
	char token[64];

	(void)state;
	read_text(two_contexts, NULL, &config);
	snprintf(token, sizeof(token), "%s/token", folder);
	assert_string_equal(config.name, path);
	assert_string_equal(config.context, "second");
	assert_string_equal(config.server, "https://[2001:db8::1]:6443/prefix");
	assert_true(config.insecure);
	assert_string_equal(config.token, "abc");
	assert_string_equal(config.token_file, token);
	assert_string_equal(config.ns, "default");
	assert_null(config.ca.file);
	assert_null(config.cert.file);
	assert_null(config.exec.command);
	kvip_kubeconfig_free(&config);
}

static void test_named_context(void **state)
{
	struct kvip_kubeconfig config;
	char name[64];

	(void)state;
	read_text(two_contexts, "first", &config);
	assert_string_equal(config.server, "https://east.example:6443");
	assert_string_equal(config.tls_name, "kubernetes");
	assert_string_equal(config.proxy, "http://proxy.example:3128");
	assert_false(config.insecure);
	snprintf(name, sizeof(name), "%s/pki/ca.crt", folder);
	assert_string_equal(config.ca.file, name);
	snprintf(name, sizeof(name), "%s/admin.crt", folder);
	assert_string_equal(config.cert.file, name);
	assert_string_equal(config.key.file, "/etc/keys/admin.key");
	assert_string_equal(config.ns, "kube-system");
	kvip_kubeconfig_free(&config);
}

static void test_relative_to_a_relative_path(void **state)
{
	struct kvip_kubeconfig config;
	struct kvip_err err;
	char name[64], *cwd = getcwd(NULL, 0);

	(void)state;
	write_file(path, two_contexts);
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(kvip_kubeconfig_read("config", "first", &config, &err),
			 0);
	snprintf(name, sizeof(name), "%s/pki/ca.crt", folder);
	assert_string_equal(config.ca.file, name);
	kvip_kubeconfig_free(&config);
	assert_int_equal(chdir(cwd), 0);
	free(cwd);
}

static void test_json(void **state)
{
	struct kvip_kubeconfig config;

	(void)state;
	read_text(
		"{\"current-context\":\"c\",\n"
		"\t\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\"}}],\n"
		"\t\"clusters\":[{\"name\":\"k\",\"cluster\":\n"
		"\t\t{\"server\":\"http:\\/\\/127.0.0.1:8080\"}}]}\n",
		NULL, &config);
	assert_string_equal(config.server, "http://127.0.0.1:8080");
	assert_null(config.token);
	kvip_kubeconfig_free(&config);
}

static void test_data_wins_over_files(void **state)
{
	struct kvip_kubeconfig config;

	(void)state;
	read_text(one(SERVER ", certificate-authority: ca.crt, "
			     "certificate-authority-data: " PEM64,
		      "client-certificate-data: " PEM64
		      ", client-certificate: x, client-key: x, "
		      "client-key-data: " PEM64),
		  NULL, &config);
	assert_null(config.ca.file);
	assert_string_equal(config.ca.data, "-----BEGIN CERTIFICATE-----\n");
	assert_int_equal(config.ca.len, strlen(config.ca.data));
	assert_null(config.cert.file);
	assert_non_null(config.cert.data);
	assert_non_null(config.key.data);
	kvip_kubeconfig_free(&config);
}

static void test_anchors_and_numbers(void **state)
{
	struct kvip_kubeconfig config;

	(void)state;
	read_text(
		"current-context: '1'\n"
		"contexts: [{name: '1', context: &x {cluster: k, user: u}}]\n"
		"extensions: [{name: y, extension: *x}]\n"
		"clusters: [{name: k, cluster: {" SERVER "}}]\n"
		"users: [{name: u, user: {username: '007', password: 'on'}}]\n",
		NULL, &config);
	assert_string_equal(config.username, "007");
	assert_string_equal(config.password, "on");
	kvip_kubeconfig_free(&config);
}

static void test_exec(void **state)
{
	struct kvip_kubeconfig config;
	char command[64];

	(void)state;
	read_text(one(SERVER ", extensions: [{name: other, extension: 1}, "
			     "{name: client.authentication.k8s.io/exec, "
			     "extension: {audience: a}}]",
		      "exec: {apiVersion: client.authentication.k8s.io/v1, "
		      "command: bin/login, args: [get, '1'], "
		      "env: [{name: A, value: b=c}, {name: D}], "
		      "installHint: go and get it, interactiveMode: Never, "
		      "provideClusterInfo: true}"),
		  NULL, &config);
	snprintf(command, sizeof(command), "%s/bin/login", folder);
	assert_string_equal(config.exec.command, command);
	assert_string_equal(config.exec.version,
			    "client.authentication.k8s.io/v1");
	assert_string_equal(config.exec.args[0], "get");
	assert_string_equal(config.exec.args[1], "1");
	assert_null(config.exec.args[2]);
	assert_string_equal(config.exec.env[0], "A=b=c");
	assert_string_equal(config.exec.env[1], "D=");
	assert_null(config.exec.env[2]);
	assert_string_equal(config.exec.hint, "go and get it");
	assert_true(config.exec.cluster_info);
	assert_string_equal(config.exec.cluster_config, "{\"audience\":\"a\"}");
	kvip_kubeconfig_free(&config);
}

static void test_exec_without_a_slash_is_looked_for(void **state)
{
	struct kvip_kubeconfig config;

	(void)state;
	read_text(
		one(SERVER,
		    "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login}"),
		NULL, &config);
	assert_string_equal(config.exec.command, "login");
	assert_null(config.exec.args[0]);
	assert_null(config.exec.env[0]);
	kvip_kubeconfig_free(&config);
}

static void test_missing_context_names_those_there(void **state)
{
	(void)state;
	refuse(two_contexts, "third",
	       "there is no context \"third\"; there are: first, second");
	refuse("current-context: a\n", NULL, "there is no context \"a\"");
	refuse("contexts: [{name: a}, {name: b}]\n", NULL,
	       "there is no current-context, and none was named; there are: a, b");
	refuse("contexts: [{name: a, context: {cluster: k}}]\n"
	       "clusters: [{name: l}]\n",
	       "a", "there is no cluster \"k\"; there are: l");
	refuse("contexts: [{name: a, context: {cluster: k, user: u}}]\n"
	       "clusters: [{name: k, cluster: {" SERVER "}}]\n",
	       "a", "there is no user \"u\"");
	refuse("contexts: [{name: a}]\n", "a",
	       "contexts[0].context.cluster: expected a cluster's name, found nothing");
}

static void test_bad_servers(void **state)
{
	static const char *const servers[] = {
		"server: 192.0.2.1",
		"server: 'ftp://192.0.2.1'",
		"server: 'https://'",
		"server: 'https://u:p@192.0.2.1'",
		"server: 'https://192.0.2.1/?a=b'",
		"server: 'https://a:70000'",
	};
	struct kvip_kubeconfig config;
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		write_file(path, one(servers[i], ""));
		assert_int_equal(
			kvip_kubeconfig_read(path, NULL, &config, &err), -1);
		assert_non_null(strstr(
			err.text,
			": clusters[0].cluster.server: expected a URL such as https://192.0.2.1:6443, found \""));
	}
	refuse(one("", ""), NULL,
	       "clusters[0].cluster.server: expected a URL such as https://192.0.2.1:6443, found nothing");
	refuse(one(SERVER ", proxy-url: 'ftp://a'", ""), NULL,
	       "clusters[0].cluster.proxy-url: expected a URL with http, https or socks5, found \"ftp://a\"");
}

static void test_bad_certificates(void **state)
{
	(void)state;
	refuse(one(SERVER ", certificate-authority-data: '?'", ""), NULL,
	       "clusters[0].cluster.certificate-authority-data: this is not base64");
	refuse(one(SERVER ", certificate-authority-data: YWJj", ""), NULL,
	       "clusters[0].cluster.certificate-authority-data: there is no PEM block in it");
	refuse(one(SERVER
		   ", certificate-authority: a, insecure-skip-tls-verify: true",
		   ""),
	       NULL,
	       "clusters[0].cluster: there is a certificate-authority, and insecure-skip-tls-verify is true");
	refuse(one(SERVER, "client-certificate: a"), NULL,
	       "users[0].user: there is a client-certificate without a client-key");
	refuse(one(SERVER, "client-key: a"), NULL,
	       "users[0].user: there is a client-key without a client-certificate");
}

static void test_bad_users(void **state)
{
	(void)state;
	refuse(one(SERVER, "token: 1"), NULL,
	       "users[0].user.token: expected a string, found 1");
	refuse(one(SERVER, "token: a, username: b, password: c"), NULL,
	       "users[0].user: there is a token, and a username with a password: one of them is too many");
	refuse(one(SERVER, "auth-provider: {name: gcp}"), NULL,
	       "users[0].user.auth-provider: \"gcp\" is an auth-provider, which Kubernetes 1.26 removed for exec plugins");
}

static void test_bad_exec(void **state)
{
	(void)state;
	refuse(one(SERVER, "exec: {}"), NULL,
	       "users[0].user.exec.command: expected a command, found nothing");
	refuse(one(SERVER,
		   "exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}"),
	       NULL,
	       "users[0].user.exec.apiVersion: expected client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1, found \"client.authentication.k8s.io/v1alpha1\"");
	refuse(one(SERVER,
		   "exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}"),
	       NULL,
	       "users[0].user.exec.interactiveMode: the plugin asks for a terminal, and there is none");
	refuse(one(SERVER, "exec: {command: a, args: [1]}"), NULL,
	       "users[0].user.exec.args[0]: expected a string, found 1");
	refuse(one(SERVER, "exec: {command: a, env: [{name: a=b}]}"), NULL,
	       "users[0].user.exec.env[0].name: expected a variable's name, found \"a=b\"");
}

static void test_bad_files(void **state)
{
	struct kvip_kubeconfig config;
	struct kvip_err err;

	(void)state;
	refuse("", NULL, "there is nothing in it");
	refuse("- a\n", NULL, "1:1: expected a mapping");
	refuse("a: [b\n", NULL,
	       "2:1: malformed YAML: did not find expected ',' or ']'");
	refuse("a: 1\na: 2\n", NULL, "2:1: this key is there twice");
	refuse("? [a]\n: 1\n", NULL, "1:3: expected a key that is a string");
	refuse("a: !x b\n", NULL, "1:4: expected a value without a tag");
	refuse("a: &b [*b]\n", NULL, "1:4: an alias within what it stands for");
	refuse("kind: Service\n", NULL,
	       "kind: expected Config, found \"Service\"");
	refuse("apiVersion: v2\n", NULL,
	       "apiVersion: expected v1, found \"v2\"");
	refuse("contexts: 1\ncurrent-context: a\n", NULL,
	       "contexts: expected a list, found 1");
	refuse("contexts: [1]\ncurrent-context: a\n", NULL,
	       "contexts[0]: expected an object, found 1");
	assert_int_equal(kvip_kubeconfig_read("/nonexistent/config", NULL,
					      &config, &err),
			 -1);
	assert_string_equal(err.text,
			    "/nonexistent/config: No such file or directory");
}

static void test_nested_too_deep(void **state)
{
	char text[512] = "a: ";

	(void)state;
	memset(text + 3, '[', 200);
	memset(text + 203, ']', 200);
	refuse(text, NULL, "1:103: nested too deep");
}

/* Each alias doubles what the one before it stands for. */
static void test_aliases_of_aliases_cost_nothing(void **state)
{
	char text[4096];
	int i, n = snprintf(text, sizeof(text), "a0: &a0 [x, x]\n");

	(void)state;
	for (i = 1; i < 60; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			      "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
	refuse(text, NULL, "there is no current-context, and none was named");
}

static void make_pod(const char *token)
{
	char name[80];

	snprintf(name, sizeof(name), "%s/token", folder);
	if (token)
		write_file(name, token);
	else
		unlink(name);
	snprintf(name, sizeof(name), "%s/ca.crt", folder);
	write_file(name, "x");
	snprintf(name, sizeof(name), "%s/namespace", folder);
	write_file(name, "kube-system\n");
}

static void unmake_pod(void)
{
	static const char *const names[] = { "token", "ca.crt", "namespace" };
	char name[80];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
		unlink(name);
	}
	unsetenv("KUBERNETES_SERVICE_HOST");
	unsetenv("KUBERNETES_SERVICE_PORT");
}

static void test_in_cluster(void **state)
{
	struct kvip_kubeconfig config;
	struct kvip_err err;
	char name[80];

	(void)state;
	make_pod("abc");
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	assert_int_equal(kvip_kubeconfig_in_cluster(folder, &config, &err), 0);
	assert_string_equal(config.server, "https://[fd00::1]:443");
	assert_string_equal(config.ns, "kube-system");
	snprintf(name, sizeof(name), "%s/token", folder);
	assert_string_equal(config.token_file, name);
	snprintf(name, sizeof(name), "%s/ca.crt", folder);
	assert_string_equal(config.ca.file, name);
	assert_null(config.context);
	kvip_kubeconfig_free(&config);

	setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
	assert_int_equal(kvip_kubeconfig_in_cluster(folder, &config, &err), 0);
	assert_string_equal(config.server, "https://10.96.0.1:443");
	kvip_kubeconfig_free(&config);
	unmake_pod();
}

static void test_in_no_cluster(void **state)
{
	struct kvip_kubeconfig config;
	struct kvip_err err;
	char words[128];

	(void)state;
	unmake_pod();
	assert_int_equal(kvip_kubeconfig_in_cluster(NULL, &config, &err), -1);
	assert_string_equal(
		err.text,
		"this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set");

	setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "https", 1);
	assert_int_equal(kvip_kubeconfig_in_cluster(folder, &config, &err), -1);
	assert_string_equal(
		err.text,
		"KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no URL: https://10.96.0.1:https");

	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	make_pod(NULL);
	assert_int_equal(kvip_kubeconfig_in_cluster(folder, &config, &err), -1);
	snprintf(words, sizeof(words), "%s/token: No such file or directory",
		 folder);
	assert_string_equal(err.text, words);
	unmake_pod();
}

static void test_base64(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "\xff\xfe\xfd", "//79" },
	};
	static const char *const bad[] = { "Z",	       "Zg=",	   "Zm9v=", "=",
					   "Zg==Zg==", "Zm9v====", "Zm-v" };
	size_t i, len;
	char *text;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		text = kvip_base64_encode(pairs[i][0], strlen(pairs[i][0]));
		assert_string_equal(text, pairs[i][1]);
		free(text);
		text = kvip_base64_decode(pairs[i][1], &len);
		assert_non_null(text);
		assert_string_equal(text, pairs[i][0]);
		assert_int_equal(len, strlen(pairs[i][0]));
		free(text);
	}
	text = kvip_base64_decode("Zm\n9v\r\n", &len);
	assert_string_equal(text, "foo");
	free(text);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(kvip_base64_decode(bad[i], &len));
}

/* A file that was read once is kept while there is nothing better. */
static void test_file_text_follows_the_file(void **state)
{
	struct kvip_file_text file = { .path = strdup(path) };
	struct kvip_err err;
	bool changed = false;
	char other[80];

	(void)state;
	unlink(path);
	assert_int_equal(kvip_file_text_refresh(&file, 60, &changed, &err), -1);
	write_file(path, "");
	assert_int_equal(kvip_file_text_refresh(&file, 60, &changed, &err), -1);
	assert_false(changed);
	write_file(path, "one");
	assert_int_equal(kvip_file_text_refresh(&file, 60, &changed, &err), 0);
	assert_true(changed);
	assert_string_equal(file.text, "one");

	changed = false;
	assert_int_equal(kvip_file_text_refresh(&file, 0, &changed, &err), 0);
	assert_false(changed);
	unlink(path);
	assert_int_equal(kvip_file_text_refresh(&file, 0, &changed, &err), 0);
	write_file(path, "");
	assert_int_equal(kvip_file_text_refresh(&file, 0, &changed, &err), 0);
	assert_false(changed);
	assert_string_equal(file.text, "one");

	snprintf(other, sizeof(other), "%s/other", folder);
	write_file(other, "two");
	assert_int_equal(rename(other, path), 0);
	assert_int_equal(kvip_file_text_refresh(&file, 60, &changed, &err), 0);
	assert_true(changed);
	assert_string_equal(file.text, "two");
	kvip_file_text_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_current_context),
		cmocka_unit_test(test_named_context),
		cmocka_unit_test(test_relative_to_a_relative_path),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_data_wins_over_files),
		cmocka_unit_test(test_anchors_and_numbers),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_without_a_slash_is_looked_for),
		cmocka_unit_test(test_missing_context_names_those_there),
		cmocka_unit_test(test_bad_servers),
		cmocka_unit_test(test_bad_certificates),
		cmocka_unit_test(test_bad_users),
		cmocka_unit_test(test_bad_exec),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_nested_too_deep),
		cmocka_unit_test(test_aliases_of_aliases_cost_nothing),
		cmocka_unit_test(test_in_cluster),
		cmocka_unit_test(test_in_no_cluster),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_file_text_follows_the_file),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
