// Eight outputs for a board that has none left: an ATmega168 that copies one byte from SPI to PORTD. The master decides
// what the bits mean (Signet sends them inverted: a low pin switches a relay on) and for how long.
//
// A byte counts when the select line rises after exactly one: what noise or a restart of the master cuts short, or runs
// together, changes nothing. At reset all pins are high, before they are outputs: relays stay off. The watchdog puts the
// chip back into that state when it hangs.
#include <avr/io.h>
#include <avr/wdt.h>
#include <stdbool.h>
#include <stdint.h>

#define SELECT PB2
#define ALL_OFF 0xff

static void start(void) {
  PORTD = ALL_OFF;
  DDRD = 0xff;
  MCUSR = 0;
  wdt_enable(WDTO_250MS);
  // The pull-up keeps an unconnected slave unselected. MISO stays an input: nothing is answered.
  PORTB = 1 << SELECT;
  DDRB = 0;
  SPCR = 1 << SPE;  // slave, mode 0, most significant bit first
  (void)SPSR;
  (void)SPDR;
}

int main(void) {
  uint8_t byte = ALL_OFF;
  uint8_t count = 0;
  start();
  for (;;) {
    wdt_reset();
    // Looked at before the byte: a byte that is complete when the line is high belongs to the select that has ended.
    const bool selected = !(PINB & 1 << SELECT);
    if (SPSR & 1 << SPIF) {
      byte = SPDR;
      if (count < 2) count++;
    }
    if (!selected && count > 0) {
      if (count == 1) PORTD = byte;
      count = 0;
    }
  }
}
