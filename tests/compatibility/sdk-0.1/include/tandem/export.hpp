#pragma once

// Everything libtandem shows to the world carries this mark; the rest is hidden.
#define TANDEM_API __attribute__((visibility("default")))
