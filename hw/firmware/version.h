// The version that the boot record names: the package's own.
#ifndef VERSION_H
#define VERSION_H

#define FIRMWARE_VERSION "0.1.0"

#endif
