/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a name to DNS, as the API has it (RFC 1123, in lower case). */
#ifndef KVIP_LIB_DNS_NAME_H
#define KVIP_LIB_DNS_NAME_H

#include <stdbool.h>

/* The longest label and the longest name. */
#define KVIP_DNS_LABEL_MAX 63
#define KVIP_DNS_NAME_MAX 253

/* What the API server says of a text that is neither. */
#define KVIP_DNS_LABEL_WORDS                                                  \
	"a lowercase RFC 1123 label must consist of lower case alphanumeric " \
	"characters or '-', and must start and end with an alphanumeric "     \
	"character"
#define KVIP_DNS_SUBDOMAIN_WORDS                                               \
	"a lowercase RFC 1123 subdomain must consist of lower case "           \
	"alphanumeric characters, '-' or '.', and must start and end with an " \
	"alphanumeric character"

/* kvip_dns_label_fault() - why @text is not "web-1", one label; NULL if it is */
const char *kvip_dns_label_fault(const char *text);

/* kvip_dns_subdomain_fault() - why @text is not "db.example.com", labels between
 * dots; NULL if it is. A label of it may be as long as the whole, as in the API.
 */
const char *kvip_dns_subdomain_fault(const char *text);

#endif /* KVIP_LIB_DNS_NAME_H */
