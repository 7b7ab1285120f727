// The form of an own sketch: every problem at its own row, the fullness of the layout, and sizes known without unlocking.
import { beforeAll, describe, expect, it } from 'vitest';
import { flashLayouts, layoutNamed } from '../../src/contract/flash-layouts.ts';
import { utf8 } from '../../src/shared/bytes.ts';
import { sketchPresets, type SketchChoice } from '../../src/sketch/presets.ts';
import type { SketchEntry } from '../../src/sketch/material.ts';
import { makeSketchFiles, previewSketchFiles, sketchImage } from '../../src/workflows/sketch-files.ts';
import { judgeSketchForm } from '../../src/workflows/sketch-form.ts';
import { newBench, type Bench } from './live-kit.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await newBench();
});

const jobOf = (choice: SketchChoice) => {
  const [device] = bench.project.devices;
  if (!device) throw new Error('no device');
  return { project: bench.project, device, choice };
};

const entry = (path: string, sizeBytes = 1): SketchEntry => ({
  path,
  content: new Uint8Array(sizeBytes),
  isSecret: false,
});

describe('the form of an own sketch', () => {
  it('puts each problem beside its own row', () => {
    const { rows, fullness, isUsable } = judgeSketchForm(layoutNamed('512k32'), [
      entry('/a'),
      entry('/A'),
      entry(`/${'é'.repeat(16)}`),
      entry('/a/b'),
      entry('/big', 40_000),
      entry('/fine'),
      { path: '/empty', content: null },
    ]);
    expect(rows.map(({ problem }) => problem?.code ?? null)).toEqual([
      null,
      'sketch.path-twice',
      'sketch.path',
      'sketch.file-as-folder',
      'sketch.file-too-large',
      null,
      null,
    ]);
    expect(fullness).toBeNull();
    expect(isUsable).toBe(false);
  });

  it.each(flashLayouts.map((layout) => [layout.name, layout] as const))(
    'measures %s in whole blocks, up to what no longer fits',
    (_, layout) => {
      const { blockSizeBytes, fsSizeBytes } = layout;
      const empty = judgeSketchForm(layout, []);
      expect(empty.fullness?.usedBytes).toBe(2 * blockSizeBytes);
      const full = judgeSketchForm(layout, [entry('/one', fsSizeBytes - 5 * blockSizeBytes)]);
      expect(full.isUsable).toBe(true);
      expect(full.fullness?.usedBytes).toBeLessThanOrEqual(fsSizeBytes);
      expect(full.fullness?.usedBytes).toBeGreaterThanOrEqual(fsSizeBytes - 3 * blockSizeBytes);
      const over = judgeSketchForm(layout, [
        entry('/one', fsSizeBytes - 2 * blockSizeBytes),
        entry('/two', 9000),
      ]);
      expect(over.isUsable).toBe(false);
      expect(over.fullness?.problem?.code).toBe('sketch.too-large');
      expect(over.fullness?.usedBytes).toBeGreaterThan(fsSizeBytes);
    },
  );

  it.each(sketchPresets.map(({ id }) => [id] as const))(
    '%s: names and sizes shown are those that are written, and the key shown is none',
    async (preset) => {
      const job = jobOf({ kind: 'preset', preset, extras: [{ path: '/x', content: utf8('x') }] });
      const shown = await previewSketchFiles(job);
      const made = await makeSketchFiles(bench.env, job);
      const sizes = ({ entries }: typeof made): unknown[] =>
        entries.map(({ path, content }) => [path, content?.length]);
      expect(sizes(shown)).toEqual(sizes(made));
      expect(shown.headers.map(({ name }) => name)).toEqual(made.headers.map(({ name }) => name));
      expect(shown.hasSecrets).toBe(made.hasSecrets);
      const key = shown.entries.find(
        (each) => each.content !== null && each.isSecret && each.path.endsWith('.der'),
      );
      expect(key?.content?.every((byte) => byte === 0) ?? true).toBe(true);
      expect(sketchImage(layoutNamed('1m64'), made.entries).runs.length).toBeGreaterThan(0);
    },
  );

  it('opens no secret for a choice that has none', async () => {
    const shut = { ...bench.env, vaults: { of: () => Promise.reject(new Error('a secret was asked for')) } };
    const { headers } = await makeSketchFiles(shut, jobOf({ kind: 'preset', preset: 's2' }));
    expect(headers[0]?.text).toContain('mqttCertFingerprint');
    await expect(makeSketchFiles(shut, jobOf({ kind: 'preset', preset: 's3' }))).rejects.toThrow(
      'a secret was',
    );
  });
});
