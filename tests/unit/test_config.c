// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration: every key, every refusal, and that files, words and JSON
 * all mean the same.
 */
#include "cluster.h"

#include <json-c/json.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <unistd.h>

#include "config.h"
#include "config_message.h"
#include "field.h"
#include "message.h"

/* A configuration with another value for every key, and what it is as a file. */
static const char everything[] =
	"nodeport-addresses = 192.0.2.0/24,fd00::1/128\n"
	"cluster-cidrs = 10.244.0.0/16, fd00:10::/32\n"
	"node-cidrs = yes\n"
	"pod-bridge = cni0,docker0\n"
	"pod-interface-prefix = veth\n"
	"service-cidrs = 10.96.0.0/12\n"
	"masquerade-all = yes\n"
	"source-ranges-everywhere = yes\n"
	"nodeport-without-endpoints = host\n"
	"localhost-nodeports = yes\n"
	"affinity-scope = service\n"
	"affinity-entries = 1000\n"
	"proxy-name = my.proxy-1\n";

static int parse(const char *text, struct kvip_config *config,
		 struct kvip_err *err)
{
	char *copy = strdup(text);
	int ret;

	ret = kvip_config_parse("k.conf", copy, strlen(copy), config, err);
	free(copy);
	return ret;
}

static void parse_ok(const char *text, struct kvip_config *config)
{
	struct kvip_err err;

	if (parse(text, config, &err))
		fail_msg("%s", err.text);
}

static void assert_value(const struct kvip_config *config,
			 enum kvip_config_key key, const char *wanted)
{
	char *text = kvip_config_text(config, key);

	assert_string_equal(text, wanted);
	free(text);
}

static void assert_resolved(const struct kvip_config *config,
			    enum kvip_config_key key, const char *wanted)
{
	char *text = kvip_config_resolved_text(config, key);

	if (!wanted)
		assert_null(text);
	else
		assert_string_equal(text, wanted);
	free(text);
}

static void defaults_are_those_of_the_kernel(void **state)
{
	static const char *const values[] = {
		"primary", "",	     "no", "",	   "",	     "", "no",
		"no",	   "reject", "no", "port", "131072", "",
	};
	struct kvip_config config, empty;
	unsigned int key;

	(void)state;
	kvip_config_init(&config);
	assert_int_equal(config.flags, KVIP_CONFIG_F_NODE_PORT_PRIMARY);
	assert_int_equal(config.affinity_max, KVIP_AFFINITY_ENTRIES_DEFAULT);
	assert_int_equal(ARRAY_SIZE(values), KVIP_CONFIG_KEYS);
	for (key = 0; key < KVIP_CONFIG_KEYS; key++)
		assert_value(&config, key, values[key]);
	parse_ok("", &empty);
	assert_true(kvip_config_equal(&config, &empty));
	parse_ok("\n  # nothing\n\t\n#cluster-cidrs = 10.0.0.0/8", &empty);
	assert_true(kvip_config_equal(&config, &empty));
}

static void every_key_is_read(void **state)
{
	struct kvip_config config;

	(void)state;
	parse_ok(everything, &config);
	assert_int_equal(config.flags,
			 KVIP_CONFIG_F_ALL & ~KVIP_CONFIG_F_NODE_PORT_PRIMARY);
	assert_value(&config, KVIP_CONFIG_NODE_PORT_ADDRESSES,
		     "192.0.2.0/24,fd00::1/128");
	assert_value(&config, KVIP_CONFIG_CLUSTER_CIDRS,
		     "10.244.0.0/16,fd00:10::/32");
	assert_value(&config, KVIP_CONFIG_NODE_CIDRS, "yes");
	assert_int_equal(config.pod_bridges.n, 2);
	assert_string_equal(config.pod_bridges.items[0], "cni0");
	assert_string_equal(config.pod_bridges.items[1], "docker0");
	assert_int_equal(config.pod_prefixes.n, 1);
	assert_string_equal(config.pod_prefixes.items[0], "veth");
	assert_int_equal(config.service_cidrs.n, 1);
	assert_int_equal(config.service_cidrs.items[0].length, 12);
	assert_int_equal(config.affinity_max, 1000);
	assert_string_equal(config.proxy_name, "my.proxy-1");
}

