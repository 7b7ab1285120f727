#include "resolver.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <atomic>
#include <memory>
#include <thread>

#include "host.h"

namespace signet_host {
namespace {

struct Query {
  std::atomic<Resolving> state{Resolving::pending};
  sockaddr_in address{};
};

std::shared_ptr<Query> current;

void ask_system(std::shared_ptr<Query> query, const std::string& host) {
  addrinfo wish{};
  wish.ai_family = AF_INET;
  wish.ai_socktype = SOCK_STREAM;
  addrinfo* answer = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &wish, &answer) != 0 || answer == nullptr) {
    query->state = Resolving::unknown;
    return;
  }
  query->address.sin_addr = reinterpret_cast<sockaddr_in*>(answer->ai_addr)->sin_addr;
  freeaddrinfo(answer);
  query->state = Resolving::found;
}

}  // namespace

void resolve_start(const std::string& host, uint16_t port) {
  current = std::make_shared<Query>();
  const auto own = options().resolve.find(host);
  const std::string target = own == options().resolve.end() ? host : own->second.host;
  if (own != options().resolve.end() && own->second.port != 0) port = own->second.port;
  current->address.sin_family = AF_INET;
  current->address.sin_port = htons(port);
  if (inet_pton(AF_INET, target.c_str(), &current->address.sin_addr) == 1) {
    current->state = Resolving::found;
    return;
  }
  std::thread(ask_system, current, target).detach();
}

Resolving resolve_poll(sockaddr_in& out) {
  if (!current) return Resolving::unknown;
  const Resolving state = current->state;
  if (state == Resolving::found) out = current->address;
  return state;
}

}  // namespace signet_host
