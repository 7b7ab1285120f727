// The chip's transport on the real lwIP (Debian's): one interface whose packets to itself come back and whose others are
// lost. What the peer does is done by lwIP's own calls too.
extern "C" {
#include <lwip/netif.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
}
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "../../src/bearssl/transport.h"
#include "Arduino.h"

using signet::Progress;

EspClass ESP;
extern "C" void stack_thunk_add_ref() {}

static const uint16_t kPort = 8883;

#define CHECK(condition) checkThat((condition), #condition, __LINE__)
static void checkThat(bool holds, const char* condition, int line) {
  if (holds) return;
  fprintf(stderr, "lwip-transport-test.cpp:%d: does not hold: %s\n", line, condition);
  exit(1);
}

// On the chip loop and lwIP take turns; here a lock makes them.
static void locked(const std::function<void()>& act) {
  LOCK_TCPIP_CORE();
  act();
  UNLOCK_TCPIP_CORE();
}

static bool comesTrue(const std::function<bool()>& holds, int ms = 10000) {
  for (int waited = 0; waited < ms; waited++) {
    bool is = false;
    locked([&] { is = holds(); });
    if (is) return true;
    usleep(1000);
  }
  return false;
}

// The broker's side.
static tcp_pcb* listener = nullptr;
static tcp_pcb* peer = nullptr;
static std::string arrived;
static bool isReading = true, hasEnded = false;

static err_t peerReceives(void*, tcp_pcb* stream, pbuf* data, err_t) {
  if (data == nullptr) {
    hasEnded = true;
    return ERR_OK;
  }
  if (!isReading) return ERR_MEM;  // lwIP keeps it and asks again
  std::string part(data->tot_len, '\0');
  pbuf_copy_partial(data, &part[0], data->tot_len, 0);
  arrived += part;
  tcp_recved(stream, data->tot_len);
  pbuf_free(data);
  return ERR_OK;
}

static err_t peerAccepts(void*, tcp_pcb* stream, err_t) {
  peer = stream;
  tcp_recv(stream, peerReceives);
  tcp_err(stream, [](void*, err_t) { peer = nullptr; });
  return ERR_OK;
}

static void resolve(const char* host, uint16_t port) {
  locked([&] {
    signet::transport_resolve(host, port);
    CHECK(signet::transport_resolve_progress() == Progress::done);
  });
}

static void connectToPeer() {
  peer = nullptr;
  arrived.clear();
  isReading = true;
  hasEnded = false;
  resolve("10.0.0.1", kPort);
  locked([] { signet::transport_connect(); });
  CHECK(comesTrue([] { return signet::transport_connect_progress() == Progress::done && peer != nullptr; }));
}

static void endPeer() {
  locked([] {
    signet::transport_drop();
    if (peer != nullptr) {
      tcp_err(peer, nullptr);
      tcp_abort(peer);
    }
    peer = nullptr;
  });
}

static int32_t write(const std::string& bytes) {
  int32_t taken = 0;
  locked([&] { taken = signet::transport_pipe.write(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<uint32_t>(bytes.size())); });
  return taken;
}

// Everything until the stream ends or `size` bytes are there, in reads of at most `most`.
static std::string readAll(size_t size, uint32_t most) {
  std::string all;
  comesTrue([&] {
    uint8_t part[4096];
    int32_t len = 1;
    while (len > 0 && all.size() < size) {
      len = signet::transport_pipe.read(part, most);
      if (len > 0) all.append(reinterpret_cast<char*>(part), static_cast<size_t>(len));
    }
    return len < 0 || all.size() >= size;
  });
  return all;
}

static void peerSends(const std::string& bytes, size_t step) {
  for (size_t at = 0; at < bytes.size(); at += step) {
    locked([&] {
      CHECK(tcp_write(peer, bytes.data() + at, static_cast<uint16_t>(std::min(step, bytes.size() - at)), TCP_WRITE_FLAG_COPY) == ERR_OK);
      tcp_output(peer);
    });
  }
}

static std::string pattern(size_t size) {
  std::string out;
  for (size_t i = 0; i < size; i++) out += static_cast<char>(i * 7 + i / 251);
  return out;
}

static void carriesBothWays() {
  connectToPeer();
  locked([] {
    uint8_t byte;
    CHECK(signet::transport_pipe.read(&byte, 1) == 0);
  });
  CHECK(write("hello") == 5);
  CHECK(comesTrue([] { return arrived == "hello"; }));
  const std::string sent = pattern(20000);
  for (const uint32_t most : {1u, 7u, 536u, 4096u}) {
    peerSends(sent, 1 + most % 900);
    CHECK(readAll(sent.size(), most) == sent);
  }
  endPeer();
}

