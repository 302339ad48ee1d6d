import { describe, expect, it } from 'vitest';
import { formatReference, parseReference, registryAuthority, withDefaultTag } from './reference.ts';

const digest = `sha256:${'f0'.repeat(32)}`;

// What docker reads (its own reader was the model for the cases), and how it names the same image in full.
const read: readonly [string, string][] = [
  ['alpine', 'docker.io/library/alpine'],
  ['alpine:3.20', 'docker.io/library/alpine:3.20'],
  ['alpine:Edge_1', 'docker.io/library/alpine:Edge_1'],
  [`alpine@${digest}`, `docker.io/library/alpine@${digest}`],
  [`alpine:3.20@${digest}`, `docker.io/library/alpine:3.20@${digest}`],
  ['library/alpine', 'docker.io/library/alpine'],
  ['team/app', 'docker.io/team/app'],
  ['a/b/c', 'docker.io/a/b/c'],
  ['docker/docker', 'docker.io/docker/docker'],
  ['docker.io/alpine', 'docker.io/library/alpine'],
  ['index.docker.io/alpine', 'docker.io/library/alpine'],
  ['index.docker.io/library/alpine:1', 'docker.io/library/alpine:1'],
  ['docker.io:443/alpine', 'docker.io/library/alpine'],
  ['docker.io./alpine', 'docker.io/library/alpine'],
  ['test.com', 'docker.io/library/test.com'],
  ['test.com:5000', 'docker.io/library/test.com:5000'],
  ['test_com', 'docker.io/library/test_com'],
  ['foo_bar.com:8080', 'docker.io/library/foo_bar.com:8080'],
  ['foo/foo_bar.com:8080', 'docker.io/foo/foo_bar.com:8080'],
  ['test.com/repo:tag', 'test.com/repo:tag'],
  ['test:5000/repo', 'test:5000/repo'],
  ['test:5000/repo:tag', 'test:5000/repo:tag'],
  [`test:5000/repo:tag@${digest}`, `test:5000/repo:tag@${digest}`],
  ['localhost/app', 'localhost/app'],
  ['localhost:5000/app', 'localhost:5000/app'],
  ['localhost', 'docker.io/library/localhost'],
  ['127.0.0.1:5000/app', '127.0.0.1:5000/app'],
  ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com/myimage:xn--n3h.com'],
  ['sub-dom1.foo.com/bar/baz/quux:some-long-tag', 'sub-dom1.foo.com/bar/baz/quux:some-long-tag'],
  ['b.gcr.io/test.example.com/my-app:test.example.com', 'b.gcr.io/test.example.com/my-app:test.example.com'],
  ['registry.example.com:443/team/app', 'registry.example.com/team/app'],
  ['registry.example.com./team/app', 'registry.example.com/team/app'],
  ['registry.example.com.:443/team/app', 'registry.example.com/team/app'],
  ['registry.example.com.:5000/team/app', 'registry.example.com:5000/team/app'],
  ['test:443/repo', 'test:443/repo'], // without its port it would be a path on Docker Hub
  ['localhost:443/app', 'localhost/app'],
  [`${'a'.repeat(64)}/app`, `docker.io/${'a'.repeat(64)}/app`],
];

const refused: readonly [string, RegExp][] = [
  ['', /is empty/],
  [':justtag', /repository/],
  [`@${digest}`, /repository/],
  ['repo@sha256:ffff', /digest/],
  [`repo@${digest.toUpperCase()}`, /digest/],
  [`repo@sha512:${'f'.repeat(128)}`, /digest of sha256/],
  [`repo@${digest}@${digest}`, /digest/],
  ['Uppercase:tag', /lower case/],
  ['test:5000/Uppercase/lowercase:tag', /lower case/],
  ['Registry.Example.com/app', /lower case/],
  ['LOCALHOST/app', /lower case/],
  ['https://registry.example.com/app', /https:\/\//],
  ['a'.repeat(64), /image id/],
  ['a'.repeat(501), /longer/],
  [`test.com/${'a/'.repeat(128)}b`, /repository/],
  ['aa/asdf$$^/aa', /repository/],
  ['a//b', /repository/],
  ['test.com/', /no repository/],
  ['/app', /repository/],
  ['app/', /repository/],
  ['-foo/bar', /repository/],
  ['foo/../bar', /repository/],
  ['foo./bar', /host with a dot or a port/],
  ['foo_bar.com/app', /host like/],
  ['-foo.com/app', /host like/],
  ['test.com:0/app', /host like/],
  ['test.com:080/app', /host like/],
  ['test.com:99999/app', /repository/],
  ['test.com../app', /host like/],
  ['[::1]:5000/app', /host like/],
  ['app:', /tag/],
  ['app:-x', /tag/],
  [`app:${'x'.repeat(129)}`, /tag/],
  ['app:a:b', /tag/],
  ['app name', /repository/],
  ['app\n', /repository/],
  ['user@host/app', /digest/],
];

describe('an image reference', () => {
  for (const [text, full] of read) it(`${text} is ${full}`, () => expect(formatReference(parseReference(text))).toBe(full));

  for (const [text, reason] of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
      expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'invalid-name', message: expect.stringMatching(reason) }));
    });
  }

  it('reads its own spelling as the same image', () => {
    for (const [, full] of read) expect(formatReference(parseReference(full))).toBe(full);
  });

  it('keeps host, repository, tag and digest apart', () => {
    expect(parseReference(`test:5000/team/app:v1@${digest}`)).toEqual({
      host: 'test:5000',
      repository: 'team/app',
      gun: 'test:5000/team/app',
      tag: 'v1',
      digest,
    });
    expect('tag' in parseReference('alpine')).toBe(false);
  });

  it('gets the tag latest only when neither tag nor digest is there, and only when asked', () => {
    expect(withDefaultTag(parseReference('alpine')).tag).toBe('latest');
    expect(withDefaultTag(parseReference('alpine:3')).tag).toBe('3');
    expect(withDefaultTag(parseReference(`alpine@${digest}`)).tag).toBeUndefined();
  });

  it('leads to the server that really holds it', () => {
    expect(registryAuthority(parseReference('alpine').host)).toBe('registry-1.docker.io');
    expect(registryAuthority('registry.example.com:5000')).toBe('registry.example.com:5000');
  });
});
