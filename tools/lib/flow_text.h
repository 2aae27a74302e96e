/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for what becomes of a connection, and the same as JSON. */
#ifndef KVIP_LIB_FLOW_TEXT_H
#define KVIP_LIB_FLOW_TEXT_H

struct json_object;
struct kvip_flow;

/*
 * How a value of an enum is called. Within an enum, keys are distinct, and so are
 * texts and, but for lists, brief words. A value that is not known is "?".
 */
struct kvip_words {
	const char *key; /* in JSON; never changes */
	const char *brief; /* a few words behind a line */
	const char *text; /* all of it */
};

/* kvip_verdict_words() - of enum kvip_verdict */
const struct kvip_words *kvip_verdict_words(unsigned int verdict);

/* kvip_rule_words() - of enum kvip_rule: what happens, and why */
const struct kvip_words *kvip_rule_words(unsigned int rule);

/* kvip_kind_words() - of enum kvip_frontend_kind */
const struct kvip_words *kvip_kind_words(unsigned int kind);

/* kvip_source_words() - of enum kvip_source */
const struct kvip_words *kvip_source_words(unsigned int source);

/* kvip_source_why_words() - of enum kvip_source_why */
const struct kvip_words *kvip_source_why_words(unsigned int why);

/* kvip_list_words() - of enum kvip_list_why; brief: which list it is */
const struct kvip_words *kvip_list_words(unsigned int list);

/* kvip_affinity_words() - of enum kvip_affinity_state */
const struct kvip_words *kvip_affinity_words(unsigned int state);

/* kvip_masquerade_words() - of enum kvip_masquerade */
const struct kvip_words *kvip_masquerade_words(unsigned int masquerade);

/* kvip_proto_lower() - "tcp", "udp", "sctp", or "?" */
const char *kvip_proto_lower(unsigned int proto);

/**
 * kvip_flow_json() - everything that is known of a flow
 * @flow: the flow
 *
 * All keys are always there; null stands for what is not known or does not
 * apply. They are part of the interface: they are added to, never renamed.
 *
 * Return: a new object; of its "candidates" too.
 */
struct json_object *kvip_flow_json(const struct kvip_flow *flow);

#endif /* KVIP_LIB_FLOW_TEXT_H */
