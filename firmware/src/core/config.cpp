#include "config.h"

#include "config-section.h"

namespace sg {

static bool isId(Span text) {
  for (uint32_t i = 0; i < text.size; i++) {
    const char c = text.data[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return text.size >= 1;
}

static void parseIds(Section& root, Config* config) {
  static const char kReserved[] = "broker dashboard nodered homeassistant admin signet";
  root.text("project", 1, &config->project, IfWrong::Refuse);
  root.text("id", 1, &config->id, IfWrong::Refuse);
  if (!isId(config->project.span())) root.wrong("project", IfWrong::Refuse);
  if (!isId(config->id.span()) || wordIndex(kReserved, config->id.span()) >= 0) root.wrong("id", IfWrong::Refuse);
}

static bool isPsk(Span psk) {
  uint8_t key[32];
  if (psk.size == 64) return decodeHex(psk, key, 32);
  for (uint32_t i = 0; i < psk.size; i++) {
    if (psk.data[i] < 0x20 || psk.data[i] > 0x7e) return false;
  }
  return psk.size == 0 || (psk.size >= 8 && psk.size <= 63);
}

static bool parseSsid(JsonValue entry, Str<32>* ssid) {
  if (jsonStore(jsonMember(entry, "ssid"), ssid)) return ssid->size >= 1;
  Str<64> hex;
  if (!jsonStore(jsonMember(entry, "ssid_hex"), &hex) || hex.size < 2) return false;
  ssid->size = static_cast<uint8_t>(hex.size / 2);
  return decodeHex(hex.span(), reinterpret_cast<uint8_t*>(ssid->data), ssid->size);
}

static void parseWifi(Section& root, Config* config) {
  const JsonValue list = root.member("wifi");
  JsonCursor cursor = jsonWalk(list);
  JsonValue key{0, nullptr, nullptr};
  JsonValue entry{0, nullptr, nullptr};
  if (list.kind != 'a') root.wrong("wifi", IfWrong::Refuse);
  while (list.kind == 'a' && jsonNext(&cursor, &key, &entry)) {
    if (config->wifiCount == 4) return root.wrong("wifi", IfWrong::Refuse);
    WifiNetwork& network = config->wifi[config->wifiCount++];
    if (!parseSsid(entry, &network.ssid)) root.wrong("wifi.ssid", IfWrong::Refuse);
    const JsonValue psk = jsonMember(entry, "psk");
    const bool isRead = psk.kind == 0 || jsonStore(psk, &network.psk);
    if (!isRead || !isPsk(network.psk.span())) root.wrong("wifi.psk", IfWrong::Refuse);
  }
  if (config->wifiCount == 0) root.wrong("wifi", IfWrong::Refuse);
}

static void parseMqtt(Section mqtt, Config* config) {
  if (!mqtt.present()) return mqtt.wrong("host", IfWrong::Refuse);
  mqtt.text("host", 1, &config->mqtt.host, IfWrong::Refuse);
  config->mqtt.port = static_cast<uint16_t>(mqtt.integer("port", 1, 65535, 8883, IfWrong::Refuse));
  store(&config->mqtt.client, config->id.span());
  mqtt.text("client", 0, &config->mqtt.client, IfWrong::Refuse);
  mqtt.text("user", 0, &config->mqtt.user, IfWrong::Refuse);
  mqtt.text("pass", 0, &config->mqtt.pass, IfWrong::Refuse);
  config->mqtt.keepS = static_cast<uint16_t>(mqtt.integer("keep_s", 10, 300, 30, IfWrong::UseDefault));
  mqtt.only("host port client user pass keep_s");
}

// A fingerprint may be written with colons or spaces between its bytes.
static uint32_t parsePin(Span text, uint8_t* out) {
  char digits[64];
  uint32_t count = 0;
  for (uint32_t i = 0; i < text.size; i++) {
    if (text.data[i] == ':' || text.data[i] == ' ') continue;
    if (count == sizeof digits) return 0;
    digits[count++] = text.data[i];
  }
  return decodeHex(Span{digits, count}, out, count / 2) ? count / 2 : 0;
}

static void parseTls(Section tls, Config* config) {
  Str<128> pin{};
  config->tls.mode = static_cast<uint8_t>(tls.choice("mode", "ca sha1", 0, IfWrong::Refuse));
  tls.text("pin", 0, &pin, IfWrong::Refuse);
  const uint32_t wanted = config->tls.mode == 1 ? 20 : pin.size == 0 ? 0 : 32;
  config->tls.pinSize = static_cast<uint8_t>(parsePin(pin.span(), config->tls.pin));
  if (config->tls.pinSize != wanted) tls.wrong("pin", IfWrong::Refuse);
  const int32_t fragment = tls.integer("frag", 0, 4096, 0, IfWrong::UseDefault);
  const bool isLegal = fragment == 0 || fragment == 512 || fragment == 1024 || fragment == 2048 || fragment == 4096;
  if (!isLegal) tls.wrong("frag", IfWrong::UseDefault);
  config->tls.fragment = static_cast<uint16_t>(isLegal ? fragment : 0);
  tls.only("mode pin frag");
}

static bool addServer(JsonValue entry, Str<146>* servers) {
  Str<48> name;
  if (!jsonStore(entry, &name) || name.size == 0) return false;
  if (servers->size > 0) servers->data[servers->size++] = ',';
  copyBytes(servers->data + servers->size, name.data, name.size);
  servers->size = static_cast<uint8_t>(servers->size + name.size);
  return true;
}

static void parseTime(Section time, Config* config) {
  store(&config->time.zone, spanOf("UTC0"));
  time.text("tz", 0, &config->time.zone, IfWrong::UseDefault);
  const JsonValue list = time.member("ntp");
  JsonCursor cursor = jsonWalk(list);
  JsonValue key{0, nullptr, nullptr};
  JsonValue entry{0, nullptr, nullptr};
  bool isGood = list.kind == 0 || list.kind == 'a';
  for (int count = 0; list.kind == 'a' && jsonNext(&cursor, &key, &entry) && isGood; count++) {
    isGood = count < 3 && addServer(entry, &config->time.servers);
  }
  if (!isGood) time.wrong("ntp", IfWrong::UseDefault);
  if (!isGood || config->time.servers.size == 0) store(&config->time.servers, spanOf("pool.ntp.org"));
  time.only("ntp tz");
}

static void parseForm(Section form, Config* config) {
  config->form.kind = static_cast<Form>(form.choice("kind", "signet iot2 plain", 0, IfWrong::Refuse));
  form.text("base", config->form.kind == Form::Plain ? 1 : 0, &config->form.base, IfWrong::Refuse);
  form.only("kind base");
}

static void parseSensor(Section sensor, Config* config) {
  config->sensor.type = static_cast<SensorType>(sensor.choice("type", "none dht11 dht22", 0, IfWrong::Refuse));
  config->sensor.pin = sensor.pin("pin", 4);
  config->sensor.everyS = static_cast<uint32_t>(sensor.integer("every_s", 2, 86400, 10, IfWrong::UseDefault));
  config->sensor.isFahrenheit = sensor.choice("unit", "C F", 0, IfWrong::UseDefault) == 1;
  sensor.only("type pin every_s unit");
}

static void parseThresholds(Section& pixel, int16_t* at) {
  static const int16_t kDefault[4] = {0, 100, 250, 300};
  const JsonValue list = pixel.member("at");
  JsonCursor cursor = jsonWalk(list);
  JsonValue key{0, nullptr, nullptr};
  JsonValue entry{0, nullptr, nullptr};
  int64_t found[5] = {-1000000, 0, 0, 0, 0};
  int count = 0;
  bool isGood = list.kind == 'a';
  while (isGood && jsonNext(&cursor, &key, &entry)) {
    isGood = count < 4 && jsonInteger(entry, &found[count + 1]) && found[count + 1] > found[count] &&
             found[count + 1] >= -1000 && found[count + 1] <= 1500;
    count++;
  }
  isGood = isGood && count == 4;
  if (list.kind != 0 && !isGood) pixel.wrong("at", IfWrong::UseDefault);
  for (int i = 0; i < 4; i++) at[i] = isGood ? static_cast<int16_t>(found[i + 1]) : kDefault[i];
}

static void parsePixel(Section pixel, Config* config) {
  config->pixel.present = pixel.present();
  config->pixel.pin = pixel.pin("pin", 5);
  const int32_t order = pixel.choice("order", "RGB RBG GRB GBR BRG BGR", 0, IfWrong::UseDefault);
  copyBytes(config->pixel.order, &"RGBRBGGRBGBRBRGBGR"[3 * order], 3);
  parseThresholds(pixel, config->pixel.at);
  pixel.only("pin order at");
}

static void parseOutputs(JsonValue root, Config* config, ConfigReport* report) {
  Section led(jsonMember(root, "led"), "led", report);
  config->led.present = led.present();
  config->led.pin = led.pin("pin", 2);
  config->led.low = led.boolean("low", true);
  led.only("pin low");
  Section relay(jsonMember(root, "relay"), "relay", report);
  config->relay.present = relay.present();
  config->relay.pin = relay.pin("pin", 5);
  config->relay.low = relay.boolean("low", false);
  config->relay.pulseMs = static_cast<uint16_t>(relay.integer("pulse_ms", 100, 5000, 500, IfWrong::Refuse));
  relay.only("pin low pulse_ms");
  Section spi(jsonMember(root, "spi"), "spi", report);
  config->spi.present = spi.present();
  config->spi.ss = spi.pin("ss", 16);
  config->spi.invert = spi.boolean("invert", true);
  spi.only("ss invert");
}

static void claimPins(Section& root, const Config& config) {
  static const char* const kOwners[] = {"sensor.pin", "led.pin", "pixel.pin", "relay.pin", "spi.ss", "spi", "spi", "spi"};
  const bool hasSpi = config.spi.present;
  const bool isUsed[] = {config.sensor.type != SensorType::None, config.led.present, config.pixel.present,
                         config.relay.present, hasSpi, hasSpi, hasSpi, hasSpi};
  const int8_t pins[] = {config.sensor.pin, config.led.pin, config.pixel.pin, config.relay.pin, config.spi.ss, 12, 13, 14};
  uint32_t taken = 0;
  for (int i = 0; i < 8; i++) {
    const uint32_t bit = isUsed[i] ? 1u << pins[i] : 0;
    if ((taken & bit) != 0) root.wrong(kOwners[i], IfWrong::Refuse);
    taken |= bit;
  }
}

static void parseUnsigned(Section& root, Config* config) {
  const JsonValue list = root.member("unsigned");
  JsonCursor cursor = jsonWalk(list);
  JsonValue key{0, nullptr, nullptr};
  JsonValue entry{0, nullptr, nullptr};
  bool isGood = list.kind == 0 || list.kind == 'a';
  while (list.kind == 'a' && isGood && jsonNext(&cursor, &key, &entry)) {
    char name[16];
    const int32_t size = jsonText(entry, name, sizeof name);
    const int32_t index = size < 0 ? -1 : wordIndex("led display interval", Span{name, static_cast<uint32_t>(size)});
    isGood = index >= 0;
    if (isGood) config->unsignedAllowed = static_cast<uint8_t>(config->unsignedAllowed | (1 << index));
  }
  if (isGood) return;
  config->unsignedAllowed = 0;
  root.wrong("unsigned", IfWrong::UseDefault);
}

static bool isVersionOne(JsonValue root) {
  int64_t version = 0;
  return jsonInteger(jsonMember(root, "v"), &version) && version == 1;
}

void parseConfig(Span document, Config* config, ConfigReport* report) {
  zeroBytes(config, sizeof *config);
  zeroBytes(report, sizeof *report);
  config->baud = 115200;
  const JsonValue root = jsonValid(document) ? jsonRoot(document) : JsonValue{0, nullptr, nullptr};
  report->code = root.kind != 'o' ? 102 : isVersionOne(root) ? 0 : 101;
  if (report->code != 0) return;
  Section top(root, "", report);
  parseIds(top, config);
  parseWifi(top, config);
  parseMqtt(Section(jsonMember(root, "mqtt"), "mqtt", report), config);
  parseTls(Section(jsonMember(root, "tls"), "tls", report), config);
  parseTime(Section(jsonMember(root, "time"), "time", report), config);
  parseForm(Section(jsonMember(root, "form"), "form", report), config);
  parseSensor(Section(jsonMember(root, "sensor"), "sensor", report), config);
  parsePixel(Section(jsonMember(root, "pixel"), "pixel", report), config);
  parseOutputs(root, config, report);
  top.text("ha", 0, &config->discovery, IfWrong::UseDefault);
  const int32_t baud = top.integer("baud", 74880, 115200, 115200, IfWrong::UseDefault);
  if (baud != 74880 && baud != 115200) top.wrong("baud", IfWrong::UseDefault);
  config->baud = baud == 74880 ? 74880 : 115200;
  parseUnsigned(top, config);
  claimPins(top, *config);
  top.only("v project id wifi mqtt tls time form sensor led pixel relay spi ha baud unsigned");
}

}  // namespace sg
