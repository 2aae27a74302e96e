// SPDX-License-Identifier: GPL-2.0-or-later
/* What the agent is told, by each of its ways and by all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

#include "settings.h"
#include "settings_key.h"
#include "settings_options.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define MAX_WORDS 32

/* Standard error, while it is a file. */
static int kept;

static int setup(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	setenv("NODE_NAME", "node-0", 1);
	unsetenv("JOURNAL_STREAM");
	assert_non_null(file);
	kept = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	fclose(file);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dup2(kept, STDERR_FILENO);
	close(kept);
	kvip_log_set_level(KVIP_LOG_INFO);
	return 0;
}

/* What came out on standard error since the last call. */
static const char *said(void)
{
	static char text[16384];
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = '\0';
	assert_int_equal(ftruncate(STDERR_FILENO, 0), 0);
	lseek(STDERR_FILENO, 0, SEEK_SET);
	return text;
}

/* Names a file that holds @text; unlink() and free() it. */
static char *file_of(const char *text)
{
	char path[] = "/tmp/kvip-test-settings-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return strdup(path);
}

/* Read a command line, of words with blanks between them. */
static enum kvip_settings_answer read_line(struct kvip_settings *settings,
					   const char *line,
					   struct kvip_err *err)
{
	char *copy = strdup(line), *rest = copy, *word;
	char *argv[MAX_WORDS + 1] = { "kvipd" };
	enum kvip_settings_answer answer;
	int argc = 1;

	while ((word = strsep(&rest, " ")))
		if (*word && argc < MAX_WORDS)
			argv[argc++] = word;
	answer = kvip_settings_read(settings, argc, argv, err);
	free(copy);
	return answer;
}

/*
 * The same with a file, or with an empty one, so that what the host has in
 * /etc is none of the test's.
 */
static enum kvip_settings_answer read_with(struct kvip_settings *settings,
					   const char *file, const char *line,
					   struct kvip_err *err)
{
	char *path = file_of(file), words[1024];
	enum kvip_settings_answer answer;

	snprintf(words, sizeof(words), "--config %s %s", path, line);
	answer = read_line(settings, words, err);
	unlink(path);
	free(path);
	return answer;
}

static void read_ok(struct kvip_settings *settings, const char *file,
		    const char *line)
{
	struct kvip_err err = { "" };

	if (read_with(settings, file, line, &err) != KVIP_SETTINGS_GO)
		fail_msg("%s: %s", line, err.text);
}

static char *as_file(const struct kvip_settings *settings)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	kvip_settings_print(to, settings);
	fclose(to);
	return text;
}

/* A line of kvip_settings_print(). */
static void assert_line(const struct kvip_settings *settings, const char *line)
{
	char *text = as_file(settings), wanted[256];

	snprintf(wanted, sizeof(wanted), "\n%s\n", line);
	if (!strstr(text, wanted) &&
	    strncmp(text, wanted + 1, strlen(line) + 1))
		fail_msg("no line \"%s\" in\n%s", line, text);
	free(text);
}

static void defaults_are_as_promised(void **state)
{
	struct kvip_settings settings;
	struct kvip_config defaults;

	(void)state;
	read_ok(&settings, "", "");
	kvip_config_init(&defaults);
	assert_true(kvip_config_equal(&settings.kernel, &defaults));
	assert_string_equal(settings.node, "node-0");
	assert_null(settings.kubeconfig);
	assert_null(settings.context);
	assert_int_equal(settings.healthz.addr.family, AF_INET);
	assert_int_equal(settings.healthz.addr.v4.s_addr, 0);
	assert_int_equal(settings.healthz.port, 10256);
	assert_int_equal(ntohl(settings.metrics.addr.v4.s_addr), 0x7f000001);
	assert_int_equal(settings.metrics.port, 10249);
	assert_true(settings.health_nodes);
	assert_true(settings.min_sync_period == 0.001);
	assert_true(settings.sync_period == 30);
	assert_true(settings.check_period == 900);
	assert_int_equal(settings.level, KVIP_LOG_INFO);
	assert_false(settings.allow_empty);
	assert_true(settings.stream_lists);
	assert_true(settings.events);
	assert_null(settings.kube_proxy_path);
	assert_false(settings.cleanup || settings.once || settings.check);
	assert_string_equal(said(), "");
	kvip_settings_free(&settings);
}

