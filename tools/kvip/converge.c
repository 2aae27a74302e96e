// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "client.h"
#include "clock.h"
#include "converge.h"
#include "model.h"

void kvip_converge_init(struct kvip_converge *converge)
{
	memset(converge, 0, sizeof(*converge));
	kvip_table_init(&converge->have);
	kvip_table_init(&converge->want);
}

void kvip_converge_free(struct kvip_converge *converge)
{
	kvip_diff_free(&converge->diff);
	kvip_table_free(&converge->have);
	kvip_table_free(&converge->want);
	kvip_claims_free(&converge->claims);
}

int kvip_converge_ask(struct kvip_converge *converge,
		      struct kvip_client *client, struct kvip_err *err)
{
	struct kvip_info info;
	uint64_t generation;
	int ret;

	if (kvip_client_info(client, &info, err))
		return -1;
	converge->config.kinds = info.frontend_kinds;
	ret = kvip_client_config(client, &converge->have_config, &generation,
				 err);
	converge->has_config = !ret;
	/* An older module does what the defaults say, as far as it can. */
	if (ret == KVIP_CLIENT_OLD && !converge->has_file) {
		kvip_config_init(&converge->have_config);
		return 0;
	}
	if (ret == KVIP_CLIENT_OLD)
		kvip_err_prefix(err, "configuration: ");
	return ret;
}

void kvip_converge_config(struct kvip_derive_config *derive,
			  const struct kvip_config *config,
			  const char *proxy_name)
{
	derive->proxy_name = proxy_name;
	if (!proxy_name && *config->proxy_name)
		derive->proxy_name = config->proxy_name;
	derive->affinity_per_service = config->flags &
				       KVIP_CONFIG_F_AFFINITY_PER_SERVICE;
	derive->ranges_everywhere = config->flags &
				    KVIP_CONFIG_F_RANGES_EVERYWHERE;
}

static int commit(struct kvip_converge *converge, struct kvip_client *client,
		  struct kvip_err *err)
{
	double start = kvip_clock_monotonic();
	int ret;

	converge->generation = converge->have.generation;
	ret = kvip_client_apply(
		client, &converge->diff,
		converge->config_changes ? &converge->want_config : NULL,
		&converge->generation, err);
	converge->commit_ms = (kvip_clock_monotonic() - start) * 1e3;
	return ret;
}

/* Tables and configuration of one generation. */
static int load(struct kvip_converge *converge, struct kvip_client *client,
		struct kvip_err *err)
{
	uint64_t generation;

	for (;;) {
		if (kvip_client_dump(client, &converge->have, err))
			return -1;
		if (!converge->has_config)
			return 0;
		if (kvip_client_config(client, &converge->have_config,
				       &generation, err))
			return -1;
		if (generation == converge->have.generation)
			return 0;
		kvip_table_free(&converge->have);
	}
}

/* Derive, unless it was done with a configuration that tells it the same. */
static int derive(struct kvip_converge *converge, struct kvip_err *err)
{
	static const enum kvip_config_key keys[] = {
		KVIP_CONFIG_PROXY_NAME,
		KVIP_CONFIG_AFFINITY_SCOPE,
		KVIP_CONFIG_RANGES_EVERYWHERE,
	};
	struct kvip_config *from = &converge->derived_from;
	bool same = converge->derived;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		same = same &&
		       kvip_config_same(from, &converge->want_config, keys[i]);
	if (same)
		return 0;
	kvip_table_free(&converge->want);
	*from = converge->want_config;
	converge->derived = true;
	kvip_converge_config(&converge->config, from, converge->proxy_name);
	kvip_claims_read(&converge->claims, converge->model,
			 converge->config.proxy_name);
	converge->config.claims = &converge->claims;
	return kvip_derive(converge->model, converge->node, &converge->config,
			   &converge->want, &converge->report, err);
}

/* What is wanted: of the file, or what there is, and what the Node tells now. */
static int make_wants(struct kvip_converge *converge, struct kvip_err *err)
{
	converge->want_config = converge->has_file ? converge->file :
						     converge->have_config;
	/* it refuses a node that is not there */
	if (derive(converge, err))
		return -1;
	kvip_config_resolve(&converge->want_config,
			    kvip_model_node(converge->model, converge->node));
	converge->config_changes = converge->has_config &&
				   !kvip_config_equal(&converge->have_config,
						      &converge->want_config);
	return 0;
}

/* Read, compare and write, again if another writer came between. */
int kvip_converge(struct kvip_converge *converge, struct kvip_client *client,
		  struct kvip_err *err)
{
	for (;;) {
		int ret;

		if (load(converge, client, err) || make_wants(converge, err))
			return -1;
		kvip_diff_make(&converge->have, &converge->want,
			       &converge->diff);
		converge->generation = converge->have.generation;
		if (converge->dry_run ||
		    (!converge->diff.n_items && !converge->config_changes))
			return 0;
		ret = commit(converge, client, err);
		if (ret != KVIP_CLIENT_STALE)
			return ret;
		kvip_diff_free(&converge->diff);
		kvip_table_free(&converge->have);
	}
}
