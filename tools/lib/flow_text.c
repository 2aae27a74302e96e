// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <string.h>

#include <linux/kvip.h>

#include "flow.h"
#include "flow_text.h"
#include "table_json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Brief words of list_why are not of the value but of its list. */
#define CLUSTER "cluster"
#define LOCAL "local"

static const struct kvip_words unknown = { "?", "?", "?" };

static const struct kvip_words *find(const struct kvip_words *words, size_t n,
				     unsigned int value)
{
	return value < n && words[value].key ? &words[value] : &unknown;
}

const struct kvip_words *kvip_verdict_words(unsigned int verdict)
{
	static const struct kvip_words words[] = {
		[KVIP_VERDICT_NONE] = { "none", "left alone", "untouched" },
		[KVIP_VERDICT_BACKEND] = { "backend", "translated", "backend" },
		[KVIP_VERDICT_REJECT] = { "reject", "refused", "reject" },
		[KVIP_VERDICT_DROP] = { "drop", "dropped", "drop" },
	};

	return find(words, COUNT(words), verdict);
}

const struct kvip_words *kvip_rule_words(unsigned int rule)
{
	static const struct kvip_words words[] = {
		[KVIP_RULE_NONE] = { "none", "no rule",
				     "no Service has this address and port: the packet goes on as it is" },
		[KVIP_RULE_NOT_LISTED] = { "not-listed",
					   "address without node ports",
					   "the port is a node port, but this address is not among those that have node ports: the packet goes on as it is" },
		[KVIP_RULE_HOST] = { "host", "no endpoint: the host's",
				     "the Service has no usable endpoint anywhere, and such node ports are left to the host" },
		[KVIP_RULE_NO_ENDPOINT] = { "no-endpoint", "no endpoint",
					    "the Service has no usable endpoint anywhere (TCP reset or ICMP port unreachable)" },
		[KVIP_RULE_UNKNOWN_PORT] = { "unknown-port",
					     "not a port of this ClusterIP",
					     "this is a ClusterIP, but its Service does not have this port and protocol (TCP reset or ICMP port unreachable)" },
		[KVIP_RULE_NO_LOCAL_ENDPOINT] = { "no-local-endpoint",
						  "no local endpoint",
						  "the Service has usable endpoints, but none on this node (silence: no answer is sent)" },
		[KVIP_RULE_SOURCE_RANGES] = { "source-ranges", "source ranges",
					      "no source range of the Service has this source (silence: no answer is sent)" },
		[KVIP_RULE_SERVICE_CIDR] = { "service-cidr",
					     "no Service has this address",
					     "this address is one for Services, and no Service has it (silence: no answer is sent)" },
	};

	return find(words, COUNT(words), rule);
}

const struct kvip_words *kvip_kind_words(unsigned int kind)
{
	static const struct kvip_words words[] = {
		[KVIP_FRONTEND_CLUSTER_IP] = { "cluster-ip", "ClusterIP",
					       "ClusterIP" },
		[KVIP_FRONTEND_EXTERNAL_IP] = { "external-ip", "external IP",
						"external IP" },
		[KVIP_FRONTEND_LB_IP] = { "load-balancer", "load balancer",
					  "load-balancer address" },
		[KVIP_FRONTEND_NODE_PORT] = { "node-port", "node port",
					      "node port" },
	};

	return find(words, COUNT(words), kind);
}

const struct kvip_words *kvip_source_words(unsigned int source)
{
	static const struct kvip_words words[] = {
		[KVIP_SOURCE_OUTSIDE] = { "outside", "outside",
					  "outside the cluster" },
		[KVIP_SOURCE_NODE] = { "node", "this node", "this node" },
		[KVIP_SOURCE_POD] = { "pod", "local pod", "a local pod" },
	};

	return find(words, COUNT(words), source);
}

const struct kvip_words *kvip_source_why_words(unsigned int why)
{
	static const struct kvip_words words[] = {
		[KVIP_SOURCE_WHY_NO_DETECTOR] = { "no-detector", "no detector",
						  "no detector of local pods is configured" },
		[KVIP_SOURCE_WHY_NOT_DETECTED] = { "not-detected",
						   "not detected",
						   "the detector of local pods does not find it to be one" },
		[KVIP_SOURCE_WHY_SENT] = { "sent", "it sends the packet",
					   "it sends the packet itself" },
		[KVIP_SOURCE_WHY_ADDR] = { "address", "its address",
					   "the source is one of its addresses" },
		[KVIP_SOURCE_WHY_CLUSTER_CIDR] = { "cluster-cidr",
						   "in a cluster CIDR",
						   "the source is in a cluster CIDR" },
		[KVIP_SOURCE_WHY_NODE_CIDR] = { "node-cidr",
						"in a CIDR of the node's pods",
						"the source is in one of the Node's pod CIDRs" },
		[KVIP_SOURCE_WHY_BRIDGE] = { "bridge",
					     "on the bridge of the pods",
					     "it arrives on the bridge of the pods" },
		[KVIP_SOURCE_WHY_PREFIX] = { "interface-prefix",
					     "on a pod's device",
					     "it arrives on a device whose name begins as those of pods do" },
	};

	return find(words, COUNT(words), why);
}

