// Addresses without memory: names for what lies on a device that the host cannot reach.
#ifndef MARTLET_ADDRESSES_H
#define MARTLET_ADDRESSES_H

#include <stddef.h>

/// Takes a range of whole pages and one page after it that nobody may touch: reading or writing any
/// of it is a fault. `bytes` must be at most 2^60. NULL when the address space is used up.
void *_Nullable martlet_reserve_addresses(size_t bytes);

/// Gives a range back; `bytes` is what was asked for.
void martlet_release_addresses(void *_Nonnull start, size_t bytes);

#endif
