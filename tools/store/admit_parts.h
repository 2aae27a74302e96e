/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of admit.c and its fellows: what several kinds of objects have to pass. */
#ifndef KVIP_STORE_ADMIT_PARTS_H
#define KVIP_STORE_ADMIT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "err.h"
#include "field.h"
#include "kinds.h"

struct json_object;

/* enum kvip_syntax - what a text may have to be */
enum kvip_syntax {
	KVIP_SYNTAX_LABEL, /* "web-1" */
	KVIP_SYNTAX_SUBDOMAIN, /* "db.example.com" */
	KVIP_SYNTAX_PORT_NAME, /* an IANA service name: "http" */
	KVIP_SYNTAX_QUALIFIED, /* a label's key: "example.com/internal" */
};

/* kvip_admit_meta() - kind, apiVersion and metadata; "default" is the namespace of
 * an object that tells none
 */
int kvip_admit_meta(enum kvip_kind kind, struct json_object *object,
		    struct kvip_err *err);

/* kvip_admit_labels() - a map of labels, or a selector, if it is there */
int kvip_admit_labels(const struct kvip_field *map, struct kvip_err *err);

/* kvip_admit_text() - a string of that syntax, if it is there and not empty;
 * @text: it, or NULL; may be NULL
 */
int kvip_admit_text(const struct kvip_field *field, enum kvip_syntax syntax,
		    const char **text, struct kvip_err *err);

/* kvip_admit_choice() - a string that is one of @choices, which a NULL ends, if it
 * is there and not empty; @text: it, or NULL; may be NULL
 */
int kvip_admit_choice(const struct kvip_field *field,
		      const char *const choices[], const char **text,
		      struct kvip_err *err);

/* kvip_admit_addr() - an IP address, written as it should be */
int kvip_admit_addr(const struct kvip_field *field, struct kvip_addr *addr,
		    struct kvip_err *err);

/* kvip_admit_usable() - one that means the same everywhere: no loopback address
 * and the like
 */
int kvip_admit_usable(const struct kvip_field *field, struct kvip_addr *addr,
		      struct kvip_err *err);

/* kvip_admit_prefix() - an address block, written as it should be, but for blanks
 * around it
 */
int kvip_admit_prefix(const struct kvip_field *field, struct kvip_err *err);

/* kvip_admit_port() - a port number, which must be there */
int kvip_admit_port(const struct kvip_field *field, uint16_t *port,
		    struct kvip_err *err);

/* kvip_admit_number() - a whole number if it is there; else @number stays */
int kvip_admit_number(const struct kvip_field *field, int64_t *number,
		      struct kvip_err *err);

/* kvip_admit_protocol() - protocol of the port @port; completed to TCP */
int kvip_admit_protocol(const struct kvip_field *port, uint8_t *proto,
			struct kvip_err *err);

/* kvip_admit_containers() - containers of a Pod's spec, or a template's, with their
 * ports completed
 */
int kvip_admit_containers(const struct kvip_field *spec, struct kvip_err *err);

/* of the kinds of kvip_admit() */
int kvip_admit_slice(const struct kvip_field *slice, struct json_object *old,
		     struct kvip_err *err);
int kvip_admit_pod(const struct kvip_field *pod, struct kvip_err *err);
int kvip_admit_deployment(const struct kvip_field *deployment,
			  struct json_object *old, struct kvip_err *err);
int kvip_admit_node(const struct kvip_field *node, struct kvip_err *err);

/* kvip_object_drop_nulls() - a member that is null is one that is not there */
void kvip_object_drop_nulls(struct json_object *object);

/* kvip_object_put_text(), kvip_object_default_text() - set a member; the latter if
 * it is absent, null or empty
 */
void kvip_object_put_text(struct json_object *object, const char *name,
			  const char *text);
void kvip_object_default_text(struct json_object *object, const char *name,
			      const char *text);

#endif /* KVIP_STORE_ADMIT_PARTS_H */
