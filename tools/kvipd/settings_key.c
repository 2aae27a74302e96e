// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "duration.h"
#include "settings_key.h"

/* A node's name is a DNS name. */
#define NODE_NAME_MAX 253

/* What is longer was meant otherwise. */
#define PERIOD_MAX (24 * 3600.0)

#define MEMBER(name) offsetof(struct kvip_settings, name)

const struct kvip_setting_kind kvip_setting_kinds[KVIP_SETTINGS] = {
	[KVIP_SETTING_NODE_NAME] = {
		.name = "node-name",
		.type = KVIP_SETTING_TYPE_NAME,
		.offset = MEMBER(node),
		.word = "NAME",
		.initial = "",
		.help = "this node ($NODE_NAME, or the host's name)",
	},
	[KVIP_SETTING_KUBECONFIG] = {
		.name = "kubeconfig",
		.type = KVIP_SETTING_TYPE_TEXT,
		.offset = MEMBER(kubeconfig),
		.word = "FILE",
		.initial = "",
		.help = "how to reach the API server (as a pod does)",
	},
	[KVIP_SETTING_CONTEXT] = {
		.name = "context",
		.type = KVIP_SETTING_TYPE_TEXT,
		.offset = MEMBER(context),
		.word = "NAME",
		.initial = "",
		.help = "of the kubeconfig (its current one)",
	},
	[KVIP_SETTING_STORE] = {
		.name = "store",
		.type = KVIP_SETTING_TYPE_TEXT,
		.offset = MEMBER(store),
		.word = "FILE",
		.initial = "",
		.help = "follow this local store, no API server",
	},
	[KVIP_SETTING_HEALTHZ] = {
		.name = "healthz-bind-address",
		.type = KVIP_SETTING_TYPE_LISTEN,
		.offset = MEMBER(healthz),
		.word = "ADDR",
		.initial = "0.0.0.0:10256",
		.help = "of /healthz and /livez, or none",
		.port = 10256,
	},
	[KVIP_SETTING_METRICS] = {
		.name = "metrics-bind-address",
		.type = KVIP_SETTING_TYPE_LISTEN,
		.offset = MEMBER(metrics),
		.word = "ADDR",
		.initial = "127.0.0.1:10249",
		.help = "of /metrics, or none",
		.port = 10249,
	},
	[KVIP_SETTING_HEALTH_NODES] = {
		.name = "health-check-node-ports",
		.type = KVIP_SETTING_TYPE_BOOL,
		.offset = MEMBER(health_nodes),
		.initial = "yes",
		.help = "answer load balancers there",
	},
	[KVIP_SETTING_MIN_SYNC_PERIOD] = {
		.name = "min-sync-period",
		.type = KVIP_SETTING_TYPE_PERIOD,
		.offset = MEMBER(min_sync_period),
		.word = "TIME",
		.initial = "1ms",
		.help = "between two commits, at least",
	},
	[KVIP_SETTING_SYNC_PERIOD] = {
		.name = "sync-period",
		.type = KVIP_SETTING_TYPE_PERIOD,
		.offset = MEMBER(sync_period),
		.word = "TIME",
		.initial = "30s",
		.help = "between two looks at the kernel",
		.min = 0.001,
	},
	[KVIP_SETTING_CHECK_PERIOD] = {
		.name = "check-period",
		.type = KVIP_SETTING_TYPE_PERIOD,
		.offset = MEMBER(check_period),
		.word = "TIME",
		.initial = "15m",
		.help = "between two comparisons of all of it",
		.min = 0.001,
	},
	[KVIP_SETTING_LOG_LEVEL] = {
		.name = "log-level",
		.type = KVIP_SETTING_TYPE_LEVEL,
		.offset = MEMBER(level),
		.word = "LEVEL",
		.initial = "info",
		.help = "error, warning, info or debug",
	},
	[KVIP_SETTING_ALLOW_EMPTY] = {
		.name = "allow-empty",
		.type = KVIP_SETTING_TYPE_BOOL,
		.offset = MEMBER(allow_empty),
		.initial = "no",
		.help = "a cluster without a Service is meant so",
	},
	[KVIP_SETTING_STREAM_LISTS] = {
		.name = "streaming-lists",
		.type = KVIP_SETTING_TYPE_BOOL,
		.offset = MEMBER(stream_lists),
		.initial = "yes",
		.help = "ask the API server for lists as watches",
	},
	[KVIP_SETTING_EVENTS] = {
		.name = "events",
		.type = KVIP_SETTING_TYPE_BOOL,
		.offset = MEMBER(events),
		.initial = "yes",
		.help = "send Events to the API server",
	},
	[KVIP_SETTING_LOAD_BALANCER] = {
		.name = "load-balancer",
		.type = KVIP_SETTING_TYPE_BOOL,
		.offset = MEMBER(load_balancer),
		.initial = "no",
		.help = "give the cluster addresses from [pool]s",
	},
	[KVIP_SETTING_LEASE_NAMESPACE] = {
		.name = "lease-namespace",
		.type = KVIP_SETTING_TYPE_TEXT,
		.offset = MEMBER(lease_namespace),
		.word = "NAME",
		.initial = "kube-system",
		.help = "where Leases tell who announces",
	},
};

static void *member(const struct kvip_settings *settings,
		    const struct kvip_setting_kind *kind)
{
	return (char *)settings + kind->offset;
}

bool kvip_setting_find(const char *name, enum kvip_setting *key)
{
	unsigned int i;

	for (i = 0; i < KVIP_SETTINGS; i++) {
		if (strcmp(name, kvip_setting_kinds[i].name))
			continue;
		*key = i;
		return true;
	}
	return false;
}

