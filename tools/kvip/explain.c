// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel says of a connection, in the order in which it decides. */
#include <json-c/json.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/kvip.h>

#include "client.h"
#include "columns.h"
#include "command.h"
#include "describe.h"
#include "flow.h"
#include "flow_text.h"

struct explain {
	const struct kvip_options *options;
	struct kvip_flow ask;
	bool resolve; /* the address that it comes from */
};

/* A line: a label, in a column of its own, and what it says. */
static void line(const char *label, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void line(const char *label, const char *fmt, ...)
{
	va_list args;

	printf("  %-10s ", label);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

static void print_head(const struct kvip_flow *flow)
{
	char from[INET6_ADDRSTRLEN], to[KVIP_ADDR_PORT_LEN];

	printf("%s%s -> %s/%s%s\n", kvip_bold(),
	       kvip_addr_text(&flow->from, from),
	       kvip_addr_port_text(&flow->to, flow->to_port, to),
	       kvip_proto_lower(flow->proto), kvip_plain());
}

static void print_ranges(const struct kvip_flow *flow)
{
	char text[KVIP_PREFIX_LEN], from[INET6_ADDRSTRLEN];

	if (flow->rule == KVIP_RULE_SOURCE_RANGES)
		line("ranges", "none has %s",
		     kvip_addr_text(&flow->from, from));
	else if (flow->has_range)
		line("ranges", "%s allows it",
		     kvip_prefix_text(&flow->range, text));
}

static void print_source(const struct kvip_flow *flow)
{
	if (!flow->has_source)
		return;
	line("source", "%s (%s)", kvip_source_words(flow->source)->text,
	     kvip_source_why_words(flow->source_why)->text);
}

/* "2 of 3 endpoints are", "1 of 1 endpoint is", "none of 3 endpoints is" */
static void print_share(uint32_t some, uint32_t all)
{
	if (some)
		printf("%u", some);
	else
		fputs("none", stdout);
	printf(" of %u endpoint%s %s", all, kvip_plural(all),
	       some > 1 ? "are" : "is");
}

static void print_list(const struct kvip_flow *flow)
{
	const struct kvip_words *words = kvip_list_words(flow->list);
	bool local = !strcmp(words->brief, "local");
	uint32_t fallback = local ? KVIP_SERVICE_F_LOCAL_FALLBACK :
				    KVIP_SERVICE_F_CLUSTER_FALLBACK;

	if (!flow->has_list)
		return;
	printf("  %-10s %s: %s, ", "list", words->brief, words->text);
	if (!flow->backends_size) {
		puts("there is no endpoint");
		return;
	}
	if (flow->list_size && flow->service_flags & fallback) {
		printf("no endpoint%s is ready: those that terminate but still serve, %u of %u\n",
		       local ? " on this node" : "", flow->list_size,
		       flow->backends_size);
		return;
	}
	print_share(flow->list_size, flow->backends_size);
	if (local)
		puts(" on this node");
	else if (flow->service_flags & KVIP_SERVICE_F_TOPOLOGY_NODE)
		puts(" ready and hinted for this node");
	else if (flow->service_flags & KVIP_SERVICE_F_TOPOLOGY_ZONE)
		puts(" ready and hinted for this node's zone");
	else
		puts(" ready");
}

static void print_affinity(const struct kvip_flow *flow)
{
	const char *words = kvip_affinity_words(flow->affinity)->text;

	if (!flow->has_affinity)
		return;
	if (flow->affinity == KVIP_AFFINITY_HIT)
		line("affinity", "%s; for another %u s without a new one",
		     words, flow->affinity_left);
	else
		line("affinity", "%s", words);
}

static void print_candidates(const struct kvip_flow *flow)
{
	char text[KVIP_ADDR_PORT_LEN];
	size_t i, wide = 0, wide_node = 0;

	for (i = 0; i < flow->n_candidates; i++) {
		const struct kvip_backend *b = &flow->candidates[i];
		const char *node = b->node ? b->node : "-";
		size_t len;

		len = strlen(kvip_addr_port_text(&b->addr, b->port, text));
		wide = len > wide ? len : wide;
		len = strlen(node) + !!(b->flags & KVIP_BACKEND_F_ON_NODE);
		wide_node = len > wide_node ? len : wide_node;
	}
	for (i = 0; i < flow->n_candidates; i++) {
		const struct kvip_backend *b = &flow->candidates[i];
		char node[KVIP_NAME_MAX + 2];

		snprintf(node, sizeof(node), "%s%s", b->node ? b->node : "-",
			 b->flags & KVIP_BACKEND_F_ON_NODE ? "*" : "");
		line("", "%-*s  %-*s  %s%s", (int)wide,
		     kvip_addr_port_text(&b->addr, b->port, text),
		     (int)wide_node, node, kvip_state_text(b),
		     kvip_addr_cmp(&b->addr, &flow->from) ?
			     "" :
			     ", the client itself");
	}
	if (flow->list_size > flow->n_candidates)
		line("", "and %zu more", flow->list_size - flow->n_candidates);
}

static void print_backend(const struct kvip_flow *flow)
{
	const char *source = kvip_masquerade_words(flow->masquerade)->text;
	char text[KVIP_ADDR_PORT_LEN];

	kvip_addr_port_text(&flow->backend.addr, flow->backend.port, text);
	if (!kvip_flow_by_chance(flow)) {
		line("backend", "%s, %s", text, source);
		return;
	}
	/* These two depend on the backend, the others do not. */
	if (flow->masquerade == KVIP_MASQUERADE_HAIRPIN ||
	    flow->masquerade == KVIP_MASQUERADE_ON_NODE)
		line("backend", "one of %u, by chance; with %s: %s",
		     flow->list_size, text, source);
	else
		line("backend", "one of %u, by chance; %s", flow->list_size,
		     source);
	print_candidates(flow);
}

/* What somebody who expected something else may look at or do. */
static void print_hint(const struct kvip_flow *flow)
{
	const char *name = flow->service ? flow->service : "";

	switch (flow->rule) {
	case KVIP_RULE_NONE:
		if (flow->verdict == KVIP_VERDICT_NONE)
			line("hint",
			     "kvip show frontends lists what Services have");
		break;
	case KVIP_RULE_NOT_LISTED:
		line("hint",
		     "kvip config show tells which addresses have (nodeport-addresses)");
		break;
	case KVIP_RULE_HOST:
		line("hint",
		     "kvip config set nodeport-without-endpoints=reject changes that");
		break;
	case KVIP_RULE_NO_ENDPOINT:
		line("hint", "kvip show backends %s lists its endpoints", name);
		break;
	case KVIP_RULE_UNKNOWN_PORT:
		line("hint", "kvip show frontends lists the ports that it has");
		break;
	case KVIP_RULE_NO_LOCAL_ENDPOINT:
		line("hint",
		     "ask a node that has one (kvip show backends %s), or set %sTrafficPolicy to Cluster",
		     name,
		     flow->list == KVIP_LIST_INTERNAL_LOCAL ? "internal" :
							      "external");
		break;
	case KVIP_RULE_SOURCE_RANGES:
		line("hint",
		     "the Service's loadBalancerSourceRanges say who may");
		break;
	case KVIP_RULE_SERVICE_CIDR:
		line("hint",
		     "kvip show frontends lists the addresses that Services have");
		break;
	}
}

static void print_text(const struct explain *explain,
		       const struct kvip_flow *flow)
{
	const char *verdict = kvip_verdict_words(flow->verdict)->text;

	print_head(flow);
	if (flow->kind && flow->service)
		line("frontend", "%s of %s", kvip_kind_words(flow->kind)->text,
		     flow->service);
	else if (flow->kind)
		line("frontend", "%s", kvip_kind_words(flow->kind)->text);
	if (explain->ask.device[0])
		line("device", "arrives on %s", flow->device);
	print_ranges(flow);
	print_source(flow);
	print_list(flow);
	print_affinity(flow);
	if (flow->verdict == KVIP_VERDICT_BACKEND && flow->has_backend)
		print_backend(flow);
	else
		line(verdict, "%s", kvip_rule_words(flow->rule)->text);
	print_hint(flow);
}

static void tell(const struct kvip_flow *flow, void *arg)
{
	const struct explain *explain = arg;
	struct json_object *json;

	if (!explain->options->json) {
		print_text(explain, flow);
		return;
	}
	json = kvip_flow_json(flow);
	puts(json_object_to_json_string_ext(
		json,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

/*
 * The address that the node would send from. Connecting a UDP socket looks the
 * route up and sends nothing.
 */
static bool own_address(struct kvip_flow *flow)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_addr = flow->to.v6,
				   .sin6_port = htons(flow->to_port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_addr = flow->to.v4,
				  .sin_port = htons(flow->to_port) };
	bool is_v4 = flow->to.family == AF_INET;
	struct sockaddr *addr = is_v4 ? (struct sockaddr *)&v4 :
					(struct sockaddr *)&v6;
	socklen_t len = is_v4 ? sizeof(v4) : sizeof(v6);
	int fd = socket(flow->to.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found;

	found = fd >= 0 && !connect(fd, addr, len) &&
		!getsockname(fd, addr, &len);
	if (fd >= 0)
		close(fd);
	memset(&flow->from, 0, sizeof(flow->from));
	flow->from.family = flow->to.family;
	if (is_v4)
		flow->from.v4 = v4.sin_addr;
	else
		flow->from.v6 = v6.sin6_addr;
	return found;
}

/* What the command line says, of which the kernel is to be asked. */
static int parse_ends(const char *from, const char *to, struct kvip_flow *flow,
		      struct kvip_err *err)
{
	char text[2][INET6_ADDRSTRLEN];

	if (strcmp(from, "node") && kvip_flow_parse_from(from, flow, err))
		return -1;
	if (kvip_flow_parse_to(to, flow, err))
		return -1;
	if (strcmp(from, "node") && flow->from.family != flow->to.family)
		return kvip_err_set(
			err,
			"%s is %s and %s is %s: both have to be of one family",
			kvip_addr_text(&flow->from, text[0]),
			kvip_family_text(flow->from.family),
			kvip_addr_text(&flow->to, text[1]),
			kvip_family_text(flow->to.family));
	return 0;
}

static int ask(struct explain *explain)
{
	struct kvip_flow *flow = &explain->ask;
	char text[INET6_ADDRSTRLEN];
	struct kvip_client *client;
	struct kvip_err err = {};
	int ret;

	if (flow->device[0] && !if_nametoindex(flow->device)) {
		kvip_err_set(&err,
			     "there is no device %s in this network namespace",
			     flow->device);
		return kvip_refused(&err);
	}
	if (explain->resolve && !own_address(flow)) {
		kvip_err_set(
			&err,
			"this node has no address to reach %s from; name one: kvip explain --sent FROM TO",
			kvip_addr_text(&flow->to, text));
		return kvip_refused(&err);
	}
	client = kvip_client_open(&err);
	if (!client)
		return kvip_refused(&err);
	ret = kvip_client_explain(client, flow, tell, explain, &err);
	kvip_client_close(client);
	return ret ? kvip_refused(&err) : kvip_finish();
}

static int run(int argc, char **argv, struct kvip_options *options)
{
	static const struct option longs[] = {
		{ "dev", required_argument, NULL, 'd' },
		{ "sent", no_argument, NULL, 's' },
		KVIP_COMMON_LONG,
		{}
	};
	struct explain explain = { .options = options };
	struct kvip_flow *flow = &explain.ask;
	const char *from, *to, *device = NULL;
	struct kvip_err err;
	int option;

	while ((option = getopt_long(argc, argv, KVIP_COMMON_SHORT "d:s", longs,
				     NULL)) != -1) {
		if (option == 'd')
			device = optarg;
		else if (option == 's')
			flow->sent = true;
		else
			kvip_common_option(&kvip_cmd_explain, option, options);
	}
	if (options->family)
		return kvip_usage(
			&kvip_cmd_explain,
			"explain: the addresses tell the family; -4 and -6 do not apply");
	if (argc - optind < 2)
		return kvip_usage(
			&kvip_cmd_explain,
			"explain: say from where and to where, as in kvip explain 192.0.2.50 10.96.0.1:443");
	from = argv[optind++];
	to = argv[optind++];
	if (kvip_no_arguments(&kvip_cmd_explain, argc, argv))
		return KVIP_EXIT_USAGE;
	explain.resolve = !strcmp(from, "node");
	if (device && (flow->sent || explain.resolve))
		return kvip_usage(
			&kvip_cmd_explain,
			"explain: what this node sends arrives on no device: --dev does not go with --sent or node");
	if (device && (!*device || strlen(device) >= sizeof(flow->device)))
		return kvip_usage(&kvip_cmd_explain,
				  "explain: --dev: \"%s\" is no device's name",
				  device);
	if (device)
		strcpy(flow->device, device);
	flow->sent = flow->sent || explain.resolve;
	if (parse_ends(from, to, flow, &err))
		return kvip_usage(&kvip_cmd_explain, "explain: %s", err.text);
	return ask(&explain);
}

const struct kvip_command kvip_cmd_explain = {
	.name = "explain",
	.summary = "tell what a new connection would get, and why",
	.help = "usage: kvip explain [--dev DEVICE | --sent] [-j] FROM TO:PORT[/PROTOCOL]\n"
		"Ask the kernel what it would do with a new connection, and why. It decides by the\n"
		"code that packets take; nothing is sent and nothing is changed.\n"
		"\n"
		"FROM is an address, or \"node\": this node itself, with the address that it would\n"
		"use. TO:PORT is as 10.96.0.1:443 or [fd00::1]:443; the protocol is tcp, udp or\n"
		"sctp, and tcp if there is none. Unless an option tells, this node is taken to send\n"
		"the packet if FROM is one of its addresses, and else the packet to arrive on the\n"
		"device by which FROM is reached.\n"
		"\n"
		"  -d, --dev DEVICE  it arrives on this device\n"
		"  -s, --sent        this node sends it, from FROM\n"
		"  -j, --json        as JSON\n"
		"\n"
		"The exit status is 0 whatever the answer is.\n",
	.run = run,
};
