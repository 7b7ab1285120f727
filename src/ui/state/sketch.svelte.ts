/** What a person chose for a device's own sketch: kept while the page is open, whatever part of it is shown. */
import { layoutNamed } from '../../contract/flash-layouts.ts';
import type { Device, Project } from '../../project/entities.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import type { ChosenFile, ExtraEntry, PresetId, SketchChoice } from '../../sketch/presets.ts';
import { sizeProblem } from '../../workflows/sketch-form.ts';
import { checkProgram, readOwnProgram, type OwnProgram } from '../../workflows/sketch-program.ts';
import type { Chosen, ChosenFiles } from '../sketch/chosen-files.ts';
import { app } from './app.svelte.ts';

export type PresetChoice = PresetId | 'free';

/** A dropped file or folder; its path can be edited. */
export type ExtraRow = Chosen & { readonly id: number };

export interface ProgramFile {
  readonly name: string;
  readonly program: OwnProgram;
}

const freeStart: readonly ChosenFile[] = [
  { path: '/ca.pem', what: 'authority', format: 'pem' },
  { path: '/client.crt', what: 'certificate', format: 'pem' },
  { path: '/client.key', what: 'key', format: 'pem' },
];

export class SketchState {
  preset = $state<PresetChoice>('s5');
  layoutName = $state('4m2m');
  free = $state<{ -readonly [Key in keyof ChosenFile]: ChosenFile[Key] }[]>(
    freeStart.map((file) => ({ ...file })),
  );
  extras = $state.raw<readonly ExtraRow[]>([]);
  /** What was left out of the last drop, or why it was not taken. */
  leftOut = $state.raw<readonly string[]>([]);
  takeProblem = $state.raw<AppError | null>(null);
  programFile = $state.raw<ProgramFile | null>(null);
  #programProblem = $state.raw<AppError | null>(null);
  #nextId = 0;

  get layout() {
    return layoutNamed(this.layoutName);
  }

  get choice(): SketchChoice {
    const extras = this.extras.flatMap((row): ExtraEntry[] => {
      if (row.kind === 'too-large') return [];
      return [{ path: row.path, content: row.kind === 'file' ? row.content : null }];
    });
    return this.preset === 'free'
      ? { kind: 'free', files: this.free.map((file) => ({ ...file })), extras }
      : { kind: 'preset', preset: this.preset, extras };
  }

  /** The first file that was too large to be read. */
  get unreadProblem(): AppError | null {
    const row = this.extras.find(({ kind }) => kind === 'too-large');
    return row ? this.unread(row) : null;
  }

  unread(row: ExtraRow): AppError | null {
    return row.kind === 'too-large' ? sizeProblem(this.layout, row) : null;
  }

  /** What is wrong with the .bin, for itself or for this layout. */
  get programProblem(): AppError | null {
    if (this.#programProblem || !this.programFile) return this.#programProblem;
    try {
      checkProgram(this.programFile.program, this.layout, app().environment.kind === 'demo');
      return null;
    } catch (thrown) {
      return asAppError(thrown);
    }
  }

  /** Takes files in; those of before stay. */
  async takeExtras(files: Promise<ChosenFiles>): Promise<void> {
    this.takeProblem = null;
    this.leftOut = [];
    try {
      const { chosen, leftOut } = await files;
      this.leftOut = leftOut;
      this.extras = [...this.extras, ...chosen.map((each) => ({ ...each, id: this.#nextId++ }))];
    } catch (thrown) {
      this.takeProblem = asAppError(thrown);
    }
  }

  renameExtra(id: number, path: string): void {
    this.extras = this.extras.map((row) => (row.id === id ? { ...row, path } : row));
  }

  removeExtra(id: number): void {
    this.extras = this.extras.filter((row) => row.id !== id);
  }

  /** A layout that the program tells is chosen with it. */
  async takeProgram(file: File): Promise<void> {
    this.dropProgram();
    try {
      const program = readOwnProgram(await bytesOf(file));
      this.programFile = { name: file.name, program };
      if (program.layout.kind === 'known') this.layoutName = program.layout.layout.name;
    } catch (thrown) {
      this.#programProblem = asAppError(thrown);
    }
  }

  dropProgram(): void {
    this.programFile = null;
    this.#programProblem = null;
  }
}

async function bytesOf(file: File): Promise<Bytes> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new AppError('sketch.file-unreadable', { details: { path: file.name } });
  }
}

const states: Record<string, SketchState> = {};

/** One for each device. */
export const sketchOf = (project: Project, device: Device): SketchState =>
  (states[`${project.id}/${device.id}`] ??= new SketchState());
