#include "clock.h"

#include "../hal/hal.h"
#include "device.h"

namespace sg {

static const uint64_t kWaitMs = 5000;
static const uint64_t kPlausibleS = 1514764800;  // 2018: an earlier answer is no answer
static const uint32_t kDayS = 86400;
static const uint64_t kStepBackS = 5;  // an honest server's correction
// A leap of the floor, and how long the clock must hold before it is believed: the chip asks its servers every hour.
static const uint64_t kLeapS = 2 * kDayS;
static const uint64_t kHoldMs = 2 * 3600000 + 60000;

void loadClockFloor() {
  char file[24];
  const int32_t size = hal_file_read("/clk", 4, reinterpret_cast<uint8_t*>(file), sizeof file);
  if (size < 2 || file[size - 1] != '\n') return;
  decodeDecimal(Span{file, static_cast<uint32_t>(size) - 1}, &device.clock.floorS);
}

static void start() {
  const Config& config = device.config;
  hal_time_start(config.time.servers.data, config.time.servers.size, config.time.zone.data, config.time.zone.size);
  device.clock.isStarted = true;
  device.clock.startedAtMs = hal_millis();
  say("Waiting for time");
  report(Stage::Time, State::Try);
}

static void addPadded(Text* text, char before, uint32_t value) {
  text->add(before).add(static_cast<char>('0' + value / 10)).add(static_cast<char>('0' + value % 10));
}

// Days to a date by counting from 0000-03-01, so that the leap day ends the year (Howard Hinnant, civil_from_days).
static void addDate(Text* text, uint32_t unixS) {
  const uint32_t days = unixS / kDayS + 719468;
  const uint32_t era = days / 146097;
  const uint32_t dayOfEra = days % 146097;
  const uint32_t yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const uint32_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const uint32_t shifted = (5 * dayOfYear + 2) / 153;
  const uint32_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const uint32_t second = unixS % kDayS;
  text->decimal(static_cast<uint64_t>(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)));
  addPadded(text, '-', month);
  addPadded(text, '-', dayOfYear - (153 * shifted + 2) / 5 + 1);
  addPadded(text, ' ', second / 3600);
  addPadded(text, ':', second / 60 % 60);
  addPadded(text, ':', second % 60);
}

// In the configured zone, which is for people's eyes only: everything else is UTC.
static void addLocalDate(Text* text, uint64_t unixS) {
  const int32_t offset = hal_zone_offset(unixS);
  const uint32_t minutes = static_cast<uint32_t>(offset < 0 ? -offset : offset) / 60;
  addDate(text, static_cast<uint32_t>(unixS) + static_cast<uint32_t>(offset));
  text->add(" UTC");
  if (minutes == 0) return;
  addPadded(text, offset < 0 ? '-' : '+', minutes / 60);
  addPadded(text, ':', minutes % 60);
}

static void tellSynchronised(uint64_t nowS) {
  char line[48];
  Text text(line, sizeof line);
  text.add("Time sync'd: ");
  addLocalDate(&text, nowS);
  say(text.span());
  char digits[20];
  Text value(digits, sizeof digits);
  Fields fields;
  report(Stage::Time, State::Ok, fields.put("t", value.decimal(nowS).span()));
}

static void judge(uint64_t networkS) {
  ClockState& clock = device.clock;
  // Set back, the clock would let commands through that somebody has held since then.
  const bool isGood = networkS >= clock.floorS && networkS + kStepBackS >= clock.seenS;
  if (isGood && !clock.isSynchronised) tellSynchronised(networkS);
  if (!isGood && (clock.isSynchronised || lastState(Stage::Time) == State::Try)) reportFault(Stage::Time, 302);
  clock.isSynchronised = isGood;
  if (isGood && networkS > clock.seenS) clock.seenS = networkS;
}

static bool isLeap() { return device.clock.floorS != 0 && device.clock.judgedS > device.clock.floorS + kLeapS; }

// The time at which the broker's certificate was judged, not the present one: nobody has judged anything since.
static void storeFloor() {
  ClockState& clock = device.clock;
  if (!clock.isSynchronised) clock.judgedS = 0;
  if (clock.judgedS < clock.floorS + kDayS) return;
  if (isLeap() && hal_millis() - clock.judgedAtMs < kHoldMs) return;
  char file[24];
  Text text(file, sizeof file);
  text.decimal(clock.judgedS).add('\n');
  if (hal_file_replace("/clk", 4, reinterpret_cast<const uint8_t*>(file), text.size()) == 0) clock.floorS = clock.judgedS;
  clock.judgedS = 0;
}

void pollClock(bool hasNetwork) {
  ClockState& clock = device.clock;
  storeFloor();
  if (!clock.isStarted) {
    if (hasNetwork) start();
    return;
  }
  const uint64_t networkS = hal_unix_ms() / 1000;
  if (networkS >= kPlausibleS) return judge(networkS);
  const bool isLate = hal_millis() - clock.startedAtMs >= kWaitMs;
  if (isLate && lastState(Stage::Time) == State::Try) reportFault(Stage::Time, 301);
}

uint64_t clockNowMs() {
  if (device.clock.isSynchronised) return hal_unix_ms();
  return device.clock.floorS == 0 ? 0 : device.clock.floorS * 1000 + hal_millis();
}

bool clockIsReady() {
  const ClockState& clock = device.clock;
  if (clock.isSynchronised) return true;
  return clock.isStarted && clock.floorS > 0 && lastState(Stage::Time) == State::Fail;
}

void confirmClock() {
  ClockState& clock = device.clock;
  if (isLeap()) return;  // it is being held already
  clock.judgedS = clockNowMs() / 1000;
  clock.judgedAtMs = hal_millis();
}

}  // namespace sg