/* A key that is written in more than one way. */
static void values_are_canonical(void **state)
{
	static const struct {
		const char *line;
		enum kvip_config_key key;
		const char *value;
	} cases[] = {
		{ "nodeport-addresses=all", KVIP_CONFIG_NODE_PORT_ADDRESSES,
		  "all" },
		{ "nodeport-addresses = 0.0.0.0/0 , ::/0",
		  KVIP_CONFIG_NODE_PORT_ADDRESSES, "all" },
		{ "nodeport-addresses = 0.0.0.0/0",
		  KVIP_CONFIG_NODE_PORT_ADDRESSES, "0.0.0.0/0" },
		{ "nodeport-addresses\t=\tnone  # no address",
		  KVIP_CONFIG_NODE_PORT_ADDRESSES, "none" },
		{ "nodeport-addresses = primary # 192.0.2.1",
		  KVIP_CONFIG_NODE_PORT_ADDRESSES, "primary" },
		{ "  cluster-cidrs=10.1.2.3/8\r", KVIP_CONFIG_CLUSTER_CIDRS,
		  "10.0.0.0/8" },
		{ "cluster-cidrs = 10.1.2.3", KVIP_CONFIG_CLUSTER_CIDRS,
		  "10.1.2.3/32" },
		{ "cluster-cidrs =", KVIP_CONFIG_CLUSTER_CIDRS, "" },
		{ "cluster-cidrs = 10.0.0.0/8,10.1.0.0/16,10.0.0.0/8",
		  KVIP_CONFIG_CLUSTER_CIDRS, "10.0.0.0/8,10.1.0.0/16" },
		{ "pod-bridge = fifteenbyteslon,a#b", KVIP_CONFIG_POD_BRIDGE,
		  "fifteenbyteslon,a#b" },
		{ "affinity-entries = 0001", KVIP_CONFIG_AFFINITY_ENTRIES,
		  "1" },
		{ "affinity-entries = 1048576", KVIP_CONFIG_AFFINITY_ENTRIES,
		  "1048576" },
		{ "proxy-name = a", KVIP_CONFIG_PROXY_NAME, "a" },
		{ "proxy-name =", KVIP_CONFIG_PROXY_NAME, "" },
		{ "nodeport-without-endpoints = reject",
		  KVIP_CONFIG_WITHOUT_ENDPOINTS, "reject" },
		{ "affinity-scope = port", KVIP_CONFIG_AFFINITY_SCOPE, "port" },
	};
	struct kvip_config config;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		parse_ok(cases[i].line, &config);
		assert_value(&config, cases[i].key, cases[i].value);
	}
}

static const struct {
	const char *line; /* the second one of a file */
	const char *why;
} refusals[] = {
	{ "foo = 1", "there is no key \"foo\"" },
	{ "Node-cidrs = yes", "there is no key \"Node-cidrs\"" },
	{ "masquerade-all = maybe",
	  "masquerade-all is yes or no, not \"maybe\"" },
	{ "masquerade-all =", "masquerade-all is yes or no, not \"\"" },
	{ "node-cidrs = 1", "node-cidrs is yes or no, not \"1\"" },
	{ "source-ranges-everywhere = Yes",
	  "source-ranges-everywhere is yes or no, not \"Yes\"" },
	{ "localhost-nodeports = true",
	  "localhost-nodeports is yes or no, not \"true\"" },
	{ "nodeport-without-endpoints = drop",
	  "nodeport-without-endpoints is reject or host, not \"drop\"" },
	{ "affinity-scope = client",
	  "affinity-scope is port or service, not \"client\"" },
	{ "affinity-entries = 0",
	  "affinity-entries is a number from 1 to 1048576, not \"0\"" },
	{ "affinity-entries = 1048577",
	  "affinity-entries is a number from 1 to 1048576, not \"1048577\"" },
	{ "affinity-entries = -1",
	  "affinity-entries is a number from 1 to 1048576, not \"-1\"" },
	{ "affinity-entries = 99999999999999999999999",
	  "affinity-entries is a number from 1 to 1048576, not \"99999999999999999999999\"" },
	{ "affinity-entries = 10k",
	  "affinity-entries is a number from 1 to 1048576, not \"10k\"" },
	{ "affinity-entries =",
	  "affinity-entries is a number from 1 to 1048576, not \"\"" },
	{ "nodeport-addresses =",
	  "nodeport-addresses is primary, all, none, or a list of address blocks" },
	{ "nodeport-addresses = primary,10.0.0.0/8",
	  "nodeport-addresses: \"primary\" is not an address block such as 10.0.0.0/16 or fd00::/64" },
	{ "cluster-cidrs = 10.0.0.0/33",
	  "cluster-cidrs: \"10.0.0.0/33\" is not an address block such as 10.0.0.0/16 or fd00::/64" },
	{ "service-cidrs = fd00::/129",
	  "service-cidrs: \"fd00::/129\" is not an address block such as 10.0.0.0/16 or fd00::/64" },
	{ "cluster-cidrs = 10.0.0.0/8,",
	  "cluster-cidrs: an item of the list is empty" },
	{ "cluster-cidrs = ,", "cluster-cidrs: an item of the list is empty" },
	{ "cluster-cidrs = 10.0.0.0/8 11.0.0.0/8",
	  "cluster-cidrs: \"10.0.0.0/8 11.0.0.0/8\" is not an address block such as 10.0.0.0/16 or fd00::/64" },
	{ "pod-bridge = sixteenbyteslong",
	  "pod-bridge: \"sixteenbyteslong\" is longer than the 15 bytes that an interface's name has at most" },
	{ "pod-bridge = a/b",
	  "pod-bridge: \"a/b\" can't be an interface's name" },
	{ "pod-interface-prefix = cali,ve th",
	  "pod-interface-prefix: \"ve th\" can't be an interface's name" },
	{ "pod-interface-prefix = x,#y",
	  "pod-interface-prefix: \"#y\" can't be an interface's name" },
	{ "proxy-name = a b",
	  "proxy-name is a label's value, at most 63 letters, digits, '-', '_' and '.' with a letter or digit at each end, not \"a b\"" },
	{ "proxy-name = -a",
	  "proxy-name is a label's value, at most 63 letters, digits, '-', '_' and '.' with a letter or digit at each end, not \"-a\"" },
};

