// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "admit_parts.h"
#include "dns_name.h"
#include "refuse.h"
#include "selector.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define PORT_NAME_MAX 15

static const char *port_name_fault(const char *text)
{
	size_t len = strlen(text);

	if (len > PORT_NAME_MAX)
		return "must be no more than 15 characters";
	if (text[strspn(text, LOWER "0123456789-")])
		return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
	if (!strpbrk(text, LOWER))
		return "must contain at least one letter (a-z)";
	if (strstr(text, "--"))
		return "must not contain consecutive hyphens";
	if (text[0] == '-' || text[len - 1] == '-')
		return "must not begin or end with a hyphen";
	return NULL;
}

static int check_qualified(const struct kvip_field *field, const char *text,
			   struct kvip_err *err)
{
	struct kvip_err why;

	if (!kvip_label_key_check(text, &why))
		return 0;
	return kvip_field_fail(field, err, "%s", why.text);
}

int kvip_admit_text(const struct kvip_field *field, enum kvip_syntax syntax,
		    const char **text, struct kvip_err *err)
{
	const char *value, *fault = NULL;

	if (kvip_field_text(field, &value, err))
		return -1;
	if (value && !*value)
		value = NULL;
	if (text)
		*text = value;
	if (!value)
		return 0;
	switch (syntax) {
	case KVIP_SYNTAX_LABEL:
		fault = kvip_dns_label_fault(value);
		break;
	case KVIP_SYNTAX_SUBDOMAIN:
		fault = kvip_dns_subdomain_fault(value);
		break;
	case KVIP_SYNTAX_PORT_NAME:
		fault = port_name_fault(value);
		break;
	case KVIP_SYNTAX_QUALIFIED:
		return check_qualified(field, value, err);
	}
	return fault ? kvip_refuse(field, err, "%s", fault) : 0;
}

int kvip_admit_choice(const struct kvip_field *field,
		      const char *const choices[], const char **text,
		      struct kvip_err *err)
{
	const char *value;
	size_t i;

	if (kvip_field_text(field, &value, err))
		return -1;
	if (value && !*value)
		value = NULL;
	if (text)
		*text = value;
	if (!value)
		return 0;
	for (i = 0; choices[i]; i++)
		if (!strcmp(value, choices[i]))
			return 0;
	return kvip_refuse_unknown(field, choices, err);
}

/* Leading zeros are octal to some and decimal to others; and what holds an IPv4
 * address is IPv6 to some and IPv4 to others.
 */
static const char *ambiguity(const char *text, const struct kvip_addr *addr)
{
	char canonical[INET6_ADDRSTRLEN];

	if (addr->family != AF_INET)
		return NULL;
	if (strchr(text, ':'))
		return "must not be an IPv4-mapped IPv6 address";
	if (strcmp(kvip_addr_text(addr, canonical), text))
		return "must not have leading 0s";
	return NULL;
}

int kvip_admit_addr(const struct kvip_field *field, struct kvip_addr *addr,
		    struct kvip_err *err)
{
	const char *text, *fault;

	if (kvip_field_text(field, &text, err))
		return -1;
	if (!text || !kvip_addr_parse(text, addr))
		return kvip_refuse(
			field, err,
			"must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
	fault = ambiguity(text, addr);
	return fault ? kvip_refuse(field, err, "%s", fault) : 0;
}

static bool is_local_multicast(const struct kvip_addr *addr)
{
	if (addr->family == AF_INET)
		return addr->bytes[0] == 224 && !addr->bytes[1] &&
		       !addr->bytes[2];
	return IN6_IS_ADDR_MC_LINKLOCAL(&addr->v6);
}

int kvip_admit_usable(const struct kvip_field *field, struct kvip_addr *addr,
		      struct kvip_err *err)
{
	const char *special;

	if (kvip_admit_addr(field, addr, err))
		return -1;
	special = kvip_addr_special(addr);
	if (!special)
		return 0;
	if (!strcmp(special, "the unspecified address"))
		return kvip_refuse(field, err, "may not be unspecified (%s)",
				   json_object_get_string(field->value));
	if (!strcmp(special, "a loopback address"))
		return kvip_refuse(
			field, err,
			"may not be in the loopback range (127.0.0.0/8, ::1/128)");
	if (!strcmp(special, "a link-local address"))
		return kvip_refuse(
			field, err,
			"may not be in the link-local range (169.254.0.0/16, fe80::/10)");
	if (is_local_multicast(addr))
		return kvip_refuse(
			field, err,
			"may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
	return kvip_refuse(field, err, "may not be %s", special);
}

static int check_block_address(const struct kvip_field *field, const char *text,
			       struct kvip_err *err)
{
	struct kvip_addr addr;
	const char *fault;

	if (!kvip_addr_parse(text, &addr))
		return 0;
	fault = ambiguity(text, &addr);
	return fault ? kvip_refuse(field, err, "%s%s", fault,
				   strstr(fault, "0s") ? " in IP" : "") :
		       0;
}

int kvip_admit_prefix(const struct kvip_field *field, struct kvip_err *err)
{
	static const char blanks[] = " \t\r\n";
	struct kvip_prefix prefix;
	struct kvip_addr addr;
	const char *text, *slash;
	char block[64];
	size_t len;

	if (kvip_field_text(field, &text, err))
		return -1;
	text = text ? text + strspn(text, blanks) : "";
	len = strlen(text);
	while (len && strchr(blanks, text[len - 1]))
		len--;
	snprintf(block, sizeof(block), "%.*s", (int)len, text);
	slash = strchr(block, '/');
	if (len >= sizeof(block) || !slash ||
	    !kvip_prefix_parse(block, &prefix))
		return kvip_refuse(
			field, err,
			"must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
	if (slash[1] == '0' && slash[2])
		return kvip_refuse(field, err,
				   "must not have leading 0s in prefix length");
	block[slash - block] = '\0';
	if (check_block_address(field, block, err))
		return -1;
	if (kvip_addr_parse(block, &addr) && kvip_addr_cmp(&addr, &prefix.addr))
		return kvip_refuse(
			field, err,
			"must not have bits set beyond the prefix length");
	return 0;
}

int kvip_admit_number(const struct kvip_field *field, int64_t *number,
		      struct kvip_err *err)
{
	return kvip_field_number(field, INT32_MIN, INT32_MAX, number, err);
}

int kvip_admit_port(const struct kvip_field *field, uint16_t *port,
		    struct kvip_err *err)
{
	int64_t number = 0;

	if (kvip_admit_number(field, &number, err))
		return -1;
	if (number < 1 || number > UINT16_MAX)
		return field->value ?
			       kvip_refuse(
				       field, err,
				       "must be between 1 and 65535, inclusive") :
			       kvip_refuse_absent(field, NULL, err);
	*port = (uint16_t)number;
	return 0;
}

int kvip_admit_protocol(const struct kvip_field *port, uint8_t *proto,
			struct kvip_err *err)
{
	static const char *const protos[] = { "SCTP", "TCP", "UDP", NULL };
	struct kvip_field field = kvip_field_member(port, "protocol");
	const char *text;

	if (kvip_admit_choice(&field, protos, &text, err))
		return -1;
	if (!text) {
		text = "TCP";
		kvip_object_put_text(port->value, "protocol", text);
	}
	*proto = kvip_proto_parse(text);
	return 0;
}
