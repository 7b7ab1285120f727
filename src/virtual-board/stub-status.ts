/** The stub's error codes: the first of the two status bytes, the second is 0. */
export const OK = 0x00;
export const BAD_DATA_LEN = 0xc0;
export const BAD_DATA_CHECKSUM = 0xc1;
export const INVALID_COMMAND = 0xc3;
export const FAILED_SPI_OP = 0xc4;
export const NOT_IN_FLASH_MODE = 0xc6;
export const INFLATE_ERROR = 0xc7;
export const NOT_ENOUGH_DATA = 0xc8;
export const TOO_MUCH_DATA = 0xc9;
