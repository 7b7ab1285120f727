// The core's small parts, one by one: JSON, certificate dates, MQTT lengths, texts.
#include <stdio.h>

#include "../src/core/certificate-dates.h"
#include "../src/core/device.h"
#include "../src/core/json.h"
#include "test-device.h"

static sg::Span span(const std::string& text) { return sg::Span{text.data(), static_cast<uint32_t>(text.size())}; }
static bool isValid(const std::string& text) { return sg::jsonValid(span(text)); }

static void jsonTakesWhatItMust() {
  for (const char* text : {"{}", "[]", " { \"a\" : [ 1 , -2 , true , false , null ] } ", "\"\\u00e4\\ud83d\\ude00\"", "0", "-0",
                           "9007199254740992", "[[[[]]]]", "{\"a\":{\"a\":{\"a\":{\"a\":1}}}}", "\"\xc3\xa4\"", "\"\xf0\x9f\x98\x80\""}) {
    CHECK(isValid(text));
  }
  CHECK(isValid("\"" + std::string(256, 'x') + "\""));
}

static void jsonRefusesWhatItMust() {
  for (const char* text : {"", "{", "}", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "-", "1.0", "1e3", "9007199254740993", "+1",
                           "[[[[[]]]]]", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"x\":{\"b\":1,\"b\":1}}", "\"\\x\"", "\"\\ud800\"",
                           "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xff\"", "\"\x01\"",
                           "nul", "tru", "{} {}", "\"abc", "'a'", "[1 2]", "{\"a\":}"}) {
    CHECK(!isValid(text));
  }
  CHECK(!isValid("\"" + std::string(257, 'x') + "\""));
  CHECK(!isValid(std::string("\"a\0b\"", 5)));
}

static void jsonFindsMembers() {
  const std::string text = "{\"a\":{\"b\":\"x\\n\\u00e4\"},\"list\":[1,2,3],\"n\":-42}";
  CHECK(isValid(text));
  const sg::JsonValue root = sg::jsonRoot(span(text));
  char out[8];
  int64_t number = 0;
  CHECK(sg::jsonText(sg::jsonMember(sg::jsonMember(root, "a"), "b"), out, sizeof out) == 4);
  CHECK(std::string(out, 4) == "x\n\xc3\xa4");
  CHECK(sg::jsonText(sg::jsonMember(sg::jsonMember(root, "a"), "b"), out, 3) == -1);
  CHECK(sg::jsonInteger(sg::jsonMember(root, "n"), &number) && number == -42);
  CHECK(sg::jsonMember(root, "missing").kind == 0);
  CHECK(sg::jsonMember(sg::jsonMember(root, "n"), "a").kind == 0);
  sg::JsonCursor cursor = sg::jsonWalk(sg::jsonMember(root, "list"));
  sg::JsonValue key{0, nullptr, nullptr};
  sg::JsonValue value{0, nullptr, nullptr};
  int64_t sum = 0;
  while (sg::jsonNext(&cursor, &key, &value) && sg::jsonInteger(value, &number)) sum += number;
  CHECK(sum == 6);
}

static std::string certificate(const std::string& notAfter) {
  const std::string validity = fromHex("170d3236303130313030303030305a") + notAfter;
  const auto wrap = [](char tag, const std::string& content) {
    return std::string(1, tag) + static_cast<char>(content.size()) + content;
  };
  const std::string body = fromHex("a003020102") + fromHex("020101") + fromHex("3000") + fromHex("3000") + wrap('\x30', validity);
  return wrap('\x30', wrap('\x30', body));
}

static uint64_t notAfterOf(const std::string& der) {
  return sg::certificateNotAfter(reinterpret_cast<const uint8_t*>(der.data()), static_cast<uint32_t>(der.size()));
}

static void readsTheEndOfACertificate() {
  const std::string utc = fromHex("170d") + "290223102755Z";
  const std::string generalized = fromHex("180f") + "20500301000000Z";
  CHECK(notAfterOf(certificate(utc)) == 1866536875);
  CHECK(notAfterOf(certificate(generalized)) == 2529705600);
  const std::string whole = certificate(utc);
  for (size_t size = 0; size < whole.size(); size++) CHECK(notAfterOf(whole.substr(0, size)) == 0);
  for (int i = 0; i < 10000; i++) notAfterOf(mutate(whole));
}

static bool isLoadable(const std::string& file) {
  return sg::areCertificates(reinterpret_cast<const uint8_t*>(file.data()), static_cast<uint32_t>(file.size()));
}

static void tellsAnAuthoritysFileFromAnythingElse() {
  const std::string one = certificate(fromHex("170d") + "290223102755Z");
  CHECK(isLoadable(one) && isLoadable(one + one));
  CHECK(!isLoadable("") && !isLoadable("-----BEGIN CERTIFICATE-----\n") && !isLoadable(one + "\n"));
  for (size_t size = 1; size < one.size(); size++) CHECK(!isLoadable(one.substr(0, size)) && !isLoadable(one + one.substr(0, size)));
  for (int i = 0; i < 10000; i++) isLoadable(mutate(one + one));
}

static void survivesMutatedJson() {
  const std::string good =
      "{\"v\":1,\"project\":\"porch\",\"wifi\":[{\"ssid\":\"\\u00e4\",\"psk\":\"\"}],\"mqtt\":{\"host\":\"b\",\"port\":8883},"
      "\"pixel\":{\"pin\":5,\"order\":\"RGB\",\"at\":[0,100,250,300]},\"unsigned\":[\"led\"]}";
  for (int i = 0; i < 10000; i++) {
    // On the heap and exactly as long as it is, so that the sanitizer sees a read beyond it.
    const std::string text = mutate(good);
    char* exact = new char[text.size()];
    text.copy(exact, text.size());
    sg::Config config;
    sg::ConfigReport report;
    sg::parseConfig(sg::Span{exact, static_cast<uint32_t>(text.size())}, &config, &report);
    CHECK(config.wifiCount <= 4);
    delete[] exact;
  }
}

int main() {
  jsonTakesWhatItMust();
  jsonRefusesWhatItMust();
  jsonFindsMembers();
  readsTheEndOfACertificate();
  tellsAnAuthoritysFileFromAnythingElse();
  survivesMutatedJson();
  printf("pieces: JSON, configuration and certificate dates hold; 30,000 mutations survived\n");
  return 0;
}
