// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <json-c/json.h>

#include "http.h"
#include "object.h"
#include "status.h"

/* Bytes of a body that is no Status, which may be a proxy's page of HTML. */
#define PLAIN_MAX 200

/* A number from 0 up, or @missing. */
static int number_of(struct json_object *object, const char *name, int missing)
{
	struct json_object *value = kvip_object_member(object, name);
	int number;

	if (!json_object_is_type(value, json_type_int))
		return missing;
	number = json_object_get_int(value);
	return number < 0 ? missing : number;
}

void kvip_status_object(struct json_object *object, struct kvip_status *status)
{
	const char *message = kvip_object_text(object, "message");
	const char *reason = kvip_object_text(object, "reason");

	status->code = number_of(object, "code", 0);
	status->expired = status->code == 410 ||
			  (reason && (!strcmp(reason, "Expired") ||
				      !strcmp(reason, "Gone")));
	status->retry_after = number_of(kvip_object_member(object, "details"),
					"retryAfterSeconds", -1);
	if (!message)
		message = reason ? reason : "no reason is told";
	kvip_err_set(&status->sentence, "HTTP %d: %s", status->code, message);
}

/* A body that is no Status: its first line. */
static void plain_body(const struct kvip_reply *reply,
		       struct kvip_status *status)
{
	int len = (int)strcspn(reply->len ? reply->body : "", "\r\n");

	if (len > PLAIN_MAX)
		len = PLAIN_MAX;
	if (len)
		kvip_err_set(&status->sentence, "HTTP %d: %.*s", reply->status,
			     len, reply->body);
	else
		kvip_err_set(&status->sentence, "HTTP %d", reply->status);
}

void kvip_status_reply(const struct kvip_reply *reply,
		       struct kvip_status *status)
{
	struct json_object *object;
	const char *kind;

	*status = (struct kvip_status){ .retry_after = -1 };
	if (!reply->status || reply->status / 100 == 2) {
		status->code = reply->status;
		kvip_err_set(&status->sentence, "%s",
			     reply->error ? reply->error : "it ended");
		return;
	}
	object = reply->len ? json_tokener_parse(reply->body) : NULL;
	kind = kvip_object_text(object, "kind");
	if (kind && !strcmp(kind, "Status"))
		kvip_status_object(object, status);
	if (status->code != reply->status) {
		status->code = reply->status;
		plain_body(reply, status);
	}
	json_object_put(object);
	status->expired |= reply->status == 410;
	if (reply->retry_after >= 0)
		status->retry_after = reply->retry_after;
}
