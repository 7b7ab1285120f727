/** The .elf file that a person chose for decoding crashes, in memory only: every crash of the session is read with it. */
import type { FunctionSymbol } from '../../console/elf-symbols.ts';
import { asAppError, type AppError } from '../../shared/errors.ts';

class CrashSymbols {
  fileName = $state<string | null>(null);
  symbols = $state.raw<readonly FunctionSymbol[]>([]);
  failure = $state.raw<AppError | null>(null);

  async take(file: File): Promise<void> {
    this.failure = null;
    this.fileName = null;
    this.symbols = [];
    try {
      const { functionSymbols } = await import('../../console/elf-symbols.ts');
      this.symbols = functionSymbols(new Uint8Array(await file.arrayBuffer()));
      this.fileName = file.name;
    } catch (thrown) {
      this.failure = asAppError(thrown);
    }
  }
}

export const crashSymbols = new CrashSymbols();
