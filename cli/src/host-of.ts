// Whether a name begins with a host. It decides where the trust server is, and whether a name could be read as one of Docker Hub.

/** The host of a name that begins with one: Docker's rule is a dot, a port, or exactly `localhost`. */
export function hostOf(name: string): string | undefined {
  const [first = '', ...rest] = name.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined;
}
