// How long a publisher waits after it lost a race: a random time below a bound that doubles, so that many who lost together do
// not meet again together.

const FIRST = 25;
const LONGEST = 2000;

/** Waits, unless that would go past `deadline` (of `performance.now()`); then answers false at once. */
export async function waitForTurn(tries: number, deadline: number, random: (length: number) => Uint8Array): Promise<boolean> {
  const [high = 0, low = 0] = random(2);
  const wait = (Math.min(LONGEST, FIRST * 2 ** Math.min(tries, 10)) * (high * 256 + low)) / 65_536;
  if (performance.now() + wait > deadline) return false;
  await new Promise<void>((resolve) => void setTimeout(resolve, wait));
  return true;
}
