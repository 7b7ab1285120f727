// Declarations only: lwIP's resolver, and the address type the core uses with it.
#pragma once
#include <stdint.h>

typedef int8_t err_t;
constexpr err_t ERR_OK = 0, ERR_INPROGRESS = -5;
struct ip_addr_t {
  uint32_t addr;
};
typedef void (*dns_found_callback)(const char* name, const ip_addr_t* address, void* argument);
extern "C" err_t dns_gethostbyname(const char* host, ip_addr_t* address, dns_found_callback found, void* argument);