void kvip_setting_init(struct kvip_settings *settings)
{
	struct kvip_settings_seen seen = {};
	struct kvip_err err;
	unsigned int i;

	for (i = 0; i < KVIP_SETTINGS; i++) {
		const struct kvip_setting_kind *kind = &kvip_setting_kinds[i];

		/* a default that is refused is a mistake in the table */
		if (kvip_setting_set(settings, &seen, kind->name, kind->initial,
				     &err))
			abort();
	}
}

/* NULL for an empty one. */
static void set_text(char **to, const char *value)
{
	free(*to);
	*to = *value ? kvip_strdup(value) : NULL;
}

static bool ends_well(const char *name, size_t len)
{
	return !len || (name[0] != '-' && name[0] != '.' &&
			name[len - 1] != '-' && name[len - 1] != '.');
}

/* In lower case, as a kubelet registers its node. */
static int set_name(char **to, const struct kvip_setting_kind *kind,
		    const char *value, struct kvip_err *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t len = strlen(value), i;
	char *name;

	if (len > NODE_NAME_MAX || value[strspn(value, allowed)] ||
	    !ends_well(value, len))
		return kvip_err_set(
			err,
			"%s is a node's name, at most %d letters, digits, '-' and '.' with a letter or digit at each end, not \"%s\"",
			kind->name, NODE_NAME_MAX, value);
	set_text(to, value);
	name = *to;
	for (i = 0; i < len; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
	return 0;
}

static int set_listen(struct kvip_listen *to,
		      const struct kvip_setting_kind *kind, const char *value,
		      struct kvip_err *err)
{
	if (kvip_listen_parse(value, kind->port, to))
		return 0;
	return kvip_err_set(
		err,
		"%s is none, or an address and a port such as %s, not \"%s\"",
		kind->name, kind->initial, value);
}

static int set_bool(bool *to, const struct kvip_setting_kind *kind,
		    const char *value, struct kvip_err *err)
{
	bool yes = !strcmp(value, "yes");

	if (!yes && strcmp(value, "no"))
		return kvip_err_set(err, "%s is yes or no, not \"%s\"",
				    kind->name, value);
	*to = yes;
	return 0;
}

static int set_period(double *to, const struct kvip_setting_kind *kind,
		      const char *value, struct kvip_err *err)
{
	char min[KVIP_DURATION_LEN];
	double seconds;

	if (kvip_duration_parse(value, &seconds) && seconds >= kind->min &&
	    seconds <= PERIOD_MAX) {
		*to = seconds;
		return 0;
	}
	return kvip_err_set(
		err, "%s is a time from %s to 24h, such as %s, not \"%s\"",
		kind->name, kvip_duration_text(kind->min, min), kind->initial,
		value);
}

static int set_level(enum kvip_log_level *to,
		     const struct kvip_setting_kind *kind, const char *value,
		     struct kvip_err *err)
{
	if (kvip_log_parse_level(value, to))
		return 0;
	return kvip_err_set(err,
			    "%s is error, warning, info or debug, not \"%s\"",
			    kind->name, value);
}

int kvip_setting_set(struct kvip_settings *settings,
		     struct kvip_settings_seen *seen, const char *name,
		     const char *value, struct kvip_err *err)
{
	const struct kvip_setting_kind *kind;
	enum kvip_setting key;
	void *to;

	if (!kvip_setting_find(name, &key))
		return kvip_err_set(err, "there is no key \"%s\"", name);
	if (seen->agent & 1U << key)
		return kvip_err_set(err, "the key %s is there twice", name);
	seen->agent |= 1U << key;
	kind = &kvip_setting_kinds[key];
	to = member(settings, kind);
	switch (kind->type) {
	case KVIP_SETTING_TYPE_NAME:
		return set_name(to, kind, value, err);
	case KVIP_SETTING_TYPE_TEXT:
		set_text(to, value);
		return 0;
	case KVIP_SETTING_TYPE_LISTEN:
		return set_listen(to, kind, value, err);
	case KVIP_SETTING_TYPE_BOOL:
		return set_bool(to, kind, value, err);
	case KVIP_SETTING_TYPE_PERIOD:
		return set_period(to, kind, value, err);
	case KVIP_SETTING_TYPE_LEVEL:
		return set_level(to, kind, value, err);
	}
	return 0;
}

char *kvip_setting_text(const struct kvip_settings *settings,
			enum kvip_setting key)
{
	const struct kvip_setting_kind *kind = &kvip_setting_kinds[key];
	char buf[KVIP_ADDR_PORT_LEN + KVIP_DURATION_LEN];
	const void *value = member(settings, kind);
	const char *text = "";

	switch (kind->type) {
	case KVIP_SETTING_TYPE_NAME:
	case KVIP_SETTING_TYPE_TEXT:
		if (*(char *const *)value)
			text = *(char *const *)value;
		break;
	case KVIP_SETTING_TYPE_LISTEN:
		text = kvip_listen_text(value, buf);
		break;
	case KVIP_SETTING_TYPE_BOOL:
		text = *(const bool *)value ? "yes" : "no";
		break;
	case KVIP_SETTING_TYPE_PERIOD:
		text = kvip_duration_text(*(const double *)value, buf);
		break;
	case KVIP_SETTING_TYPE_LEVEL:
		text = kvip_log_level_word(*(const enum kvip_log_level *)value);
		break;
	}
	return kvip_strdup(text);
}
