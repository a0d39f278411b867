import {
  type ColourStream,
  colourDepth,
  createPalette,
  type Environment,
  type Palette,
} from 'nacre/terminal';

/** The part of a Node output stream that is used here. */
export interface OutputStream extends ColourStream {
  readonly columns?: number;
  write(text: string): unknown;
}

/** A stream with what is known of the screen behind it. */
export interface Terminal {
  readonly palette: Palette;
  /** Whether a line may be written over: a real terminal, outside of CI. */
  readonly interactive: boolean;
  /** Columns now; a window may be resized at any time. */
  readonly columns: number;
  write(text: string): void;
  /** Writes each line and ends it. */
  lines(...lines: readonly string[]): void;
}

/** What other programs assume where nothing is known. */
const usualColumns = 80;

const isSet = (value: string | undefined): boolean =>
  value !== undefined && value !== '' && value !== '0' && value !== 'false';

export function openTerminal(stream: OutputStream, environment: Environment): Terminal {
  const interactive = stream.isTTY === true && !isSet(environment.CI) && environment.TERM !== 'dumb';
  return {
    palette: createPalette(colourDepth(stream, environment)),
    interactive,
    get columns() {
      const given = Number(environment.COLUMNS);
      return stream.columns || (Number.isInteger(given) && given > 0 ? given : usualColumns);
    },
    write: (text) => void stream.write(text),
    lines: (...lines) => void stream.write(lines.map((line) => `${line}\n`).join('')),
  };
}