/* A value of its own for each key of the agent. */
static const char *const agents[] = {
	"node-name = worker-1.example",
	"kubeconfig = /etc/kvip/kubeconfig",
	"context = other",
	NULL, /* store: in the place of the two above, see there */
	"healthz-bind-address = none",
	"metrics-bind-address = [fd00::1]:9249",
	"health-check-node-ports = no",
	"min-sync-period = 1s",
	"sync-period = 1m30s",
	"check-period = 1h",
	"log-level = warning",
	"allow-empty = yes",
	"streaming-lists = no",
	"events = no",
	"load-balancer = no",
	"lease-namespace = vips",
};

static void every_key_is_a_line_and_an_option(void **state)
{
	struct kvip_settings settings;
	char file[1024] = "[kvipd]\n", options[1024] = "";
	char option[128];
	size_t i;

	(void)state;
	assert_int_equal(ARRAY_SIZE(agents), KVIP_SETTINGS);
	for (i = 0; i < ARRAY_SIZE(agents); i++) {
		if (!agents[i])
			continue;
		snprintf(option, sizeof(option), "%.*s",
			 (int)strcspn(agents[i], " "), agents[i]);
		assert_string_equal(option, kvip_setting_kinds[i].name);
		strcat(file, agents[i]);
		strcat(file, "\n");
		/* --KEY=VALUE and --KEY VALUE in turn */
		snprintf(options + strlen(options),
			 sizeof(options) - strlen(options), "--%s%s%s ", option,
			 i % 2 ? "=" : " ", strchr(agents[i], '=') + 2);
	}
	read_ok(&settings, file, "");
	for (i = 0; i < ARRAY_SIZE(agents); i++)
		if (agents[i])
			assert_line(&settings, agents[i]);
	assert_true(settings.sync_period == 90);
	assert_int_equal(settings.healthz.addr.family, 0);
	kvip_settings_free(&settings);

	read_ok(&settings, "", options);
	for (i = 0; i < ARRAY_SIZE(agents); i++)
		if (agents[i])
			assert_line(&settings, agents[i]);
	kvip_settings_free(&settings);
}

#define POOL "[pool p]\naddresses = 192.0.2.16/30\n"

static void a_store_and_a_balancer_exclude_each_other(void **state)
{
	struct kvip_settings settings;
	struct kvip_err err;

	(void)state;
	read_ok(&settings, "[store]\ncluster-ips = 10.9.0.0/16\n",
		"--store /x/y.db --node-name a");
	assert_line(&settings, "store = /x/y.db");
	assert_string_equal(settings.local.path, "/x/y.db");
	assert_string_equal(settings.local.node, "a");
	assert_int_equal(settings.local.n_cidrs, 1);
	/* one machine may well have no Service */
	assert_true(settings.allow_empty);
	kvip_settings_free(&settings);

	assert_int_equal(read_line(&settings, "--store /x --kubeconfig /y",
				   &err),
			 KVIP_SETTINGS_REFUSED);
	assert_non_null(strstr(err.text, "store and kubeconfig are two"));
	assert_int_equal(read_line(&settings, "--load-balancer", &err),
			 KVIP_SETTINGS_REFUSED);
	assert_non_null(strstr(err.text, "has nothing to give"));
	assert_int_equal(read_line(&settings, "--lease-namespace Kube_System",
				   &err),
			 KVIP_SETTINGS_REFUSED);
	assert_non_null(strstr(err.text, "lease-namespace is no namespace"));

	read_ok(&settings, POOL "[kvipd]\nload-balancer = yes\n", "");
	assert_true(settings.load_balancer);
	assert_int_equal(settings.lb.n_pools, 1);
	assert_false(settings.allow_empty);
	kvip_settings_free(&settings);
}

