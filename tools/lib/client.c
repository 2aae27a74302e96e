// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <linux/kvip.h>
#include <linux/netlink.h>

#include "alloc.h"
#include "client.h"
#include "config.h"
#include "config_message.h"
#include "diff.h"
#include "flow.h"
#include "message.h"
#include "table.h"

/* Messages of a transaction are sent in batches of up to this size. */
#define BATCH_BYTES (128 * 1024)

/* libnl asks for less; a batch must fit in the one, refusals in the other. */
#define SEND_ROOM (256 * 1024)
#define RECEIVE_ROOM (4 * 1024 * 1024)

struct kvip_client {
	struct nl_sock *sock;
	struct nl_cb *cb;
	int family;
	uint32_t seq;

	/* what the replies of the request under way fill in */
	uint32_t from_seq; /* older replies are not for it */
	struct kvip_err *err;
	int ret; /* 0, -1, KVIP_CLIENT_STALE or KVIP_CLIENT_OLD */
	bool done;
	bool interrupted;
	bool mixed; /* messages of two generations */
	struct kvip_table *table;
	struct kvip_info *info;
	struct kvip_config *config;
	kvip_flow_fn tell_flow;
	void *tell_arg;
	uint64_t generation;
	bool has_generation;
	bool more;
	enum kvip_event event;
	struct kvip_config event_config;

	/* a transaction being sent */
	uint32_t begin_seq; /* of its begin */
	uint32_t first_seq; /* of its first message that changes anything */
	const struct kvip_service **sent; /* by message, from first_seq on */
	size_t n_sent;
	struct nl_msg *sent_config; /* its configuration, or NULL */
	char *batch;
	size_t batch_len;
};

static const char *errno_sentence(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return "not permitted: this needs CAP_NET_ADMIN in the network namespace";
	case EOPNOTSUPP:
		return "the loaded kvip module is older than this command and can't do this";
	case ENOMEM:
	case ENOBUFS:
		return "the kernel is out of memory";
	}
	return strerror(error);
}

static const struct kvip_service *service_of(const struct kvip_client *client,
					     uint32_t seq)
{
	uint32_t i = seq - client->first_seq;

	return i < client->n_sent ? client->sent[i] : NULL;
}

/*
 * The kernel's own sentence, the sequence number that it blames, and where in
 * the refused message the attribute at fault is; 0: it is none.
 */
static const char *extack(const struct nlmsgerr *nlerr, uint32_t *blamed,
			  uint32_t *offset)
{
	const struct nlmsghdr *header;
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	struct nlattr *attrs;
	size_t skip = sizeof(*nlerr);

	header = (const struct nlmsghdr *)((const char *)nlerr - NLMSG_HDRLEN);
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(nlerr->msg.nlmsg_len) - sizeof(nlerr->msg);
	if (header->nlmsg_len <= NLMSG_HDRLEN + skip)
		return NULL;
	attrs = (struct nlattr *)((char *)nlerr + skip);
	if (nla_parse(tb, NLMSGERR_ATTR_MAX, attrs,
		      (int)(header->nlmsg_len - NLMSG_HDRLEN - skip), NULL) < 0)
		return NULL;
	if (tb[NLMSGERR_ATTR_COOKIE] &&
	    nla_len(tb[NLMSGERR_ATTR_COOKIE]) >= (int)sizeof(*blamed))
		memcpy(blamed, nla_data(tb[NLMSGERR_ATTR_COOKIE]),
		       sizeof(*blamed));
	if (tb[NLMSGERR_ATTR_OFFS] &&
	    nla_len(tb[NLMSGERR_ATTR_OFFS]) >= (int)sizeof(*offset))
		*offset = nla_get_u32(tb[NLMSGERR_ATTR_OFFS]);
	return tb[NLMSGERR_ATTR_MSG] ? nla_get_string(tb[NLMSGERR_ATTR_MSG]) :
				       NULL;
}

/* Say in front of a refusal whose fault it is, as far as that is known. */
static void name_culprit(const struct kvip_client *client, uint32_t blamed,
			 uint32_t offset)
{
	const struct kvip_service *service = service_of(client, blamed);
	const char *key;

	if (service) {
		kvip_err_prefix(client->err, "%s (%s, %s): ", service->name,
				kvip_proto_text(service->proto),
				kvip_family_text(service->family));
		return;
	}
	if (!client->sent_config ||
	    nlmsg_hdr(client->sent_config)->nlmsg_seq != blamed)
		return;
	key = kvip_config_attr_at(client->sent_config, offset);
	if (key)
		kvip_err_prefix(client->err, "configuration: %s: ", key);
	else
		kvip_err_prefix(client->err, "configuration: ");
}