const struct kvip_words *kvip_list_words(unsigned int list)
{
	static const struct kvip_words words[] = {
		[KVIP_LIST_INTERNAL_CLUSTER] = { "internal-cluster", CLUSTER,
						 "internalTrafficPolicy is Cluster" },
		[KVIP_LIST_INTERNAL_LOCAL] = { "internal-local", LOCAL,
					       "internalTrafficPolicy is Local" },
		[KVIP_LIST_EXTERNAL_CLUSTER] = { "external-cluster", CLUSTER,
						 "externalTrafficPolicy is Cluster" },
		[KVIP_LIST_EXTERNAL_LOCAL] = { "external-local", LOCAL,
					       "externalTrafficPolicy is Local" },
		[KVIP_LIST_POD] = { "pod", CLUSTER,
				    "externalTrafficPolicy does not concern a local pod" },
		[KVIP_LIST_NODE] = { "node", CLUSTER,
				     "externalTrafficPolicy does not concern this node itself" },
	};

	return find(words, COUNT(words), list);
}

const struct kvip_words *kvip_affinity_words(unsigned int state)
{
	static const struct kvip_words words[] = {
		[KVIP_AFFINITY_NEW] = { "new", "first connection", "none yet" },
		[KVIP_AFFINITY_HIT] = { "hit", "affinity",
					"the endpoint of this client's last connection" },
		[KVIP_AFFINITY_GONE] = { "gone", "affinity: endpoint gone",
					 "the endpoint of this client's last connection can't be used now: another one replaces it" },
	};

	return find(words, COUNT(words), state);
}

const struct kvip_words *kvip_masquerade_words(unsigned int masquerade)
{
	static const struct kvip_words words[] = {
		[KVIP_MASQUERADE_NO] = { "no", "source kept",
					 "source address kept" },
		[KVIP_MASQUERADE_ALL] = { "all",
					  "source hidden: masquerade-all",
					  "source address hidden: that of all clients of ClusterIPs is (masquerade-all)" },
		[KVIP_MASQUERADE_NOT_POD] = { "not-pod",
					      "source hidden: not a local pod",
					      "source address hidden: the client of a ClusterIP is not a local pod" },
		[KVIP_MASQUERADE_EXTERNAL] = { "external",
					       "source hidden: external policy Cluster",
					       "source address hidden: the endpoint may be on any node, and answers have to come back here" },
		[KVIP_MASQUERADE_NODE] = { "node",
					   "source hidden: this node asks",
					   "source address hidden: this node asks, by an address that others keep theirs with" },
		[KVIP_MASQUERADE_HAIRPIN] = { "hairpin",
					      "source hidden: asks itself",
					      "source address hidden: the endpoint is the client itself" },
		[KVIP_MASQUERADE_ON_NODE] = { "on-node",
					      "source kept: endpoint on this node's address",
					      "source address kept: the endpoint's address is this node's own" },
		[KVIP_MASQUERADE_LOCALHOST] = { "localhost",
						"source hidden: loopback",
						"source address hidden: it is a loopback address" },
	};

	return find(words, COUNT(words), masquerade);
}

const char *kvip_proto_lower(unsigned int proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	}
	return "?";
}

static struct json_object *text(const char *value)
{
	return value ? json_object_new_string(value) : NULL;
}

static struct json_object *addr_port(const struct kvip_addr *addr,
				     uint16_t port)
{
	char buf[KVIP_ADDR_PORT_LEN];

	return text(kvip_addr_port_text(addr, port, buf));
}

static struct json_object *number(bool known, uint32_t value)
{
	return known ? json_object_new_int64(value) : NULL;
}

static struct json_object *candidate(const struct kvip_backend *backend)
{
	struct json_object *json = kvip_backend_json(backend, false);

	json_object_object_add(json, "backend",
			       addr_port(&backend->addr, backend->port));
	return json;
}

/* The chosen one's node, which may be told with the candidates only. */
static const char *backend_node(const struct kvip_flow *flow)
{
	size_t i;

	if (!flow->has_backend || flow->backend.node)
		return flow->backend.node;
	for (i = 0; i < flow->n_candidates; i++)
		if (flow->candidates[i].port == flow->backend.port &&
		    !kvip_addr_cmp(&flow->candidates[i].addr,
				   &flow->backend.addr))
			return flow->candidates[i].node;
	return NULL;
}

