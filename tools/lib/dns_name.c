// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "dns_name.h"

static bool is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_label(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_lower_alnum(text[i]) && text[i] != '-')
			return false;
	return len && is_lower_alnum(text[0]) && is_lower_alnum(text[len - 1]);
}

const char *kvip_dns_label_fault(const char *text)
{
	size_t len = strlen(text);

	if (len > KVIP_DNS_LABEL_MAX)
		return "must be no more than 63 characters";
	return is_label(text, len) ? NULL : KVIP_DNS_LABEL_WORDS;
}

const char *kvip_dns_subdomain_fault(const char *text)
{
	if (strlen(text) > KVIP_DNS_NAME_MAX)
		return "must be no more than 253 characters";
	while (true) {
		size_t len = strcspn(text, ".");

		if (!is_label(text, len))
			return KVIP_DNS_SUBDOMAIN_WORDS;
		if (!text[len])
			return NULL;
		text += len + 1;
	}
}
