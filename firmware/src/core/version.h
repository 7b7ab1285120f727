// The firmware's version: the one place.
#pragma once
namespace sg {
constexpr const char* kVersion = "0.1.0";
}
