// Takes MQTT packets out of the input buffer, however they were cut on the way.
#pragma once
#include "mqtt-client.h"

namespace sg {
// Reads what the network has and takes at most one packet. PINGRESP and PUBACK are dealt with here.
MqttEvent takePacket();
}  // namespace sg
