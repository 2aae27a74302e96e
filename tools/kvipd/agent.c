// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "agent.h"
#include "alloc.h"
#include "clock.h"
#include "cluster.h"
#include "events.h"
#include "feed.h"
#include "feed_store.h"
#include "health.h"
#include "healthz.h"
#include "http.h"
#include "kubeconfig.h"
#include "log.h"
#include "metrics.h"
#include "notify.h"
#include "outside.h"
#include "reconcile.h"
#include "strangers.h"

#define USER_AGENT "kvipd/" KVIP_VERSION

/* Seconds between two tries to listen on a port that is taken. */
#define LISTEN_AGAIN 10

struct kvip_agent {
	struct event_base *base;
	const struct kvip_settings *settings;
	struct kvip_stats *stats;
	struct kvip_kubeconfig kubeconfig;
	struct kvip_http *http;
	struct kvip_cluster *cluster;
	struct kvip_feed *feed; /* of the API server, or ... */
	struct kvip_feed_store *feed_store;
	struct kvip_store_config store_config;
	struct kvip_outside *outside;
	struct kvip_proxy_state state;
	struct kvip_reconcile *reconcile;
	struct kvip_events *events;
	struct kvip_health *health;
	struct kvip_healthz *healthz;
	struct kvip_metrics *metrics;
	struct event *listen_timer;
	bool told_healthz; /* that its port is taken */
	bool told_metrics;
	bool told_start;
};

static void on_changed(void *arg, enum kvip_cluster_kind kind, const char *ns,
		       const char *name, double triggered)
{
	struct kvip_agent *agent = arg;

	kvip_reconcile_change(agent->reconcile, kind, ns, name, triggered);
	if (agent->outside)
		kvip_outside_changed(agent->outside);
}

static void on_node_changed(void *arg)
{
	struct kvip_agent *agent = arg;
	const struct kvip_node *node;

	node = kvip_model_node(kvip_cluster_model(agent->cluster),
			       agent->settings->node);
	agent->state.node_known = kvip_cluster_knows_node(agent->cluster);
	agent->state.node_deleting = node->deleting;
	agent->state.node_tainted = node->scaled_down;
	kvip_reconcile_all(agent->reconcile);
	if (agent->outside)
		kvip_outside_changed(agent->outside);
}

static void on_refused(void *arg, enum kvip_cluster_kind kind,
		       const char *sentence)
{
	struct kvip_agent *agent = arg;

	(void)kind;
	agent->stats->objects_refused++;
	kvip_log(KVIP_LOG_WARNING,
		 "an object could not be read, and what was known of it stays",
		 KVIP_TEXT("error", sentence));
}

static void on_doubtful(void *arg, enum kvip_cluster_kind kind)
{
	struct kvip_agent *agent = arg;

	kvip_log(
		KVIP_LOG_WARNING,
		"the source lists nothing where there was something, and what is known stays",
		KVIP_TEXT("kind", kind == KVIP_CLUSTER_SERVICES ?
					  "Service" :
					  "EndpointSlice"));
	if (agent->feed)
		kvip_feed_doubt(agent->feed, kind);
	else
		kvip_feed_store_doubt(agent->feed_store);
}

static const struct kvip_cluster_ops cluster_ops = {
	.changed = on_changed,
	.node_changed = on_node_changed,
	.refused = on_refused,
	.doubtful = on_doubtful,
};

static void on_soon(void *arg)
{
	struct kvip_agent *agent = arg;

	kvip_reconcile_soon(agent->reconcile);
	if (agent->outside &&
	    kvip_cluster_listed(agent->cluster, KVIP_CLUSTER_SERVICES) &&
	    kvip_cluster_listed(agent->cluster, KVIP_CLUSTER_SLICES))
		kvip_outside_soon(agent->outside);
}

/* Who is told of addresses of a family that a Service lacks. */
struct telling {
	struct kvip_events *events;
	const struct kvip_svc *svc;
};

static void tell_of_stranger(const struct kvip_addr *addr, const char *field,
			     void *arg)
{
	const struct telling *telling = arg;
	const struct kvip_svc *svc = telling->svc;
	const struct kvip_event_subject subject = {
		.kind = "Service",
		.ns = svc->meta.ns,
		.name = svc->meta.name,
		.uid = svc->meta.uid ? svc->meta.uid : "",
	};
	char text[INET6_ADDRSTRLEN], note[256];

	snprintf(note, sizeof(note), "%s in %s has incorrect IP version",
		 kvip_addr_text(addr, text), field);
	kvip_events_send(telling->events, &subject, true,
			 "KubeProxyIncorrectIPVersion", "GatherEndpoints",
			 note);
}

