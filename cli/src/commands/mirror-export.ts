// `mirror export`: a folder that any web server serves to clients of TUF, as it stands now.
import { mirrorRound } from '../mirror/run-mirror.ts';
import type { Handler } from '../tree/spec.ts';

export const mirrorExport: Handler = async (call) => {
  const { outcome, error } = await mirrorRound(call);
  return { ...outcome, error };
};
