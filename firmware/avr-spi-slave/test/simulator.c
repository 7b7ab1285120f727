// The slave's program in simavr, with the SPI pins at bit level: one order per line on standard input, every change of
// port D on standard output, then a line "." with the cycles so far. simavr takes whole bytes, so the shift register is
// here: it samples on the rising clock, most significant bit first, and forgets what it has when the select line rises.
#include <simavr/avr_ioport.h>
#include <simavr/avr_spi.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_hex.h>
#include <simavr/sim_irq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_HZ 8000000
#define BIT_CYCLES 4  // 2 MHz
#define SELECT_PIN 2
#define SPCR_ADDRESS 0x4c
#define SPCR_SLAVE_MODE_0 0x40  // enabled; master, bit order, polarity and phase all zero

static avr_t* avr;
static avr_irq_t *select_line, *spi_input;
static int selected, bits;
static unsigned shift;

static void run(avr_cycle_count_t cycles) {
  const avr_cycle_count_t end = avr->cycle + cycles;
  while (avr->cycle < end) {
    const int state = avr_run(avr);
    if (state == cpu_Done || state == cpu_Crashed) {
      fprintf(stderr, "the program ended\n");
      exit(1);
    }
  }
}

static void tell(avr_irq_t* irq, uint32_t value, void* name) {
  (void)irq;
  printf("%s %02x\n", (const char*)name, (unsigned)value & 0xff);
}

static void set_select(int on) {
  selected = on;
  bits = 0;
  avr_raise_irq(select_line, on ? 0 : 1);
}

static void clock_bit(int bit) {
  run(BIT_CYCLES);
  if (!selected) return;
  shift = (shift << 1 | (unsigned)bit) & 0xff;
  if (++bits < 8) return;
  bits = 0;
  if (avr->data[SPCR_ADDRESS] != SPCR_SLAVE_MODE_0) {
    fprintf(stderr, "SPI is not a slave in mode 0\n");
    exit(1);
  }
  avr_raise_irq(spi_input, shift);
}

static void obey(const char* order) {
  if (strcmp(order, "select") == 0) set_select(1);
  if (strcmp(order, "deselect") == 0) set_select(0);
  if (strncmp(order, "bits ", 5) == 0) {
    for (const char* at = order + 5; *at != 0; at++) clock_bit(*at == '1');
  }
  if (strncmp(order, "run ", 4) == 0) run(strtoull(order + 4, NULL, 10));
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  uint32_t size = 0, start = 0;
  uint8_t* const program = read_ihex_file(arguments[1], &size, &start);
  avr = avr_make_mcu_by_name("atmega168");
  if (program == NULL || avr == NULL) return 2;
  avr_init(avr);
  avr->frequency = CLOCK_HZ;
  avr_loadcode(avr, program, size, start);
  select_line = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), SELECT_PIN);
  spi_input = avr_io_getirq(avr, AVR_IOCTL_SPI_GETIRQ(0), SPI_IRQ_INPUT);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), IOPORT_IRQ_REG_PORT), tell, "port");
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('D'), IOPORT_IRQ_DIRECTION_ALL), tell, "direction");
  set_select(0);

  char line[4096];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    obey(line);
    printf(". %llu\n", (unsigned long long)avr->cycle);
    fflush(stdout);
  }
  return 0;
}