static void on_derived(void *arg, const char *ns, const char *name,
		       const struct kvip_group *group)
{
	struct kvip_agent *agent = arg;
	struct telling telling = { .events = agent->events };

	if (agent->health) {
		kvip_health_set_proxy_name(
			agent->health,
			kvip_reconcile_proxy_name(agent->reconcile));
		kvip_health_update(agent->health, ns, name, group);
	}
	if (!group)
		return;
	telling.svc = group->svc;
	kvip_strangers(group->svc, tell_of_stranger, &telling);
}

/* As kube-proxy has it: an Event of the Node when it starts. */
static void tell_start(struct kvip_agent *agent)
{
	const struct kvip_event_subject subject = {
		.kind = "Node",
		.ns = "",
		.name = agent->settings->node,
		/* what the kubelet and kube-proxy give for a Node's uid */
		.uid = agent->settings->node,
	};

	if (agent->told_start)
		return;
	agent->told_start = true;
	kvip_events_send(agent->events, &subject, false, "Starting",
			 "StartKvipd", "kvipd keeps this node's Service VIPs");
}

static void on_settled(void *arg)
{
	struct kvip_agent *agent = arg;
	const struct kvip_model *model = kvip_cluster_model(agent->cluster);

	tell_start(agent);
	kvip_notify("STATUS=%zu Services, %zu EndpointSlices, up to date",
		    model->n_svcs, model->slices.n);
	if (agent->settings->once)
		event_base_loopbreak(agent->base);
}

static const struct kvip_reconcile_ops reconcile_ops = {
	.derived = on_derived,
	.settled = on_settled,
};

static struct kvip_client *metrics_client(void *arg)
{
	struct kvip_agent *agent = arg;

	return kvip_reconcile_client(agent->reconcile);
}

static void tell_not_listening(const char *what, bool *told,
			       const struct kvip_err *err)
{
	if (!*told)
		kvip_log(KVIP_LOG_ERROR,
			 "a port can't be listened on, and is tried again",
			 KVIP_TEXT("for", what), KVIP_TEXT("error", err->text));
	*told = true;
}

static void listen_healthz(struct kvip_agent *agent)
{
	const struct kvip_listen *at = &agent->settings->healthz;
	struct kvip_err err;

	if (agent->healthz || !at->addr.family)
		return;
	agent->healthz = kvip_healthz_new(agent->base, at, &agent->state,
					  agent->stats, &err);
	if (!agent->healthz)
		tell_not_listening("healthz", &agent->told_healthz, &err);
}

static void listen_metrics(struct kvip_agent *agent)
{
	const struct kvip_listen *at = &agent->settings->metrics;
	struct kvip_metrics_source source = {
		.stats = agent->stats,
		.http = agent->http,
		.outside = agent->outside,
		.client = metrics_client,
		.arg = agent,
	};
	struct kvip_err err;
	unsigned int kind;

	if (agent->metrics || !at->addr.family)
		return;
	for (kind = 0; agent->feed && kind < KVIP_CLUSTER_KINDS; kind++)
		source.reflectors[kind] =
			kvip_feed_reflector(agent->feed, kind);
	agent->metrics = kvip_metrics_new(agent->base, at, &source, &err);
	if (!agent->metrics)
		tell_not_listening("metrics", &agent->told_metrics, &err);
}

static void on_listen(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval again = { .tv_sec = LISTEN_AGAIN };
	struct kvip_agent *agent = arg;

	(void)fd;
	(void)what;
	listen_healthz(agent);
	listen_metrics(agent);
	if ((!agent->healthz && agent->settings->healthz.addr.family) ||
	    (!agent->metrics && agent->settings->metrics.addr.family))
		evtimer_add(agent->listen_timer, &again);
}