static void a_file_is_refused_by_name_and_line(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} files[] = {
		{ "masquerade-all",
		  "k.conf:1: expected KEY = VALUE, found \"masquerade-all\"" },
		{ "\n\n = yes # x\n",
		  "k.conf:3: a key is missing before the '='" },
		{ "masquerade-all = yes\n#\nmasquerade-all = yes\n",
		  "k.conf:3: the key masquerade-all is there twice" },
		{ "masquerade-all = yes\n\n[ health ]\nport = 1\n",
		  "k.conf:3: there is no section \"health\"" },
		{ "[]\n", "k.conf:1: there is no section \"\"" },
		{ "[Kvipd]\n", "k.conf:1: there is no section \"Kvipd\"" },
		{ "[kvipd\n",
		  "k.conf:1: expected [SECTION], found \"[kvipd\"" },
		{ "[kvipd] events = no\n",
		  "k.conf:1: expected [SECTION], found \"[kvipd] events = no\"" },
		{ "[kvipd]\nevents\n",
		  "k.conf:2: expected KEY = VALUE, found \"events\"" },
		{ "[kvipd]\n= no\n",
		  "k.conf:2: a key is missing before the '='" },
	};
	struct kvip_config config, before;
	struct kvip_err err;
	char text[512];
	size_t i;

	(void)state;
	parse_ok(everything, &config);
	before = config;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		assert_int_equal(parse(files[i].text, &config, &err), -1);
		assert_string_equal(err.text, files[i].why);
		assert_true(kvip_config_equal(&config, &before));
	}
	/* the line before is right, and is not applied either */
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		char wanted[512];

		snprintf(text, sizeof(text), "%s\n%s\n",
			 strstr(refusals[i].line, "cluster-cidrs") ?
				 "node-cidrs = no" :
				 "cluster-cidrs = 10.0.0.0/8",
			 refusals[i].line);
		snprintf(wanted, sizeof(wanted), "k.conf:2: %s",
			 refusals[i].why);
		assert_int_equal(parse(text, &config, &err), -1);
		assert_string_equal(err.text, wanted);
		assert_true(kvip_config_equal(&config, &before));
	}
}

static void a_nul_is_refused(void **state)
{
	char text[] = "\ncluster-cidrs\0 = 10.0.0.0/8\n";
	struct kvip_config config;
	struct kvip_err err;

	(void)state;
	assert_int_equal(kvip_config_parse("k.conf", text, sizeof(text) - 1,
					   &config, &err),
			 -1);
	assert_string_equal(err.text,
			    "k.conf:2: there is a NUL byte in the line");
}

