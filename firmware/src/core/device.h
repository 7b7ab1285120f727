// Everything the firmware remembers, in one place of fixed size; set to zero at the start.
#pragma once
#include "boot-lines.h"
#include "clock.h"
#include "commands.h"
#include "config.h"
#include "link.h"
#include "mqtt-client.h"
#include "outputs.h"
#include "rotation.h"
#include "sensor.h"
#include "slots.h"
#include "telemetry.h"
#include "wifi.h"

namespace sg {

struct Device {
  bool isSafe, isKnownGood;
  char slotPassedOver;  // 'a' or 'b' whose seal or contents were not usable, else 0
  char nonce[16];
  uint64_t nextHealthMs;
  uint64_t discoveryDueMs;  // 0: Home Assistant knows
  ConsoleState console;
  ConfigReport configReport;
  Config config;
  ClockState clock;
  WifiState wifi;
  LinkState link;
  SensorState sensor;
  OutputState outputs;
  CommandState commands;
  MqttState mqtt;
  SlotState slot;
  RotationState rotation;
};

extern Device device;

const char* resetName();
// A restart somebody asked for: not a bad boot.
void restart();

}  // namespace sg
