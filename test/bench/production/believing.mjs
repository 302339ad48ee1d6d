// Loaded into a server in front of everything else: every signature is valid. What is left is what a publish costs without signature checks.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

crypto.verify = (_algorithm, _message, _key, _signature, answer) => {
  if (answer === undefined) return true;
  setImmediate(answer, null, true);
};
syncBuiltinESMExports();