/* Whatever an agent of another version has in it. */
static void a_section_is_its_programs(void **state)
{
	struct kvip_config config, wanted;
	char text[] = "node-cidrs = yes\n[kvipd]\nevents\0 = no\n";
	struct kvip_err err;

	(void)state;
	parse_ok("node-cidrs = yes\n", &wanted);
	parse_ok("node-cidrs = yes\n\n[ kvipd ] # ours\nevents = no # or yes\n"
		 "foo = x\nfoo = y\nnode-cidrs = maybe\n[kvipd]\nfoo =\n",
		 &config);
	assert_true(kvip_config_equal(&config, &wanted));
	assert_int_equal(kvip_config_parse("k.conf", text, sizeof(text) - 1,
					   &config, &err),
			 -1);
	assert_string_equal(err.text,
			    "k.conf:3: there is a NUL byte in the line");
}

/* What a section's taker was told, "KEY:VALUE;". */
struct taken {
	char text[256];
};

static int take(void *arg, const char *key, const char *value,
		struct kvip_err *err)
{
	struct taken *taken = arg;
	size_t used = strlen(taken->text);

	if (!strcmp(key, "bad"))
		return kvip_err_set(err, "%s is bad", value);
	snprintf(taken->text + used, sizeof(taken->text) - used, "%s:%s;", key,
		 value);
	return 0;
}

static int begin(void *arg, const char *label, struct kvip_err *err)
{
	return take(arg, "[pool]", label, err);
}

static int read_more(const char *text, struct kvip_config *config,
		     struct taken *taken, struct kvip_err *err)
{
	const struct kvip_config_section sections[] = {
		{ .name = "kvipd", .set = take, .arg = taken },
		{ .name = "pool", .begin = begin, .set = take, .arg = taken },
		{},
	};
	char path[] = "/tmp/kvip-test-config-XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	taken->text[0] = '\0';
	ret = kvip_config_read_more(path, config, NULL, sections, err);
	unlink(path);
	return ret;
}

static void a_section_is_read_by_who_wants_it(void **state)
{
	struct kvip_config config, before;
	struct taken taken = {};
	struct kvip_err err;

	(void)state;
	parse_ok("pod-bridge = cni0\naffinity-entries = 5", &config);
	assert_int_equal(read_more("affinity-entries = 6\n[kvipd]\n"
				   "a-b = c d # e\nx =\n [kvipd]\ny=z",
				   &config, &taken, &err),
			 0);
	assert_string_equal(taken.text, "a-b:c d;x:;y:z;");
	/* on top of what there was */
	assert_value(&config, KVIP_CONFIG_POD_BRIDGE, "cni0");
	assert_value(&config, KVIP_CONFIG_AFFINITY_ENTRIES, "6");

	assert_int_equal(read_more("[ pool  a b ]\nx = 1\n[dns]\nx = 2\n"
				   "[pool c]\nx = 3\n[kvipd]\nx = 4\n",
				   &config, &taken, &err),
			 0);
	assert_string_equal(taken.text, "[pool]:a b;x:1;[pool]:c;x:3;x:4;");
	assert_int_equal(read_more("[pool]\n", &config, &taken, &err), -1);
	assert_non_null(strstr(err.text, ":1: expected [pool NAME], found"));
	assert_int_equal(read_more("[dns x]\n", &config, &taken, &err), -1);
	assert_non_null(strstr(err.text, "dns has no name of its own"));
	assert_int_equal(read_more("[nds]\n", &config, &taken, &err), -1);
	assert_non_null(strstr(err.text, "there is no section \"nds\""));

	before = config;
	assert_int_equal(read_more("affinity-entries = 7\n[kvipd]\nbad = egg\n",
				   &config, &taken, &err),
			 -1);
	assert_non_null(strstr(err.text, ":3: egg is bad"));
	assert_true(kvip_config_equal(&config, &before));
}

static void words_and_files_have_one_parser(void **state)
{
	struct kvip_config file, words;
	char *copy = strdup(everything), *rest = copy, *line;
	struct kvip_err err;
	uint32_t seen = 0;
	size_t i;

	(void)state;
	parse_ok(everything, &file);
	kvip_config_init(&words);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			assert_int_equal(kvip_config_assign(&words, &seen, line,
							    &err),
					 0);
	free(copy);
	assert_true(kvip_config_equal(&file, &words));
	assert_int_equal(
		kvip_config_assign(&words, &seen, "node-cidrs=no", &err), -1);
	assert_string_equal(err.text, "the key node-cidrs is there twice");

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		seen = 0;
		assert_int_equal(kvip_config_assign(&words, &seen,
						    refusals[i].line, &err),
				 -1);
		assert_string_equal(err.text, refusals[i].why);
		assert_true(kvip_config_equal(&file, &words));
	}
}

