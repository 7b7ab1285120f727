/** What hands do to bring a board into its boot loader, for the boards that people have. */
export type HandBoard = 'nodemcu' | 'd1-mini' | 'esp-01' | 'bare';

export const handBoards: readonly { readonly value: HandBoard; readonly text: string }[] = [
  { value: 'nodemcu', text: 'NodeMCU' },
  { value: 'd1-mini', text: 'D1 mini' },
  { value: 'esp-01', text: 'ESP-01' },
  { value: 'bare', text: 'Bare module' },
];

export const loaderSteps: Readonly<Record<HandBoard, readonly string[]>> = {
  nodemcu: ['Hold the button FLASH.', 'Press RST once.', 'Let go of FLASH.'],
  'd1-mini': ['Connect D3 (GPIO0) to G.', 'Press RST once.', 'Leave the wire until writing has begun.'],
  'esp-01': [
    'Connect GPIO0 to GND.',
    'Take the power away and give it back, or pull RST to GND once.',
    'Leave GPIO0 connected until writing has begun, take the wire off before the restart.',
  ],
  bare: [
    'Connect GPIO0 and GPIO15 to GND, EN to 3.3 V.',
    'Pull RST to GND once.',
    'Leave GPIO0 connected until writing has begun, take the wire off before the restart.',
  ],
};

/** The picture in words, for those who do not see it. */
export const pictureWords: Readonly<Record<HandBoard, string>> = {
  nodemcu: 'A NodeMCU: the buttons RST and FLASH stand left and right of the USB socket.',
  'd1-mini':
    'A D1 mini: RST is the button on its edge; the pins D3 and G are next to each other on one side.',
  'esp-01': 'An ESP-01: of its eight pins GPIO0 is joined to GND.',
  bare: 'A bare module: GPIO0 and GPIO15 are joined to GND, EN to 3.3 V.',
};