static void keys_of_the_kernel_are_options(void **state)
{
	struct kvip_settings settings;
	unsigned int key;
	char line[512];

	(void)state;
	read_ok(&settings, "",
		"--masquerade-all yes --cluster-cidrs 10.0.0.0/8,fd00::/8 --node-cidrs --nodeport-addresses=all");
	assert_line(&settings, "masquerade-all = yes");
	assert_line(&settings, "cluster-cidrs = 10.0.0.0/8,fd00::/8");
	assert_line(&settings, "node-cidrs = yes");
	assert_true(settings.has_kernel);
	kvip_settings_free(&settings);

	/* all of them */
	read_ok(&settings, "", "");
	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		char *value = kvip_config_text(&settings.kernel, key);
		struct kvip_settings again;

		snprintf(line, sizeof(line), "--%s=%s",
			 kvip_config_key_name(key), value);
		read_ok(&again, "", line);
		assert_true(kvip_config_equal(&settings.kernel, &again.kernel));
		kvip_settings_free(&again);
		free(value);
	}
	kvip_settings_free(&settings);
}

static void booleans_need_no_value(void **state)
{
	static const struct {
		const char *line;
		bool yes;
	} cases[] = {
		{ "--allow-empty", true },
		{ "--allow-empty=yes", true },
		{ "--allow-empty yes", true },
		{ "--allow-empty=true", true },
		{ "--allow-empty --once", true },
		{ "--allow-empty=no", false },
		{ "--allow-empty no", false },
		{ "--allow-empty=false", false },
	};
	struct kvip_settings settings;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		read_ok(&settings, "[kvipd]\n", cases[i].line);
		assert_int_equal(settings.allow_empty, cases[i].yes);
		kvip_settings_free(&settings);
	}
	read_ok(&settings, "", "--once --cleanup=false --check no");
	assert_true(settings.once);
	assert_false(settings.cleanup || settings.check);
	kvip_settings_free(&settings);
}

static void names_of_kube_proxy_are_understood(void **state)
{
	struct kvip_settings settings;

	(void)state;
	read_ok(&settings, "",
		"--hostname-override=n --cluster-cidr=10.0.0.0/8 --pod-bridge-interface=cni0 --pod-interface-name-prefix=veth --iptables-localhost-nodeports --iptables-sync-period=1m --iptables-min-sync-period=2s");
	assert_string_equal(settings.node, "n");
	assert_line(&settings, "cluster-cidrs = 10.0.0.0/8");
	assert_line(&settings, "pod-bridge = cni0");
	assert_line(&settings, "pod-interface-prefix = veth");
	assert_line(&settings, "localhost-nodeports = yes");
	assert_true(settings.sync_period == 60);
	assert_true(settings.min_sync_period == 2);
	kvip_settings_free(&settings);
	read_ok(&settings, "",
		"--nftables-sync-period=2m --ipvs-min-sync-period=0s");
	assert_true(settings.sync_period == 120);
	assert_true(settings.min_sync_period == 0);
	kvip_settings_free(&settings);
}

#define KUBE_PROXY \
	"apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"

/* KubeProxyConfiguration, kvip.conf, command line: key by key. */
static void later_layers_win(void **state)
{
	char *kube_proxy = file_of(
		KUBE_PROXY
		"mode: iptables\n"
		"clusterCIDR: 10.0.0.0/8\n"
		"hostnameOverride: from-kube-proxy\n"
		"iptables: {masqueradeAll: true, syncPeriod: 50s, minSyncPeriod: 5s}\n"
		"conntrack: {min: 5}\n"
		"foo: 1\n");
	struct kvip_settings settings;
	const char *text;
	char line[512];

	(void)state;
	snprintf(line, sizeof(line),
		 "--kube-proxy-config %s --min-sync-period 3s --cluster-cidrs=",
		 kube_proxy);
	read_ok(&settings,
		"masquerade-all = no\ncluster-cidrs = 11.0.0.0/8\n"
		"localhost-nodeports = no\n"
		"[kvipd]\nsync-period = 40s\nmin-sync-period = 4s\n",
		line);
	/* only the first one tells it */
	assert_string_equal(settings.node, "from-kube-proxy");
	assert_true(settings.has_kernel);
	assert_line(&settings, "nodeport-addresses = all");
	/* the second one wins */
	assert_line(&settings, "localhost-nodeports = no");
	assert_line(&settings, "masquerade-all = no");
	assert_true(settings.sync_period == 40);
	/* the third one wins, though it says nothing */
	assert_true(settings.min_sync_period == 3);
	assert_line(&settings, "cluster-cidrs =");
	assert_int_equal(settings.kernel.cluster_cidrs.n, 0);

	text = said();
	assert_non_null(strstr(
		text,
		" info  a field of the KubeProxyConfiguration is ignored field=conntrack.min why=\"kvip leaves sysctls alone\"\n"));
	assert_non_null(strstr(
		text,
		" warning a field that no KubeProxyConfiguration has is ignored field=foo\n"));
	assert_non_null(strstr(
		text,
		"field=nodePortAddresses mode=iptables key=nodeport-addresses value=all\n"));
	/* a default that does not hold is none to tell of */
	assert_null(strstr(text, "key=localhost-nodeports"));
	kvip_settings_free(&settings);

	/* what nobody wants to hear */
	snprintf(line, sizeof(line), "--kube-proxy-config %s --log-level error",
		 kube_proxy);
	read_ok(&settings, "", line);
	assert_string_equal(said(), "");
	kvip_settings_free(&settings);
	unlink(kube_proxy);
	free(kube_proxy);
}

