/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why an API server says no: the Status object that it sends then. */
#ifndef KVIP_API_STATUS_H
#define KVIP_API_STATUS_H

#include <stdbool.h>

#include "err.h"

struct json_object;
struct kvip_reply;

/**
 * struct kvip_status - the gist of it
 * @code: an HTTP status; 0: there was no answer
 * @expired: the version, or the token of a next page, is too old
 * @retry_after: seconds to wait before it is tried again; -1: not told
 * @sentence: "HTTP 403: services is forbidden: ...", or about the connection
 */
struct kvip_status {
	int code;
	bool expired;
	int retry_after;
	struct kvip_err sentence;
};

/* kvip_status_object() - of an object of kind Status, whatever it lacks */
void kvip_status_object(struct json_object *object, struct kvip_status *status);

/* kvip_status_reply() - of a request that ended badly, whatever its body is */
void kvip_status_reply(const struct kvip_reply *reply,
		       struct kvip_status *status);

#endif /* KVIP_API_STATUS_H */