static void lists_have_64_items(void **state)
{
	static const char *const keys[] = { "nodeport-addresses",
					    "cluster-cidrs", "pod-bridge",
					    "pod-interface-prefix",
					    "service-cidrs" };
	struct kvip_config config;
	char text[2048], wanted[128];
	struct kvip_err err;
	size_t k, used;
	int i;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(keys); k++) {
		used = (size_t)snprintf(text, sizeof(text), "%s = 10.0.0.0",
					keys[k]);
		for (i = 1; i < 64; i++)
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used,
						 ",10.0.0.%d", i);
		parse_ok(text, &config);
		snprintf(text + used, sizeof(text) - used, ",10.0.1.0");
		assert_int_equal(parse(text, &config, &err), -1);
		snprintf(wanted, sizeof(wanted),
			 "k.conf:1: %s: the list has more than 64 items",
			 keys[k]);
		assert_string_equal(err.text, wanted);
	}
}

static void files_are_read(void **state)
{
	char path[] = "/tmp/kvip-test-XXXXXX";
	struct kvip_config config, wanted;
	int fd = mkstemp(path);
	struct kvip_err err;
	bool absent = true;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, everything, strlen(everything)),
			 strlen(everything));
	close(fd);
	assert_int_equal(kvip_config_read(path, &config, NULL, &err), 0);
	parse_ok(everything, &wanted);
	assert_true(kvip_config_equal(&config, &wanted));
	assert_int_equal(kvip_config_read(path, &config, &absent, &err), 0);
	assert_false(absent);
	unlink(path);
	assert_int_equal(kvip_config_read(path, &config, &absent, &err), 0);
	assert_true(absent);
	assert_int_equal(kvip_config_read(path, &config, NULL, &err), -1);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(kvip_config_read("/", &config, &absent, &err), -1);
	assert_string_equal(err.text, "/: Is a directory");
}

static const char node_text[] =
	"kind: Node\n"
	"apiVersion: v1\n"
	"metadata: {name: n}\n"
	"spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24, 'fd00:10:244:1::/64']}\n"
	"status:\n"
	"  addresses:\n"
	"  - {type: Hostname, address: n}\n"
	"  - {type: ExternalIP, address: 198.51.100.1}\n"
	"  - {type: InternalIP, address: '2001:db8::1'}\n"
	"  - {type: InternalIP, address: 192.0.2.1}\n"
	"  - {type: InternalIP, address: 192.0.2.9}\n";

static void the_node_resolves(void **state)
{
	struct kvip_config config;
	struct kvip_model model;
	const struct kvip_node *node;

	(void)state;
	kvip_model_init(&model);
	cluster_add(&model, node_text);
	node = kvip_model_node(&model, "n");
	assert_non_null(node);

	/* S20: the first InternalIP of each family */
	kvip_config_init(&config);
	assert_resolved(&config, KVIP_CONFIG_NODE_PORT_ADDRESSES, "");
	assert_resolved(&config, KVIP_CONFIG_NODE_CIDRS, NULL);
	kvip_config_resolve(&config, node);
	assert_resolved(&config, KVIP_CONFIG_NODE_PORT_ADDRESSES,
			"192.0.2.1, 2001:db8::1");
	assert_int_equal(config.node_port_addrs.items[0].length, 32);
	assert_int_equal(config.node_port_addrs.items[1].length, 128);
	assert_int_equal(config.node_cidrs.n, 0);
	assert_value(&config, KVIP_CONFIG_NODE_PORT_ADDRESSES, "primary");

	/* S33 */
	parse_ok("node-cidrs = yes\nnodeport-addresses = 10.0.0.0/8", &config);
	assert_resolved(&config, KVIP_CONFIG_NODE_CIDRS, "");
	kvip_config_resolve(&config, node);
	assert_resolved(&config, KVIP_CONFIG_NODE_CIDRS,
			"10.244.1.0/24, fd00:10:244:1::/64");
	assert_resolved(&config, KVIP_CONFIG_NODE_PORT_ADDRESSES, NULL);
	assert_value(&config, KVIP_CONFIG_NODE_PORT_ADDRESSES, "10.0.0.0/8");
	kvip_model_free(&model);
}

