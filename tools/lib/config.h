/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds for all services of a network namespace, as user space holds it:
 * what a file or a command line says, what the kernel has, what a saved file
 * says. Its keys are those at the head of kvip.conf; behind them may be sections
 * of others, such as [kvipd], of which only KEY = VALUE is asked here.
 */
#ifndef KVIP_LIB_CONFIG_H
#define KVIP_LIB_CONFIG_H

#include <net/if.h>

#include <linux/kvip.h>

#include "addr.h"
#include "err.h"

struct json_object;
struct kvip_field;
struct kvip_node;

/* Where kvip sync looks for a configuration. */
#define KVIP_CONFIG_PATH "/etc/kvip/kvip.conf"

struct kvip_config_blocks {
	struct kvip_prefix items[KVIP_CONFIG_LIST_MAX];
	size_t n;
};

struct kvip_config_names {
	char items[KVIP_CONFIG_LIST_MAX][IFNAMSIZ];
	size_t n;
};

/**
 * struct kvip_config - a configuration; it owns nothing and may be assigned
 * @flags: KVIP_CONFIG_F_*
 * @affinity_max: bound of the affinity entries
 * @node_port_addrs: with KVIP_CONFIG_F_NODE_PORT_PRIMARY, the addresses of the
 *	Node as it was last seen
 * @cluster_cidrs: see the key
 * @node_cidrs: the Node's podCIDRs, as they were last seen
 * @service_cidrs: see the key
 * @pod_bridges: see the key
 * @pod_prefixes: see the key
 * @proxy_name: empty: Services without the label
 */
struct kvip_config {
	uint32_t flags;
	uint32_t affinity_max;
	struct kvip_config_blocks node_port_addrs;
	struct kvip_config_blocks cluster_cidrs;
	struct kvip_config_blocks node_cidrs;
	struct kvip_config_blocks service_cidrs;
	struct kvip_config_names pod_bridges;
	struct kvip_config_names pod_prefixes;
	char proxy_name[KVIP_NAME_MAX + 1];
};

/* enum kvip_config_key - the keys, in the order of output */
enum kvip_config_key {
	KVIP_CONFIG_NODE_PORT_ADDRESSES,
	KVIP_CONFIG_CLUSTER_CIDRS,
	KVIP_CONFIG_NODE_CIDRS,
	KVIP_CONFIG_POD_BRIDGE,
	KVIP_CONFIG_POD_PREFIX,
	KVIP_CONFIG_SERVICE_CIDRS,
	KVIP_CONFIG_MASQUERADE_ALL,
	KVIP_CONFIG_RANGES_EVERYWHERE,
	KVIP_CONFIG_WITHOUT_ENDPOINTS,
	KVIP_CONFIG_LOCALHOST,
	KVIP_CONFIG_AFFINITY_SCOPE,
	KVIP_CONFIG_AFFINITY_ENTRIES,
	KVIP_CONFIG_PROXY_NAME,

	KVIP_CONFIG_KEYS
};

/* kvip_config_init() - the defaults, which the kernel has before the first set */
void kvip_config_init(struct kvip_config *config);

/* kvip_config_key_name() - the key's word */
const char *kvip_config_key_name(enum kvip_config_key key);

/**
 * kvip_config_key_find() - the key of a word
 * @name: the word
 * @key: filled in on success
 *
 * Return: whether there is such a key.
 */
bool kvip_config_key_find(const char *name, enum kvip_config_key *key);

/**
 * kvip_config_set() - give a key a value
 * @config: changed if the value is right
 * @seen: bits of the keys that have been given; one given twice is an error
 * @name: the key's word
 * @value: as in kvip.conf; no blanks around it
 * @err: why not, naming the key
 *
 * nodeport-addresses = primary and node-cidrs = yes keep what the key was
 * resolved to before, if it had that value, and else are not resolved.
 *
 * Return: 0 or -1.
 */
int kvip_config_set(struct kvip_config *config, uint32_t *seen,
		    const char *name, const char *value, struct kvip_err *err);

/**
 * kvip_config_assign() - the same, for a word of a command line
 * @config: as above, as are @seen and @err
 * @word: KEY=VALUE, with blanks around each or not
 */
