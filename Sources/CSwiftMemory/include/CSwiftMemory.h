// The memory of the Swift runtime that is linked into the Python extension.
//
// Swift ends the process where an object cannot be made; Python must get a MemoryError instead. So
// `malloc` and its like are defined here for the extension's own code, the runtime included, and for
// nobody else. They hand everything to the process's own functions, and when these have nothing left
// they serve small requests from a reserve that was taken at the start. From then on
// `martlet_memory_is_short` says so, and the next array is refused, before it is promised, until
// there is memory again.
#ifndef CSWIFTMEMORY_H
#define CSWIFTMEMORY_H

/// Takes the reserve. Returns its bytes: 0 where Swift's runtime is a library of its own, which
/// these functions don't reach (a build for development), or there is no memory.
long martlet_take_swift_reserve(void);

#endif