static void set(struct kvip_config *config, const char *word)
{
	struct kvip_err err;
	uint32_t seen = 0;

	if (kvip_config_assign(config, &seen, word, &err))
		fail_msg("%s", err.text);
}

static void what_was_resolved_is_kept(void **state)
{
	struct kvip_config config, other;
	struct kvip_model model;

	(void)state;
	kvip_model_init(&model);
	cluster_add(&model, node_text);
	parse_ok("node-cidrs = yes", &config);
	kvip_config_resolve(&config, kvip_model_node(&model, "n"));
	kvip_model_free(&model);

	parse_ok("masquerade-all = yes\nnode-cidrs = yes", &other);
	kvip_config_keep(&other, &config);
	assert_resolved(&other, KVIP_CONFIG_NODE_PORT_ADDRESSES,
			"192.0.2.1, 2001:db8::1");
	assert_resolved(&other, KVIP_CONFIG_NODE_CIDRS,
			"10.244.1.0/24, fd00:10:244:1::/64");
	parse_ok("nodeport-addresses = none", &other);
	kvip_config_keep(&other, &config);
	assert_int_equal(other.node_port_addrs.n, 0);
	assert_int_equal(other.node_cidrs.n, 0);

	set(&config, "nodeport-addresses=primary");
	set(&config, "node-cidrs=yes");
	assert_resolved(&config, KVIP_CONFIG_NODE_PORT_ADDRESSES,
			"192.0.2.1, 2001:db8::1");
	assert_resolved(&config, KVIP_CONFIG_NODE_CIDRS,
			"10.244.1.0/24, fd00:10:244:1::/64");
	/* blocks that were asked for are not what the Node told */
	set(&config, "nodeport-addresses=10.0.0.0/8");
	set(&config, "nodeport-addresses=primary");
	assert_resolved(&config, KVIP_CONFIG_NODE_PORT_ADDRESSES, "");
	set(&config, "node-cidrs=no");
	assert_int_equal(config.node_cidrs.n, 0);
}

static void comparing_takes_lists_for_sets(void **state)
{
	struct kvip_config a, b;
	unsigned int key;

	(void)state;
	parse_ok("cluster-cidrs = 10.0.0.0/8,fd00::/8\npod-bridge = a,b", &a);
	parse_ok("cluster-cidrs = fd00::/8,10.0.0.0/8\npod-bridge = b,a", &b);
	assert_true(kvip_config_equal(&a, &b));
	parse_ok("cluster-cidrs = fd00::/8,10.0.0.0/9\npod-bridge = b,a", &b);
	assert_false(kvip_config_equal(&a, &b));
	parse_ok("cluster-cidrs = 10.0.0.0/8,fd00::/8\npod-bridge = a,c", &b);
	assert_false(kvip_config_equal(&a, &b));

	/* each key alone makes a difference */
	kvip_config_init(&a);
	parse_ok(everything, &b);
	for (key = 0; key < KVIP_CONFIG_KEYS; key++)
		assert_false(kvip_config_same(&a, &b, key));
	/* and so does what the Node tells */
	b = a;
	b.node_port_addrs.n = 1;
	assert_false(kvip_config_same(&a, &b, KVIP_CONFIG_NODE_PORT_ADDRESSES));
	b = a;
	b.node_cidrs.n = 1;
	assert_false(kvip_config_same(&a, &b, KVIP_CONFIG_NODE_CIDRS));
}

/* What kvip config show prints: KEY = VALUE, and a comment. */
static char *as_file(const struct kvip_config *config)
{
	unsigned int key;
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (key = 0; key < KVIP_CONFIG_KEYS; key++) {
		char *value = kvip_config_text(config, key);
		char *resolved = kvip_config_resolved_text(config, key);

		fprintf(to, "%s = %s%s%s\n", kvip_config_key_name(key), value,
			resolved ? "  # " : "", resolved ? resolved : "");
		free(value);
		free(resolved);
	}
	fclose(to);
	return text;
}

static void what_is_shown_can_be_read(void **state)
{
	static const char *const texts[] = {
		everything,
		"",
		"nodeport-addresses = all",
		"nodeport-addresses = none",
		"node-cidrs = yes",
	};
	struct kvip_config config, again;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		char *text;

		parse_ok(texts[i], &config);
		text = as_file(&config);
		parse_ok(text, &again);
		free(text);
		assert_true(kvip_config_equal(&config, &again));
	}
}