int kvip_config_assign(struct kvip_config *config, uint32_t *seen,
		       const char *word, struct kvip_err *err);

/**
 * kvip_config_parse() - a configuration out of the text of a file
 * @name: what errors call the file
 * @text: lines; changed by the parser
 * @len: bytes of it, without the NUL that follows them
 * @config: filled in if all of it is right: the defaults, and what the file says
 * @err: "FILE:LINE: what is wrong"
 *
 * Return: 0 or -1.
 */
int kvip_config_parse(const char *name, char *text, size_t len,
		      struct kvip_config *config, struct kvip_err *err);

/**
 * kvip_config_read() - the same, for a file
 * @path: the file, or "-" for standard input
 * @config: as above
 * @absent: NULL: that there is no such file is an error; else told here
 * @err: as above, or "FILE: why it can't be read"
 */
int kvip_config_read(const char *path, struct kvip_config *config, bool *absent,
		     struct kvip_err *err);

/**
 * struct kvip_config_section - who takes the lines of a section
 * @name: of the section, "kvipd"; NULL ends an array of them
 * @begin: NULL: the section has no label. Else it has one, [pool public], and
 *	this takes it; -1 refuses it, as @set does
 * @set: takes a key and its value, as a line tells them, without blanks around
 *	each; -1 refuses them, with the reason in @err but without file and line
 * @arg: for both
 */
struct kvip_config_section {
	const char *name;
	int (*begin)(void *arg, const char *label, struct kvip_err *err);
	int (*set)(void *arg, const char *key, const char *value,
		   struct kvip_err *err);
	void *arg;
};

/**
 * kvip_config_read_more() - what a file says, on top of what there is
 * @path: as above
 * @config: changed if all of the file is right; keys that it does not tell stay
 * @absent: as above
 * @wanted: sections to read as well, an array that a NULL name ends; NULL:
 *	none
 * @err: as above
 *
 * Return: 0 or -1; lines of sections before the wrong one have been taken.
 */
int kvip_config_read_more(const char *path, struct kvip_config *config,
			  bool *absent,
			  const struct kvip_config_section *wanted,
			  struct kvip_err *err);

/* kvip_config_resolve() - fill in what comes from the Node: the first InternalIP
 * of each family (S20), the podCIDRs (S33), as far as they are asked for
 */
void kvip_config_resolve(struct kvip_config *config,
			 const struct kvip_node *node);

/* kvip_config_keep() - take what @from was resolved to, where both ask for it */
void kvip_config_keep(struct kvip_config *config,
		      const struct kvip_config *from);

/* kvip_config_same() - whether a key means the same in both; lists are sets */
bool kvip_config_same(const struct kvip_config *a, const struct kvip_config *b,
		      enum kvip_config_key key);

/* kvip_config_equal() - whether all keys do */
bool kvip_config_equal(const struct kvip_config *a,
		       const struct kvip_config *b);

/* kvip_config_text() - the value as in kvip.conf, perhaps empty; free() it */
char *kvip_config_text(const struct kvip_config *config,
		       enum kvip_config_key key);

/* kvip_config_resolved() - what a key was resolved to; NULL: it is none that the
 * Node tells, now
 */
const struct kvip_config_blocks *
kvip_config_resolved(const struct kvip_config *config,
		     enum kvip_config_key key);

/* kvip_config_resolved_text() - "192.0.2.1, 2001:db8::1", "" if it is not
 * resolved to anything, or NULL as above; free() it
 */
char *kvip_config_resolved_text(const struct kvip_config *config,
				enum kvip_config_key key);

/* kvip_config_json() - {"KEY": value, ..., "resolved": {"KEY": [...]}} */
struct json_object *kvip_config_json(const struct kvip_config *config);

/**
 * kvip_config_from_json() - read what kvip_config_json() made
 * @field: the object
 * @config: filled in if all of it is right; what is absent has its default
 * @err: names the field
 *
 * Return: 0 or -1.
 */
int kvip_config_from_json(const struct kvip_field *field,
			  struct kvip_config *config, struct kvip_err *err);

#endif /* KVIP_LIB_CONFIG_H */
