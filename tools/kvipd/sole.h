/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One agent for a network namespace, whose tables it keeps. */
#ifndef KVIPD_SOLE_H
#define KVIPD_SOLE_H

#include "err.h"

/**
 * kvip_sole_claim() - be the agent of this network namespace
 * @name: as what: one of the names of agent_name.h
 * @fd: out: readable when somebody asks who is, see kvip_sole_answer(); -1: the
 *	claim is another's, who may be no agent
 * @err: another one is, process 1234
 *
 * The claim stays until @fd is closed. Anybody may take such a name, so one
 * that is held by neither us nor root is only warned of: two agents would make
 * the same tables, and nobody may keep a node from having one.
 *
 * Return: 0 or -1.
 */
int kvip_sole_claim(const char *name, int *fd, struct kvip_err *err);

/* kvip_sole_answer() - the kernel has told who asked; make room for the next */
void kvip_sole_answer(int fd);

#endif /* KVIPD_SOLE_H */
