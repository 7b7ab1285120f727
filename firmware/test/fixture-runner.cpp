// The core on Linux under a script: one order per line on standard input, what the core did on standard output, a line
// "." after each order. tests/contract/ drives it, and the WebAssembly with the same orders.
#include <iostream>
#include <sstream>

#include "../src/core/signet.h"
#include "scripted-hal.h"

static void setWifi(std::istringstream& order) {
  int part = 0;
  order >> scripted.wifi.state >> scripted.wifi.reason >> scripted.wifi.rssi;
  for (int i = 0; i < 4; i++) {
    order >> part;
    scripted.wifi.ip[i] = static_cast<uint8_t>(part);
  }
  scripted.wifi.raw = 0;
  order >> scripted.wifi.raw;
}

static void setNet(std::istringstream& order) {
  HalNet& net = scripted.net;
  order >> net.state >> net.code >> net.raw >> net.tls_ms >> net.fragment >> net.resumed >> net.simulated;
}

static std::string hexArgument(std::istringstream& order) {
  std::string hex;
  order >> hex;
  return fromHex(hex);
}

static void start() {
  scripted.isRestarting = false;
  scripted.nowMs = 60;
  scripted.netIn.clear();
  scripted.serialIn.clear();
  sg_setup();
}

static void obey(const std::string& name, std::istringstream& order) {
  std::string path;
  uint64_t ms = 0;
  if (name == "setup") start();
  if (name == "run" && order >> ms) runFor(ms);
  if (name == "file" && order >> path) scripted.files[path] = hexArgument(order);
  if (name == "mount") order >> scripted.hasFiles;
  if (name == "mayWrite") order >> scripted.mayWrite;
  if (name == "reset") order >> scripted.resetReason;
  if (name == "keep") hexArgument(order).copy(reinterpret_cast<char*>(scripted.keep), 16);
  if (name == "wifi") setWifi(order);
  if (name == "net") setNet(order);
  if (name == "in") scripted.netIn += hexArgument(order);
  if (name == "gone") scripted.isGone = true;
  if (name == "chunks") order >> scripted.readChunk >> scripted.writeChunk;
  if (name == "serial") scripted.serialIn += hexArgument(order);
  if (name == "sensor") order >> scripted.sensor.state >> scripted.sensor.temperature >> scripted.sensor.humidity;
  if (name == "zone") order >> scripted.zoneOffsetS;
  if (name == "unix") {
    order >> scripted.unixAtMs;
    scripted.unixSetMs = scripted.nowMs;
  }
}

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream order(line);
    std::string name;
    order >> name;
    obey(name, order);
    for (const std::string& done : scripted.lines) std::cout << done << "\n";
    scripted.lines.clear();
    std::cout << "." << std::endl;
  }
  return 0;
}
