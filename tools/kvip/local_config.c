// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "local.h"

int kvip_local_config_read(const char *path, struct kvip_local_config *config,
			   struct kvip_err *err)
{
	struct kvip_config_section sections[5];
	bool absent = false;

	kvip_config_init(&config->kernel);
	kvip_store_config_init(&config->store);
	kvip_lb_config_init(&config->lb);
	kvip_dns_config_init(&config->dns);
	config->store.lb = &config->lb;
	memset(sections, 0, sizeof(sections));
	sections[0] = kvip_store_config_section(&config->store);
	sections[1] = kvip_dns_config_section(&config->dns);
	kvip_lb_config_sections(&config->lb, &sections[2]);
	if (kvip_config_read_more(path ? path : KVIP_CONFIG_PATH,
				  &config->kernel, path ? NULL : &absent,
				  sections, err))
		return -1;
	config->has_kernel = !absent;
	if (!kvip_lb_config_check(&config->lb, err))
		return 0;
	return kvip_err_prefix(err, "%s: ", path ? path : KVIP_CONFIG_PATH);
}

void kvip_local_config_free(struct kvip_local_config *config)
{
	kvip_store_config_free(&config->store);
	kvip_lb_config_free(&config->lb);
	kvip_dns_config_free(&config->dns);
}
