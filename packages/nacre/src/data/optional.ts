import { DataError } from '../base/errors.ts';

const notFound = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/**
 * A package that Nacre works with where it is installed. Its name is no literal of an `import`, so that bundlers do not ask for it.
 * Throws a DataError that says what to install, or what to pass where names of packages mean nothing, as in a browser.
 */
export async function optionalPackage<Library>(op: string, name: string, given?: Library): Promise<Library> {
  if (given) return given;
  try {
    return (await import(/* @vite-ignore */ name)) as Library;
  } catch (cause) {
    const { code = '', message } = cause as { code?: string; message: string };
    // A browser has no code for it: a bare name is a TypeError there.
    const isMissing = notFound.has(code) || cause instanceof TypeError;
    if (!isMissing || !message.includes(name)) throw cause;
    throw new DataError(`it works with the npm package ${name}, which is not installed`, {
      op,
      hint: `Run \`npm install ${name}\`, or pass the module: { library: await import('${name}') }`,
      cause,
    });
  }
}

/** The same, or undefined where it is not installed. */
export async function installedPackage<Library>(op: string, name: string): Promise<Library | undefined> {
  try {
    return await optionalPackage<Library>(op, name);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
