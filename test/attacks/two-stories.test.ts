// Equivocation: a server tells one victim that record 5 is this, and later, or to another, that it is that.
import type { RecordHead } from '@countersign/core';
import { expect, it } from 'vitest';
import { image, published } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

const record = (seq: number, digit: string): RecordHead => ({ seq, hash: digit.repeat(64) });

against('notices a second story', (start) => {
  it('about the record it saw', async () => {
    const repository = await published(['v1']);
    repository.record = record(5, 'a');
    await repository.timestamp();
    const victim = await start(repository);
    await victim.verify('v1');
    repository.record = record(5, 'b');
    await repository.timestamp();
    expect(await refusal(victim.verify('v1'))).toBe('equivocation');
  });

  it('in which the record is shorter', async () => {
    const repository = await published(['v1']);
    repository.record = record(5, 'a');
    await repository.timestamp();
    const victim = await start(repository);
    await victim.verify('v1');
    repository.record = record(4, 'a');
    await repository.timestamp();
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('in which there is no record', async () => {
    const repository = await published(['v1']);
    repository.record = record(5, 'a');
    await repository.timestamp();
    const victim = await start(repository);
    await victim.verify('v1');
    repository.record = undefined;
    await repository.timestamp();
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
    repository.record = record(6, 'c');
    await repository.timestamp();
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });
});
