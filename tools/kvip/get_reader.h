/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever reads what a watch prints may have seen enough. */
#ifndef KVIP_GET_READER_H
#define KVIP_GET_READER_H

/**
 * kvip_get_end_with_reader() - end the program when nobody reads @fd any more
 * @fd: of an output; if it is no pipe or socket, nothing is done
 *
 * Without it "kvip get -w | head -3" would wait for one more change, which may
 * never come. It ends as if something had been written: by SIGPIPE.
 */
void kvip_get_end_with_reader(int fd);

#endif /* KVIP_GET_READER_H */
