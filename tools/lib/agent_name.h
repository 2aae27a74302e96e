/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an agent is known to others of its network namespace: it listens at
 * abstract sockets' names, which the kernel gives back however it ends.
 */
#ifndef KVIP_LIB_AGENT_NAME_H
#define KVIP_LIB_AGENT_NAME_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Of every agent. */
#define KVIP_AGENT_NAME "kvipd"

/* And of one that follows the local store. */
#define KVIP_AGENT_STORE_NAME "kvipd-store"

/* kvip_agent_address() - the socket's address of a name; returns its length */
socklen_t kvip_agent_address(const char *name, struct sockaddr_un *address);

/**
 * kvip_agent_find() - who listens at a name
 * @name: one of the names above
 * @holder: filled in
 *
 * Anybody may take such a name: look at whose it is.
 *
 * Return: false if nobody does.
 */
bool kvip_agent_find(const char *name, struct ucred *holder);

/* kvip_agent_runs() - whether root, or who we are, listens there */
bool kvip_agent_runs(const char *name);

#endif /* KVIP_LIB_AGENT_NAME_H */
