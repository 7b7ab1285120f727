// Names to addresses without waiting: the options' own table, numeric addresses, else the system's resolver in a thread.
#pragma once
#include <netinet/in.h>
#include <stdint.h>

#include <string>

namespace signet_host {

enum class Resolving { pending, found, unknown };

void resolve_start(const std::string& host, uint16_t port);
Resolving resolve_poll(sockaddr_in& out);

}  // namespace signet_host
