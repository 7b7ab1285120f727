// A device with files, brought online, for the C++ tests; and a broker's side that writes packets.
#pragma once
#include <string>

#include "scripted-hal.h"

// Ends the test with the line's number when it does not hold; also in builds without assert.
#define CHECK(condition) checkThat((condition), #condition, __FILE__, __LINE__)
void checkThat(bool holds, const char* condition, const char* file, int line);

constexpr uint64_t kStartUnixMs = 1790000001000;

void putDevice(const std::string& config);
void bootDevice();
void goOnline();
std::string publishPacket(const std::string& topic, const std::string& payload, uint16_t id);
// A payload for `cmd` whose MAC is right, whatever the JSON is.
std::string signedCommand(const std::string& json);
std::string nonceOfBoot();
uint64_t unixNow();
// How many lines hold the text; forgets the lines.
int countLines(const std::string& text);

// Deterministic, so that a failure can be repeated.
uint32_t nextRandom();
std::string mutate(const std::string& original);