/* As kvip sync has it: without a file the kernel's configuration is kept. */
static void the_kernel_is_told_what_somebody_said(void **state)
{
	struct kvip_settings settings;
	struct kvip_err err;

	(void)state;
	read_ok(&settings, "", "");
	assert_true(settings.has_kernel);
	kvip_settings_free(&settings);
	if (!access(KVIP_CONFIG_PATH, F_OK))
		return;
	assert_int_equal(read_line(&settings, "--events=no", &err),
			 KVIP_SETTINGS_GO);
	assert_false(settings.has_kernel);
	assert_line(&settings, "events = no");
	kvip_settings_free(&settings);
	assert_int_equal(read_line(&settings, "--node-cidrs", &err),
			 KVIP_SETTINGS_GO);
	assert_true(settings.has_kernel);
	kvip_settings_free(&settings);
}

static void the_node_is_named_by_who_knows(void **state)
{
	struct kvip_settings settings;
	struct kvip_err err;
	struct utsname host;
	size_t i;

	(void)state;
	/* as a kubelet registers it */
	read_ok(&settings, "", "--node-name Worker-1");
	assert_string_equal(settings.node, "worker-1");
	kvip_settings_free(&settings);

	setenv("NODE_NAME", "From-Pod", 1);
	read_ok(&settings, "[kvipd]\nnode-name =\n", "");
	assert_string_equal(settings.node, "from-pod");
	kvip_settings_free(&settings);

	setenv("NODE_NAME", "a b", 1);
	assert_int_equal(read_with(&settings, "", "", &err),
			 KVIP_SETTINGS_REFUSED);
	assert_non_null(strstr(err.text, "$NODE_NAME: node-name is"));

	unsetenv("NODE_NAME");
	uname(&host);
	for (i = 0; host.nodename[i]; i++)
		if (host.nodename[i] >= 'A' && host.nodename[i] <= 'Z')
			host.nodename[i] += 'a' - 'A';
	read_ok(&settings, "", "");
	assert_string_equal(settings.node, host.nodename);
	kvip_settings_free(&settings);
}