static bool is_old(const struct kvip_client *client, uint32_t seq)
{
	return (int32_t)(seq - client->from_seq) < 0;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *nlerr, void *arg)
{
	struct kvip_client *client = arg;
	uint32_t blamed = nlerr->msg.nlmsg_seq, offset = 0;
	const char *sentence;

	(void)from;
	/* What follows from the first refusal is not news. */
	if (client->ret || is_old(client, nlerr->msg.nlmsg_seq))
		return NL_SKIP;
	sentence = extack(nlerr, &blamed, &offset);
	kvip_err_set(client->err, "%s",
		     sentence ? sentence : errno_sentence(-nlerr->error));
	name_culprit(client, blamed, offset);
	client->ret = nlerr->error == -ESTALE	  ? KVIP_CLIENT_STALE :
		      nlerr->error == -EOPNOTSUPP ? KVIP_CLIENT_OLD :
						    -1;
	client->done = true;
	return NL_SKIP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct kvip_client *client = arg;

	if (is_old(client, nlmsg_hdr(msg)->nlmsg_seq))
		return NL_SKIP;
	client->done = true;
	return NL_STOP;
}

static int on_any_seq(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct kvip_client *client = arg;

	(void)msg;
	client->interrupted = true;
	return NL_OK;
}

static void take_generation(struct kvip_client *client, struct nlattr *attr)
{
	uint64_t generation;

	if (!attr || nla_len(attr) != sizeof(generation))
		return;
	generation = nla_get_u64(attr);
	if (client->has_generation && client->generation != generation)
		client->mixed = true;
	client->generation = generation;
	client->has_generation = true;
}

static void take_flow(struct kvip_client *client, struct nlattr *attr)
{
	struct kvip_flow flow;

	if (!client->tell_flow)
		return;
	kvip_flow_init(&flow);
	if (kvip_flow_get(attr, &flow, client->err))
		client->ret = -1;
	else
		client->tell_flow(&flow, client->tell_arg);
	kvip_flow_free(&flow);
}

static void take_config(struct kvip_client *client, struct nlattr *attr)
{
	struct kvip_config *config = client->config;

	if (!config)
		config = &client->event_config;
	client->event = KVIP_EVENT_CONFIG;
	if (kvip_config_get(attr, config, client->err))
		client->ret = -1;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct kvip_client *client = arg;
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[KVIP_A_MAX + 1];

	if (nlmsg_hdr(msg)->nlmsg_type != client->family ||
	    genlmsg_parse(nlmsg_hdr(msg), 0, tb, KVIP_A_MAX, NULL) < 0)
		return NL_SKIP;
	take_generation(client, tb[KVIP_A_GENERATION]);

	switch (header->cmd) {
	case KVIP_CMD_INFO_GET:
		if (client->info &&
		    kvip_message_get_info(tb[KVIP_A_INFO], client->info,
					  client->err))
			client->ret = -1;
		break;
	case KVIP_CMD_SERVICE_SET:
	case KVIP_CMD_SERVICE_DEL:
		client->event = header->cmd == KVIP_CMD_SERVICE_SET ?
					KVIP_EVENT_SET :
					KVIP_EVENT_DEL;
		if (client->table &&
		    kvip_message_get_service(tb[KVIP_A_SERVICE], client->table,
					     &client->more, client->err))
			client->ret = -1;
		break;
	case KVIP_CMD_CONFIG_SET:
	case KVIP_CMD_CONFIG_GET:
		take_config(client, tb[KVIP_A_CONFIG]);
		break;
	case KVIP_CMD_TXN_COMMIT:
		client->event = KVIP_EVENT_COMMIT;
		break;
	case KVIP_CMD_EXPLAIN:
	case KVIP_CMD_FLOW:
		take_flow(client, tb[KVIP_A_FLOW]);
		break;
	}
	return NL_OK;
}

