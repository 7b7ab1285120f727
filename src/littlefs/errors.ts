/** The errors that more than one module of littlefs/ throws. Their texts stand in shared/error-texts.ts. */
import { AppError } from '../shared/errors.ts';
import type { Geometry } from './types.ts';

/** `littlefs.damaged`; `where` completes "The file system is damaged: ...". */
export const damaged = (where: string): AppError => new AppError('littlefs.damaged', { details: { where } });

/** `littlefs.geometry`: what was found is not what the layout asks for. */
export const wrongGeometry = (found: Geometry, expected: string): AppError =>
  new AppError('littlefs.geometry', { details: { found: geometryText(found), expected } });

export const geometryText = (geometry: Geometry): string =>
  `${geometry.blockCount} blocks of ${geometry.blockSizeBytes} bytes`;
