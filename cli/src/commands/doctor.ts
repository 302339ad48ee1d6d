// `doctor`: checks a deployment as its callers meet it, and names the remedy for what is wrong.
import { resolve } from 'node:path';
import { readConfig } from '../compose/config.ts';
import { openHttp } from '../compose/network.ts';
import { namedServer } from '../compose/server-address.ts';
import { authorizationFor } from '../compose/trust.ts';
import { counted } from '../counted.ts';
import { checkCertificate } from '../doctor/certificate.ts';
import { checkDataFolder } from '../doctor/data-folder.ts';
import type { Finding } from '../doctor/finding.ts';
import { checkPassphraseFile } from '../doctor/passphrase-file.ts';
import { checkServer } from '../doctor/server.ts';
import { CommandError, UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import { table } from '../table.ts';
import type { Call, Handler } from '../tree/spec.ts';

export const doctorCommand: Handler = async (call) => {
  const { world, given, output } = call;
  const data = given.text('data');
  const address = namedServer(world, given, output);
  if (address === undefined && data === undefined)
    throw new UsageError('no-server', 'nothing says which server to check', {
      next: 'name it with --server, or a data folder with --data',
    });
  const findings = [
    ...(address === undefined ? [] : await fromOutside(call, address)),
    ...(data === undefined ? [] : await checkDataFolder(resolve(world.cwd, data))),
    ...(await checkPassphraseFile(world)),
  ];
  const rows = findings.map(({ check, grade, says, remedy }) => [grade, check, says, remedy ?? '']);
  return {
    facts: { ...(address === undefined ? {} : { server: address.url.href }), findings },
    text: table([['', 'CHECK', 'FOUND', 'REMEDY'], ...rows]),
    error: diagnosis(findings),
  };
};

async function fromOutside(call: Call, address: NonNullable<ReturnType<typeof namedServer>>): Promise<readonly Finding[]> {
  const { world, given } = call;
  const http = openHttp(world, given, readConfig(foldersOf(world, given.text('trust-dir')).config));
  try {
    const { url } = address;
    const certificate = await checkCertificate(url, world.now());
    return [...(await checkServer({ url, http, authorization: authorizationFor(address, call), now: world.now })), ...certificate];
  } finally {
    http.close();
  }
}

function diagnosis(findings: readonly Finding[]): Error | undefined {
  const wrong = findings.filter(({ grade }) => grade === 'bad');
  if (wrong.length === 0) return undefined;
  const [first] = wrong;
  return new CommandError(
    'unhealthy',
    `${wrong.length} of ${counted(findings.length, 'check')} failed: ${wrong.map(({ check }) => check).join(', ')}`,
    {
      next: first?.remedy,
    },
  );
}
