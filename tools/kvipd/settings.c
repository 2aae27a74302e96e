// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "alloc.h"
#include "duration.h"
#include "kinds.h"
#include "kube_proxy_config.h"
#include "settings.h"
#include "settings_key.h"
#include "settings_options.h"

/* What is being read, one layer on top of another. */
struct reading {
	struct kvip_settings *settings;
	struct kvip_option *options;
	size_t n_options;
	struct kvip_kube_proxy_config kube_proxy;
	struct kvip_settings_seen seen; /* in this layer */
	struct kvip_err *err;
};

/* A key of either kind. */
static int set(struct reading *reading, const char *key, const char *value,
	       struct kvip_err *err)
{
	struct kvip_settings *settings = reading->settings;
	enum kvip_config_key kernel;

	if (!kvip_config_key_find(key, &kernel))
		return kvip_setting_set(settings, &reading->seen, key, value,
					err);
	settings->has_kernel = true;
	return kvip_config_set(&settings->kernel, &reading->seen.kernel, key,
			       value, err);
}

static int read_kube_proxy(struct reading *reading)
{
	struct kvip_kube_proxy_config *config = &reading->kube_proxy;
	struct kvip_settings *settings = reading->settings;
	size_t i;

	if (!settings->kube_proxy_path)
		return 0;
	if (kvip_kube_proxy_config_read(settings->kube_proxy_path, config,
					reading->err))
		return -1;
	settings->has_kernel = true;
	memset(&reading->seen, 0, sizeof(reading->seen));
	for (i = 0; i < config->n_values; i++) {
		const struct kvip_kube_proxy_value *value = &config->values[i];

		if (set(reading, value->key, value->value, reading->err))
			return kvip_err_prefix(reading->err,
					       "%s: %s: ", config->origin,
					       value->field);
	}
	return 0;
}

/* A line of the file's section. */
static int set_line(void *arg, const char *key, const char *value,
		    struct kvip_err *err)
{
	struct reading *reading = arg;

	return kvip_setting_set(reading->settings, &reading->seen, key, value,
				err);
}

/* kube-proxy's --config is another file's than ours. */
static int refuse_file(struct kvip_err *err)
{
	char text[sizeof(err->text)];

	if (!strstr(err->text, "kubeproxy.config.k8s.io"))
		return -1;
	memcpy(text, err->text, sizeof(text));
	return kvip_err_set(
		err,
		"%.512s; --kube-proxy-config takes a KubeProxyConfiguration",
		text);
}

static int read_file(struct reading *reading)
{
	struct kvip_settings *settings = reading->settings;
	struct kvip_config_section sections[6] = {
		{ .name = "kvipd", .set = set_line, .arg = reading },
		kvip_store_config_section(&settings->local),
		kvip_dns_config_section(&settings->dns),
	};
	const char *path = settings->config_path;
	bool absent = false;

	memset(&reading->seen, 0, sizeof(reading->seen));
	kvip_lb_config_sections(&settings->lb, &sections[3]);
	if (kvip_config_read_more(path ? path : KVIP_CONFIG_PATH,
				  &settings->kernel, path ? NULL : &absent,
				  sections, reading->err))
		return refuse_file(reading->err);
	/* absent keys have their defaults then */
	settings->has_kernel = settings->has_kernel || !absent;
	if (!kvip_lb_config_check(&settings->lb, reading->err))
		return 0;
	return kvip_err_prefix(reading->err,
			       "%s: ", path ? path : KVIP_CONFIG_PATH);
}

/* Both files are read again on SIGHUP. */
static int set_path(char **path, const struct kvip_option *option,
		    struct kvip_err *err)
{
	if (*path)
		return kvip_err_set(err, "--%s is there twice", option->key);
	if (!*option->value || !strcmp(option->value, "-"))
		return kvip_err_set(err, "--%s is the path of a file",
				    option->key);
	*path = kvip_strdup(option->value);
	return 0;
}

/* What is no key, and has to be known before any is set. */
static int take_commands(struct reading *reading)
{
	struct kvip_settings *settings = reading->settings;
	size_t i;

	for (i = 0; i < reading->n_options; i++) {
		const struct kvip_option *option = &reading->options[i];
		bool yes = !strcmp(option->value, "yes");
		int ret = 0;

		switch (option->kind) {
		case KVIP_OPTION_CONFIG:
			ret = set_path(&settings->config_path, option,
				       reading->err);
			break;
		case KVIP_OPTION_KUBE_PROXY:
			ret = set_path(&settings->kube_proxy_path, option,
				       reading->err);
			break;
		case KVIP_OPTION_CLEANUP:
			settings->cleanup = yes;
			break;
		case KVIP_OPTION_ONCE:
			settings->once = yes;
			break;
		case KVIP_OPTION_CHECK:
			settings->check = yes;
			break;
		default:
			break;
		}
		if (ret)
			return -1;
	}
	return 0;
}