static int read_kubeconfig(struct kvip_agent *agent, struct kvip_err *err)
{
	const struct kvip_settings *settings = agent->settings;

	if (settings->kubeconfig)
		return kvip_kubeconfig_read(settings->kubeconfig,
					    settings->context,
					    &agent->kubeconfig, err);
	if (getenv("KUBERNETES_SERVICE_HOST"))
		return kvip_kubeconfig_in_cluster(NULL, &agent->kubeconfig,
						  err);
	return kvip_err_set(
		err,
		"no API server is known: give --kubeconfig FILE, run in a cluster, or give --store FILE for the local store");
}

static int open_http(struct kvip_agent *agent, struct kvip_err *err)
{
	if (agent->settings->store)
		return 0;
	if (!read_kubeconfig(agent, err))
		agent->http = kvip_http_new(agent->base, &agent->kubeconfig,
					    USER_AGENT, err);
	return agent->http ? 0 : -1;
}

static int open_feed(struct kvip_agent *agent, struct kvip_err *err)
{
	const struct kvip_settings *settings = agent->settings;

	if (agent->http) {
		agent->feed = kvip_feed_new(agent->base, agent->http,
					    settings->node,
					    settings->stream_lists,
					    agent->cluster, on_soon, agent);
		kvip_log(KVIP_LOG_INFO, "following the API server",
			 KVIP_TEXT("server", agent->kubeconfig.server),
			 KVIP_TEXT("node", settings->node));
		return 0;
	}
	agent->store_config = settings->local;
	agent->store_config.lb = &settings->lb;
	agent->feed_store =
		kvip_feed_store_new(agent->base, &agent->store_config,
				    agent->cluster, on_soon, agent, err);
	if (!agent->feed_store)
		return -1;
	kvip_log(KVIP_LOG_INFO, "following the local store",
		 KVIP_TEXT("store", settings->store),
		 KVIP_TEXT("node", settings->node));
	return 0;
}

static void start_outside(struct kvip_agent *agent)
{
	const struct kvip_outside_sources sources = {
		.http = agent->http,
		.feed_store = agent->feed_store,
		.events = agent->events,
		.model = kvip_cluster_model(agent->cluster),
	};

	agent->outside =
		kvip_outside_new(agent->base, agent->settings, &sources);
	/* a store is listed by now */
	on_soon(agent);
}

struct kvip_agent *kvip_agent_new(struct event_base *base,
				  const struct kvip_settings *settings,
				  struct kvip_stats *stats,
				  struct kvip_err *err)
{
	struct kvip_agent *agent = kvip_alloc(sizeof(*agent));

	agent->base = base;
	agent->settings = settings;
	agent->stats = stats;
	agent->state.started = kvip_clock_monotonic();
	agent->state.patience = 2 * settings->sync_period;
	agent->listen_timer = evtimer_new(base, on_listen, agent);
	if (!agent->listen_timer)
		abort();
	if (open_http(agent, err)) {
		kvip_agent_free(agent, false);
		return NULL;
	}
	agent->events = kvip_events_new(base,
					settings->events ? agent->http : NULL,
					settings->node, stats);
	if (settings->health_nodes)
		agent->health = kvip_health_new(base, settings->node,
						&agent->state, agent->events,
						stats);
	agent->cluster = kvip_cluster_new(settings->node, settings->allow_empty,
					  &cluster_ops, agent);
	agent->reconcile = kvip_reconcile_new(base, settings, agent->cluster,
					      &agent->state, stats,
					      &reconcile_ops, agent);
	if (open_feed(agent, err)) {
		kvip_agent_free(agent, false);
		return NULL;
	}
	start_outside(agent);
	on_listen(-1, 0, agent);
	return agent;
}

void kvip_agent_free(struct kvip_agent *agent, bool release)
{
	if (!agent)
		return;
	event_free(agent->listen_timer);
	kvip_metrics_free(agent->metrics);
	kvip_healthz_free(agent->healthz);
	kvip_feed_free(agent->feed);
	kvip_feed_store_free(agent->feed_store);
	kvip_outside_free(agent->outside, release);
	kvip_reconcile_free(agent->reconcile);
	kvip_health_free(agent->health);
	kvip_cluster_free(agent->cluster);
	kvip_events_free(agent->events);
	kvip_http_free(agent->http);
	kvip_kubeconfig_free(&agent->kubeconfig);
	free(agent);
}

bool kvip_agent_synced(const struct kvip_agent *agent)
{
	return agent->state.synced;
}
