// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listen.h"

static bool parse_port(const char *text, uint16_t *port)
{
	size_t len = strlen(text);
	unsigned long number;

	if (!len || len > 5 || text[strspn(text, "0123456789")])
		return false;
	number = strtoul(text, NULL, 10);
	*port = (uint16_t)number;
	return number && number <= 65535;
}

static void set_everywhere(struct kvip_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = AF_INET;
}

/* @len bytes of an address, within brackets or not. */
static bool parse_addr(const char *text, size_t len, struct kvip_addr *addr)
{
	bool brackets = len >= 2 && *text == '[' && text[len - 1] == ']';
	char copy[INET6_ADDRSTRLEN];

	if (!len) {
		set_everywhere(addr);
		return true;
	}
	if (brackets) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (brackets && !strchr(copy, ':'))
		return false;
	if (!kvip_addr_parse(copy, addr))
		return false;
	if (addr->family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&addr->v6))
		set_everywhere(addr);
	return true;
}

/* Where the port's colon is: an IPv6 address that has one behind it is in
 * brackets.
 */
static const char *find_colon(const char *text)
{
	const char *end = strchr(text, ']');

	if (*text == '[')
		return end && end[1] == ':' ? end + 1 : NULL;
	if (strchr(text, ':') != strrchr(text, ':'))
		return NULL;
	return strchr(text, ':');
}

bool kvip_listen_parse(const char *text, uint16_t port,
		       struct kvip_listen *listen)
{
	struct kvip_listen parsed = { .port = port };
	const char *colon = find_colon(text);
	bool right;

	if (!strcmp(text, "none")) {
		memset(listen, 0, sizeof(*listen));
		return true;
	}
	if (!*text)
		return false;
	if (colon)
		right = parse_addr(text, (size_t)(colon - text),
				   &parsed.addr) &&
			parse_port(colon + 1, &parsed.port);
	else if (!text[strspn(text, "0123456789")])
		right = parse_addr("", 0, &parsed.addr) &&
			parse_port(text, &parsed.port);
	else
		right = parse_addr(text, strlen(text), &parsed.addr);
	if (right)
		*listen = parsed;
	return right;
}

const char *kvip_listen_text(const struct kvip_listen *listen,
			     char buf[KVIP_ADDR_PORT_LEN])
{
	if (!listen->addr.family)
		snprintf(buf, KVIP_ADDR_PORT_LEN, "none");
	else
		kvip_addr_port_text(&listen->addr, listen->port, buf);
	return buf;
}
