/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domain names, as zone files have them. */
#ifndef KVIP_DNS_DOMAIN_H
#define KVIP_DNS_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "addr.h"

/* The longest name without the dot at its end, as text without escapes. */
#define KVIP_DOMAIN_MAX 253

/* The longest label. */
#define KVIP_DOMAIN_LABEL_MAX 63

/* Room for any name with every byte escaped, its last dot and its end. */
#define KVIP_DOMAIN_TEXT_LEN (4 * KVIP_DOMAIN_MAX + 2)

/* Room for a dashed address or a reverse name, with its end. */
#define KVIP_DOMAIN_ADDR_LEN 80

/* kvip_domain_is_label() - whether it is a label that needs no escape: lower-case
 * letters, digits, '-' and '_'
 */
bool kvip_domain_is_label(const char *text);

/* kvip_domain_lower() - to lower case, of ASCII alone; returns @text */
char *kvip_domain_lower(char *text);

/**
 * kvip_domain_absolute() - a name that people wrote, as RFC 1035 has it in a file
 * @name: "db.example.com", with a dot at its end or not; bytes mean themselves
 * @text: filled in: "db.example.com.", escaped where it must be
 *
 * Return: whether it is a name: a label is empty or too long, or all of it is.
 */
bool kvip_domain_absolute(const char *name, char text[KVIP_DOMAIN_TEXT_LEN]);

/* kvip_domain_dashed() - the label that an address without a hostname has:
 * "10-0-0-5", "fd00--1"; like CoreDNS, with a 0 where it would end with a dash;
 * returns @text
 */
const char *kvip_domain_dashed(const struct kvip_addr *addr,
			       char text[KVIP_DOMAIN_ADDR_LEN]);

/**
 * kvip_domain_reverse() - the labels of an address in a reverse zone
 * @addr: the address
 * @from: bits of the zone's block, which are left out; 0: none are, and the name
 *	ends with in-addr.arpa or ip6.arpa
 * @to: bits to stop after
 * @text: filled in: "7.14" of 10.96.14.7 from 16 to 32; "" if @from is @to
 *
 * Bits are of whole labels: 8 each of IPv4, 4 of IPv6.
 *
 * Return: @text.
 */
const char *kvip_domain_reverse(const struct kvip_addr *addr, unsigned int from,
				unsigned int to,
				char text[KVIP_DOMAIN_ADDR_LEN]);

#endif /* KVIP_DNS_DOMAIN_H */
