/** The line icons' drawings on a 16 grid. A table. */
export const iconPaths = {
  done: 'M3 8.5 6.5 12 13 4.5',
  failed: 'M4 4l8 8M12 4l-8 8',
  now: 'M6 3.5 11 8l-5 4.5',
  waiting: 'M8 4v4l2.5 1.5M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z',
  warn: 'M8 2 1.8 13.2h12.4L8 2Zm0 4.2v3.4m0 1.8v.2',
  info: 'M8 7.2V11m0-6.2v.2M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z',
  skip: 'M4 8h8',
  lock: 'M4.5 7.2h7v6h-7zM5.8 7V5.2a2.2 2.2 0 0 1 4.4 0V7',
  unlock: 'M4.5 7.2h7v6h-7zM5.8 7V4.6a2.2 2.2 0 0 1 4.3-.6',
  usb: 'M8 2v9M8 2 6.4 4.2M8 2l1.6 2.2M8 9 4.8 7.2V5.4M8 10.6l3.2-2V6.4M8 14a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z',
  download: 'M8 2v8m0 0L4.8 7M8 10l3.2-3M3 13.5h10',
  copy: 'M5.5 5.5h7.7v7.7H5.5zM10.5 5.5V2.8H2.8v7.7h2.7',
  plus: 'M8 3v10M3 8h10',
  chevron: 'M4 6l4 4 4-4',
  light: 'M8 2a4 4 0 0 0-2 7.4V11h4V9.4A4 4 0 0 0 8 2ZM6.3 13.4h3.4',
} as const;

export type IconName = keyof typeof iconPaths;
