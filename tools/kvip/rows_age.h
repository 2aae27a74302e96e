/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long ago, as kubectl says it. */
#ifndef KVIP_ROWS_AGE_H
#define KVIP_ROWS_AGE_H

/* The longest text of kvip_age_text(), with its end. */
#define KVIP_AGE_LEN 32

/**
 * kvip_age_text() - write a time span: the more it is, the less exactly
 * @seconds: of it. Clocks may be apart by less than two seconds; what is more in
 *	the future is "<invalid>"
 * @text: filled in: "119s", "2m", "9m59s", "179m", "7h59m", "47h", "7d23h", "729d"
 *
 * Return: @text.
 */
const char *kvip_age_text(double seconds, char text[KVIP_AGE_LEN]);

#endif /* KVIP_ROWS_AGE_H */