static bool is_key(const struct kvip_option *option)
{
	return option->kind == KVIP_OPTION_AGENT ||
	       option->kind == KVIP_OPTION_KERNEL;
}

/* "--NAME is there twice" rather than "the key NAME ..." of a file. */
static bool is_there_twice(const struct reading *reading, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (is_key(&reading->options[i]) &&
		    !strcmp(reading->options[i].key, reading->options[at].key))
			return true;
	return false;
}

static int set_options(struct reading *reading)
{
	size_t i;

	memset(&reading->seen, 0, sizeof(reading->seen));
	for (i = 0; i < reading->n_options; i++) {
		const struct kvip_option *option = &reading->options[i];
		bool alias = strlen(option->key) != option->len ||
			     memcmp(option->key, option->given, option->len);

		if (!is_key(option))
			continue;
		if (is_there_twice(reading, i))
			return kvip_err_set(reading->err, "--%s is there twice",
					    option->key);
		if (!set(reading, option->key, option->value, reading->err))
			continue;
		/* the sentence begins with the key */
		if (alias)
			return kvip_err_prefix(reading->err,
					       "--%.*s: ", (int)option->len,
					       option->given);
		return kvip_err_prefix(reading->err, "--");
	}
	return 0;
}

/* What one key says about another. */
static int check(const struct kvip_settings *settings, struct kvip_err *err)
{
	char min[KVIP_DURATION_LEN], max[KVIP_DURATION_LEN];
	struct kvip_err why;

	if (settings->min_sync_period > settings->sync_period)
		return kvip_err_set(
			err,
			"min-sync-period, %s, is longer than sync-period, %s",
			kvip_duration_text(settings->min_sync_period, min),
			kvip_duration_text(settings->sync_period, max));
	if (settings->context && !settings->kubeconfig)
		return kvip_err_set(
			err,
			"context is one of a kubeconfig, and there is none");
	if (settings->store && settings->kubeconfig)
		return kvip_err_set(
			err,
			"store and kubeconfig are two sources of one table: give one of them");
	if (settings->store && settings->load_balancer)
		return kvip_err_set(
			err,
			"load-balancer is for a cluster: the local store gives out addresses itself");
	if (settings->load_balancer && !settings->lb.n_pools &&
	    !settings->lb.provider)
		return kvip_err_set(
			err,
			"load-balancer has nothing to give: there is neither a [pool] nor a provider");
	if (!settings->lease_namespace ||
	    kvip_namespace_check(settings->lease_namespace, &why))
		return kvip_err_set(err, "lease-namespace is no namespace");
	return 0;
}

/* As a kubelet does without --hostname-override. */
static int find_node(struct reading *reading)
{
	const char *name = getenv("NODE_NAME");
	struct kvip_settings_seen seen = {};
	struct utsname host;

	if (reading->settings->node)
		return 0;
	if (name && *name) {
		if (!kvip_setting_set(reading->settings, &seen, "node-name",
				      name, reading->err))
			return 0;
		return kvip_err_prefix(reading->err, "$NODE_NAME: ");
	}
	if (uname(&host) || !*host.nodename)
		return kvip_err_set(
			reading->err,
			"node-name is missing, and the host has none");
	if (!kvip_setting_set(reading->settings, &seen, "node-name",
			      host.nodename, reading->err))
		return 0;
	return kvip_err_prefix(reading->err, "the host's name: ");
}

/* Whether a value came through all the layers. */
static bool holds(const struct kvip_settings *settings,
		  const struct kvip_kube_proxy_value *value)
{
	enum kvip_config_key kernel;
	enum kvip_setting agent;
	char *text = NULL;
	bool same;

	if (kvip_config_key_find(value->key, &kernel))
		text = kvip_config_text(&settings->kernel, kernel);
	else if (kvip_setting_find(value->key, &agent))
		text = kvip_setting_text(settings, agent);
	same = text && !strcmp(text, value->value);
	free(text);
	return same;
}