static void a_wrong_command_line_is_usage(void **state)
{
	static const struct {
		const char *line;
		const char *why;
	} cases[] = {
		{ "--foo", "there is no option --foo" },
		{ "--foo=bar", "there is no option --foo" },
		/* not --sync-period */
		{ "--sync 5s", "there is no option --sync" },
		{ "--sync-periods 5s", "there is no option --sync-periods" },
		{ "x", "what is \"x\"?" },
		{ "-x", "what is \"-x\"?" },
		{ "--", "what is \"--\"?" },
		{ "--allow-empty maybe", "what is \"maybe\"?" },
		{ "--allow-empty=maybe",
		  "--allow-empty is yes or no, not \"maybe\"" },
		{ "--once=1", "--once is yes or no, not \"1\"" },
		{ "--sync-period", "--sync-period: a value is missing" },
		{ "--sync-period=",
		  "--sync-period is a time from 1ms to 24h, such as 30s, not \"\"" },
		{ "--sync-period 0",
		  "--sync-period is a time from 1ms to 24h, such as 30s, not \"0\"" },
		{ "--check-period 25h",
		  "--check-period is a time from 1ms to 24h, such as 15m, not \"25h\"" },
		{ "--min-sync-period -1s",
		  "--min-sync-period is a time from 0s to 24h, such as 1ms, not \"-1s\"" },
		{ "--nftables-sync-period x",
		  "--nftables-sync-period: sync-period is a time from 1ms to 24h, such as 30s, not \"x\"" },
		{ "--log-level loud",
		  "--log-level is error, warning, info or debug, not \"loud\"" },
		{ "--healthz-bind-address 0",
		  "--healthz-bind-address is none, or an address and a port such as 0.0.0.0:10256, not \"0\"" },
		{ "--metrics-bind-address=",
		  "--metrics-bind-address is none, or an address and a port such as 127.0.0.1:10249, not \"\"" },
		{ "--node-name a_b",
		  "--node-name is a node's name, at most 253 letters, digits, '-' and '.' with a letter or digit at each end, not \"a_b\"" },
		{ "--node-name .a", "--node-name is a node's name" },
		{ "--cluster-cidrs x",
		  "--cluster-cidrs: \"x\" is not an address block such as 10.0.0.0/16 or fd00::/64" },
		{ "--affinity-entries=0",
		  "--affinity-entries is a number from 1 to 1048576, not \"0\"" },
		{ "--events --events", "--events is there twice" },
		{ "--node-name a --hostname-override b",
		  "--node-name is there twice" },
		{ "--cluster-cidrs= --cluster-cidr=",
		  "--cluster-cidrs is there twice" },
		{ "--config /a", "--config is there twice" },
		{ "--kube-proxy-config -",
		  "--kube-proxy-config is the path of a file" },
		{ "--kube-proxy-config=",
		  "--kube-proxy-config is the path of a file" },
	};
	struct kvip_settings settings;
	struct kvip_err err;
	char wanted[2048];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(read_with(&settings, "", cases[i].line, &err),
				 KVIP_SETTINGS_USAGE);
		if (strncmp(err.text, cases[i].why, strlen(cases[i].why)))
			fail_msg("%s, not %s", err.text, cases[i].why);
		snprintf(wanted, sizeof(wanted),
			 "kvipd: %s (see kvipd --help)\n", err.text);
		assert_string_equal(said(), wanted);
		assert_null(settings.config_path);
	}
}

static void a_wrong_file_is_refused_by_its_line(void **state)
{
	static const struct {
		const char *file;
		const char *why;
	} cases[] = {
		{ "[kvipd]\nfoo = 1\n", ":2: there is no key \"foo\"" },
		/* on the other side of the line that the section draws */
		{ "events = no\n", ":1: there is no key \"events\"" },
		{ "[kvipd]\nnode-cidrs = yes\n",
		  ":2: there is no key \"node-cidrs\"" },
		/* an option, and no key */
		{ "[kvipd]\nonce = yes\n", ":2: there is no key \"once\"" },
		{ "[kvipd]\nhostname-override = n\n",
		  ":2: there is no key \"hostname-override\"" },
		{ "[kvipd]\nevents = no\n[kvipd]\nevents = yes\n",
		  ":4: the key events is there twice" },
		{ "[kvipd]\nevents = true\n",
		  ":2: events is yes or no, not \"true\"" },
		{ "[kvipd]\nevents =\n", ":2: events is yes or no, not \"\"" },
		{ "[kvipd]\nlog-level = 7\n",
		  ":2: log-level is error, warning, info or debug, not \"7\"" },
		{ "[kvipd]\nsync-period = 30\n",
		  ":2: sync-period is a time from 1ms to 24h, such as 30s, not \"30\"" },
		{ "[kvipd]\nhealthz-bind-address = localhost:1\n",
		  ":2: healthz-bind-address is none, or an address and a port such as 0.0.0.0:10256, not \"localhost:1\"" },
		{ "[other]\n", ":1: there is no section \"other\"" },
		{ "[kvipd]\nevents\n",
		  ":2: expected KEY = VALUE, found \"events\"" },
	};
	static const char *const contradictions[][2] = {
		{ "[kvipd]\nsync-period = 1s\nmin-sync-period = 1500ms\n",
		  "min-sync-period, 1.5s, is longer than sync-period, 1s" },
		{ "[kvipd]\ncontext = a\n",
		  "context is one of a kubeconfig, and there is none" },
	};
	struct kvip_settings settings;
	struct kvip_err err;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(read_with(&settings, cases[i].file, "", &err),
				 KVIP_SETTINGS_REFUSED);
		if (!strstr(err.text, cases[i].why))
			fail_msg("%s, not %s", err.text, cases[i].why);
	}
	for (i = 0; i < ARRAY_SIZE(contradictions); i++) {
		assert_int_equal(read_with(&settings, contradictions[i][0], "",
					   &err),
				 KVIP_SETTINGS_REFUSED);
		assert_string_equal(err.text, contradictions[i][1]);
	}
	assert_int_equal(read_line(&settings, "--config /nowhere/at/all", &err),
			 KVIP_SETTINGS_REFUSED);
	assert_string_equal(err.text,
			    "/nowhere/at/all: No such file or directory");
	/* as kube-proxy's --config would have it */
	assert_int_equal(read_with(&settings, KUBE_PROXY, "", &err),
			 KVIP_SETTINGS_REFUSED);
	assert_non_null(strstr(
		err.text,
		"v1alpha1\"; --kube-proxy-config takes a KubeProxyConfiguration"));
	assert_string_equal(said(), "");
}

