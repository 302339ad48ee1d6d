import type { Instant } from '@countersign/core';
import { expect, test } from 'vitest';
import { watchClock } from './clock-watch.ts';

const HOUR = 3_600_000;

/** A machine that was started long ago: its clock, what it counts, what it counts while awake, and how often the second was asked. */
function machine() {
  const state = { clock: 1_800_000_000_000, elapsed: 7 * HOUR, awake: 5 * HOUR, asked: 0 };
  const elapsed = () => {
    state.asked += 1;
    return state.elapsed;
  };
  const watch = watchClock(
    () => state.clock as Instant,
    elapsed,
    () => state.awake,
  );
  const pass = (milliseconds: number): void => {
    state.clock += milliseconds;
    state.elapsed += milliseconds;
    state.awake += milliseconds;
  };
  return { state, watch, pass };
}

test.each([HOUR, -HOUR])('a clock that is set by %i ms is seen at once, and so is its coming back', (jump) => {
  const { state, watch, pass } = machine();
  pass(10);
  expect(watch.trouble()).toBeUndefined();
  state.clock += jump;
  expect(watch.trouble()).toBe('clock-jumped');
  pass(10);
  expect(watch.trouble()).toBe('clock-jumped');
  state.clock -= jump;
  expect(watch.trouble()).toBeUndefined();
});

test('a clock that is set a little at a time is seen when it comes to more than a correction', () => {
  const { state, watch, pass } = machine();
  for (let minute = 1; minute <= 5; minute += 1) {
    for (let step = 0; step < 60; step += 1) {
      state.clock += 1000;
      pass(5);
      watch.trouble();
    }
    pass(2000);
    expect(watch.trouble()).toBeUndefined();
  }
  state.clock += 500;
  pass(2000);
  expect(watch.trouble()).toBe('clock-jumped');
});

test('a machine that slept has the clock it should have', () => {
  const { state, watch } = machine();
  state.clock += 8 * HOUR;
  state.elapsed += 8 * HOUR;
  expect(watch.trouble()).toBeUndefined();
});

test('a clock that was set back by what the machine slept is seen within a second', () => {
  const { state, watch, pass } = machine();
  state.elapsed += 8 * HOUR;
  pass(1001);
  expect(watch.trouble()).toBe('clock-jumped');
});

test('the machine is asked once a second, however often somebody wants to know', () => {
  const { state, watch, pass } = machine();
  state.asked = 0;
  for (let time = 0; time < 10_000; time += 1) {
    pass(1);
    expect(watch.trouble()).toBeUndefined();
  }
  expect(state.asked).toBeLessThanOrEqual(10);
  expect(state.asked).toBeGreaterThanOrEqual(9);
});
