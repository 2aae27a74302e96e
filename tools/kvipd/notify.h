/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service tells systemd, by its documented datagrams: sd_notify(3). */
#ifndef KVIPD_NOTIFY_H
#define KVIPD_NOTIFY_H

/* kvip_notify() - "READY=1\nSTATUS=..."; does nothing without $NOTIFY_SOCKET */
void kvip_notify(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* kvip_notify_watchdog() - half of the watchdog's time in seconds; 0: none */
double kvip_notify_watchdog(void);

#endif /* KVIPD_NOTIFY_H */
