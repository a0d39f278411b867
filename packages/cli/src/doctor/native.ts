import type { NativeReport } from 'nacre/native';
import { showBytes, showCount, showDuration } from 'nacre/terminal';
import type { Messages } from '../i18n/index.ts';

type Row = readonly [name: string, value: string];

/** The rows on the native tier: the compiler or why there is none, C calls, the cache, and what a compilation takes. */
export function nativeRows(report: NativeReport, words: Messages['doctor']): Row[] {
  const { refusals, cache } = report;
  // What is wrong with the cache stands in its own row.
  const notes = report.notes.filter((note) => cache.problem === undefined || !note.endsWith(cache.problem));
  return [
    [words.compiler, showCompiler(report, words)],
    ...refusals.map((refused): Row => ['', showRefusal(refused, words)]),
    ...(report.support.ok ? [[words.compilerFlags, report.support.flags.join(' ')] as const] : []),
    [words.koffi, report.ffi ? `${report.ffi.name} ${report.ffi.version}` : words.noKoffi],
    [words.native, showState(report, words)],
    ...notes.map((note): Row => ['', oneLine(note)]),
    [words.nativeCache, showCache(report, words)],
  ];
}

/** Without a way to call C, and on a system that is not supported, no compiler is tried. */
const wasTried = ({ refusals }: NativeReport): boolean => refusals.length > 0;

function showCompiler(report: NativeReport, words: Messages['doctor']): string {
  const { support } = report;
  if (support.ok) return `${support.compiler}: ${support.version}`;
  return wasTried(report) ? words.noCompiler : words.compilerNotTried;
}

/** A compiler may say several lines; a table shows one. */
const oneLine = (text: string): string => text.replaceAll('\n', ' ');

const showRefusal = (
  { command, fault, detail }: NativeReport['refusals'][number],
  words: Messages['doctor'],
): string => words.refused(command, words.faults[fault], oneLine(detail));

function showState(report: NativeReport, words: Messages['doctor']): string {
  const { support, ffi, sampleSeconds } = report;
  if (!support.ok) return ffi && !wasTried(report) ? words.noNativeOnSystem : words.noNative;
  return sampleSeconds === undefined
    ? words.nativeSampleFailed
    : words.nativeReady(showDuration(sampleSeconds));
}

function showCache({ cache }: NativeReport, words: Messages['doctor']): string {
  if (cache.problem !== undefined || cache.path === undefined) {
    return words.nativeCacheProblem(oneLine(cache.problem ?? words.no));
  }
  return words.nativeCacheLine(
    cache.path,
    showCount(cache.entries),
    showBytes(cache.bytes),
    showBytes(cache.limitBytes),
  );
}
