/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program that asks API servers: this one, with the libraries that it takes.
 * Loading those costs more than all else that most commands do, so kvip goes
 * without them, and becomes kvip-remote where it is told a server.
 */
#ifndef KVIP_REMOTE_PROGRAM_H
#define KVIP_REMOTE_PROGRAM_H

#include "err.h"

/* kvip_remote_remember() - the command line, as main() got it */
void kvip_remote_remember(char **argv);

/**
 * kvip_remote_become() - be kvip-remote with the same command line
 * @err: why not; it does not return otherwise
 *
 * It is beside this program, or in ../lib/kvip from there.
 *
 * Return: -1.
 */
int kvip_remote_become(struct kvip_err *err);

#endif /* KVIP_REMOTE_PROGRAM_H */