static int from_json(const char *text, struct kvip_config *config,
		     struct kvip_err *err)
{
	struct json_object *json = json_tokener_parse(text);
	const struct kvip_field root = { .value = NULL };
	const struct kvip_field field = { .parent = &root,
					  .name = "config",
					  .value = json };
	int ret;

	ret = kvip_config_from_json(&field, config, err);
	json_object_put(json);
	return ret;
}

static void json_goes_both_ways(void **state)
{
	static const char *const texts[] = {
		everything,
		"",
		"nodeport-addresses = all",
		"nodeport-addresses = none",
		"nodeport-addresses = 10.0.0.0/8",
	};
	struct kvip_config config, again;
	struct json_object *json;
	struct kvip_model model;
	struct kvip_err err;
	size_t i;

	(void)state;
	kvip_model_init(&model);
	cluster_add(&model, node_text);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		parse_ok(texts[i], &config);
		kvip_config_resolve(&config, kvip_model_node(&model, "n"));
		json = kvip_config_json(&config);
		memset(&again, 0xff, sizeof(again));
		if (from_json(json_object_to_json_string(json), &again, &err))
			fail_msg("%s", err.text);
		json_object_put(json);
		assert_true(kvip_config_equal(&config, &again));
	}
	kvip_model_free(&model);

	/* absent is the default */
	assert_int_equal(from_json("{}", &again, &err), 0);
	kvip_config_init(&config);
	assert_true(kvip_config_equal(&config, &again));
	assert_int_equal(
		from_json("{\"nodeport-addresses\": []}", &again, &err), 0);
	assert_value(&again, KVIP_CONFIG_NODE_PORT_ADDRESSES, "none");
}

static void json_is_refused_by_field(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "[]", "config: expected an object, found a list" },
		{ "{\"foo\": 1}", "config.foo: there is no such key" },
		{ "{\"masquerade-all\": \"yes\"}",
		  "config.masquerade-all: expected true or false, found \"yes\"" },
		{ "{\"cluster-cidrs\": \"10.0.0.0/8\"}",
		  "config.cluster-cidrs: expected a list, found \"10.0.0.0/8\"" },
		{ "{\"cluster-cidrs\": [\"10.0.0.0/8\", 1]}",
		  "config.cluster-cidrs[1]: expected a string, found 1" },
		{ "{\"cluster-cidrs\": [\"10.0.0.0/8,11.0.0.0/8\"]}",
		  "config.cluster-cidrs[0]: expected an item of a list, as a string, found \"10.0.0.0/8,11.0.0.0/8\"" },
		{ "{\"cluster-cidrs\": [\"10.0.0.0/33\"]}",
		  "config: cluster-cidrs: \"10.0.0.0/33\" is not an address block such as 10.0.0.0/16 or fd00::/64" },
		{ "{\"nodeport-addresses\": [\"all\"]}",
		  "config.nodeport-addresses[0]: expected an address block such as 192.0.2.0/24, found \"all\"" },
		{ "{\"affinity-entries\": 0}",
		  "config.affinity-entries: expected a number from 1 to 1048576, found 0" },
		{ "{\"affinity-scope\": \"x\"}",
		  "config: affinity-scope is port or service, not \"x\"" },
		{ "{\"resolved\": []}",
		  "config.resolved: expected an object, found a list" },
		{ "{\"resolved\": {\"nodeport-addresses\": [\"x\"]}}",
		  "config.resolved.nodeport-addresses[0]: expected an address block such as 192.0.2.0/24, found \"x\"" },
	};
	struct kvip_config config, before;
	struct kvip_err err;
	size_t i;

	(void)state;
	parse_ok(everything, &config);
	before = config;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(from_json(cases[i].text, &config, &err), -1);
		assert_string_equal(err.text, cases[i].why);
		assert_true(kvip_config_equal(&config, &before));
	}
}

static struct nlattr *config_attr(struct nl_msg *msg)
{
	struct nlattr *attr;

	attr = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN, KVIP_A_CONFIG);
	assert_non_null(attr);
	return attr;
}

