/**
 * What keeps a serial port from opening, or from being listed, on each system and for each USB bridge: checks in the
 * order in which they help most often.
 */
import type { UsbIds } from '../../ports/serial.ts';

export type DesktopSystem = 'Windows' | 'macOS' | 'Linux' | 'ChromeOS' | 'other';

const systems: readonly DesktopSystem[] = ['Windows', 'macOS', 'Linux', 'ChromeOS'];

/** The system that a browser speaks of. */
export const desktopSystemOf = (name: string): DesktopSystem =>
  systems.find((system) => system === name) ?? 'other';

const driversOf: Readonly<Record<number, { readonly chip: string; readonly driver: string }>> = {
  0x1a86: { chip: 'CH340 or CH9102', driver: "WCH's CH34x driver" },
  0x10c4: { chip: 'CP210x', driver: "Silicon Labs' CP210x driver" },
  0x0403: { chip: 'FTDI', driver: "FTDI's VCP driver" },
  0x067b: { chip: 'PL2303', driver: "Prolific's PL2303 driver" },
};

const unknownBridge = {
  chip: 'USB',
  driver: 'the driver of the USB chip printed on the board (CH340, CP210x)',
};

/** A port was chosen and does not open. `usb` is null when the browser does not tell. */
export function busyPortChecks(system: DesktopSystem, usb: UsbIds | null): readonly string[] {
  const { chip, driver } = (usb && driversOf[usb.vendorId]) ?? unknownBridge;
  const programs =
    'Close what else may use the port: the Arduino IDE and its Serial Monitor, a terminal, PlatformIO, another tab of this page.';
  const again = 'Unplug the board, plug it in again, and press Retry.';
  const own: Readonly<Record<DesktopSystem, readonly string[]>> = {
    Linux: [
      'Your user may not open serial ports: run "sudo usermod -aG dialout $USER" (Arch: the group is "uucp"), then log out and in.',
      ...(usb?.vendorId === 0x1a86
        ? ['"brltty" takes boards with a CH340 away: remove it with "sudo apt remove brltty".']
        : []),
      'A browser from the Snap store needs "sudo snap connect chromium:raw-usb"; one from Flatpak cannot reach ports at all.',
    ],
    Windows: [`If the Device Manager shows the ${chip} port with a warning sign, install ${driver}.`],
    macOS: [
      `If the port has no name like "cu.usbserial", install ${driver} and allow it under System Settings, Privacy & Security.`,
    ],
    ChromeOS: ['Take the board away from Linux under Settings, Developers, Linux, Manage USB devices.'],
    other: [`Install ${driver}.`],
  };
  return [programs, ...own[system], again];
}

/** The picker did not list the board, or was closed. */
export function missingPortChecks(system: DesktopSystem): readonly string[] {
  const driver: Readonly<Record<DesktopSystem, string>> = {
    Windows: `The driver of the USB chip may be missing: look in the Device Manager for an unknown device; install ${driversOf[0x1a86]?.driver} or ${driversOf[0x10c4]?.driver}.`,
    macOS: `The driver of the USB chip may be missing: macOS brings those of most chips since 10.14; else install ${driversOf[0x1a86]?.driver} or ${driversOf[0x10c4]?.driver}.`,
    Linux: 'Run "sudo dmesg" right after plugging in: "brltty" or a missing "ch341" module shows there.',
    ChromeOS: 'Allow the board for the browser, not for Linux, when ChromeOS asks.',
    other: 'The driver of the USB chip may be missing.',
  };
  return [
    'Many cables carry power only: take one that has carried data before.',
    'Plug the board into this computer itself, not into a hub or a screen.',
    driver[system],
  ];
}
