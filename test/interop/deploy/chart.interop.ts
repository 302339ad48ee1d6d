// The chart by Helm's own library: what it renders is what Kubernetes takes, what its schema refuses is refused, and the command line of
// its pods starts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { ask, standIn, startAsWritten } from '../../deploy/stand-in.ts';
import { runCommand } from '../../lab/countersign.ts';
import { complaintsOf, type Manifest, manifestsIn } from './kubernetes.ts';
import { ours, toolsWith } from './tools.ts';

const access = { secretName: 'tokens' };
const small = { access };
const large = {
  access,
  replicas: 3,
  tls: { secretName: 'trust-tls' },
  database: { secretName: 'trust-database' },
  masterKey: { secretName: 'trust-master' },
  allowedHosts: ['trust.example.com'],
  config: { timestampExpiry: '2d', rates: { readsPerCaller: { perMinute: 6000, burst: 600 } } },
  readyFor: 'writes',
  metrics: { serviceMonitor: { enabled: true, labels: { release: 'prometheus' } } },
  networkPolicy: { from: [{ namespaceSelector: { matchLabels: { team: 'build' } } }] },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' }],
  imagePullSecrets: [{ name: 'registry' }],
  podAnnotations: { example: 'yes' },
};
const apart = {
  access,
  replicas: 2,
  database: { secretName: 'trust-database' },
  signer: { url: 'https://signer:4444', secretName: 'trust-signer' },
};
const refused = {
  'no access list': {},
  'several pods on a volume each': { ...small, replicas: 2 },
  'a database without a master key': { ...small, database: { secretName: 'trust-database' } },
  'a signing service without a certificate for it': { ...apart, signer: { url: 'https://signer:4444' } },
  'keys in two places': { ...apart, masterKey: { secretName: 'trust-master' } },
  'a value that nobody knows': { ...small, replica: 2 },
  'a server open to everybody': { ...small, config: { unsafeOpen: true } },
  'another place for what it keeps': { ...small, config: { data: '/tmp' } },
};

type Rendered = { readonly files: Readonly<Record<string, string>> } | { readonly refused: string };

const tools = toolsWith('python/helm_python');
const types = toolsWith('node_modules/kubernetes-models', 'node_modules/@kubernetes-models/prometheus-operator', 'node_modules/ajv');

