// What the rest of this folder needs of the station beside the HAL.
#pragma once

namespace signet_chip {

// Serves the announcement of <host name>.local; harmless before it began.
void mdns_update();

}  // namespace signet_chip
