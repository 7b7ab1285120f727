// Home Assistant's MQTT discovery: one retained message that describes the device's readings. Commands stay signed, so
// nothing that moves is offered.
#pragma once
#include "bytes.h"

namespace sg {

// On connecting: asks to be told when Home Assistant starts, and describes the device. Nothing unless the configuration
// names a prefix, there is a sensor, and the form is Signet's own.
void announceDiscovery();
// True when the message was Home Assistant's word on itself: after a start it is told again.
bool handleDiscovery(Span topic, Span payload);
// Sends it when it is due and everything else is out.
void pollDiscovery();

}  // namespace sg
