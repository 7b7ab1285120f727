// From reset to readings: what is started in which order, and what is looked after in each turn of the loop.
#include "../hal/hal.h"
#include "boot-count.h"
#include "certificate-dates.h"
#include "console-input.h"
#include "device.h"
#include "discovery.h"
#include "signet.h"
#include "version.h"

namespace sg {

Device device;

static const uint64_t kGoodBootMs = 60000;
static const uint32_t kDefaultBaud = 115200;

const char* resetName() {
  switch (hal_reset_reason()) {
    case HAL_RESET_EXTERNAL: return "external";
    case HAL_RESET_SOFTWARE: return "software";
    case HAL_RESET_WATCHDOG: return "watchdog";
    case HAL_RESET_EXCEPTION: return "exception";
    default: return "power";
  }
}

void restart() {
  // Out of safe mode leads only `safe off`.
  if (!device.isSafe) clearBootCount();
  say("Restart");
  hal_net_close();
  hal_restart();
}

static void makeNonce() {
  uint8_t random[32];
  uint8_t mac[32];
  uint8_t floor[8];
  const uint8_t reason = static_cast<uint8_t>(hal_reset_reason());
  for (int i = 0; i < 8; i++) floor[i] = static_cast<uint8_t>(device.clock.floorS >> (8 * i));
  hal_random(random, sizeof random);
  hal_hash_begin(reinterpret_cast<const uint8_t*>("signet-n1"), 9);
  hal_hash_add(random, sizeof random);
  hal_hash_add(floor, sizeof floor);
  hal_hash_add(&reason, 1);
  hal_hash_end(mac);
  Text(device.nonce, sizeof device.nonce).hex(mac, 8);
}

static void goSafe() {
  device.isSafe = true;
  say("Safe mode: only this console. Known here: info, log, reset, safe off");
  reportFault(Stage::Safe, 901);
}

static void tellBoot() {
  say("ESP8266 Sensor Application");
  Fields fields;
  fields.put("n", bootNonce()).put("fw", kVersion).put("rst", resetName());
  report(Stage::Boot, State::Ok, fields);
}

static void tellUnusable(uint16_t code) {
  Fields fields;
  fields.number("e", code);
  if (code == 103) fields.put("key", device.configReport.key.span());
  reportFault(Stage::Cfg, code, fields);
}

static void tellWrong(uint16_t code, const char* instead) {
  const Span key = device.configReport.key.span();
  char line[80];
  Text text(line, sizeof line);
  text.add("Configuration");
  if (key.size > 0) text.add(": ").add(key);
  say(text.add(" cannot be used").add(instead).add(" (code ").decimal(int32_t{code}).add(')').span());
}

static void tellPassedOver() {
  char line[48];
  Text text(line, sizeof line);
  if (device.slot.isTrialOver) say("The trial of the new settings failed (code 702)");
  if (device.slotPassedOver == 0) return;
  say(text.add("Slot ").add(device.slotPassedOver).add(" cannot be used (code 104)").span());
}

static void tellConfiguration() {
  const SlotState& slot = device.slot;
  const ConfigReport& found = device.configReport;
  Fields fields;
  fields.put("slot", Span{&slot.name, 1}).put("gen", Span{slot.gen, sizeof slot.gen});
  fields.put("project", device.config.project.span()).put("id", device.config.id.span());
  if (slot.isTrialOver) {
    fields.number("e", 702);
  } else if (device.slotPassedOver != 0) {
    fields.number("e", 104);
  } else if (found.key.size > 0) {
    fields.number("e", 103).put("key", found.key.span());
  }
  report(Stage::Cfg, State::Ok, fields);
  if (found.key.size > 0) tellWrong(103, ", its default is");
  char line[80];
  Text unknown(line, sizeof line);
  if (found.unknown.size > 0) say(unknown.add("Configuration: nobody knows ").add(found.unknown.span()).span());
  const bool isLoaded = areCertificates(slot.ca(), slot.caSize);
  say(slot.caSize == 0 ? "Couldn't load CA cert" : isLoaded ? "Loaded CA cert" : "Loading CA cert failed");
}

static void tellFiles(bool hasFiles, uint16_t code) {
  if (!hasFiles) return reportFault(Stage::Fs, 105);
  report(Stage::Fs, State::Ok);
  tellPassedOver();
  if (code == 0) return tellConfiguration();
  tellUnusable(code);
}

static void begin() {
  zeroBytes(&device, sizeof device);
  // Counted before anything that may crash is touched; after ten, not even the files are.
  if (countBoot()) {
    makeNonce();
    openConsole(kDefaultBaud);
    tellBoot();
    say("Ten starts in a row ended within a minute.");
    return goSafe();
  }
  const bool hasFiles = hal_fs_mount() == 1;
  if (hasFiles) {
    loadClockFloor();
    loadCommandFloor();
  }
  makeNonce();
  const uint16_t code = hasFiles ? loadSlot() : 105;
  // Before anything else moves a pin: the relay's level first, then its direction.
  if (code == 0) startOutputs();
  openConsole(code == 0 ? device.config.baud : kDefaultBaud);
  tellBoot();
  tellFiles(hasFiles, code);
  if (!hasFiles) say("No file system is here; nothing was changed.");
  if (hasFiles && code != 0) tellWrong(code, "");
  if (code != 0) return goSafe();
  startSensor();
}

static void turn() {
  pollConsoleInput();
  if (!device.isKnownGood && hal_millis() >= kGoodBootMs) {
    device.isKnownGood = true;
    if (!device.isSafe) clearBootCount();
  }
  if (device.isSafe) return;
  pollOutputs();
  pollSensor();
  pollWifi();
  pollClock(device.wifi.isConnected);
  pollLink(device.wifi.isConnected && clockIsReady());
  pollHealth();
  pollDiscovery();
  pollTrial();
  pollLoneliness();
  pollRestart();
}

static uint32_t restMs() {
  if (device.mqtt.inSize > device.mqtt.consumed || device.mqtt.outSize > 0) return 1;
  if (device.outputs.isPulsing) return 5;
  return isLinkOpen() ? 10 : 50;
}

}  // namespace sg

extern "C" {
void sg_setup(void) { sg::begin(); }

uint32_t sg_loop(void) {
  sg::turn();
  return sg::restMs();
}
}
