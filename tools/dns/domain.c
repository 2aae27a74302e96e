// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "domain.h"

#define LABEL_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-_"

bool kvip_domain_is_label(const char *text)
{
	size_t len = strspn(text, LABEL_CHARS);

	return len && len <= KVIP_DOMAIN_LABEL_MAX && !text[len];
}

char *kvip_domain_lower(char *text)
{
	char *c;

	for (c = text; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return text;
}

/* A byte of a label; returns where the next one goes. */
static char *put_byte(char *to, unsigned char byte)
{
	/* all that means something to one parser or another */
	bool special = strchr("\"();@$\\", byte);

	if (byte <= ' ' || byte >= 0x7f)
		return to + sprintf(to, "\\%03u", byte);
	if (special)
		*to++ = '\\';
	*to++ = (char)byte;
	return to;
}

bool kvip_domain_absolute(const char *name, char text[KVIP_DOMAIN_TEXT_LEN])
{
	size_t len = strlen(name), label = 0, i;
	char *to = text;

	if (len && name[len - 1] == '.')
		len--;
	if (!len || len > KVIP_DOMAIN_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if (name[i] != '.') {
			if (++label > KVIP_DOMAIN_LABEL_MAX)
				return false;
			to = put_byte(to, (unsigned char)name[i]);
			continue;
		}
		if (!label)
			return false;
		label = 0;
		*to++ = '.';
	}
	*to++ = '.';
	*to = '\0';
	return label;
}

const char *kvip_domain_dashed(const struct kvip_addr *addr,
			       char text[KVIP_DOMAIN_ADDR_LEN])
{
	char plain[INET6_ADDRSTRLEN], *c;
	size_t len;

	kvip_addr_text(addr, plain);
	for (c = plain; *c; c++)
		if (*c == '.' || *c == ':')
			*c = '-';
	len = strlen(plain);
	snprintf(text, KVIP_DOMAIN_ADDR_LEN, "%s%s%s",
		 plain[0] == '-' ? "0" : "", plain,
		 plain[len - 1] == '-' ? "0" : "");
	return text;
}

const char *kvip_domain_reverse(const struct kvip_addr *addr, unsigned int from,
				unsigned int to,
				char text[KVIP_DOMAIN_ADDR_LEN])
{
	bool v4 = addr->family == AF_INET;
	unsigned int step = v4 ? 8 : 4, bit;
	char *at = text;

	*at = '\0';
	for (bit = to; bit > from; bit -= step) {
		unsigned int byte = addr->bytes[(bit - step) / 8];
		const char *dot = at == text ? "" : ".";

		if (v4)
			at += sprintf(at, "%s%u", dot, byte);
		else
			at += sprintf(at, "%s%x", dot,
				      bit % 8 ? byte >> 4 : byte & 0xf);
	}
	if (!from)
		sprintf(at, "%s%s", at == text ? "" : ".",
			v4 ? "in-addr.arpa" : "ip6.arpa");
	return text;
}
