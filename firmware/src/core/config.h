// The configuration file (docs/contracts.md, "Configuration"): what the rest of the core works with.
#pragma once
#include "bytes.h"

namespace sg {

enum class Form : uint8_t { Signet, Iot2, Plain };
enum class SensorType : uint8_t { None, Dht11, Dht22 };
enum Unsigned : uint8_t { kUnsignedLed = 1, kUnsignedDisplay = 2, kUnsignedInterval = 4 };

struct WifiNetwork {
  Str<32> ssid;
  Str<64> psk;
};

struct Config {
  Str<32> project, id;
  uint8_t wifiCount;
  WifiNetwork wifi[4];
  struct {
    Str<64> host;
    uint16_t port, keepS;
    Str<96> client, user;
    Str<128> pass;
  } mqtt;
  struct {
    uint8_t mode;  // as HalTls
    uint8_t pin[32], pinSize;
    uint16_t fragment;
  } tls;
  struct {
    Str<146> servers;  // comma-separated
    Str<48> zone;
  } time;
  struct {
    Form kind;
    Str<80> base;
  } form;
  struct {
    SensorType type;
    int8_t pin;
    bool isFahrenheit;
    uint32_t everyS;
  } sensor;
  struct {
    bool present, low;
    int8_t pin;
  } led;
  struct {
    bool present;
    int8_t pin;
    char order[3];
    int16_t at[4];
  } pixel;
  struct {
    bool present, low;
    int8_t pin;
    uint16_t pulseMs;
  } relay;
  struct {
    bool present, invert;
    int8_t ss;
  } spi;
  Str<32> discovery;
  uint32_t baud;
  uint8_t unsignedAllowed;
};

// `code` 0 with a key: that key's value was replaced by its default. Else the configuration cannot be used.
struct ConfigReport {
  uint16_t code;
  Str<32> key;      // the first one at fault
  Str<32> unknown;  // the first one nobody knows
};

void parseConfig(Span document, Config* config, ConfigReport* report);

}  // namespace sg