/* A value of kube-proxy's that its key refuses is named as it was written. */
static void a_wrong_kube_proxy_configuration_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "clusterCIDR: 10.0.0.0/33\n",
		  ":1: clusterCIDR: cluster-cidrs: \"10.0.0.0/33\" is not an address block" },
		{ "healthzBindAddress: x\n",
		  ":1: healthzBindAddress: healthz-bind-address is none, or an address and a port" },
		{ "iptables: {syncPeriod: 100h}\n",
		  ":1: iptables.syncPeriod: sync-period is a time from 1ms to 24h" },
		{ "mode: Nftables\n", ":1: mode: expected" },
	};
	struct kvip_settings settings;
	struct kvip_err err;
	char text[512], line[128], *path;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), KUBE_PROXY "%s", cases[i].text);
		path = file_of(text);
		snprintf(line, sizeof(line), "--kube-proxy-config=%s", path);
		assert_int_equal(read_with(&settings, "", line, &err),
				 KVIP_SETTINGS_REFUSED);
		assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
		if (strncmp(err.text + strlen(path), cases[i].why,
			    strlen(cases[i].why)))
			fail_msg("%s, not %s", err.text, cases[i].why);
		unlink(path);
		free(path);
	}
}

/* On SIGHUP, with the same words and another file. */
static void it_may_be_read_again(void **state)
{
	char path[] = "/tmp/kvip-test-settings-XXXXXX";
	char *const argv[] = { "kvipd",	 "--config",	path,
			       "--once", "--events=no", NULL };
	char *given[ARRAY_SIZE(argv)];
	struct kvip_settings settings;
	int fd = mkstemp(path);
	struct kvip_err err;
	unsigned int i;
	char text[64];

	(void)state;
	assert_true(fd >= 0);
	memcpy(given, argv, sizeof(argv));
	for (i = 1; i <= 3; i++) {
		snprintf(text, sizeof(text),
			 "affinity-entries = %u\n[kvipd]\nsync-period = %us\n",
			 i, i);
		assert_int_equal(pwrite(fd, text, strlen(text), 0),
				 strlen(text));
		assert_int_equal(kvip_settings_read(&settings, 5, given, &err),
				 KVIP_SETTINGS_GO);
		assert_memory_equal(given, argv, sizeof(argv));
		assert_int_equal(settings.kernel.affinity_max, i);
		assert_true(settings.sync_period == i);
		assert_true(settings.once);
		assert_false(settings.events);
		assert_string_equal(settings.config_path, path);
		kvip_settings_free(&settings);
	}
	close(fd);
	unlink(path);
}

static void what_is_printed_can_be_read(void **state)
{
	static const char *const lines[] = {
		"",
		"--healthz-bind-address=none --kubeconfig=/k --context=c",
		"--pod-bridge=a,b --nodeport-addresses=none --log-level=debug",
		"--min-sync-period=250us --check-period=12h30m0.5s",
	};
	struct kvip_settings settings, again;
	char *text, *second;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		read_ok(&settings, "", lines[i]);
		text = as_file(&settings);
		assert_null(strstr(text, " \n"));
		read_ok(&again, text, "");
		second = as_file(&again);
		assert_string_equal(text, second);
		free(text);
		free(second);
		kvip_settings_free(&settings);
		kvip_settings_free(&again);
	}
}