describe.skipIf('missing' in tools)(`the chart${'missing' in tools ? `: ${tools.missing}` : ''}`, () => {
  let answers: readonly Rendered[];
  let complaints: readonly string[];
  beforeAll(async () => {
    const folder = 'folder' in tools ? tools.folder : '';
    const args = [ours('test/interop/deploy/render.py'), `${folder}/python`, ours('deploy/helm/countersign'), JSON.stringify(small)];
    const helm = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    helm.stdin.end(JSON.stringify([small, large, apart, ...Object.values(refused)]));
    const [said] = await Promise.all([textOf(helm.stdout), once(helm, 'close')]);
    ({ answers, complaints } = JSON.parse(said));
  });
  const filesOf = (at: number): Readonly<Record<string, string>> => {
    const answer = answers[at];
    if (answer === undefined || 'refused' in answer) throw new Error(answer?.refused ?? 'nothing was rendered');
    return answer.files;
  };
  const named = (manifests: readonly Manifest[], kind: string): Manifest => {
    const found = manifests.find((manifest) => manifest.kind === kind);
    if (found === undefined) throw new Error(`there is no ${kind}`);
    return found;
  };

  it('is one that Helm has nothing to say about', () => {
    expect(complaints).toEqual([]);
  });

  it.each(Object.keys(refused))('refuses %s', (name) => {
    expect(answers[3 + Object.keys(refused).indexOf(name)]).toHaveProperty('refused');
  });

  it.skipIf('missing' in types).each([
    ['a pod and its volumes', 0],
    ['three pods on a database', 1],
    ['two pods whose keys are in a signing service', 2],
  ])(`renders %s as Kubernetes takes it${'missing' in types ? `: ${types.missing}` : ''}`, async (_name, at) => {
    const manifests = manifestsIn(filesOf(at));
    const kinds = ['ConfigMap', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'Service', 'ServiceAccount', 'StatefulSet'];
    expect(manifests.map(({ kind }) => kind).toSorted()).toEqual((at === 1 ? [...kinds, 'ServiceMonitor'] : kinds).toSorted());
    expect(await complaintsOf(manifests, 'folder' in types ? types.folder : '')).toEqual([]);
  });

  it.skipIf('missing' in types)('holds manifests against Kubernetes in a way that finds misspelt and missing members', async () => {
    const [set] = manifestsIn(filesOf(0)).filter(({ kind }) => kind === 'StatefulSet');
    const spelt = JSON.parse(
      JSON.stringify(set).replace('readOnlyRootFilesystem', 'readonlyRootFilesystem').replace('"serviceName"', '"service"'),
    );
    expect((await complaintsOf([spelt], 'folder' in types ? types.folder : '')).join('\n')).toMatch(/readonlyRootFilesystem/);
  });

  it('starts pods that run as nobody else, write to their volumes only, and take no capability', () => {
    const text = JSON.stringify(named(manifestsIn(filesOf(1)), 'StatefulSet'));
    const { template } = JSON.parse(text).spec;
    expect(template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10_001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const container of [...template.spec.containers, ...template.spec.initContainers])
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    expect(template.spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(text).not.toMatch(/:\/\/[^"]*@/);
  });

  it('has a command line that starts with its file of settings, and answers its probes', async () => {
    const machine = await standIn();
    const manifests = manifestsIn(filesOf(0));
    const [container] = JSON.parse(JSON.stringify(named(manifests, 'StatefulSet').spec)).template.spec.containers;
    const settings = named(manifests, 'ConfigMap').data?.['serve.json'] ?? '';
    await machine.write('/etc/countersign/serve.json', machine.here(settings));
    await machine.write('/run/secrets/countersign/access/access.json', '[]');
    for (const folder of ['countersign', 'countersign-marks']) await machine.folder(`/var/lib/${folder}`);
    const command = ['countersign', ...container.args].map((word: string) => machine.here(word));
    const running = await startAsWritten(command, {}, machine.at('/'));
    try {
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
        expect(await ask(`${running.url}${container[probe].httpGet.path}`)).toMatchObject({ status: 200 });
    } finally {
      await running.stop('SIGTERM');
      await machine.remove();
    }
  });

  it('lays the master key down so that the server takes it: whole, and for nobody else', async () => {
    const machine = await standIn();
    const [init] = JSON.parse(JSON.stringify(named(manifestsIn(filesOf(1)), 'StatefulSet').spec)).template.spec.initContainers;
    const key = `${'0123456789abcdef'.repeat(4)}\n`;
    await machine.write('/run/secrets/countersign/master/master.key', key);
    await machine.folder('/run/countersign');
    const [program = '', ...words]: readonly string[] = [...init.command, ...init.args];
    expect(await runCommand(program, words.map(machine.here))).toMatchObject({ exit: 0 });
    expect(await readFile(machine.at('/run/countersign/master.key'), 'utf8')).toBe(key);
    expect((await stat(machine.at('/run/countersign/master.key'))).mode & 0o777).toBe(0o600);
    await machine.remove();
  });

  it('asks for TLS with the settings of three pods, and hands the database over as a file', () => {
    const manifests = manifestsIn(filesOf(1));
    const settings: unknown = JSON.parse(named(manifests, 'ConfigMap').data?.['serve.json'] ?? '');
    expect(settings).toMatchObject({
      tlsCert: '/run/secrets/countersign/tls/tls.crt',
      masterKeyFile: '/run/countersign/master.key',
      timestampExpiry: '2d',
      allowedHosts: expect.arrayContaining(['demo-countersign', 'trust.example.com']),
    });
    expect(JSON.parse(named(manifestsIn(filesOf(2)), 'ConfigMap').data?.['serve.json'] ?? '')).toMatchObject({
      signer: 'https://signer:4444',
      signerCertificate: '/run/secrets/countersign/signer/tls.crt',
      signerCa: '/run/secrets/countersign/signer/ca.crt',
    });
    expect(JSON.stringify(named(manifests, 'StatefulSet'))).toContain('--store-file=/run/secrets/countersign/database/store-url');
  });
});