static void tellsARefusedConnection() {
  resolve("10.0.0.1", kPort + 1);
  locked([] { signet::transport_connect(); });
  CHECK(comesTrue([] { return signet::transport_connect_progress() == Progress::failed; }));
  CHECK(signet::transport_error() == ERR_RST);
  CHECK(write("x") == -1);
}

// Nobody answers: the call returns at once, and giving up leaves nothing behind.
static void doesNotWaitForNobody() {
  resolve("10.0.0.9", kPort);
  for (int i = 0; i < 200; i++) {
    locked([] {
      signet::transport_connect();
      CHECK(signet::transport_connect_progress() == Progress::pending);
      signet::transport_drop();
    });
  }
  connectToPeer();
  endPeer();
}

static void readsWhatCameBeforeTheEnd() {
  connectToPeer();
  const std::string last = pattern(5000);
  peerSends(last, 400);
  locked([] {
    tcp_err(peer, nullptr);
    CHECK(tcp_close(peer) == ERR_OK);
    peer = nullptr;
  });
  usleep(50000);
  CHECK(readAll(last.size() + 1, 100) == last);
  CHECK(write("x") == -1);
  endPeer();
}

static void noticesAnAbort() {
  connectToPeer();
  locked([] {
    tcp_err(peer, nullptr);
    tcp_abort(peer);
    peer = nullptr;
  });
  CHECK(comesTrue([] {
    uint8_t byte;
    return signet::transport_pipe.read(&byte, 1) == -1;
  }));
  CHECK(write("x") == -1 && signet::transport_error() == ERR_RST);
  endPeer();
}

// A peer that does not read: nothing more is taken, nothing is lost, and it goes on when it reads again.
static void waitsForASlowPeer() {
  connectToPeer();
  isReading = false;
  const std::string all = pattern(400000);
  size_t sent = 0;
  for (int idle = 0; idle < 200 && sent < all.size();) {
    const int32_t taken = write(all.substr(sent, 3000));
    CHECK(taken >= 0);
    sent += static_cast<size_t>(taken);
    idle = taken == 0 ? idle + 1 : 0;
    if (taken == 0) usleep(1000);
  }
  CHECK(sent > 0 && sent < all.size());
  isReading = true;
  CHECK(comesTrue([&] {
    const int32_t taken = signet::transport_pipe.write(reinterpret_cast<const uint8_t*>(all.data()) + sent,
                                                       static_cast<uint32_t>(std::min<size_t>(3000, all.size() - sent)));
    CHECK(taken >= 0);
    sent += static_cast<size_t>(taken);
    return sent == all.size();
  }, 60000));
  CHECK(comesTrue([&] { return arrived.size() == all.size(); }));
  CHECK(arrived == all);
  endPeer();
}

// What was written before giving up still goes out: the goodbye of MQTT and of TLS.
static void sendsTheGoodbye() {
  connectToPeer();
  CHECK(write(pattern(1000)) == 1000);
  locked([] { signet::transport_drop(); });
  CHECK(comesTrue([] { return hasEnded; }));
  CHECK(arrived == pattern(1000));
  endPeer();
}

static void givesUpInAnyMoment() {
  for (int i = 0; i < 300; i++) {
    resolve("10.0.0.1", kPort);
    locked([] { signet::transport_connect(); });
    usleep(static_cast<useconds_t>(i * 7 % 900));
    if (i % 3 == 0) write("something");
    if (i % 4 == 0 && peer != nullptr) locked([] { if (peer != nullptr) tcp_write(peer, "answer", 6, TCP_WRITE_FLAG_COPY); });
    endPeer();
  }
  carriesBothWays();
}

static netif home;

static err_t lose(netif*, pbuf*, const ip4_addr_t*) { return ERR_OK; }
static err_t startInterface(netif* one) {
  one->output = lose;
  one->mtu = 1500;
  one->flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
  return ERR_OK;
}

static void startNetwork() {
  tcpip_init(nullptr, nullptr);
  locked([] {
    ip4_addr_t address, mask, gateway;
    IP4_ADDR(&address, 10, 0, 0, 1);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 0, 1);
    netif_set_default(netif_add(&home, &address, &mask, &gateway, nullptr, startInterface, tcpip_input));
    netif_set_up(&home);
    tcp_pcb* const one = tcp_new();
    CHECK(tcp_bind(one, IP4_ADDR_ANY, kPort) == ERR_OK);
    listener = tcp_listen(one);
    tcp_accept(listener, peerAccepts);
  });
}

int main() {
  startNetwork();
  carriesBothWays();
  tellsARefusedConnection();
  doesNotWaitForNobody();
  readsWhatCameBeforeTheEnd();
  noticesAnAbort();
  waitsForASlowPeer();
  sendsTheGoodbye();
  givesUpInAnyMoment();
  printf("lwIP: the chip's transport connects, reads, writes and gives up without waiting, on the real stack\n");
  return 0;
}