/* Its section is commented out, and shows what is so without it. */
static void the_example_shows_the_defaults(void **state)
{
	struct kvip_settings defaults, settings;
	char *line = NULL, *wanted, *found;
	struct kvip_err err;
	char section[4096] = "";
	size_t size = 0;
	unsigned int n = 0;
	bool inside = false;
	FILE *from;

	(void)state;
	setenv("NODE_NAME", "n", 1);
	from = fopen("tools/kvip.conf", "r");
	assert_non_null(from);
	while (getline(&line, &size, from) > 0) {
		if (*line == '[')
			inside = !strcmp(line, "[kvipd]\n");
		if (!inside)
			continue;
		if (*line == '#' && line[1] >= 'a' && line[1] <= 'z') {
			strcat(section, line + 1);
			n++;
		} else {
			strcat(section, line);
		}
	}
	free(line);
	fclose(from);
	assert_int_equal(n, KVIP_SETTINGS);
	read_ok(&defaults, "", "");
	read_ok(&settings, section, "");
	wanted = as_file(&defaults);
	found = as_file(&settings);
	assert_string_equal(found, wanted);
	kvip_settings_free(&settings);
	free(wanted);
	free(found);

	/* and as it is */
	assert_int_equal(read_line(&settings, "--config tools/kvip.conf", &err),
			 KVIP_SETTINGS_GO);
	kvip_settings_free(&settings);
	kvip_settings_free(&defaults);
}

static void help_has_every_option(void **state)
{
	char *text, *rest, *line, name[64];
	unsigned int key;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	kvip_options_help(to);
	fclose(to);
	for (key = 0; key < KVIP_SETTINGS; key++) {
		snprintf(name, sizeof(name), "\n  --%s ",
			 kvip_setting_kinds[key].name);
		assert_non_null(strstr(text, name));
	}
	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		snprintf(name, sizeof(name), "\n  --%s ",
			 kvip_config_key_name(key));
		assert_non_null(strstr(text, name));
	}
	assert_non_null(strstr(text, "[127.0.0.1:10249]"));
	assert_non_null(strstr(text, "[131072]"));
	assert_null(strstr(text, "(null)"));
	rest = text;
	while ((line = strsep(&rest, "\n")))
		assert_true(strlen(line) <= 80);
	free(text);
}

/* Whatever else is on the line; nothing is read. */
static void help_and_version_are_answers(void **state)
{
	static const char *const lines[] = { "--help", "-h", "--version",
					     "--config /nowhere --help" };
	struct kvip_settings settings;
	struct kvip_err err;
	FILE *file = tmpfile();
	size_t i;
	int out;

	(void)state;
	assert_non_null(file);
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	fclose(file);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(read_line(&settings, lines[i], &err),
				 KVIP_SETTINGS_SAID);
		fflush(stdout);
		assert_true(lseek(STDOUT_FILENO, 0, SEEK_CUR) > 0);
		assert_int_equal(ftruncate(STDOUT_FILENO, 0), 0);
		lseek(STDOUT_FILENO, 0, SEEK_SET);
	}
	dup2(out, STDOUT_FILENO);
	close(out);
	assert_string_equal(said(), "");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_as_promised),
		TEST(every_key_is_a_line_and_an_option),
		TEST(a_store_and_a_balancer_exclude_each_other),
		TEST(keys_of_the_kernel_are_options),
		TEST(booleans_need_no_value),
		TEST(names_of_kube_proxy_are_understood),
		TEST(later_layers_win),
		TEST(the_kernel_is_told_what_somebody_said),
		TEST(the_node_is_named_by_who_knows),
		TEST(a_wrong_command_line_is_usage),
		TEST(a_wrong_file_is_refused_by_its_line),
		TEST(a_wrong_kube_proxy_configuration_is_refused),
		TEST(it_may_be_read_again),
		TEST(what_is_printed_can_be_read),
		TEST(the_example_shows_the_defaults),
		TEST(help_has_every_option),
		TEST(help_and_version_are_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
