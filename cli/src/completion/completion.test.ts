import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { TREE } from '../tree/tree.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { completionTree } from './words.ts';
import { zshCompletion } from './zsh.ts';

const entries = completionTree(TREE);
const installed = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What bash offers behind these words. */
function offered(...words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const script = `${bashCompletion(entries)}\nCOMP_WORDS=(countersign ${quoted})\nCOMP_CWORD=${words.length}\n_countersign\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
}

describe.skipIf(!installed('bash'))('completion for bash', () => {
  it('offers commands, commands of a group, and choices', () => {
    expect(offered('ver')).toEqual(['verify']);
    expect(offered('key', 'r')).toEqual(['rotate', 'revoke', 'remove']);
    expect(offered('key', 'rotate', 'r')).toEqual(['root', 'releases']);
    expect(offered('completion', 'f')).toEqual(['fish']);
  });

  it('offers the options of the command, wherever others stand', () => {
    expect(offered('verify', '--root')).toEqual(['--root-pin']);
    expect(offered('--yes', 'key', 'export', 'alice', '--un')).toEqual(['--unsafe-plain']);
    expect(offered('verify', '--output', 'j')).toEqual(['json']);
    expect(offered('push', '--with', '')).toEqual(['docker', 'podman', 'skopeo']);
  });
});

describe('completion', () => {
  it.each(['zsh', 'fish'] as const)('for %s has every command and every option', (shell) => {
    const script = shell === 'zsh' ? zshCompletion(entries) : fishCompletion(entries);
    for (const { words, options } of entries) {
      for (const { word } of words) expect(script).toContain(word);
      for (const { word } of options) expect(script).toContain(shell === 'zsh' ? `${word}:` : `-l ${word.slice(2)} `);
    }
  });

  it.skipIf(!installed('zsh'))('for zsh is zsh', () => {
    expect(spawnSync('zsh', ['-n'], { input: zshCompletion(entries), encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(!installed('fish'))('for fish is fish', () => {
    expect(spawnSync('fish', ['--no-execute'], { input: fishCompletion(entries), encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});