/* As much as asked for, if we may; else what anybody gets. */
static void make_room(int fd, int force, int option, int room)
{
	if (setsockopt(fd, SOL_SOCKET, force, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, option, &room, sizeof(room));
}

static int open_socket(struct kvip_client *client, struct kvip_err *err)
{
	int on = 1, ret, fd;

	client->sock = nl_socket_alloc();
	client->cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!client->sock || !client->cb)
		return kvip_err_set(err, "out of memory");
	ret = genl_connect(client->sock);
	if (ret < 0)
		return kvip_err_set(err, "can't open a netlink socket: %s",
				    nl_geterror(ret));
	fd = nl_socket_get_fd(client->sock);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	make_room(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_ROOM);
	make_room(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_ROOM);
	nl_socket_set_msg_buf_size(client->sock, 128 * 1024);
	nl_socket_disable_auto_ack(client->sock);

	client->family = genl_ctrl_resolve(client->sock, KVIP_GENL_NAME);
	if (client->family < 0)
		return kvip_err_set(
			err, "the kvip module is not loaded (modprobe kvip)");

	nl_cb_set(client->cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_any_seq,
		  client);
	nl_cb_set(client->cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, client);
	nl_cb_set(client->cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, client);
	nl_cb_set(client->cb, NL_CB_FINISH, NL_CB_CUSTOM, on_ack, client);
	nl_cb_set(client->cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted,
		  client);
	nl_cb_err(client->cb, NL_CB_CUSTOM, on_error, client);
	return 0;
}

struct kvip_client *kvip_client_open(struct kvip_err *err)
{
	struct kvip_client *client = kvip_alloc(sizeof(*client));

	if (open_socket(client, err)) {
		kvip_client_close(client);
		return NULL;
	}
	return client;
}

void kvip_client_close(struct kvip_client *client)
{
	if (!client)
		return;
	nl_cb_put(client->cb);
	nl_socket_free(client->sock);
	free(client->sent);
	nlmsg_free(client->sent_config);
	free(client->batch);
	free(client);
}

static void begin(struct kvip_client *client, struct kvip_err *err)
{
	client->err = err;
	client->from_seq = client->seq + 1;
	client->ret = 0;
	client->done = false;
	client->interrupted = false;
	client->mixed = false;
	client->has_generation = false;
	client->more = false;
	client->table = NULL;
	client->info = NULL;
	client->config = NULL;
	client->tell_flow = NULL;
}

static int receive(struct kvip_client *client)
{
	int ret;

	while (!client->done && !client->ret) {
		ret = nl_recvmsgs(client->sock, client->cb);
		if (ret == -NLE_INTR)
			continue;
		if (ret < 0 && !client->ret) {
			kvip_err_set(client->err, "netlink: %s",
				     nl_geterror(ret));
			client->ret = -1;
		}
	}
	return client->ret;
}

static int request(struct kvip_client *client, uint8_t cmd, int flags)
{
	struct nl_msg *msg;
	int ret;

	msg = kvip_message_new(client->family, cmd, flags | NLM_F_REQUEST,
			       ++client->seq);
	ret = nl_send(client->sock, msg);
	nlmsg_free(msg);
	if (ret < 0)
		return kvip_err_set(client->err, "netlink: %s",
				    nl_geterror(ret));
	return receive(client);
}

int kvip_client_info(struct kvip_client *client, struct kvip_info *info,
		     struct kvip_err *err)
{
	begin(client, err);
	memset(info, 0, sizeof(*info));
	client->info = info;
	if (request(client, KVIP_CMD_INFO_GET, NLM_F_ACK))
		return -1;
	info->generation = client->generation;
	return 0;
}

int kvip_client_dump(struct kvip_client *client, struct kvip_table *table,
		     struct kvip_err *err)
{
	struct kvip_info info;

	for (;;) {
		/* An empty dump tells no generation. */
		if (kvip_client_info(client, &info, err))
			return -1;
		begin(client, err);
		client->generation = info.generation;
		client->has_generation = true;
		client->table = table;
		if (request(client, KVIP_CMD_SERVICE_GET, NLM_F_DUMP))
			return -1;
		if (!client->interrupted && !client->mixed)
			break;
		kvip_table_free(table);
	}
	table->generation = client->generation;
	kvip_table_sort(table);
	return 0;
}

int kvip_client_config(struct kvip_client *client, struct kvip_config *config,
		       uint64_t *generation, struct kvip_err *err)
{
	int ret;

	begin(client, err);
	client->config = config;
	ret = request(client, KVIP_CMD_CONFIG_GET, NLM_F_ACK);
	if (!ret)
		*generation = client->generation;
	return ret;
}

static int flush(struct kvip_client *client)
{
	ssize_t ret;

	if (!client->batch_len)
		return 0;
	do {
		ret = send(nl_socket_get_fd(client->sock), client->batch,
			   client->batch_len, 0);
	} while (ret < 0 && errno == EINTR);
	client->batch_len = 0;
	if (ret < 0) {
		kvip_err_set(client->err, "netlink: %s", strerror(errno));
		return client->ret = -1;
	}
	return 0;
}