static struct json_object *frontend(const struct kvip_flow *flow)
{
	const struct kvip_frontend asked = { .addr = flow->to,
					     .port = flow->to_port,
					     .kind = flow->kind };

	return flow->kind ? kvip_frontend_json(&asked) : NULL;
}

static void add_list(struct json_object *json, const struct kvip_flow *flow)
{
	const struct kvip_words *list = kvip_list_words(flow->list);
	const struct {
		const char *name;
		uint32_t flag;
	} flags[] = {
		{ "topologyNode", KVIP_SERVICE_F_TOPOLOGY_NODE },
		{ "topologyZone", KVIP_SERVICE_F_TOPOLOGY_ZONE },
		{ "clusterFallback", KVIP_SERVICE_F_CLUSTER_FALLBACK },
		{ "localFallback", KVIP_SERVICE_F_LOCAL_FALLBACK },
	};
	size_t i;

	json_object_object_add(json, "list",
			       flow->has_list ? text(list->brief) : NULL);
	json_object_object_add(json, "listWhy",
			       flow->has_list ? text(list->key) : NULL);
	json_object_object_add(json, "listSize",
			       number(flow->has_list, flow->list_size));
	json_object_object_add(json, "localSize",
			       number(flow->kind, flow->local_size));
	json_object_object_add(json, "backendsSize",
			       number(flow->kind, flow->backends_size));
	for (i = 0; i < COUNT(flags); i++)
		json_object_object_add(
			json, flags[i].name,
			flow->kind ?
				json_object_new_boolean(!!(flow->service_flags &
							   flags[i].flag)) :
				NULL);
}

static void add_source(struct json_object *json, const struct kvip_flow *flow)
{
	char range[KVIP_PREFIX_LEN];

	json_object_object_add(json, "sent",
			       json_object_new_boolean(flow->sent));
	json_object_object_add(json, "device",
			       flow->device[0] ? text(flow->device) : NULL);
	json_object_object_add(
		json, "source",
		flow->has_source ? text(kvip_source_words(flow->source)->key) :
				   NULL);
	json_object_object_add(
		json, "sourceWhy",
		flow->has_source ?
			text(kvip_source_why_words(flow->source_why)->key) :
			NULL);
	json_object_object_add(
		json, "range",
		flow->has_range ? text(kvip_prefix_text(&flow->range, range)) :
				  NULL);
}

struct json_object *kvip_flow_json(const struct kvip_flow *flow)
{
	struct json_object *json = json_object_new_object(), *list;
	bool hit = flow->has_affinity && flow->affinity == KVIP_AFFINITY_HIT;
	char addr[INET6_ADDRSTRLEN];
	size_t i;

	json_object_object_add(json, "from",
			       text(kvip_addr_text(&flow->from, addr)));
	json_object_object_add(json, "fromPort",
			       number(flow->from_port, flow->from_port));
	json_object_object_add(json, "to", addr_port(&flow->to, flow->to_port));
	json_object_object_add(json, "protocol",
			       text(kvip_proto_text(flow->proto)));
	json_object_object_add(json, "verdict",
			       text(kvip_verdict_words(flow->verdict)->key));
	json_object_object_add(json, "rule",
			       text(kvip_rule_words(flow->rule)->key));
	json_object_object_add(json, "frontend", frontend(flow));
	json_object_object_add(json, "service", text(flow->service));
	add_source(json, flow);
	add_list(json, flow);
	json_object_object_add(
		json, "affinity",
		flow->has_affinity ?
			text(kvip_affinity_words(flow->affinity)->key) :
			NULL);
	json_object_object_add(json, "affinitySecondsLeft",
			       number(hit, flow->affinity_left));
	json_object_object_add(
		json, "masquerade",
		flow->has_masquerade ?
			text(kvip_masquerade_words(flow->masquerade)->key) :
			NULL);
	json_object_object_add(json, "backend",
			       flow->has_backend ?
				       addr_port(&flow->backend.addr,
						 flow->backend.port) :
				       NULL);
	json_object_object_add(json, "backendNode", text(backend_node(flow)));
	json_object_object_add(
		json, "byChance",
		json_object_new_boolean(kvip_flow_by_chance(flow)));
	list = json_object_new_array_ext((int)flow->n_candidates);
	for (i = 0; i < flow->n_candidates; i++)
		json_object_array_add(list, candidate(&flow->candidates[i]));
	json_object_object_add(json, "candidates", list);
	return json;
}
