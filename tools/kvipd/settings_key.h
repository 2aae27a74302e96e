/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of section [kvipd]: what settings.c and its neighbours share. */
#ifndef KVIPD_SETTINGS_KEY_H
#define KVIPD_SETTINGS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "settings.h"

/* enum kvip_setting - the keys, in the order of output */
enum kvip_setting {
	KVIP_SETTING_NODE_NAME,
	KVIP_SETTING_KUBECONFIG,
	KVIP_SETTING_CONTEXT,
	KVIP_SETTING_STORE,
	KVIP_SETTING_HEALTHZ,
	KVIP_SETTING_METRICS,
	KVIP_SETTING_HEALTH_NODES,
	KVIP_SETTING_MIN_SYNC_PERIOD,
	KVIP_SETTING_SYNC_PERIOD,
	KVIP_SETTING_CHECK_PERIOD,
	KVIP_SETTING_LOG_LEVEL,
	KVIP_SETTING_ALLOW_EMPTY,
	KVIP_SETTING_STREAM_LISTS,
	KVIP_SETTING_EVENTS,
	KVIP_SETTING_LOAD_BALANCER,
	KVIP_SETTING_LEASE_NAMESPACE,

	KVIP_SETTINGS
};

/* What a setting's value is. */
enum kvip_setting_type {
	KVIP_SETTING_TYPE_NAME, /* of a node */
	KVIP_SETTING_TYPE_TEXT,
	KVIP_SETTING_TYPE_LISTEN,
	KVIP_SETTING_TYPE_BOOL, /* yes or no */
	KVIP_SETTING_TYPE_PERIOD,
	KVIP_SETTING_TYPE_LEVEL,
};

/**
 * struct kvip_setting_kind - all that there is to say of a key
 * @name: in a file, and the option without its dashes
 * @type: of its value
 * @offset: of its member of struct kvip_settings
 * @word: stands for the value in the help; NULL: none is needed
 * @initial: the default, as in a file
 * @help: one line
 * @min: least seconds of a period
 * @port: of a bind address that tells none
 */
struct kvip_setting_kind {
	const char *name;
	enum kvip_setting_type type;
	size_t offset;
	const char *word;
	const char *initial;
	const char *help;
	double min;
	uint16_t port;
};

extern const struct kvip_setting_kind kvip_setting_kinds[KVIP_SETTINGS];

/* Which keys have been given, the agent's and the kernel's. */
struct kvip_settings_seen {
	uint32_t agent;
	uint32_t kernel;
};

/* kvip_setting_find() - the key of a word; false: there is none */
bool kvip_setting_find(const char *name, enum kvip_setting *key);

/* kvip_setting_init() - every key's default; nothing of the rest */
void kvip_setting_init(struct kvip_settings *settings);

/**
 * kvip_setting_set() - give a key its value
 * @settings: changed if the value is right
 * @seen: one given twice is an error
 * @name: one of the agent's
 * @value: as in a file, without blanks around it
 * @err: why not, naming the key
 *
 * Return: 0 or -1.
 */
int kvip_setting_set(struct kvip_settings *settings,
		     struct kvip_settings_seen *seen, const char *name,
		     const char *value, struct kvip_err *err);

/* kvip_setting_text() - the value as in a file, perhaps empty; free() it */
char *kvip_setting_text(const struct kvip_settings *settings,
			enum kvip_setting key);

#endif /* KVIPD_SETTINGS_KEY_H */