/* Refusals are there as soon as send() returns; without any, go on. */
static int flush_and_look(struct kvip_client *client)
{
	int fd = nl_socket_get_fd(client->sock);
	char byte;

	if (flush(client))
		return -1;
	if (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	    (errno == EAGAIN || errno == EINTR))
		return 0;
	return receive(client);
}

static int queue(struct kvip_client *client, struct nl_msg *msg)
{
	size_t len;

	nl_complete_msg(client->sock, msg);
	len = NLMSG_ALIGN(nlmsg_hdr(msg)->nlmsg_len);
	if (client->batch_len + len > BATCH_BYTES && flush_and_look(client)) {
		nlmsg_free(msg);
		return -1;
	}
	if (!client->batch)
		client->batch = kvip_alloc(BATCH_BYTES);
	memcpy(client->batch + client->batch_len, nlmsg_hdr(msg),
	       nlmsg_hdr(msg)->nlmsg_len);
	memset(client->batch + client->batch_len + nlmsg_hdr(msg)->nlmsg_len, 0,
	       len - nlmsg_hdr(msg)->nlmsg_len);
	client->batch_len += len;
	nlmsg_free(msg);
	return 0;
}

static struct nl_msg *next_message(struct kvip_client *client, uint8_t cmd,
				   int flags)
{
	return kvip_message_new(client->family, cmd, flags | NLM_F_REQUEST,
				++client->seq);
}

static void remember(struct kvip_client *client,
		     const struct kvip_service *service)
{
	client->sent =
		kvip_grow(client->sent, client->n_sent, sizeof(*client->sent));
	client->sent[client->n_sent++] = service;
}

static int txn_begin(struct kvip_client *client, const uint64_t *generation,
		     uint32_t flags)
{
	struct nl_msg *msg = next_message(client, KVIP_CMD_TXN_BEGIN, 0);

	free(client->sent);
	client->sent = NULL;
	client->n_sent = 0;
	nlmsg_free(client->sent_config);
	client->sent_config = NULL;
	client->begin_seq = client->seq;
	client->first_seq = client->seq + 1;
	client->batch_len = 0;
	if (generation)
		nla_put_u64(msg, KVIP_A_GENERATION, *generation);
	if (flags)
		nla_put_u32(msg, KVIP_A_TXN_FLAGS, flags);
	return queue(client, msg);
}

static int txn_set(struct kvip_client *client,
		   const struct kvip_service *service)
{
	struct kvip_message_at at = {};
	bool more;

	do {
		struct nl_msg *msg;

		msg = next_message(client, KVIP_CMD_SERVICE_SET, 0);
		more = kvip_message_put_service(msg, service, &at);
		remember(client, service);
		if (queue(client, msg))
			return -1;
	} while (more);
	return 0;
}

static int txn_del(struct kvip_client *client,
		   const struct kvip_service *service)
{
	struct nl_msg *msg = next_message(client, KVIP_CMD_SERVICE_DEL, 0);

	kvip_message_put_key(msg, service);
	remember(client, service);
	return queue(client, msg);
}

static int txn_config(struct kvip_client *client,
		      const struct kvip_config *config)
{
	struct nl_msg *msg = next_message(client, KVIP_CMD_CONFIG_SET, 0);

	kvip_config_put(msg, config);
	remember(client, NULL);
	/* a refusal may point into it */
	nlmsg_get(msg);
	client->sent_config = msg;
	return queue(client, msg);
}

static int txn_commit(struct kvip_client *client)
{
	struct nl_msg *msg =
		next_message(client, KVIP_CMD_TXN_COMMIT, NLM_F_ACK);

	nla_put_u32(msg, KVIP_A_MESSAGES, (uint32_t)client->n_sent);
	nla_put_u32(msg, KVIP_A_BEGIN, client->begin_seq);
	if (queue(client, msg) || flush(client))
		return -1;
	return receive(client);
}

/*
 * The kernel drops what it has of the transaction, and says so; replies that
 * are still under way are read with that.
 */
static void txn_abort(struct kvip_client *client)
{
	int ret = client->ret;
	struct kvip_err err, *first = client->err;

	client->n_sent = 0;
	client->batch_len = 0;
	begin(client, &err);
	request(client, KVIP_CMD_TXN_ABORT, NLM_F_ACK);
	client->err = first;
	client->ret = ret;
}

static int finish(struct kvip_client *client, bool failed, uint64_t *generation)
{
	if (failed) {
		if (!client->ret)
			client->ret = -1;
		txn_abort(client);
		return client->ret;
	}
	*generation = client->generation;
	return 0;
}

