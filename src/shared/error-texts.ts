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

  // --- broker connection and commands (telemetry/, platform/mqtt/) ---
} as const satisfies Record<string, ErrorText>;
