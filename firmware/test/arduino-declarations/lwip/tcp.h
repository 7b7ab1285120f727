// Declarations only: lwIP's own TCP calls. In lwIP some of these are macros.
#pragma once
#include <lwip/dns.h>

constexpr err_t ERR_MEM = -1;
constexpr uint8_t TCP_WRITE_FLAG_COPY = 1;

struct pbuf {
  pbuf* next;
  uint16_t tot_len, len;
};
struct tcp_pcb;
typedef err_t (*tcp_connected_fn)(void* argument, tcp_pcb* stream, err_t error);
typedef err_t (*tcp_recv_fn)(void* argument, tcp_pcb* stream, pbuf* data, err_t error);
typedef void (*tcp_err_fn)(void* argument, err_t error);

extern "C" {
tcp_pcb* tcp_new();
void tcp_err(tcp_pcb* stream, tcp_err_fn take);
void tcp_recv(tcp_pcb* stream, tcp_recv_fn take);
void tcp_recved(tcp_pcb* stream, uint16_t len);
void tcp_nagle_disable(tcp_pcb* stream);
err_t tcp_connect(tcp_pcb* stream, const ip_addr_t* address, uint16_t port, tcp_connected_fn take);
uint16_t tcp_sndbuf(const tcp_pcb* stream);
uint16_t tcp_mss(const tcp_pcb* stream);
err_t tcp_write(tcp_pcb* stream, const void* data, uint16_t len, uint8_t flags);
err_t tcp_output(tcp_pcb* stream);
err_t tcp_close(tcp_pcb* stream);
void tcp_abort(tcp_pcb* stream);
void pbuf_cat(pbuf* head, pbuf* tail);
void pbuf_ref(pbuf* one);
uint8_t pbuf_free(pbuf* chain);
uint16_t pbuf_copy_partial(const pbuf* chain, void* out, uint16_t len, uint16_t offset);
}
