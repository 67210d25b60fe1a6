#include "martlet_profile.h"

int32_t martlet_profile_flag;

static _Thread_local martlet_profile_thread current = {.pinned = -1};

martlet_profile_thread *martlet_profile_current(void) { return &current; }
