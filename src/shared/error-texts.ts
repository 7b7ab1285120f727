/**
 * Each error code's cause (`message`) and next thing to do (`remedy`), in the person's words. `{name}` is filled from
 * `details`. A table: the only file that may grow with the product.
 */
export interface ErrorText {
  readonly message: string;
  readonly remedy: string;
}

export const errorTexts = {
  internal: {
    message: 'Something in the page went wrong ({what}).',
    remedy: 'Reload the page: what you made is saved. If it happens again, please report it.',
  },

  // --- forms and projects (project/, workflows/) ---
  'form.project-name': {
    message: 'The project name "{value}" cannot be used: {why}.',
    remedy: 'Use 1 to 32 letters, digits or hyphens, for example "porch".',
  },

  // --- keys and certificates (pki/) ---

  // --- vault and storage (vault/, platform/storage/) ---

  // --- broker bundle (broker/) ---

  // --- file system images (littlefs/) ---

  // --- serial port and flashing (flash/, platform/serial/) ---
  'flash.layout-unknown': {
    message: 'There is no flash layout called "{name}".',
    remedy: 'Choose one from the list, for example 4m2m for a NodeMCU or D1 mini.',
  },
  'flash.layout-without-files': {
    message: 'The layout "{name}" has no file system, so keys and settings have no place on the board.',
    remedy:
      'Choose a layout with a file system, for example {name}64 or 4m2m, that your sketch was built for.',
  },
  'flash.wrong-chip': {
    message: 'This board has an {found}; the firmware is for the ESP8266. Nothing was erased.',
    remedy: 'Connect an ESP8266 board (NodeMCU, D1 mini, ESP-01), or check that you picked the right port.',
  },
  'flash.too-small': {
    message:
      'The flash of this board holds {foundKb} KB (id {flashId}); the layout {layout} needs {neededKb} KB. Nothing was erased.',
    remedy: 'Choose a layout for {foundKb} KB, or connect a board with at least {neededKb} KB of flash.',
  },
  'flash.size-unknown': {
    message: 'The flash chip answered with the id {flashId}, which tells no size. Nothing was erased.',
    remedy: 'Unplug the board, take other parts off its pins, plug it in again and press Retry.',
  },
  'flash.not-firmware': {
    message: 'The file is not an ESP8266 program: {why}.',
    remedy: 'Choose the .bin that the Arduino IDE or PlatformIO made for an ESP8266 board.',
  },
  'flash.firmware-too-large': {
    message:
      'The firmware has {foundBytes} bytes; the layout {layout} has room for {limitBytes} before {what}. Nothing was erased.',
    remedy: 'Choose a layout with more room for the program, or a smaller firmware.',
  },
  'flash.layout-mismatch': {
    message: 'The firmware was built for the layout {firmwareLayout}; the files were made for {layout}.',
    remedy: 'Make the files for {firmwareLayout}, or choose the firmware built for {layout}.',
  },
  'flash.outside-file-system': {
    message:
      'A part of the files lies at {offset}, {sizeBytes} bytes long: outside the file system of {layout} ({fsOffset} to {fsEnd}).',
    remedy: 'Make the files again for the layout {layout}.',
  },
  'flash.virtual-image': {
    message:
      'This firmware is the one for the virtual board; a real ESP8266 cannot run it. Nothing was erased.',
    remedy: 'Choose a firmware built for the chip, or connect the virtual board.',
  },
  'flash.no-answer': {
    message: 'The board does not answer: it is not in its boot loader ({tried} reset sequences tried).',
    remedy:
      'Hold FLASH (or BOOT), press RST, let both go, then press Retry. On an ESP-01 connect GPIO0 to GND and power it again.',
  },
  'flash.loader-failed': {
    message: 'The board answered, but its flash loader did not start ({why}).',
    remedy: 'Press RST on the board, then Retry. If it stays so, try another USB cable or port.',
  },
  'flash.command-failed': {
    message: 'The board refused or lost a step: {step} ({why}).',
    remedy: 'Press Resume: only what is missing is written. If it fails again, choose a lower speed.',
  },
  'flash.timed-out': {
    message: 'The board stopped answering during: {step} (waited {waitedS} s).',
    remedy: 'Check the cable and press Resume: only what is missing is written.',
  },
  'flash.verify-failed': {
    message:
      'What the flash holds at {offset} ({sizeBytes} bytes) is not what was sent: MD5 {found} instead of {expected}.',
    remedy:
      'Press Resume to write it again. If it fails at the same place, the flash chip is worn: use another board.',
  },
  'serial.unsupported': {
    message: 'This browser cannot reach serial ports.',
    remedy: 'Use Chrome, Edge or Opera on a computer, and open the page over https or from localhost.',
  },
  'serial.port-busy': {
    message: 'The serial port cannot be opened: another program uses it, or this user may not.',
    remedy:
      'Close the Arduino IDE, serial monitors and other tabs. Linux: add yourself to the group "dialout" (Arch: "uucp"), remove "brltty", and for a Snap browser run "snap connect chromium:raw-usb". Windows and macOS: install the driver of the USB chip (CH340 or CP210x). Then unplug the board, plug it in and press Retry.',
  },
  'serial.already-open': {
    message: 'The serial port is already open in this page.',
    remedy: 'Close the console or the other flash job that uses it, then press Retry.',
  },
  'serial.gone': {
    message: 'The board was unplugged.',
    remedy: 'Plug it in again and press Resume. If it keeps going away, use another cable or USB port.',
  },
  'serial.failed': {
    message: 'The serial port failed: {why}.',
    remedy: 'Unplug the board, plug it in again and press Retry.',
  },
  'jobs.failed': {
    message: 'A background task ({job}) failed: {why}.',
    remedy: 'Press Retry. If it happens again, reload the page: what you made is saved.',
  },

  // --- broker connection and commands (telemetry/, platform/mqtt/) ---
} as const satisfies Record<string, ErrorText>;
