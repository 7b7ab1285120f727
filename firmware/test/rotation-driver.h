// Somebody at the broker who rotates a device, for the rotation's tests.
#pragma once
#include <string>

extern const std::string kTopic;
extern const std::string kAppKey;

// Sends a signed command and returns the answer's JSON; empty when none came. isOk and isCode look at the last one.
std::string give(const std::string& command, const std::string& arguments);
bool isOk();
bool isCode(int code);
// The device's new request; empty when it makes none.
std::string fetchRequest();
// What an authority would make of the request, as far as the core looks at it.
std::string certify(const std::string& request, const std::string& padding);
// Sends a file in parts, sealed where it is secret.
bool putFile(const std::string& file, const std::string& content, size_t partSize);
std::string generation(const std::string& cfg, const std::string& ca, const std::string& crt);
// SHA-256, or HMAC with a key.
std::string hash(const std::string& key, const std::string& bytes);
std::string base64(const std::string& bytes);