static void log_ignored(const struct kvip_settings *settings,
			const struct kvip_kube_proxy_config *config)
{
	size_t i;

	for (i = 0; i < config->n_values; i++)
		if (config->values[i].implied &&
		    holds(settings, &config->values[i]))
			kvip_log(
				KVIP_LOG_INFO,
				"kube-proxy's default is taken for an empty field",
				KVIP_TEXT("field", config->values[i].field),
				KVIP_TEXT("mode", config->mode),
				KVIP_TEXT("key", config->values[i].key),
				KVIP_TEXT("value", config->values[i].value));
	for (i = 0; i < config->n_ignored; i++) {
		const struct kvip_kube_proxy_ignored *ignored =
			&config->ignored[i];

		if (ignored->why)
			kvip_log(
				KVIP_LOG_INFO,
				"a field of the KubeProxyConfiguration is ignored",
				KVIP_TEXT("field", ignored->field),
				KVIP_TEXT("why", ignored->why));
		else
			kvip_log(
				KVIP_LOG_WARNING,
				"a field that no KubeProxyConfiguration has is ignored",
				KVIP_TEXT("field", ignored->field));
	}
}

static enum kvip_settings_answer refuse_usage(const struct kvip_err *err)
{
	fprintf(stderr, "kvipd: %s (see kvipd --help)\n", err->text);
	return KVIP_SETTINGS_USAGE;
}

static bool asks(const struct reading *reading, enum kvip_option_kind kind)
{
	size_t i;

	for (i = 0; i < reading->n_options; i++)
		if (reading->options[i].kind == kind &&
		    !strcmp(reading->options[i].value, "yes"))
			return true;
	return false;
}

/* The store is where [kvipd] says; what it is told besides, [store] says. */
static void use_store(struct kvip_settings *settings)
{
	struct kvip_store_config *local = &settings->local;

	if (settings->store) {
		free(local->path);
		local->path = kvip_strdup(settings->store);
	}
	/* one machine may well have no Service */
	if (settings->store)
		settings->allow_empty = true;
	free(local->node);
	local->node = kvip_strdup(settings->node);
}

static enum kvip_settings_answer read_layers(struct reading *reading)
{
	if (take_commands(reading))
		return refuse_usage(reading->err);
	if (read_kube_proxy(reading) || read_file(reading))
		return KVIP_SETTINGS_REFUSED;
	if (set_options(reading))
		return refuse_usage(reading->err);
	if (find_node(reading) || check(reading->settings, reading->err))
		return KVIP_SETTINGS_REFUSED;
	use_store(reading->settings);
	kvip_log_set_level(reading->settings->level);
	log_ignored(reading->settings, &reading->kube_proxy);
	return KVIP_SETTINGS_GO;
}

static enum kvip_settings_answer read_all(struct reading *reading)
{
	if (asks(reading, KVIP_OPTION_HELP)) {
		kvip_options_help(stdout);
		return KVIP_SETTINGS_SAID;
	}
	if (asks(reading, KVIP_OPTION_VERSION)) {
		puts("kvipd " KVIP_VERSION);
		return KVIP_SETTINGS_SAID;
	}
	return read_layers(reading);
}

enum kvip_settings_answer kvip_settings_read(struct kvip_settings *settings,
					     int argc, char **argv,
					     struct kvip_err *err)
{
	struct reading reading = { .settings = settings, .err = err };
	enum kvip_settings_answer answer;

	memset(settings, 0, sizeof(*settings));
	if (kvip_options_parse(argc, argv, &reading.options, &reading.n_options,
			       err))
		return refuse_usage(err);
	kvip_config_init(&settings->kernel);
	kvip_setting_init(settings);
	kvip_store_config_init(&settings->local);
	kvip_lb_config_init(&settings->lb);
	kvip_dns_config_init(&settings->dns);
	answer = read_all(&reading);
	if (answer != KVIP_SETTINGS_GO)
		kvip_settings_free(settings);
	kvip_kube_proxy_config_free(&reading.kube_proxy);
	free(reading.options);
	return answer;
}

static void print_line(FILE *to, const char *key, char *value)
{
	fprintf(to, "%s =%s%s\n", key, *value ? " " : "", value);
	free(value);
}

void kvip_settings_print(FILE *to, const struct kvip_settings *settings)
{
	unsigned int i;

	for (i = 0; settings->has_kernel && i < KVIP_CONFIG_KEYS; i++)
		print_line(to, kvip_config_key_name(i),
			   kvip_config_text(&settings->kernel, i));
	fputs("[kvipd]\n", to);
	for (i = 0; i < KVIP_SETTINGS; i++)
		print_line(to, kvip_setting_kinds[i].name,
			   kvip_setting_text(settings, i));
	kvip_lb_config_print(to, &settings->lb);
}

void kvip_settings_free(struct kvip_settings *settings)
{
	free(settings->node);
	free(settings->kubeconfig);
	free(settings->context);
	free(settings->store);
	free(settings->lease_namespace);
	kvip_store_config_free(&settings->local);
	kvip_lb_config_free(&settings->lb);
	kvip_dns_config_free(&settings->dns);
	free(settings->config_path);
	free(settings->kube_proxy_path);
	memset(settings, 0, sizeof(*settings));
}
