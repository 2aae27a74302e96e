/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What older kernels lack, under the names of the newest one. Included before
 * anything else in every file of the module; the only file that looks at the
 * kernel's version.
 */
#ifndef KVIP_COMPAT_H
#define KVIP_COMPAT_H

#include <linux/version.h>

#endif /* KVIP_COMPAT_H */