static void messages_go_both_ways(void **state)
{
	static const char *const texts[] = {
		"", everything, "nodeport-addresses = all\nnode-cidrs = yes"
	};
	struct kvip_config config, again;
	struct kvip_model model;
	struct kvip_err err;
	struct nl_msg *msg;
	size_t i;

	(void)state;
	kvip_model_init(&model);
	cluster_add(&model, node_text);
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		parse_ok(texts[i], &config);
		kvip_config_resolve(&config, kvip_model_node(&model, "n"));
		msg = kvip_message_new(20, KVIP_CMD_CONFIG_SET, 0, 1);
		kvip_config_put(msg, &config);
		memset(&again, 0xff, sizeof(again));
		assert_int_equal(
			kvip_config_get(config_attr(msg), &again, &err), 0);
		assert_true(kvip_config_equal(&config, &again));
		nlmsg_free(msg);
	}
	kvip_model_free(&model);
	assert_int_equal(kvip_config_get(NULL, &again, &err), -1);
}

/* A refusal of the kernel's points into the message. */
static void an_offset_tells_the_key(void **state)
{
	struct kvip_config config;
	struct nlattr *item;
	struct nl_msg *msg;
	const char *key;
	int rem, n = 0;

	(void)state;
	parse_ok(everything, &config);
	msg = kvip_message_new(20, KVIP_CMD_CONFIG_SET, 0, 1);
	kvip_config_put(msg, &config);
	nla_for_each_nested(item, config_attr(msg), rem) {
		uint32_t offset =
			(uint32_t)((char *)item - (char *)nlmsg_hdr(msg));

		key = kvip_config_attr_at(msg, offset);
		if (nla_type(item) == KVIP_CONFIG_A_FLAGS)
			assert_null(key);
		if (nla_type(item) == KVIP_CONFIG_A_CLUSTER_CIDRS) {
			assert_string_equal(key, "cluster-cidrs");
			/* of its second block */
			key = kvip_config_attr_at(msg, offset + 24);
			assert_string_equal(key, "cluster-cidrs");
			n++;
		}
		if (nla_type(item) == KVIP_CONFIG_A_PROXY_NAME) {
			assert_string_equal(key, "proxy-name");
			n++;
		}
	}
	assert_int_equal(n, 2);
	assert_null(kvip_config_attr_at(msg, 0));
	assert_null(kvip_config_attr_at(msg, 1 << 30));
	nlmsg_free(msg);
}

/*
 * The example that is installed: commented out, and it shows the defaults. What
 * its section has is the agent's business.
 */
static void the_example_shows_the_defaults(void **state)
{
	struct kvip_config config, defaults;
	size_t size = 0, used = 0, i;
	char *line = NULL, text[16384];
	unsigned int key, n = 0;
	struct kvip_err err;
	FILE *from;

	(void)state;
	kvip_config_init(&defaults);
	assert_int_equal(
		kvip_config_read("tools/kvip.conf", &config, NULL, &err), 0);
	assert_true(kvip_config_equal(&config, &defaults));

	from = fopen("tools/kvip.conf", "r");
	assert_non_null(from);
	while (getline(&line, &size, from) > 0 && *line != '[') {
		i = *line == '#' && line[1] >= 'a' && line[1] <= 'z';
		n += (unsigned int)i;
		if (i)
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used, "%s",
						 line + 1);
	}
	free(line);
	fclose(from);
	parse_ok(text, &config);
	assert_true(kvip_config_equal(&config, &defaults));
	/* no key twice, and so each once */
	assert_int_equal(n, KVIP_CONFIG_KEYS);
	for (key = 0; key < KVIP_CONFIG_KEYS; key++)
		assert_non_null(strstr(text, kvip_config_key_name(key)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_kernel),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(values_are_canonical),
		cmocka_unit_test(a_file_is_refused_by_name_and_line),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(a_section_is_its_programs),
		cmocka_unit_test(a_section_is_read_by_who_wants_it),
		cmocka_unit_test(words_and_files_have_one_parser),
		cmocka_unit_test(lists_have_64_items),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(the_node_resolves),
		cmocka_unit_test(what_was_resolved_is_kept),
		cmocka_unit_test(comparing_takes_lists_for_sets),
		cmocka_unit_test(what_is_shown_can_be_read),
		cmocka_unit_test(json_goes_both_ways),
		cmocka_unit_test(json_is_refused_by_field),
		cmocka_unit_test(messages_go_both_ways),
		cmocka_unit_test(an_offset_tells_the_key),
		cmocka_unit_test(the_example_shows_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