int kvip_client_apply(struct kvip_client *client, const struct kvip_diff *diff,
		      const struct kvip_config *config, uint64_t *generation,
		      struct kvip_err *err)
{
	bool failed;
	size_t i;

	begin(client, err);
	failed = txn_begin(client, generation, 0) ||
		 (config && txn_config(client, config));
	for (i = 0; i < diff->n_items && !failed; i++) {
		if (diff->items[i].want)
			failed = txn_set(client, diff->items[i].want);
		else
			failed = txn_del(client, diff->items[i].have);
	}
	failed = failed || txn_commit(client);
	return finish(client, failed, generation);
}

int kvip_client_replace(struct kvip_client *client,
			const struct kvip_table *table,
			const struct kvip_config *config, uint64_t *generation,
			struct kvip_err *err)
{
	bool failed;
	size_t i;

	begin(client, err);
	failed = txn_begin(client, NULL, KVIP_TXN_F_REPLACE) ||
		 (config && txn_config(client, config));
	for (i = 0; i < table->n_services && !failed; i++)
		failed = txn_set(client, &table->services[i]);
	failed = failed || txn_commit(client);
	return finish(client, failed, generation);
}

int kvip_client_listen(struct kvip_client *client, struct kvip_err *err)
{
	int group, ret;

	group = genl_ctrl_resolve_grp(client->sock, KVIP_GENL_NAME,
				      KVIP_GENL_MCGRP_CHANGES);
	ret = group < 0 ? group : nl_socket_add_membership(client->sock, group);
	if (ret < 0)
		return kvip_err_set(err, "can't listen to changes: %s",
				    nl_geterror(ret));
	return 0;
}

int kvip_client_event(struct kvip_client *client, enum kvip_event *event,
		      struct kvip_table *table, struct kvip_err *err)
{
	int ret;

	begin(client, err);
	client->table = table;
	*event = KVIP_EVENT_NONE;
	do {
		client->event = KVIP_EVENT_NONE;
		ret = nl_recvmsgs(client->sock, client->cb);
		if (ret == -NLE_NOMEM) { /* the kernel's ENOBUFS */
			*event = KVIP_EVENT_LOST;
			return 0;
		}
		if (ret == -NLE_INTR || ret == -NLE_AGAIN)
			return 0;
		if (ret < 0)
			return kvip_err_set(err, "netlink: %s",
					    nl_geterror(ret));
		if (client->ret)
			return -1;
	} while (client->more || client->event == KVIP_EVENT_NONE);
	*event = client->event;
	table->generation = client->generation;
	return 0;
}

const struct kvip_config *
kvip_client_event_config(const struct kvip_client *client)
{
	return &client->event_config;
}

static int send_and_receive(struct kvip_client *client, struct nl_msg *msg)
{
	int ret = nl_send_auto(client->sock, msg);

	nlmsg_free(msg);
	if (ret < 0)
		return kvip_err_set(client->err, "netlink: %s",
				    nl_geterror(ret));
	return receive(client);
}

int kvip_client_explain(struct kvip_client *client, const struct kvip_flow *ask,
			kvip_flow_fn tell, void *arg, struct kvip_err *err)
{
	struct nl_msg *msg;

	begin(client, err);
	client->tell_flow = tell;
	client->tell_arg = arg;
	msg = next_message(client, KVIP_CMD_EXPLAIN, NLM_F_ACK);
	kvip_flow_put(msg, ask);
	return send_and_receive(client, msg);
}

int kvip_client_listen_flows(struct kvip_client *client, uint32_t rate,
			     struct kvip_err *err)
{
	struct nl_msg *msg;

	begin(client, err);
	msg = next_message(client, KVIP_CMD_FLOWS_LISTEN, NLM_F_ACK);
	if (rate)
		nla_put_u32(msg, KVIP_A_RATE, rate);
	return send_and_receive(client, msg);
}

int kvip_client_flows(struct kvip_client *client, kvip_flow_fn tell, void *arg,
		      struct kvip_err *err)
{
	int ret;

	begin(client, err);
	client->tell_flow = tell;
	client->tell_arg = arg;
	ret = nl_recvmsgs(client->sock, client->cb);
	/* what there was no room for is counted by the kernel */
	if (ret < 0 && ret != -NLE_NOMEM && ret != -NLE_INTR &&
	    ret != -NLE_AGAIN)
		return kvip_err_set(err, "netlink: %s", nl_geterror(ret));
	return client->ret;
}

int kvip_client_fd(const struct kvip_client *client)
{
	return nl_socket_get_fd(client->sock);
}
