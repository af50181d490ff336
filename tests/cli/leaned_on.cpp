// What a plugin needs that stands in a library of its own.
extern "C" __attribute__((visibility("default"))) float leaned_on() { return -1; }
